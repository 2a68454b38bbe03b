package rest

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/blob"
	"github.com/trance-0/notechondria/internal/problem"
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
	Status      int   // of the answer when all goes well; 0 is 200
	Other       []int // further statuses of the same answer: 200 where what would be made was there
	GivesWay    bool  // anybody can ask for it, and it takes long: a few are done at once, and few wait
	TextPlain   bool  // JSON labelled text/plain is read too: two calls of the apps are sent so

	MaxFileBytes int64 // of each File in the body; required with such a field
	MaxJSONBytes int64 // of the body, where that is more than the server's own limit
}

// NoContent is the answer of an operation without a body.
type NoContent struct{}

// Reply is an answer whose handler chooses more than the body.
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
func Handle[In, Out any](
	a *API, op Operation, handler func(ctx context.Context, who actor.Actor, in *In) (Out, error),
) {
	plan := planInput(reflect.TypeFor[In]())
	if op.Status == 0 {
		op.Status = http.StatusOK
	}
	a.operations = append(a.operations, described{Operation: op, input: plan, output: reflect.TypeFor[Out]()})
	a.routes = append(a.routes, Route{Method: op.Method, Path: op.Path, Operation: &op})
	a.route(op.Method, op.Path, func(w http.ResponseWriter, r *http.Request) error {
		var in In
		return a.perform(w, r, op, plan, reflect.ValueOf(&in).Elem(),
			func(ctx context.Context, who actor.Actor) (any, error) {
				return handler(ctx, who, &in)
			})
	})
}

// perform does an operation. What depends on the client's pace, receiving the request and sending the answer, happens
// before and after its place in the queue, and takes no memory that grows with its size.
func (a *API) perform(w http.ResponseWriter, r *http.Request, op Operation, plan *inputPlan, in reflect.Value,
	call func(ctx context.Context, who actor.Actor) (any, error),
) error {
	who, err := a.admit(r, op)
	if err != nil {
		return err
	}
	request, err := a.receive(r, op, plan, in)
	defer request.done()
	if err != nil {
		return err
	}
	leave, err := a.queues.of(op, request.held).enter(r.Context())
	if err != nil {
		return err
	}
	defer leave()
	reply, err := a.work(r, op, who, request.read, call)
	if err != nil {
		return op.refusal(err)
	}
	defer reply.close()
	leave()
	return reply.send(w)
}

// sentRequest is a request that its client has sent.
type sentRequest struct {
	held *blob.Spooled                   // its body, where it is large and JSON
	read func(ctx context.Context) error // reads it into the input
	done func()                          // is called when the input is not used any more
}

// receive takes a request. Files go to the disk as they come; any other body does so where it is large, and is read
// with what it is for.
func (a *API) receive(r *http.Request, op Operation, plan *inputPlan, in reflect.Value) (got sentRequest, err error) {
	got.done = func() {}
	if op.MaxFileBytes > 0 {
		if body, ok := r.Body.(*requestBody); ok {
			body.until = time.Now().Add(receiveTimeout)
		}
		ctx, cancel := context.WithTimeout(r.Context(), receiveTimeout)
		defer cancel()
		got.done, err = plan.read(ctx, a, op, r, in)
		got.read = func(context.Context) error { return nil }
		return got, err
	}
	if plan.body != nil {
		if got.held, err = a.hold(r, max(a.options.MaxJSONBytes, op.MaxJSONBytes)); err != nil {
			return got, err
		}
		got.done = func() { a.release(got.held) }
	}
	got.read = func(ctx context.Context) error {
		close, err := plan.read(ctx, a, op, r, in)
		close()
		return err
	}
	return got, nil
}

func (a *API) work(r *http.Request, op Operation, who actor.Actor, read func(ctx context.Context) error,
	call func(ctx context.Context, who actor.Actor) (any, error),
) (*reply, error) {
	timeout := operationTimeout
	if op.MaxFileBytes > 0 {
		timeout = storeTimeout
	}
	ctx, cancel := context.WithTimeout(r.Context(), timeout)
	defer cancel()
	if err := read(ctx); err != nil {
		return nil, err
	}
	out, err := call(ctx, who)
	if err != nil {
		return nil, err
	}
	return a.reply(op.Status, out)
}

// Variant is an answer that has one of several forms. It is not a json.Marshaler, whose text would be checked and
// copied once more: a tenth of what a list of notes costs.
type Variant interface {
	Payload() any // the form to write
}

// refusal writes a problem as an answer of this operation.
func (op Operation) refusal(err error) error {
	var p *problem.Error
	if errors.As(err, &p) && op.Process != "" {
		return present(p, op.Process)
	}
	return err
}

// admit finds out who is calling, and refuses callers who may not.
func (a *API) admit(r *http.Request, op Operation) (actor.Actor, error) {
	if op.Access == Anonymous {
		return unknown(r), nil
	}
	who, err := identify(r, a.options.Authenticator.Authenticate)
	if op.Access == Probe {
		if err != nil || !who.Staff || who.CheckSession() != nil {
			return unknown(r), nil
		}
		return who, nil
	}
	if err != nil {
		return who, err
	}
	return who, a.allow(who, op)
}

// identify finds out who is calling.
func identify(
	r *http.Request, authenticate func(ctx context.Context, scheme, key string) (actor.Actor, error),
) (actor.Actor, error) {
	ctx, cancel := context.WithTimeout(r.Context(), operationTimeout)
	defer cancel()
	who := unknown(r)
	scheme, key := Credentials(r.Header.Get("Authorization"))
	known, err := authenticate(ctx, scheme, key)
	if err != nil {
		return who, err
	}
	known.Client = who.Client
	return known, nil
}

// unknown is a caller of whom only the program is known.
func unknown(r *http.Request) actor.Actor {
	client := ClientOf(r.Context())
	return actor.Actor{Client: actor.Client{Address: client.Address, UserAgent: client.UserAgent}}
}

// Credentials reads an Authorization header: the scheme, in small letters, any white space, the key as it stands.
func Credentials(header string) (scheme, key string) {
	words := strings.Fields(header)
	if len(words) == 0 {
		return "", ""
	}
	return strings.ToLower(words[0]), strings.Join(words[1:], " ")
}
