package rest

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/trance-0/notechondria/internal/problem"
)

// statuses are the answers to the kinds of problems.
var statuses = map[problem.Kind]int{
	problem.Invalid:         http.StatusBadRequest,
	problem.Refused:         http.StatusBadRequest,
	problem.Unauthenticated: http.StatusUnauthorized,
	problem.NotAllowed:      http.StatusForbidden,
	problem.NotFound:        http.StatusNotFound,
	problem.Conflict:        http.StatusConflict,
	problem.Stale:           http.StatusPreconditionFailed,
	problem.TooMany:         http.StatusTooManyRequests,
	problem.Unavailable:     http.StatusServiceUnavailable,
	problem.Upstream:        http.StatusBadGateway,
}

// present turns a problem into the answer in the shapes that the apps read: the only place that knows both. process is
// the name of what was asked for, which texts have contained since the former system.
func present(p *problem.Error, process string) *Error {
	if p.Kind == problem.Invalid {
		return &Error{Status: http.StatusBadRequest, body: presentFields(&p.Fields, process)}
	}
	keys := map[string]any{"detail": worded(p.Outcome, process, p.Cause)}
	if p.Code != "" {
		keys["code"] = p.Code
	}
	e := &Error{Status: statuses[p.Kind], body: keys, header: map[string]string{}}
	if p.RetryAfter > 0 {
		e.header["Retry-After"] = RetryAfter(p.RetryAfter)
	}
	if p.Kind == problem.Unauthenticated {
		e.header["WWW-Authenticate"] = "Token"
	}
	return e
}

// RetryAfter writes a duration for that header: whole seconds, one at least.
func RetryAfter(d time.Duration) string {
	return strconv.Itoa(int(math.Ceil(max(d, time.Second).Seconds())))
}

// presentFields is {"field": [texts]}, with {"number": [texts]} for the items of a list, or a bare list of texts about
// the input as a whole.
func presentFields(fields *problem.Fields, process string) any {
	body := map[string]any{}
	for field, found := range fields.Texts() {
		step := process
		if process != "" && field != problem.NonField && field != "" {
			step += ".validate_" + field
		}
		texts := make([]string, 0, len(found))
		for _, text := range found {
			texts = append(texts, worded(text.Outcome, step, text.Cause))
		}
		if field == "" {
			return texts
		}
		body[field] = texts
	}
	for field, found := range fields.Items() {
		items := map[string][]string{}
		for number, texts := range found {
			items[strconv.Itoa(number)] = texts
		}
		body[field] = items
	}
	return body
}

// worded is a text of three parts: what did not happen, where, and why. Clients of the former system know it by its
// dash.
func worded(outcome, process, cause string) string {
	switch {
	case outcome == "":
		return cause
	case process == "":
		return outcome + " \u2014 " + cause
	}
	return outcome + ": Backend." + process + " \u2014 " + cause
}

// PreconditionFailed answers a Stale problem with what is there now under "current", in its form on the wire, so that
// the client can merge and try again.
func PreconditionFailed(p *problem.Error, process, etag string, current any) *Error {
	e := present(p, process)
	e.body.(map[string]any)["current"] = current
	e.header["ETag"] = etag
	return e
}

// WithBareTexts answers a problem of a field with one text under its key instead of a list of them, as a few operations
// have always done. Any other error is returned as it is.
func WithBareTexts(err error, field, process string) error {
	var p *problem.Error
	if !errors.As(err, &p) || p.Kind != problem.Invalid || len(p.Fields.Texts()[field]) == 0 {
		return err
	}
	text := p.Fields.Texts()[field][0]
	return &Error{Status: http.StatusBadRequest, body: map[string]string{
		field: worded(text.Outcome, process+".validate_"+field, text.Cause)}}
}
