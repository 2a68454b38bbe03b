package described

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Request is what a client has sent.
type Request struct {
	Method string
	URL    *url.URL
	Type   string // of the body, as its header says
	Body   []byte
}

type parameter struct {
	Name   string `json:"name"`
	In     string `json:"in"`
	Schema schema `json:"schema"`
}

type requestBody struct {
	Required bool `json:"required"`
	Content  map[string]struct {
		Schema schema `json:"schema"`
	} `json:"content"`
}

// schema is as much of one as reading texts as values needs.
type schema struct {
	Type       any               `json:"type"` // a name or a list of names
	Properties map[string]schema `json:"properties"`
}

const formType = "multipart/form-data"

// Describes reports whether the document has an operation for those requests.
func (d *Document) Describes(method, path string) bool {
	_, _, ok := d.find(method, path)
	return ok
}

// Misfits returns what of a request the document does not describe: one line for each part of it, which are the same
// for all requests that go wrong in the same way. Of what it has no path for, there is nothing to say.
func (d *Document) Misfits(r Request) ([]string, error) {
	item, op, ok := d.find(r.Method, r.URL.Path)
	if !ok {
		return nil, nil
	}
	found := misfits{document: d, at: pointer("paths", item.template, strings.ToLower(r.Method))}
	if err := errors.Join(found.query(op, r.URL.Query()), found.body(op.RequestBody, r)); err != nil {
		return nil, fmt.Errorf("%s %s: %w", r.Method, r.URL, err)
	}
	for i, line := range found.lines {
		found.lines[i] = r.Method + " " + item.template + ": " + line
	}
	return found.lines, nil
}

type misfits struct {
	document *Document
	at       string // the operation
	lines    []string
}

func (m *misfits) add(format string, values ...any) {
	m.lines = append(m.lines, fmt.Sprintf(format, values...))
}

func (m *misfits) query(op operation, sent url.Values) error {
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		i := slices.IndexFunc(op.Parameters, func(p parameter) bool { return p.In == "query" && p.Name == name })
		if i < 0 {
			m.add("?%s is not described", name)
			continue
		}
		at := m.at + pointer("parameters", strconv.Itoa(i), "schema")
		for _, text := range sent[name] {
			if err := m.compare("?"+name, at, op.Parameters[i].Schema.value(text)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *misfits) body(body requestBody, r Request) error {
	kind, parameters, _ := mime.ParseMediaType(r.Type)
	content, known := body.Content[kind]
	switch {
	case len(r.Body) == 0 && body.Required:
		m.add("the body is required")
		return nil
	case len(r.Body) == 0, len(body.Content) == 0 && string(r.Body) == "{}": // which says nothing
		return nil
	case len(body.Content) == 0:
		m.add("no body is described")
		return nil
	case !known:
		m.add("a body that is %q is not described", kind)
		return nil
	}
	value, err := content.Schema.read(kind, parameters["boundary"], r.Body)
	if err != nil {
		return err
	}
	if object, ok := value.(map[string]any); ok {
		for _, key := range slices.Sorted(maps.Keys(object)) {
			if _, described := content.Schema.Properties[key]; !described {
				m.add("%s is not described", key)
			}
		}
	}
	return m.compare("", m.at+pointer("requestBody", "content", kind, "schema"), value)
}

func (m *misfits) compare(what, at string, value any) error {
	compiled, err := m.document.schema(at)
	if err != nil {
		return err
	}
	err = compiled.Validate(value)
	var wrong *jsonschema.ValidationError
	if errors.As(err, &wrong) {
		m.leaves(what, wrong)
		return nil
	}
	return err
}

var english = message.NewPrinter(language.English)

func (m *misfits) leaves(what string, wrong *jsonschema.ValidationError) {
	for _, cause := range wrong.Causes {
		m.leaves(what, cause)
	}
	if len(wrong.Causes) == 0 {
		place := what + strings.Join(wrong.InstanceLocation, ".")
		m.add("%s: %s", place, wrong.ErrorKind.LocalizedString(english))
	}
}

func (s schema) read(kind, boundary string, text []byte) (any, error) {
	if kind != formType {
		return jsonschema.UnmarshalJSON(bytes.NewReader(text))
	}
	form, object := multipart.NewReader(bytes.NewReader(text), boundary), map[string]any{}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return object, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading a form: %w", err)
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return nil, fmt.Errorf("reading a form: %w", err)
		}
		object[part.FormName()] = s.Properties[part.FormName()].value(string(value))
	}
}

// value is what a text of an address or a form stands for.
func (s schema) value(text string) any {
	names, isList := s.Type.([]any)
	if !isList {
		names = []any{s.Type}
	}
	if slices.Contains(names, any("string")) {
		return text
	}
	if value, err := jsonschema.UnmarshalJSON(strings.NewReader(text)); err == nil {
		return value
	}
	return text
}
