package rest

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/problem"
)

// Everything here serves features that are not turned inside out yet, and goes when the last one is.

type Problems = problem.Fields

const NonField = problem.NonField

func Bytes(n int64) string { return problem.Bytes(n) }

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

// Invalid refuses with 400 because of one field; NonField as the field for none in particular.
func Invalid(field, text string) *Error {
	return &Error{Status: http.StatusBadRequest, body: map[string]any{field: []string{text}}}
}

// InvalidBecause is Invalid in the wording of Refusal.
func InvalidBecause(field, consequence, process, cause string) *Error {
	return Invalid(field, refusalText(consequence, process, cause))
}

type Identity struct {
	UserID    int64
	Username  string
	IsStaff   bool
	SessionID int64
	Token     string
}

type identityKey struct{}

func Caller(ctx context.Context) *Identity {
	identity, _ := ctx.Value(identityKey{}).(*Identity)
	return identity
}

func CallerID(ctx context.Context) int64 {
	if identity := Caller(ctx); identity != nil {
		return identity.UserID
	}
	return 0
}

func LegacyHandle[In, Out any](a *API, op Operation, handler func(ctx context.Context, in *In) (Out, error)) {
	Handle(a, op, func(ctx context.Context, who actor.Actor, in *In) (Out, error) {
		if !who.Anonymous() {
			token := ClientOf(ctx).legacyToken
			ctx = context.WithValue(ctx, identityKey{}, &Identity{who.UserID, who.Username, who.Staff, who.SessionID, token})
		}
		return handler(ctx, in)
	})
}

// LegacyPreconditionFailed refuses a write with 412 because its If-Match names another revision than the present one, which the
// answer shows under "current", so that the client can merge and try again.
func LegacyPreconditionFailed(text, etag string, current any) *Error {
	return &Error{
		Status: http.StatusPreconditionFailed,
		body:   map[string]any{"detail": text, "current": current},
		header: map[string]string{"ETag": etag},
	}
}

func Matches(ifMatch, etag string) bool {
	revisions := Revisions(ifMatch)
	if revisions == nil {
		return true
	}
	for _, r := range revisions {
		if ETag(r) == etag {
			return true
		}
	}
	return false
}
