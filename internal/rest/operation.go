package rest

import (
	"context"
	"net/http"
	"reflect"
	"time"
)

// Access says who may call an operation.
type Access int

const (
	Public      Access = iota // anybody; credentials that are sent must be valid all the same
	Unchecked                 // anybody; credentials are not looked at
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
	Access      Access
	Status      int  // of the answer when all goes well; 0 is 200
	TextPlain   bool // JSON labelled text/plain is read too: two calls of the apps are sent so

	MaxFileBytes int64 // of each File in the body; required with such a field
	MaxJSONBytes int64 // of the body, where that is more than the server's own limit
}

// Nothing is the answer of an operation without a body.
type Nothing struct{}

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
// a field Body with the JSON body; see inputPlan. Out is written as JSON: a Reply chooses status and ETag, Nothing has no body.
func Handle[In, Out any](a *API, op Operation, handler func(ctx context.Context, in *In) (Out, error)) {
	plan := planInput(reflect.TypeFor[In]())
	if op.Status == 0 {
		op.Status = http.StatusOK
	}
	a.operations = append(a.operations, described{Operation: op, input: plan, output: reflect.TypeFor[Out]()})
	timeout := operationTimeout
	if op.MaxFileBytes > 0 {
		timeout = uploadTimeout
	}
	a.Route(op.Method, op.Path, func(w http.ResponseWriter, r *http.Request) error {
		ctx, cancel := context.WithTimeout(r.Context(), timeout)
		defer cancel()
		identity, err := a.admit(ctx, r, op.Access)
		if err != nil {
			return err
		}
		ctx = context.WithValue(ctx, identityKey{}, identity)
		if op.MaxFileBytes > 0 {
			r.Body = steadyBody{r.Body, w, time.Now().Add(timeout)}
		}
		var in In
		done, err := plan.read(ctx, a, op, r, reflect.ValueOf(&in).Elem())
		defer done()
		if err != nil {
			return err
		}
		if op.MaxFileBytes > 0 {
			setReadDeadline(w, time.Now().Add(timeout)) // else the request would end while its file is stored
		}
		out, err := handler(ctx, &in)
		if err != nil {
			return err
		}
		a.answer(w, r, op.Status, out)
		return nil
	})
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
	if choice, ok := out.(Choice); ok {
		out = choice.Chosen()
	}
	w.Header().Set("Vary", addToList(w.Header().Get("Vary"), "Accept"))
	if _, ok := out.(Nothing); ok {
		w.WriteHeader(status)
		return
	}
	if err := writeJSON(w, status, out); err != nil {
		a.fail(w, r, err)
	}
}

// Choice is an answer that has one of several forms. It is not a json.Marshaler, whose text would be checked and copied once more: a tenth of
// what a list of notes costs.
type Choice interface {
	Chosen() any // the form to write
}

// admit finds out who is calling and refuses who may not.
func (a *API) admit(ctx context.Context, r *http.Request, access Access) (*Identity, error) {
	if access == Unchecked {
		return nil, nil
	}
	identity, err := a.options.Authenticator.Authenticate(ctx, r)
	switch {
	case err != nil:
		return nil, err
	case access == Public:
		return identity, nil
	case identity == nil:
		return nil, Unauthorized(TextNoCredentials)
	case access == SessionOnly && identity.SessionID == 0:
		return nil, Detail(http.StatusForbidden, "This needs a signed-in session: an API key is not enough.")
	case access == Staff && !identity.IsStaff:
		return nil, Detail(http.StatusForbidden, "You do not have permission to perform this action.")
	}
	return identity, nil
}

type identityKey struct{}

// Caller returns who is calling, nil for an anonymous request.
func Caller(ctx context.Context) *Identity {
	identity, _ := ctx.Value(identityKey{}).(*Identity)
	return identity
}

// CallerID returns the id of who is calling, 0 for an anonymous request.
func CallerID(ctx context.Context) int64 {
	if identity := Caller(ctx); identity != nil {
		return identity.UserID
	}
	return 0
}

func setReadDeadline(w http.ResponseWriter, t time.Time) {
	// Not every writer has deadlines (a test's recorder has none); the server's own limits hold then.
	_ = http.NewResponseController(w).SetReadDeadline(t)
}
