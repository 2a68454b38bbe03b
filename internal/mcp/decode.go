package mcp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/trance-0/notechondria/internal/formats"
	"github.com/trance-0/notechondria/internal/problem"
)

// decode fills the struct at into with the arguments, and says what is wrong with them. Unknown arguments are ignored.
func (p *plan) decode(arguments json.RawMessage, into reflect.Value, problems *problem.Fields) {
	var values map[string]json.RawMessage
	if len(arguments) > 0 && json.Unmarshal(arguments, &values) != nil {
		problems.Add("", "The arguments must be an object.")
		return
	}
	p.fill(values, into, "", problems)
}

// fill is decode for values that have been taken apart; prefix is put before the names of problems.
func (p *plan) fill(values map[string]json.RawMessage, into reflect.Value, prefix string, problems *problem.Fields) {
	for i := range p.fields {
		f := &p.fields[i]
		value, name := bytes.TrimSpace(values[f.name]), prefix+f.name
		target := into.FieldByIndex(f.at)
		switch {
		case len(value) > 0 && string(value) != "null":
			f.form.take(value, settableValue(target), name, problems)
		case f.required:
			problems.Add(name, "This field is required.")
		case len(value) > 0 && isPatch(target.Type()) && target.FieldByName("Value").Kind() == reflect.Pointer:
			target.FieldByName("Set").SetBool(true) // to no value
		}
	}
}

// settableValue is where the value of a field goes, which counts as present from now on.
func settableValue(target reflect.Value) reflect.Value {
	if isPatch(target.Type()) {
		target.FieldByName("Set").SetBool(true)
		target = target.FieldByName("Value")
	}
	if target.Kind() == reflect.Pointer {
		target.Set(reflect.New(target.Type().Elem()))
		target = target.Elem()
	}
	return target
}

func (f *form) take(value json.RawMessage, into reflect.Value, name string, problems *problem.Fields) {
	var wrong string
	switch f.kind {
	case isText:
		var text string
		text, wrong = f.text(value)
		into.SetString(text)
	case isInteger:
		var n int64
		n, wrong = f.integer(value)
		into.SetInt(n)
	case isBool:
		into.SetBool(string(value) == "true")
		if string(value) != "true" && string(value) != "false" {
			wrong = "It must be true or false."
		}
	case isTime:
		var t time.Time
		t, wrong = moment(value)
		into.Set(reflect.ValueOf(Time{Time: t}))
	case isList:
		wrong = f.list(value, into, name, problems)
	case isObject:
		var values map[string]json.RawMessage
		if json.Unmarshal(value, &values) != nil {
			wrong = "It must be an object."
			break
		}
		f.object.fill(values, into, name+".", problems)
	}
	if wrong != "" {
		problems.Add(name, wrong)
	}
}

func (f *form) text(value json.RawMessage) (text, wrong string) {
	if value[0] != '"' || json.Unmarshal(value, &text) != nil {
		return "", "It must be a string."
	}
	if !f.untrimmed {
		text = formats.Trim(text)
	}
	length := utf8.RuneCountInString(text)
	switch {
	case strings.ContainsRune(text, 0):
		return "", problem.NullCharacters
	case f.enum != nil && !slices.Contains(f.enum, text):
		return "", "It must be one of " + strings.Join(f.enum, ", ") + "."
	case length < f.minLength && length == 0:
		return "", "It must not be blank."
	case length < f.minLength:
		return "", fmt.Sprintf("It must have at least %d characters.", f.minLength)
	case f.maxLength > 0 && length > f.maxLength:
		return "", fmt.Sprintf("It must have at most %d characters, not %d.", f.maxLength, length)
	case f.format == "date" && !isDate(text):
		return "", "It must be a date, YYYY-MM-DD."
	}
	return text, ""
}

func isDate(text string) bool {
	date, err := time.Parse(time.DateOnly, text)
	return err == nil && date.Year() >= 1
}

// integer takes whole numbers, as which 3.0 counts too.
func (f *form) integer(value json.RawMessage) (n int64, wrong string) {
	n, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil {
		figure, err := strconv.ParseFloat(string(value), 64)
		if err != nil || figure != math.Trunc(figure) || math.Abs(figure) > 1<<53 {
			return 0, "It must be a whole number."
		}
		n = int64(figure)
	}
	switch {
	case f.minimum != nil && n < *f.minimum:
		return 0, fmt.Sprintf("It must be at least %d.", *f.minimum)
	case f.maximum != nil && n > *f.maximum:
		return 0, fmt.Sprintf("It must be at most %d.", *f.maximum)
	}
	return n, ""
}

// list reads the items, whose problems stand under their numbers.
func (f *form) list(value json.RawMessage, into reflect.Value, name string, problems *problem.Fields) (wrong string) {
	var items []json.RawMessage
	if json.Unmarshal(value, &items) != nil {
		return "It must be a list."
	}
	if f.maxItems > 0 && len(items) > f.maxItems {
		return fmt.Sprintf("It must have at most %d items, not %d.", f.maxItems, len(items))
	}
	list := reflect.MakeSlice(into.Type(), len(items), len(items))
	for i, item := range items {
		f.item.take(bytes.TrimSpace(item), list.Index(i), fmt.Sprintf("%s[%d]", name, i), problems)
	}
	into.Set(list)
	return ""
}
