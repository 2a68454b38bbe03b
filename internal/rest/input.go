package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-chi/chi/v5"

	"github.com/trance-0/notechondria/internal/problem"
)

// inputPlan is how an operation's input is read, worked out once from the fields of its type:
//
//	ID       int64  `path:"id"`      a path parameter; a number too large for the column is an unknown object
//	Limit    *int   `query:"limit"`  a query parameter; nil when absent
//	Agent    string `header:"Name"`  a header; "" when absent
//	Body     T                       the body, JSON or a form, see bodyPlan; problems with it end the request
//	Body     Deferred[T]            the same for operations that have something to look up before
type inputPlan struct {
	params []paramPlan
	body   *bodyPlan
	bodyAt []int
	late   bool // the body is Deferred
}

type paramPlan struct {
	at   []int
	name string
	in   string // path, query or header
	doc  string
	typ  reflect.Type // of the value, where the field is a pointer

	values string // those that mean something, with commas between; "" where any may
}

func planInput(t reflect.Type) *inputPlan {
	plan := &inputPlan{}
	for _, f := range reflect.VisibleFields(t) {
		switch {
		case f.Name == "Body":
			plan.bodyAt = f.Index
			bodyType := f.Type
			if late, ok := reflect.New(f.Type).Interface().(deferred); ok {
				body, _ := late.parts()
				plan.late, bodyType = true, reflect.TypeOf(body).Elem()
			}
			plan.body = planBody(bodyType)
		default:
			for _, in := range []string{"path", "query", "header"} {
				if name := f.Tag.Get(in); name != "" {
					plan.params = append(plan.params, paramPlan{at: f.Index, name: name, in: in, typ: valueType(f.Type),
						doc: f.Tag.Get("doc"), values: f.Tag.Get("enum")})
				}
			}
		}
	}
	return plan
}

func valueType(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

// read fills the input. done must be called when it is not used any more, after an error too.
func (p *inputPlan) read(
	ctx context.Context, a *API, op Operation, r *http.Request, in reflect.Value,
) (done func(), err error) {
	done = func() {}
	for _, param := range p.params {
		if err := param.read(r, in.FieldByIndex(param.at)); err != nil {
			return done, err
		}
	}
	if p.body == nil {
		return done, nil
	}
	body, err := a.readBody(ctx, op, r, p.body)
	done = func() {
		if err := body.close(); err != nil {
			a.options.Log.Warn("deleting a temporary upload failed", "error", err)
		}
	}
	target, problems := in.FieldByIndex(p.bodyAt), &problem.Fields{}
	if p.late {
		var into any
		into, problems = target.Addr().Interface().(deferred).parts()
		target = reflect.ValueOf(into).Elem()
	}
	if err == nil {
		p.body.decode(body, target, problems)
	}
	var refusal *Error
	var wrong *problem.Error
	switch {
	case errors.As(err, &wrong), errors.As(err, &refusal) && refusal.Status != http.StatusRequestEntityTooLarge:
		problems.Unreadable(err)
	case err != nil:
		return done, err
	}
	if p.late {
		return done, nil
	}
	return done, problems.Err()
}

// readBody reads JSON or a form; an empty body is an empty object.
func (a *API) readBody(ctx context.Context, op Operation, r *http.Request, plan *bodyPlan) (received, error) {
	label := r.Header.Get("Content-Type")
	kind, _, _ := mime.ParseMediaType(label)
	if kind == "multipart/form-data" {
		return a.readForm(ctx, op, r, plan)
	}
	raw, err := readLimited(r.Body, max(a.options.MaxJSONBytes, op.MaxJSONBytes))
	switch {
	case err != nil:
		return received{}, err
	case len(raw) == 0:
		return received{}, nil
	case kind == "application/json", label == "", kind == "text/plain" && op.TextPlain:
		return parseJSON(raw)
	}
	return received{}, Detail(http.StatusUnsupportedMediaType, fmt.Sprintf("Unsupported media type %q in request.", label))
}

// parseJSON reads an object. Anything else that is JSON is a problem of the whole body.
func parseJSON(raw []byte) (received, error) {
	if !utf8.Valid(raw) {
		return received{}, Detail(http.StatusBadRequest, "JSON parse error - the text is not valid UTF-8.")
	}
	if kind := jsonKind(raw); kind != "dict" && json.Valid(raw) {
		return received{}, problem.InvalidField(problem.NonField, "Invalid data. Expected a dictionary, but got "+kind+".")
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(raw, &keys); err != nil {
		return received{}, Detail(http.StatusBadRequest, "JSON parse error - "+err.Error())
	}
	return received{keys: keys}, nil
}

// drainLimit is how much of a refused body is read, so that the client gets to see the answer instead of a cut
// connection.
const drainLimit = 64 << 20

func readLimited(body io.Reader, limit int64) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(body, limit+1))
	if err != nil {
		return nil, Detail(http.StatusBadRequest, "The request body ended early.")
	}
	if int64(len(raw)) <= limit {
		return raw, nil
	}
	return nil, tooLarge(body, limit)
}

func tooLarge(body io.Reader, limit int64) error {
	// What happens to the rest can't change the answer.
	_, _ = io.CopyN(io.Discard, body, drainLimit)
	return atPath(http.StatusRequestEntityTooLarge, "The request is larger than "+problem.Bytes(limit)+".")
}

// read stores a parameter in a field of type int64, string, or a pointer to one of them.
func (p paramPlan) read(r *http.Request, field reflect.Value) error {
	text, sent := p.find(r)
	if !sent {
		return nil
	}
	if field.Kind() == reflect.Pointer {
		field.Set(reflect.New(field.Type().Elem()))
		field = field.Elem()
	}
	if field.Kind() == reflect.String {
		field.SetString(strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", ""))
		return nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err == nil:
		field.SetInt(n)
	case p.in == "path":
		field.SetInt(math.MaxInt64) // beyond every id
	default:
		return problem.InvalidField(p.name, "A valid integer is required.")
	}
	return nil
}

func (p paramPlan) find(r *http.Request) (text string, sent bool) {
	switch p.in {
	case "path":
		return chi.URLParam(r, p.name), true
	case "header":
		return r.Header.Get(p.name), true
	}
	values := r.URL.Query()[p.name]
	if len(values) == 0 {
		return "", false
	}
	return strings.TrimSpace(values[0]), true
}
