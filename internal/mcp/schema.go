package mcp

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// plan is how the arguments of a tool become a struct, worked out once from its fields. Their types are string, int64,
// bool and Time, slices of one of them or of a struct, and a pointer to one (nil when absent) or a patch.Field of one;
// their tags the rules, which the published schema has too:
//
//	json:"title"       the name
//	doc:"..."          what a program should know of it
//	required:"true"    must be there
//	trim:"false"       white space at the ends of a text is kept
//	minLength, maxLength, minimum, maximum, maxItems, enum, format (date) as in JSON Schema
//
// Null counts as absent, since programs send it for what they leave out; for a patch.Field of a pointer it is no value.
type plan struct{ fields []field }

type field struct {
	at       []int
	name     string
	required bool
	form     form
}

// form is what a value looks like.
type form struct {
	kind      kind
	doc       string
	untrimmed bool
	format    string
	enum      []string
	minLength int
	maxLength int // 0 for no limit
	maxItems  int // likewise
	minimum   *int64
	maximum   *int64
	item      *form // of a list
	object    *plan // of an object
}

type kind string

const (
	isText    kind = "string"
	isInteger kind = "integer"
	isBool    kind = "boolean"
	isList    kind = "array"
	isObject  kind = "object"
	isTime    kind = "time"
	isNumber  kind = "number" // in results only
	isUnknown kind = ""
)

func planOf(t reflect.Type) *plan {
	p := &plan{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || name == "" {
			continue
		}
		p.fields = append(p.fields, field{
			at: f.Index, name: name, required: f.Tag.Get("required") == "true", form: formOf(valueType(f.Type), f.Tag),
		})
	}
	return p
}

// valueType is the type of the value of an optional field.
func valueType(t reflect.Type) reflect.Type {
	if isPatch(t) {
		value, _ := t.FieldByName("Value")
		t = value.Type
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

const patchPackage = "internal/patch"

func isPatch(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && strings.HasSuffix(t.PkgPath(), patchPackage)
}

func formOf(t reflect.Type, tag reflect.StructTag) form {
	f := form{
		kind: kindOf(t), doc: tag.Get("doc"), untrimmed: tag.Get("trim") == "false", format: tag.Get("format"),
		minLength: number(tag, "minLength"), maxLength: number(tag, "maxLength"), maxItems: number(tag, "maxItems"),
		minimum: bound(tag, "minimum"), maximum: bound(tag, "maximum"),
	}
	if enum := tag.Get("enum"); enum != "" {
		f.enum = strings.Split(enum, ",")
	}
	switch f.kind {
	case isList:
		item := formOf(t.Elem(), "")
		f.item = &item
	case isObject:
		f.object = planOf(t)
	}
	return f
}

func kindOf(t reflect.Type) kind {
	switch t.Kind() {
	case reflect.String:
		return isText
	case reflect.Int64, reflect.Int:
		return isInteger
	case reflect.Float64:
		return isNumber
	case reflect.Bool:
		return isBool
	case reflect.Slice:
		return isList
	case reflect.Struct:
		if t == reflect.TypeFor[Time]() || t == reflect.TypeFor[time.Time]() {
			return isTime
		}
		return isObject
	}
	return isUnknown
}

func number(tag reflect.StructTag, name string) int {
	n, _ := strconv.Atoi(tag.Get(name)) // absent is 0
	return n
}

func bound(tag reflect.StructTag, name string) *int64 {
	n, err := strconv.ParseInt(tag.Get(name), 10, 64)
	if err != nil {
		return nil
	}
	return &n
}

// object is an object of JSON Schema.
type object = map[string]any

// schema describes the arguments. A type is always one name, never a list of names: several clients drop an argument
// whose type is a list, or cut it.
func (p *plan) schema() object {
	properties, required := object{}, []string{}
	for _, f := range p.fields {
		properties[f.name] = f.form.schema()
		if f.required {
			required = append(required, f.name)
		}
	}
	return object{"type": string(isObject), "properties": properties, "required": required}
}

func (f *form) schema() object {
	s := object{"type": string(f.kind)}
	switch f.kind {
	case isTime:
		s["type"], s["format"] = string(isText), "date-time"
	case isList:
		s["items"] = f.item.schema()
	case isObject:
		s = f.object.schema()
	}
	for name, value := range map[string]int{"minLength": f.minLength, "maxLength": f.maxLength, "maxItems": f.maxItems} {
		if value > 0 {
			s[name] = value
		}
	}
	if f.minimum != nil {
		s["minimum"] = *f.minimum
	}
	if f.maximum != nil {
		s["maximum"] = *f.maximum
	}
	if f.enum != nil {
		s["enum"] = f.enum
	}
	if f.format != "" {
		s["format"] = f.format
	}
	if f.doc != "" {
		s["description"] = f.doc
	}
	return s
}

// outputSchema describes the result of a tool by the type that is written.
func outputSchema(t reflect.Type) object {
	properties, required := object{}, []string{}
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || name == "" || name == "-" {
			continue
		}
		properties[name] = described(valueSchema(f.Type), f.Tag)
		if !strings.Contains(options, "omit") {
			required = append(required, name)
		}
	}
	slices.Sort(required)
	return object{"type": string(isObject), "properties": properties, "required": required}
}

func described(s object, tag reflect.StructTag) object {
	if doc := tag.Get("doc"); doc != "" {
		s["description"] = doc
	}
	if enum := tag.Get("enum"); enum != "" {
		s["enum"] = strings.Split(enum, ",")
	}
	return s
}

// valueSchema describes a value of a result. What may be null is one of two forms, each with a type of its own.
func valueSchema(t reflect.Type) object {
	if t.Kind() == reflect.Pointer {
		return object{"anyOf": []object{valueSchema(t.Elem()), {"type": "null"}}}
	}
	switch k := kindOf(t); k {
	case isTime:
		return object{"type": string(isText), "format": "date-time"}
	case isList:
		return object{"type": string(isList), "items": valueSchema(t.Elem())}
	case isObject:
		return outputSchema(t)
	case isUnknown:
		return object{} // any JSON
	default:
		return object{"type": string(k)}
	}
}

// raw is a schema in the form that the SDK passes on.
func raw(s object) json.RawMessage {
	data, _ := json.Marshal(s) // made of texts and numbers: it never fails
	return data
}
