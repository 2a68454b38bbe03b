// Package actor says who asks for something to be done. Every use case takes an Actor, so that no face can forget to
// say it, and none can hide it.
package actor

import (
	"slices"

	"github.com/trance-0/notechondria/internal/problem"
)

// Credential is by what an actor is known.
type Credential int

// The credentials.
const (
	None    Credential = iota // nobody is signed in
	Session                   // somebody who signed in
	Key                       // an API key
	Server                    // the server itself, in somebody's name
	Grant                     // a program to which somebody has granted access
)

// Actor is who asks.
type Actor struct {
	UserID    int64 // 0 for nobody
	Username  string
	Staff     bool // an administrator
	By        Credential
	SessionID int64    // of a Session
	GrantID   int64    // of a Grant
	Scopes    []string // what a key or a grant opens; nil for everything, none of them for nothing
	Client    Client
}

// Client is the program that somebody uses.
type Client struct {
	Address   string // IP address; "" when unknown
	UserAgent string // how the program calls itself, at most 512 characters
}

// ServerFor is the server itself, acting in the name of a user: what it does counts as no activity of theirs.
func ServerFor(userID int64) Actor { return Actor{UserID: userID, By: Server} }

// Operator is whoever can run the server's commands.
func Operator() Actor { return Actor{By: Server} }

// Anonymous reports whether nobody is signed in.
func (a Actor) Anonymous() bool { return a.UserID == 0 }

// Is reports whether the actor is that user.
func (a Actor) Is(userID int64) bool { return a.UserID != 0 && a.UserID == userID }

// HasScope reports whether the actor's credential opens a scope.
func (a Actor) HasScope(scope string) bool {
	return a.Scopes == nil || slices.Contains(a.Scopes, scope)
}

// CheckSession refuses who has not signed in. Whatever changes how people get in, or gives others access, takes a
// session: a key that leaks must not become more than it is.
func (a Actor) CheckSession() error {
	if a.By != Session {
		return problem.SessionNeeded()
	}
	return nil
}

// CheckOperator refuses who is neither an administrator who has signed in nor an operator.
func (a Actor) CheckOperator() error {
	switch {
	case a.By == Server:
		return nil
	case !a.Staff:
		return problem.NotPermitted()
	}
	return a.CheckSession()
}
