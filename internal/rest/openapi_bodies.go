package rest

import (
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// describe describes the body as the plan reads it, whatever the Go types say.
func (p *bodyPlan) describe(registry huma.Registry) *huma.RequestBody {
	schema := &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{}}
	for _, f := range p.fields {
		field := p.typ.FieldByIndex(f.at)
		property := huma.SchemaFromField(registry, field, f.key)
		if property.Format == "date-time" {
			takeLocalTimes(property)
		}
		if property.Type == huma.TypeString && !f.isFile {
			f.rules.describeBlank(property)
		}
		property.Nullable = f.nullable && property.Type != "" // what has no type may be null anyway
		if f.nullable && property.Enum != nil {
			property.Enum = append(property.Enum, nil)
		}
		schema.Properties[f.key] = property
		if f.required {
			schema.Required = append(schema.Required, f.key)
		}
	}
	return &huma.RequestBody{Required: len(schema.Required) > 0, Content: p.content(schema)}
}

// takeLocalTimes describes what ParseTime reads besides RFC 3339: apps send times without an offset.
func takeLocalTimes(property *huma.Schema) {
	property.AnyOf = []*huma.Schema{
		{Format: property.Format},
		{Pattern: `^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?$`},
	}
	property.Format = ""
	property.Description = strings.TrimPrefix(
		property.Description+". Without an offset it is UTC, without a time of day midnight", ". ")
}

// describeBlank says whether a text may be empty, whatever else it is to be.
func (s *stringRules) describeBlank(property *huma.Schema) {
	switch {
	case property.Enum != nil, property.AnyOf != nil:
	case !s.blank && property.MinLength == nil:
		property.MinLength = new(1)
	case s.blank && (s.format != "" || s.pattern != nil || s.minimum > 0):
		property.AnyOf = []*huma.Schema{
			{Format: property.Format, Pattern: property.Pattern, MinLength: property.MinLength},
			{MaxLength: new(0)},
		}
		property.Format, property.Pattern, property.MinLength = "", "", nil
	}
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
