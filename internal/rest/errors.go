package rest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"time"

	"github.com/trance-0/notechondria/internal/problem"
)

// Error is an answer that refuses a request for a reason of HTTP; reasons of features are problems, which present turns
// into Errors. Its body is in one of the shapes that the apps read: {"detail": text}, {"field": [texts]}, or a bare
// list of texts.
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

// atPath refuses with the three keys of errors that arise outside an operation.
func atPath(status int, text string) *Error {
	e := Detail(status, text)
	e.atPath = true
	return e
}

// fail answers with err. Anything but an Error or a problem is logged and answered with 500, or with 503 or 507 if it
// may pass.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	var e *Error
	var p *problem.Error
	switch {
	case errors.As(err, &e):
	case errors.As(err, &p):
		e = present(p, "")
	default:
		e = a.unexpected(r, err)
	}
	body := e.body
	if e.atPath {
		keys := maps.Clone(e.body.(map[string]any))
		keys["status_code"], keys["path"] = e.Status, r.URL.Path
		body = keys
	}
	for name, value := range e.header {
		if w.Header().Get(name) == "" { // a page may ask for other credentials
			w.Header().Set(name, value)
		}
	}
	_ = writeJSON(w, e.Status, body) // texts by keys: always JSON
}

func (a *API) unexpected(r *http.Request, err error) *Error {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return atPath(statusClientClosed, "The client closed the request.")
	}
	a.options.Log.LogAttrs(r.Context(), slog.LevelError, "request failed",
		slog.String("request_id", RequestID(r.Context())),
		slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.String("error", err.Error()))
	trouble := problem.TroubleOf(err)
	switch {
	case trouble != nil && trouble.Full:
		return retryLater(http.StatusInsufficientStorage,
			"The server has no space left to store this. Please try again later.", fullPause)
	case trouble != nil:
		return retryLater(http.StatusServiceUnavailable,
			"The server can't reach its data at the moment, please try again.", troublePause)
	case errors.Is(err, context.DeadlineExceeded):
		return retryLater(http.StatusServiceUnavailable, "The server is too busy, please try again.", troublePause)
	}
	return atPath(http.StatusInternalServerError, textInternal)
}

// When clients are asked to come back.
const (
	troublePause = 2 * time.Second
	fullPause    = time.Minute
)

func retryLater(status int, text string, after time.Duration) *Error {
	e := atPath(status, text)
	e.header = map[string]string{"Retry-After": RetryAfter(after)}
	return e
}

const textInternal = "Internal server error."

// statusClientClosed is what logs show for a request whose client is gone; nobody receives it.
const statusClientClosed = 499
