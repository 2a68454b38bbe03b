package rest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/trance-0/notechondria/internal/formats"
	"github.com/trance-0/notechondria/internal/pattern"
	"github.com/trance-0/notechondria/internal/problem"
)

// bodyPlan is how a body becomes a struct, worked out once from its fields. Their types are string, int64, bool, Time,
// json.RawMessage (any JSON), []int64, []json.RawMessage, File, or Optional of one of them; their tags the rules:
//
//	json:"title"       the key
//	required:"true"    must be present
//	nullable:"true"    null is accepted (and told apart by Optional)
//	blank:"true"       an empty string is accepted
//	trim:"false"       white space at the ends is kept
//	minLength, maxLength, minimum, maximum, pattern, enum, format (date, email, uri) as in JSON Schema
//
// The rules and their texts are those of the former system's framework: strings are trimmed first, lengths count code
// points, unknown keys are ignored, all fields are reported together.
type bodyPlan struct {
	typ    reflect.Type
	fields []fieldPlan
}

type fieldPlan struct {
	at       []int
	key      string
	required bool
	nullable bool
	isFile   bool
	rules    stringRules
	min, max *int64
}

type stringRules struct {
	blank, untrimmed bool
	minimum, maximum int                   // lengths, 0 for none
	pattern          func() *regexp.Regexp // nil for none
	enum             []string
	format           string
}

func planBody(t reflect.Type) *bodyPlan {
	plan := &bodyPlan{typ: t}
	for _, f := range reflect.VisibleFields(t) {
		key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || key == "" {
			continue
		}
		field := fieldPlan{at: f.Index, key: key, required: f.Tag.Get("required") == "true",
			nullable: f.Tag.Get("nullable") == "true"}
		field.isFile = f.Type == reflect.TypeFor[File]() || f.Type == reflect.TypeFor[Optional[File]]()
		field.rules = stringRules{
			blank: f.Tag.Get("blank") == "true", untrimmed: f.Tag.Get("trim") == "false",
			minimum: intTag(f, "minLength"), maximum: intTag(f, "maxLength"),
			format: f.Tag.Get("format"),
		}
		if source := f.Tag.Get("pattern"); source != "" {
			field.rules.pattern = pattern.New(source)
		}
		if enum := f.Tag.Get("enum"); enum != "" {
			field.rules.enum = strings.Split(enum, ",")
		}
		field.min, field.max = boundTag(f, "minimum"), boundTag(f, "maximum")
		plan.fields = append(plan.fields, field)
	}
	return plan
}

func intTag(f reflect.StructField, name string) int {
	n, _ := strconv.Atoi(f.Tag.Get(name)) // absent is 0
	return n
}

func boundTag(f reflect.StructField, name string) *int64 {
	n, err := strconv.ParseInt(f.Tag.Get(name), 10, 64)
	if err != nil {
		return nil
	}
	return &n
}

// takesFile reports whether the body has a file under that key.
func (p *bodyPlan) takesFile(key string) bool {
	return slices.ContainsFunc(p.fields, func(f fieldPlan) bool { return f.key == key && f.isFile })
}

// decode fills the struct at into and says what is wrong.
func (p *bodyPlan) decode(body received, into reflect.Value, problems *problem.Fields) {
	for _, f := range p.fields {
		field := into.FieldByIndex(f.at)
		if file, sent := body.files[f.key]; sent {
			f.take(file, field.Addr().Interface())
			continue
		}
		raw, sent := body.keys[f.key]
		if sent && body.form {
			raw, sent = f.formValue(raw, field.Type())
		}
		if sent {
			f.decode(raw, field.Addr().Interface(), problems)
		} else if f.required {
			problems.Add(f.key, "This field is required.")
		}
	}
}

func (f *fieldPlan) take(file File, into any) {
	switch v := into.(type) {
	case *File:
		*v = file
	case *Optional[File]:
		*v = Optional[File]{Value: file, Set: true}
	}
}

