package rest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/trance-0/notechondria/internal/pattern"
)

// DocumentPath is where the OpenAPI document is served.
const DocumentPath = "/api/openapi.json"

// RegisterDocument serves the OpenAPI document of the operations.
func RegisterDocument(a *API) {
	a.Route(http.MethodGet, DocumentPath, func(w http.ResponseWriter, _ *http.Request) error {
		document, err := a.openAPI()
		if err != nil {
			return fmt.Errorf("writing the OpenAPI document: %w", err)
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = w.Write(document) // the client may be gone
		return nil
	})
}

// The names of security schemes.
const (
	tokenScheme = "token"
	keyScheme   = "key"
)

// buildOpenAPI describes the registered operations. It runs at the first request for the document, not at start.
func (a *API) buildOpenAPI() ([]byte, error) {
	registry := huma.NewMapRegistry("#/components/schemas/", schemaName)
	document := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "Notechondria", Version: a.options.Version, License: &huma.License{Name: "MIT", Identifier: "MIT"},
			Description: "Notes, courses and planner. Sign in through `/api/v1/auth/login/` and send the token as " +
				"`Authorization: Token <token>`.",
		},
		Servers: []*huma.Server{{URL: "/", Description: "this server"}},
		Components: &huma.Components{
			Schemas: registry,
			SecuritySchemes: map[string]*huma.SecurityScheme{
				tokenScheme: {
					Type: "apiKey", In: "header", Name: "Authorization",
					Description: "`Token <40 hex digits>` for a session, or `Token ntc_…` for an API key",
				},
				keyScheme: {Type: "http", Scheme: "bearer", Description: "an API key, `ntc_…`"},
			},
		},
	}
	document.Tags = a.tags()
	addProblems(registry)
	for _, op := range a.operations {
		document.AddOperation(op.describe(registry))
	}
	for described := 0; described < len(registry.Map()); { // describing a struct may name another
		described = len(registry.Map())
		for _, name := range slices.Sorted(maps.Keys(registry.Map())) {
			complete(registry, registry.Map()[name], registry.TypeFromRef(schemaPath+name))
		}
	}
	for _, schema := range registry.Map() {
		listsAreNeverNull(schema)
	}
	return json.Marshal(document)
}

// tags are the tags of all operations, each once.
func (a *API) tags() (tags []*huma.Tag) {
	known := map[string]bool{}
	for _, op := range a.operations {
		if !known[op.Tag] {
			known[op.Tag] = true
			tags = append(tags, &huma.Tag{Name: op.Tag})
		}
	}
	return tags
}

var pathParameter = pattern.New(`\{(\w+)\}`)

func (d described) describe(registry huma.Registry) *huma.Operation {
	op := &huma.Operation{
		OperationID: operationID(d.Operation),
		Method:      d.Method, Path: d.Path, Tags: []string{d.Tag}, Summary: d.Summary, Description: d.Description,
		Responses: map[string]*huma.Response{},
	}
	for _, p := range d.input.params {
		if p.name == "Authorization" { // described as a security scheme
			continue
		}
		schema := registry.Schema(p.typ, true, "")
		for value := range strings.SplitSeq(p.values, ",") {
			if value != "" {
				schema.Enum = append(schema.Enum, value)
			}
		}
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: p.name, In: p.in, Required: p.in == "path", Description: p.doc, Schema: schema})
	}
	if d.input.body != nil {
		op.RequestBody = d.input.body.describe(registry)
	}
	response := &huma.Response{Description: http.StatusText(d.Status)}
	if payload := payloadType(d.output); payload != reflect.TypeFor[NoContent]() {
		response.Content = jsonContent(answerSchema(registry, payload, op.OperationID+"-answer"))
	}
	op.Responses[strconv.Itoa(d.Status)] = response
	for _, status := range d.Other {
		op.Responses[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status), Content: response.Content}
	}
	d.describeRefusals(op)
	switch d.Access {
	case Anonymous:
		op.Security = []map[string][]string{}
	case Public, Probe:
		op.Security = []map[string][]string{{}, {tokenScheme: {}}, {keyScheme: {}}}
	case Account:
		op.Security = []map[string][]string{{tokenScheme: {}}, {keyScheme: {}}}
	case SessionOnly, Staff:
		op.Security = []map[string][]string{{tokenScheme: {}}}
	}
	return op
}

