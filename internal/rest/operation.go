package rest

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/problem"
)

// Access says who may call an operation.
type Access int

const (
	Public      Access = iota // anybody; credentials that are sent must be valid all the same
	Anonymous                 // everybody, as nobody: credentials are not looked at
	Account                   // a session or an API key
	SessionOnly               // a session: an API key is refused with 403
	Staff                     // an administrator
)

// Operation describes one method of one path.
type Operation struct {
	Method      string
	Path        string // with the final slash, parameters as {id} or {uuid}
	Tag         string
	Summary     string
	Description string
	Process     string // how texts of refusals call it: "Notes.Notes/update"; "" where none does
	Access      Access
	Status      int  // of the answer when all goes well; 0 is 200
	TextPlain   bool // JSON labelled text/plain is read too: two calls of the apps are sent so

	MaxFileBytes int64 // of each File in the body; required with such a field
	MaxJSONBytes int64 // of the body, where that is more than the server's own limit
}

// NoContent is the answer of an operation without a body.
type NoContent struct{}

// Reply is an answer of which the handler chooses more than the body.
type Reply[T any] struct {
	Status int    // 0 for the operation's own
	ETag   string // "" for none; see ETag
	Body   T
}

func (r Reply[T]) reply() (status int, etag string, body any) { return r.Status, r.ETag, r.Body }

type replier interface {
	reply() (status int, etag string, body any)
}

// described is an operation as the OpenAPI document needs it.
type described struct {
	Operation
	input  *inputPlan
	output reflect.Type
}

// Handle registers an operation. The fields of In say what is read from the request: `path:"id"`, `query:"limit"`, and
// a field Body with the JSON body; see inputPlan. handler calls one use case in the name of who asks. Out is written as
// JSON: a Reply chooses status and ETag, NoContent has no body.
func Handle[In, Out any](a *API, op Operation, handler func(ctx context.Context, who actor.Actor, in *In) (Out, error)) {
	plan := planInput(reflect.TypeFor[In]())
	if op.Status == 0 {
		op.Status = http.StatusOK
	}
	a.operations = append(a.operations, described{Operation: op, input: plan, output: reflect.TypeFor[Out]()})
	queue := a.queues.of(op)
	a.Route(op.Method, op.Path, func(w http.ResponseWriter, r *http.Request) error {
		var in In
		who, done, err := a.admitAndRead(op, plan, r, reflect.ValueOf(&in).Elem())
		defer done()
		if err != nil {
			return err
		}
		leave, err := queue.enter(r.Context()) // not before: a slow client keeps nobody waiting
		if err != nil {
			return err
		}
		defer leave()
		out, err := callHandler(r.Context(), op, who, &in, handler)
		leave()
		if err != nil {
			return op.refusal(err)
		}
		a.answer(w, r, op.Status, out)
		return nil
	})
}

func callHandler[In, Out any](ctx context.Context, op Operation, who actor.Actor, in *In,
	handler func(ctx context.Context, who actor.Actor, in *In) (Out, error),
) (Out, error) {
	timeout := operationTimeout
	if op.MaxFileBytes > 0 {
		timeout = storeTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return handler(ctx, who, in)
}

// admitAndRead bounds the time of receiving a request; working on it has time of its own. done must be called in any case.
func (a *API) admitAndRead(op Operation, plan *inputPlan, r *http.Request, in reflect.Value) (who actor.Actor, done func(), err error) {
	timeout := operationTimeout
	if op.MaxFileBytes > 0 {
		timeout = receiveTimeout
		if body, ok := r.Body.(*requestBody); ok {
			body.until = time.Now().Add(timeout)
		}
	}
	ctx, cancel := context.WithTimeout(r.Context(), timeout)
	defer cancel()
	if who, err = a.admit(ctx, r, op.Access); err != nil {
		return who, func() {}, err
	}
	done, err = plan.read(ctx, a, op, r, in)
	return who, done, err
}

func (a *API) answer(w http.ResponseWriter, r *http.Request, status int, out any) {
	if reply, ok := out.(replier); ok {
		own, etag, body := reply.reply()
		if out = body; own != 0 {
			status = own
		}
		if etag != "" {
			w.Header().Set("ETag", etag)
		}
	}
	if variant, ok := out.(Variant); ok {
		out = variant.Payload()
	}
	w.Header().Set("Vary", addToList(w.Header().Get("Vary"), "Accept"))
	if _, ok := out.(NoContent); ok {
		w.WriteHeader(status)
		return
	}
	if err := writeJSON(w, status, out); err != nil {
		a.fail(w, r, err)
	}
}

// Variant is an answer that has one of several forms. It is not a json.Marshaler, whose text would be checked and copied
// once more: a tenth of what a list of notes costs.
type Variant interface {
	Payload() any // the form to write
}

// refusal words a problem as this operation's.
func (op Operation) refusal(err error) error {
	var p *problem.Error
	if errors.As(err, &p) && op.Process != "" {
		return present(p, op.Process)
	}
	return err
}

// admit finds out who is calling and refuses who may not.
func (a *API) admit(ctx context.Context, r *http.Request, access Access) (actor.Actor, error) {
	client := ClientOf(ctx)
	who := actor.Actor{Client: actor.Client{Address: client.Address, UserAgent: client.UserAgent}}
	if access == Anonymous {
		return who, nil
	}
	scheme, key := Credentials(r.Header.Get("Authorization"))
	known, err := a.options.Authenticator.Authenticate(ctx, scheme, key)
	if err != nil {
		return who, err
	}
	known.Client = who.Client
	who = known
	switch {
	case access == Public:
	case who.Anonymous():
		return who, &problem.Error{Kind: problem.Unauthenticated, Cause: TextNoCredentials}
	case access == SessionOnly && who.By != actor.Session:
		return who, problem.SessionNeeded()
	case access == Staff && !who.Staff:
		return who, problem.Deny("", "You do not have permission to perform this action.")
	}
	return who, nil
}

// Credentials reads an Authorization header: the scheme, in small letters, any white space, the key as it stands.
func Credentials(header string) (scheme, key string) {
	words := strings.Fields(header)
	if len(words) == 0 {
		return "", ""
	}
	return strings.ToLower(words[0]), strings.Join(words[1:], " ")
}
