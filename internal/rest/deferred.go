package rest

import (
	"github.com/trance-0/notechondria/internal/problem"
)

// Deferred is the body of a request that may still be invalid: for operations that look something up before they
// report problems, or have rules of their own to add. Only Convert takes the value out, as an input that the use case
// opens, which reports the problems then. A plain body is refused by this package before the handler is called.
type Deferred[T any] struct {
	body     T
	problems problem.Fields
}

// Convert makes the input of a use case from a body. convert adds what only this operation knows to be wrong; it is not
// called for a body that could not be read.
func Convert[T, U any](body Deferred[T], convert func(body *T, problems *problem.Fields) U) problem.Input[U] {
	var input U
	if body.problems.Readable() {
		input = convert(&body.body, &body.problems)
	}
	return problem.Found(input, body.problems)
}

// Is reports whether a body has a property by which a handler chooses the use case. An unreadable one has none.
func (d Deferred[T]) Is(property func(body *T) bool) bool {
	return d.problems.Readable() && property(&d.body)
}

func (d *Deferred[T]) parts() (body any, problems *problem.Fields) { return &d.body, &d.problems }

// deferred is a Deferred of any type.
type deferred interface {
	parts() (body any, problems *problem.Fields)
}
