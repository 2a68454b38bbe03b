package rest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
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

// buildOpenAPI describes the registered operations. It runs at the first request for the document, not at start.
func (a *API) buildOpenAPI() ([]byte, error) {
	registry := huma.NewMapRegistry("#/components/schemas/", schemaName)
	document := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "Notechondria", Version: a.options.Version,
			Description: "Notes, courses and planner. Sign in through `/api/v1/auth/login/` and send the token as " +
				"`Authorization: Token <token>`.",
		},
		Components: &huma.Components{
			Schemas: registry,
			SecuritySchemes: map[string]*huma.SecurityScheme{
				"token": {Type: "apiKey", In: "header", Name: "Authorization",
					Description: "`Token <40 hex digits>` of a session, or `Token ntc_…` of an API key"},
				"key": {Type: "http", Scheme: "bearer", Description: "an API key, `ntc_…`"},
			},
		},
	}
	for _, op := range a.operations {
		document.AddOperation(op.describe(registry))
	}
	return json.Marshal(document)
}

var pathParameter = regexp.MustCompile(`\{(\w+)\}`)

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
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: p.name, In: p.in, Required: p.in == "path", Description: p.doc, Schema: registry.Schema(p.typ, true, "")})
	}
	if d.input.body != nil {
		op.RequestBody = &huma.RequestBody{Content: d.input.body.content(d.input.body.schema(registry))}
	}
	response := &huma.Response{Description: http.StatusText(d.Status)}
	if payload := payloadType(d.output); payload != reflect.TypeFor[NoContent]() {
		response.Content = jsonContent(answerSchema(registry, payload, op.OperationID+"-answer"))
	}
	op.Responses[strconv.Itoa(d.Status)] = response
	op.Responses["default"] = &huma.Response{
		Description: "Refused: `{\"detail\": text}`, or `{\"field\": [texts]}` where fields are at fault",
		Content:     jsonContent(&huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}),
	}
	switch d.Access {
	case Account:
		op.Security = []map[string][]string{{"token": {}}, {"key": {}}}
	case SessionOnly, Staff:
		op.Security = []map[string][]string{{"token": {}}}
	}
	return op
}

// schema describes the body as the plan reads it, whatever the Go types say.
func (p *bodyPlan) schema(registry huma.Registry) *huma.Schema {
	schema := &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{}}
	for _, f := range p.fields {
		property := huma.SchemaFromField(registry, p.typ.FieldByIndex(f.at), f.key)
		property.Nullable = f.nullable
		if f.nullable && property.Enum != nil {
			property.Enum = append(property.Enum, nil)
		}
		schema.Properties[f.key] = property
		if f.required {
			schema.Required = append(schema.Required, f.key)
		}
	}
	return schema
}

// answerSchema describes an answer. The library leaves out the fields of embedded structs whose type is not exported;
// they are added here, as ones that may be absent.
func answerSchema(registry huma.Registry, t reflect.Type, hint string) *huma.Schema {
	answer := registry.Schema(t, true, hint)
	if answer.Ref == "" {
		return answer
	}
	schema := registry.SchemaFromRef(answer.Ref)
	for _, f := range reflect.VisibleFields(valueType(t)) {
		key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if key != "" && key != "-" && schema.Properties[key] == nil {
			schema.Properties[key] = huma.SchemaFromField(registry, f, hint+"-"+key)
		}
	}
	return answer
}

// content says as what a body may be sent. Every operation reads forms; they are told of where a file needs one.
func (p *bodyPlan) content(schema *huma.Schema) map[string]*huma.MediaType {
	files := 0
	for _, f := range p.fields {
		if f.isFile {
			files++
		}
	}
	content := map[string]*huma.MediaType{}
	if files > 0 {
		content["multipart/form-data"] = &huma.MediaType{Schema: schema}
	}
	if files < len(p.fields) || files == 0 {
		content["application/json"] = &huma.MediaType{Schema: schema}
	}
	return content
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
	words := pathParameter.ReplaceAllString(path, "$1")
	return strings.ToLower(op.Method) + "-" + strings.NewReplacer("/", "-", "_", "-").Replace(words)
}

// schemaName names a type by its package too, since two features may call theirs the same.
func schemaName(t reflect.Type, hint string) string {
	name := strings.TrimSuffix(huma.DefaultSchemaNamer(t, hint), "JSON") // the mark of types that are on the wire alone
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if pkg := t.PkgPath(); pkg != "" {
		short := pkg[strings.LastIndexByte(pkg, '/')+1:]
		return strings.ToUpper(short[:1]) + short[1:] + name
	}
	return name
}