// answerSchema describes an answer.
func answerSchema(registry huma.Registry, t reflect.Type, hint string) *huma.Schema {
	schema := registry.Schema(t, true, hint)
	if schema.Ref == "" {
		listsAreNeverNull(schema)
	}
	return schema
}

// complete describes what the library does not see of a struct: the fields of embedded structs whose type is not
// exported, which fields may be absent since a struct around them may be, and references that may be null.
func complete(registry huma.Registry, schema *huma.Schema, t reflect.Type) {
	if t == nil || t.Kind() != reflect.Struct || schema.Type != huma.TypeObject {
		return
	}
	for _, f := range reflect.VisibleFields(t) {
		key, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if key == "" || key == "-" || !f.IsExported() {
			continue
		}
		if schema.Properties[key] == nil {
			schema.Properties[key] = huma.SchemaFromField(registry, f, t.Name()+"-"+key)
		}
		mayBeAbsent := strings.HasPrefix(options, "omit")
		if f.Type.Kind() == reflect.Pointer && !mayBeAbsent {
			schema.Properties[key] = orNull(schema.Properties[key])
		}
		required := !mayBeAbsent && alwaysThere(t, f.Index)
		schema.Required = slices.DeleteFunc(schema.Required, func(k string) bool { return k == key })
		if required {
			schema.Required = append(schema.Required, key)
		}
	}
}

// orNull describes what a pointer is written as.
func orNull(property *huma.Schema) *huma.Schema {
	if property.Ref == "" {
		property.Nullable = true
		return property
	}
	return &huma.Schema{
		Description: property.Description, AnyOf: []*huma.Schema{{Ref: property.Ref}, {Type: "null"}},
	}
}

// alwaysThere reports whether no struct on the way to a field may be nil.
func alwaysThere(t reflect.Type, index []int) bool {
	for _, i := range index[:len(index)-1] {
		field := t.Field(i).Type
		if field.Kind() == reflect.Pointer {
			return false
		}
		t = field
	}
	return true
}

// listsAreNeverNull says of lists what this server does: one without items is [].
func listsAreNeverNull(schema *huma.Schema) {
	if schema.Type == huma.TypeArray {
		schema.Nullable = false
	}
	for _, property := range schema.Properties {
		listsAreNeverNull(property)
	}
	for _, form := range schema.OneOf {
		listsAreNeverNull(form)
	}
	if schema.Items != nil {
		listsAreNeverNull(schema.Items)
	}
}

func jsonContent(schema *huma.Schema) map[string]*huma.MediaType {
	return map[string]*huma.MediaType{"application/json": {Schema: schema}}
}

// payloadType is what a Reply carries, or the type itself.
func payloadType(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Struct && t.Implements(reflect.TypeFor[replier]()) {
		body, _ := t.FieldByName("Body")
		return body.Type
	}
	return t
}

// operationID is the method and the words of the path: get-notes-id-history; those outside /api/v1 say so.
func operationID(op Operation) string {
	path, versioned := strings.CutPrefix(op.Path, "/api/v1/")
	if !versioned {
		path = "server" + op.Path
	}
	path = strings.Trim(path, "/")
	words := pathParameter().ReplaceAllString(path, "$1")
	return strings.ToLower(op.Method) + "-" + strings.NewReplacer("/", "-", "_", "-").Replace(words)
}

// schemaName is the name of a type, which no other type on the wire has.
func schemaName(t reflect.Type, hint string) string {
	name := strings.TrimSuffix(huma.DefaultSchemaNamer(t, hint), "JSON") // the mark of types that are on the wire alone
	first, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(first)) + name[size:]
}
