// Package problem says why something was not done: as values that each face (the HTTP API, tools for agents, pages, the
// command line) presents in its own way. It knows no face and no table; features return its errors, and everything else
// they return counts as trouble of the server itself.
package problem

import (
	"errors"
	"strconv"
	"time"
)

// Kind is what sort of problem it is. A face chooses by it how to answer.
type Kind int

// The kinds of problems.
const (
	Invalid         Kind = iota + 1 // the input is wrong; Fields says where
	Refused                         // the input is well-formed, but a rule forbids what it asks for
	Unauthenticated                 // nobody is signed in, or the credentials are not good any more
	NotAllowed                      // this caller may not do it
	NotFound                        // there is no such thing, or not for this caller
	Conflict                        // the present state excludes it
	Stale                           // it was changed since the caller read it; Now is what it is now
	TooMany                         // a limit on attempts is reached; RetryAfter says for how long
	Unavailable                     // the server can't do it at present, or was not set up for it
	Upstream                        // another server, which was asked, did not answer as it should
)

// Error is a problem that the caller is told of.
type Error struct {
	Kind    Kind
	Outcome string // what did not happen: "Note not changed"; "" where Cause says all
	Cause   string // why: "it belongs to somebody else"
	Code    string // a name that programs look for; "" in most

	Fields     Fields        // of Invalid
	RetryAfter time.Duration // of TooMany and Unavailable; 0 when nobody knows
	Now        any           // of Stale
}

// Error is the text of the problem.
func (e *Error) Error() string {
	switch {
	case e.Kind == Invalid:
		return e.Fields.String()
	case e.Outcome == "":
		return e.Cause
	}
	return e.Outcome + ": " + e.Cause
}

// IsKind reports whether err is a problem of that kind.
func IsKind(err error, kind Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == kind
}

// NoSuch is the NotFound of a thing that is called like its type in the former system: "Note".
func NoSuch(model string) error {
	return &Error{Kind: NotFound, Cause: "No " + model + " matches the given query."}
}

// Refuse says that a rule forbids it.
func Refuse(outcome, cause string) error {
	return &Error{Kind: Refused, Outcome: outcome, Cause: cause}
}

// Deny says that this caller may not do it.
func Deny(outcome, cause string) error {
	return &Error{Kind: NotAllowed, Outcome: outcome, Cause: cause}
}

// NotPermitted refuses something to whom their role does not allow it.
func NotPermitted() error { return Deny("", "You do not have permission to perform this action.") }

// ScopeNeeded says that a credential opens other things, but not these; no scope opens them where that is "".
func ScopeNeeded(scope string) error {
	if scope == "" {
		return &Error{Kind: NotAllowed, Cause: "This can't be granted to programs."}
	}
	return &Error{Kind: NotAllowed, Cause: "This needs the scope " + scope + ", which was not granted."}
}

// SessionNeeded says that an API key is not enough.
func SessionNeeded() error {
	return &Error{Kind: NotAllowed, Cause: "This needs a signed-in session: an API key is not enough."}
}

// Changed says that the caller has read something that is different by now.
func Changed(outcome string, now any) error {
	return &Error{Kind: Stale, Outcome: outcome, Cause: "it has been changed since you read it", Now: now}
}

// Wait says that a limit on attempts is reached.
func Wait(text string, retryAfter time.Duration) error {
	return &Error{Kind: TooMany, Cause: text, RetryAfter: retryAfter}
}

// Bytes writes a number of bytes as people do.
func Bytes(n int64) string {
	if n%(1<<20) == 0 {
		return strconv.FormatInt(n>>20, 10) + " MiB"
	}
	return strconv.FormatInt(n, 10) + " bytes"
}
