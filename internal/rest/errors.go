package rest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"net/http"
	"strconv"
	"time"
)

// Error is an answer that refuses a request. Its body is in one of the shapes that the apps read: {"detail": text},
// {"field": [texts]}, or a bare list of texts.
type Error struct {
	Status int
	body   any
	header map[string]string
	atPath bool // the two further keys status_code and path are added
}

func (e *Error) Error() string {
	return fmt.Sprintf("%d %s: %v", e.Status, http.StatusText(e.Status), e.body)
}

// Detail refuses with {"detail": text}.
func Detail(status int, text string) *Error {
	return &Error{Status: status, body: map[string]any{"detail": text}}
}

// Refusal is a Detail in the wording that the apps' users know: what did not happen, where, and why.
func Refusal(status int, consequence, process, cause string) *Error {
	return Detail(status, refusalText(consequence, process, cause))
}

func refusalText(consequence, process, cause string) string {
	return consequence + ": Backend." + process + " \u2014 " + cause
}

// NotFound refuses with 404 because there is no such model for this requester.
func NotFound(model string) *Error {
	return Detail(http.StatusNotFound, "No "+model+" matches the given query.")
}

// BareList refuses with 400 and a list of one text without a key, which the apps know from a few operations.
func BareList(text string) *Error {
	return &Error{Status: http.StatusBadRequest, body: []string{text}}
}

// WithKeys refuses with an object of texts: for the few answers with keys of their own that the apps read.
func WithKeys(status int, texts map[string]string) *Error {
	return &Error{Status: status, body: texts}
}

// TooManyRequests refuses with 429 until retryAfter has passed.
func TooManyRequests(text string, retryAfter time.Duration) *Error {
	e := Detail(http.StatusTooManyRequests, text)
	e.header = map[string]string{"Retry-After": strconv.Itoa(int(math.Ceil(max(retryAfter, time.Second).Seconds())))}
	return e
}

// Unauthorized refuses with 401. The apps compare the text to learn that a session has ended.
func Unauthorized(text string) *Error {
	e := Detail(http.StatusUnauthorized, text)
	e.header = map[string]string{"WWW-Authenticate": "Token"}
	return e
}

// The texts of 401 that the apps look for.
const (
	TextNoCredentials = "Authentication credentials were not provided."
	TextInvalidToken  = "Invalid token."
)

// Problems collects what is wrong with the fields of a request, so that all of it is reported together. Embedded in an
// operation's input, it keeps the problems found while reading the body for the handler, which must look at Err itself:
// for handlers that have something to look up first, or checks of their own to add.
type Problems struct {
	unreadable error // the body could not be read as an object at all
	fields     map[string][]string
	items      map[string]map[string][]string // of fields that are lists: by the item's number
}

// NonField is the key of problems that belong to no single field.
const NonField = "non_field_errors"

// Add notes a problem of a field.
func (p *Problems) Add(field, text string) {
	if p.fields == nil {
		p.fields = map[string][]string{}
	}
	p.fields[field] = append(p.fields[field], text)
}

// AddItem notes a problem of one item, counted from 0, of a field that is a list: {"field": {"0": [texts]}}.
func (p *Problems) AddItem(field string, item int, text string) {
	if p.items == nil {
		p.items = map[string]map[string][]string{}
	}
	if p.items[field] == nil {
		p.items[field] = map[string][]string{}
	}
	number := strconv.Itoa(item)
	p.items[field][number] = append(p.items[field][number], text)
}

// Has reports whether the field has a problem already, so that a check of a good value need not run.
func (p *Problems) Has(field string) bool { return p.fields[field] != nil || p.items[field] != nil }

// Err is nil when nothing is wrong.
func (p *Problems) Err() error {
	if p.unreadable != nil {
		return p.unreadable
	}
	if len(p.fields) == 0 && len(p.items) == 0 {
		return nil
	}
	body := map[string]any{}
	for field, texts := range p.fields {
		body[field] = texts
	}
	for field, items := range p.items {
		body[field] = items
	}
	return &Error{Status: http.StatusBadRequest, body: body}
}

func (p *Problems) keep(found Problems) { *p = found }

// Invalid refuses with 400 because of one field; NonField as the field for none in particular.
func Invalid(field, text string) *Error {
	return &Error{Status: http.StatusBadRequest, body: map[string]any{field: []string{text}}}
}

// InvalidBecause is Invalid in the wording of Refusal.
func InvalidBecause(field, consequence, process, cause string) *Error {
	return Invalid(field, refusalText(consequence, process, cause))
}

// atPath refuses with the three keys of errors that arise outside an operation.
func atPath(status int, text string) *Error {
	e := Detail(status, text)
	e.atPath = true
	return e
}

// fail answers with err: the one mapping from errors to the wire. Whatever is not an Error is logged and answered 500,
// or 503 when time ran out.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	var e *Error
	if !errors.As(err, &e) {
		e = a.unexpected(r, err)
	}
	body := e.body
	if e.atPath {
		keys := maps.Clone(e.body.(map[string]any))
		keys["status_code"], keys["path"] = e.Status, r.URL.Path
		body = keys
	}
	for name, value := range e.header {
		w.Header().Set(name, value)
	}
	_ = writeJSON(w, e.Status, body) // texts by keys: always JSON
}

func (a *API) unexpected(r *http.Request, err error) *Error {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return atPath(statusClientClosed, "The request was given up by the client.")
	}
	a.options.Log.LogAttrs(r.Context(), slog.LevelError, "request failed", slog.String("request_id", RequestID(r.Context())),
		slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.String("error", err.Error()))
	if errors.Is(err, context.DeadlineExceeded) {
		return atPath(http.StatusServiceUnavailable, "The server is too busy, please try again.")
	}
	return atPath(http.StatusInternalServerError, textInternal)
}

const textInternal = "Internal server error."

// statusClientClosed is what logs show for a request whose client is gone; nobody receives it.
const statusClientClosed = 499

// Bytes names a number of bytes as people write it.
func Bytes(n int64) string {
	if n%(1<<20) == 0 {
		return strconv.FormatInt(n>>20, 10) + " MiB"
	}
	return strconv.FormatInt(n, 10) + " bytes"
}