func (f *fieldPlan) decode(raw json.RawMessage, into any, problems *problem.Fields) {
	value, set, null := into, new(bool), new(bool)
	if o, ok := into.(optional); ok {
		value, set, null = o.slot()
	}
	if string(raw) == "null" {
		if !f.nullable {
			problems.Add(f.key, "This field may not be null.")
			return
		}
		*null = true
		return
	}
	texts := f.value(raw, value)
	for _, text := range texts {
		problems.Add(f.key, text)
	}
	*set = len(texts) == 0
}

func (f *fieldPlan) value(raw json.RawMessage, into any) (problems []string) {
	switch v := into.(type) {
	case *string:
		*v, problems = f.rules.text(raw)
	case *int64:
		*v, problems = f.integer(raw)
	case *bool:
		*v, problems = boolean(raw)
	case *Time:
		v.Time, problems = datetime(raw)
	case *json.RawMessage:
		if *v = raw; !json.Valid(raw) { // from a form
			return []string{"Value must be valid JSON."}
		}
	case *File:
		return []string{notAFile}
	case *[]int64, *[]json.RawMessage:
		if json.Unmarshal(raw, v) != nil {
			return []string{fmt.Sprintf("Expected a list of items but got type %q.", jsonKind(raw))}
		}
	default:
		return []string{"This field can't be read."} // unreachable: a test goes through all registered operations
	}
	return problems
}

// text reads a string by the rules of the former system: a number is taken as its digits, booleans and objects are
// refused.
func (s *stringRules) text(raw json.RawMessage) (string, []string) {
	var text string
	switch jsonKind(raw) {
	case "str":
		if json.Unmarshal(raw, &text) != nil {
			return "", []string{"Not a valid string."}
		}
	case "int", "float":
		text = string(raw)
	default:
		return "", []string{s.wrongKind()}
	}
	if !s.untrimmed {
		text = formats.Trim(text)
	}
	return text, s.check(text)
}

const wrongPattern = "This value does not match the required pattern."

func (s *stringRules) wrongKind() string {
	switch {
	case s.format != "":
		return s.formatText()
	case s.pattern != nil:
		return wrongPattern
	}
	return "Not a valid string."
}

func (s *stringRules) check(text string) (problems []string) {
	if strings.ContainsRune(text, 0) {
		return []string{problem.NullCharacters}
	}
	if text == "" {
		if !s.blank {
			problems = append(problems, "This field may not be blank.")
		}
		return problems
	}
	if s.enum != nil {
		return s.checkChoice(text)
	}
	length := utf8.RuneCountInString(text)
	if s.maximum > 0 && length > s.maximum {
		problems = append(problems, fmt.Sprintf("Ensure this field has no more than %d characters.", s.maximum))
	}
	if length < s.minimum {
		problems = append(problems, fmt.Sprintf("Ensure this field has at least %d characters.", s.minimum))
	}
	if s.pattern != nil && !s.pattern().MatchString(text) {
		problems = append(problems, wrongPattern)
	}
	if !s.wellFormed(text) {
		problems = append(problems, s.formatText())
	}
	return problems
}

func (s *stringRules) checkChoice(text string) []string {
	for _, choice := range s.enum {
		if text == choice {
			return nil
		}
	}
	return []string{problem.NotAChoice(text)}
}

func (s *stringRules) wellFormed(text string) bool {
	switch s.format {
	case "date":
		date, err := time.Parse(DateLayout, text)
		return err == nil && storable(date)
	case "email":
		return formats.Email(text)
	case "uri":
		return formats.URL(text)
	}
	return true
}

func (s *stringRules) formatText() string {
	switch s.format {
	case "date":
		return "Date has wrong format. Use one of these formats instead: YYYY-MM-DD."
	case "email":
		return formats.WrongEmail
	}
	return formats.WrongURL
}
