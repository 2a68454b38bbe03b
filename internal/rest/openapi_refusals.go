package rest

import (
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
)

// The schemas of refusals; present.go writes what they describe.
const (
	problemSchema       = "Problem"
	fieldProblemsSchema = "FieldProblems"
	schemaPath          = "#/components/schemas/"
)

// addProblems describes refusals: of a request as a whole, and of its fields.
func addProblems(registry huma.Registry) {
	text := &huma.Schema{Type: huma.TypeString}
	texts := &huma.Schema{Type: huma.TypeArray, Items: text}
	registry.Map()[problemSchema] = &huma.Schema{
		Type: huma.TypeObject, Required: []string{"detail"}, AdditionalProperties: true,
		Properties: map[string]*huma.Schema{
			"detail": {Type: huma.TypeString, Description: "what failed, and why"},
			"code": {Type: huma.TypeString,
				Description: "machine-readable code, for errors that programs need to distinguish"},
			"status_code": {Type: huma.TypeInteger, Description: "HTTP status, if no operation was reached"},
			"path":        {Type: huma.TypeString, Description: "request path, if no operation was reached"},
			"current":     {Description: "for 412: the current state"},
		},
	}
	registry.Map()[fieldProblemsSchema] = &huma.Schema{
		Description: "Maps each invalid field to its error messages; for list fields, the index of each invalid item to " +
			"its messages. `non_field_errors` is for errors that concern several fields.",
		Type: huma.TypeObject,
		AdditionalProperties: &huma.Schema{AnyOf: []*huma.Schema{
			texts, text, {Type: huma.TypeObject, AdditionalProperties: texts},
		}},
	}
}

// describeRefusals describes the answers to what an operation refuses.
func (d described) describeRefusals(op *huma.Operation) {
	refuse := func(status int, schema *huma.Schema) {
		op.Responses[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status),
			Content: jsonContent(schema)}
	}
	whole := &huma.Schema{Ref: schemaPath + problemSchema}
	if d.input.body != nil || len(d.input.params) > 0 {
		refuse(http.StatusBadRequest, &huma.Schema{AnyOf: []*huma.Schema{
			{Ref: schemaPath + problemSchema}, {Ref: schemaPath + fieldProblemsSchema},
			{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString}},
		}})
	}
	if d.Access != Anonymous && d.Access != Probe {
		refuse(http.StatusUnauthorized, whole)
	}
	if d.Access == Account || d.Access == SessionOnly || d.Access == Staff {
		refuse(http.StatusForbidden, whole)
	}
	if pathParameter().MatchString(d.Path) {
		refuse(http.StatusNotFound, whole)
	}
	op.Responses["default"] = &huma.Response{Description: "Refused, or not possible at the moment",
		Content: jsonContent(whole)}
}
