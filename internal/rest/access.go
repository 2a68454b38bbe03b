package rest

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/problem"
)

// Access says who may call an operation. Features check nothing else but whose the thing is.
type Access int

const (
	Public      Access = iota // anybody; credentials that are sent must be valid all the same
	Anonymous                 // everybody, as nobody: credentials are not looked at
	Account                   // a session or an API key
	SessionOnly               // a session: an API key is refused with 403
	Staff                     // the session of an administrator
	Probe                     // everybody, as nobody but an administrator's session: other credentials are not looked at
)

// Each area has a read and a write scope; a limited key holds some of them.
const (
	scopeRead  = ":read"
	scopeWrite = ":write"
)

// ScopeIn is the scope of an operation in an area: "notes:read" for reading, else "notes:write".
func (op Operation) ScopeIn(area string) string {
	if op.Method == http.MethodGet {
		return area + scopeRead
	}
	return area + scopeWrite
}

// allow refuses who may not call an operation.
func (a *API) allow(who actor.Actor, op Operation) error {
	switch {
	case who.Anonymous() && op.Access == Public:
		return nil
	case who.Anonymous():
		return &problem.Error{Kind: problem.Unauthenticated, Cause: TextNoCredentials}
	case op.Access == Staff && !who.Staff:
		return problem.NotPermitted()
	case op.Access == SessionOnly || op.Access == Staff:
		return who.CheckSession()
	}
	if scope := a.scope(op); !who.HasScope(scope) {
		return problem.ScopeNeeded(scope)
	}
	return nil
}

func (a *API) scope(op Operation) string {
	if a.options.Scope == nil {
		return ""
	}
	return a.options.Scope(op)
}

// Route is a method of a path, and the operation behind it; nil for pages and files, which look at no credentials, and
// for exchanges with programs.
type Route struct {
	Method, Path string
	Operation    *Operation
	ForPrograms  bool // it takes keys alone; what they open is decided by what a program asks for
}

// Routes returns all routes, by path.
func (a *API) Routes() []Route {
	routes := slices.Clone(a.routes)
	slices.SortStableFunc(routes, func(x, y Route) int {
		return cmp.Or(strings.Compare(x.Path, y.Path), strings.Compare(x.Method, y.Method))
	})
	return routes
}

// Answers is what each kind of credential gets from a route, if nothing else is wrong: "yes", "as nobody", a status, or
// for keys that don't open everything the scope that they need. A page is "—".
type Answers struct{ Nobody, ScopedKey, Key, Session, Staff string }

// AnswersOf tells what each kind of credential gets from a route.
func (a *API) AnswersOf(r Route) Answers {
	const yes, ignored, page = "yes", "as nobody", "—"
	switch {
	case r.ForPrograms:
		return Answers{Nobody: "401", ScopedKey: "as its scopes say", Key: yes, Session: "401", Staff: "401"}
	case r.Operation == nil:
		return Answers{page, page, page, page, page}
	}
	answers := Answers{Nobody: "401", ScopedKey: "403", Key: "403", Session: yes, Staff: yes}
	switch r.Operation.Access {
	case Anonymous:
		return Answers{yes, ignored, ignored, ignored, ignored}
	case Probe:
		return Answers{yes, ignored, ignored, ignored, yes}
	case Staff:
		answers.Session = "403"
	case Public:
		answers.Nobody = yes
		fallthrough
	case Account:
		answers.Key = yes
		if scope := a.scope(*r.Operation); scope != "" {
			answers.ScopedKey = scope
		}
	}
	return answers
}

// AccessReference is the table of all routes and credentials in Markdown.
func (a *API) AccessReference() string {
	var text strings.Builder
	text.WriteString(accessIntroduction)
	for _, r := range a.Routes() {
		answers := a.AnswersOf(r)
		fmt.Fprintf(&text, "| %s `%s` | %s | %s | %s | %s | %s |\n", r.Method, r.Path,
			answers.Nobody, answers.ScopedKey, answers.Key, answers.Session, answers.Staff)
	}
	return text.String()
}

const accessIntroduction = `# Who may call what

This page is generated from the program; a test compares them, and calls every route with every credential. "yes" means
that the credential is sufficient; ownership and the request itself are still checked. A number is the status of the
refusal. "as nobody" means that credentials are ignored. "—" is a page, a file, or an address with its own key
(published calendars, metrics): the credentials of this table do not apply there.

- **Nobody** sends no credentials. Wrong credentials get 401 unless credentials are ignored.
- **Scoped key** has some scopes; the table names the required one. Tokens granted to programs are of this kind at
  ` + "`/mcp/`" + `, and have no access anywhere else.
- **API key** (` + "`ntc_…`" + `) reads and writes all content of its owner. Changing how the owner signs in, or giving
  others access, requires a session, so that a leaked key can't lock out its owner.
- **Session** is created by signing in.
- **Administrator** is the session of an administrator; their API key is like any other.

| Route | Nobody | Scoped key | API key | Session | Administrator |
|---|---|---|---|---|---|
`

// TextNoCredentials is what the apps look for to learn that they have to sign in.
const TextNoCredentials = "Authentication credentials were not provided."
