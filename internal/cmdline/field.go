package cmdline

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode"
)

// field is a flag or an argument: an exported field of a struct, or of a struct embedded in it. Its tags are
//
//	help         what it is for
//	name         its name; without, that of the field, as some-name
//	short        another name, of one letter
//	placeholder  what its value is called in the help
//	default      its value where none is given
//	hidden       not shown in the help
//	arg          not a flag, but a word by its place
type field struct {
	name, short, help    string
	placeholder, initial string
	argument, hidden     bool
	target               any // pointer to string, bool, int, int64 or []string
}

func fieldsOf(into any) ([]*field, error) {
	if into == nil {
		return nil, nil
	}
	return structFields(reflect.ValueOf(into).Elem())
}

func structFields(s reflect.Value) (list []*field, err error) {
	for i := range s.NumField() {
		of := s.Type().Field(i)
		if of.Anonymous {
			embedded, err := structFields(s.Field(i))
			if err != nil {
				return nil, err
			}
			list = append(list, embedded...)
			continue
		}
		f := newField(of.Tag, of.Name, s.Field(i).Addr().Interface())
		if f.initial != "" {
			if err := f.set(f.initial); err != nil {
				return nil, err
			}
		}
		list = append(list, f)
	}
	return list, nil
}

func newField(tag reflect.StructTag, name string, target any) *field {
	f := &field{name: tag.Get("name"), short: tag.Get("short"), help: tag.Get("help"),
		placeholder: tag.Get("placeholder"), initial: tag.Get("default"), target: target}
	_, f.argument = tag.Lookup("arg")
	_, f.hidden = tag.Lookup("hidden")
	if f.name == "" {
		f.name = hyphenated(name)
	}
	return f
}

// hyphenated is some-name of SomeName, and json of JSON.
func hyphenated(name string) string {
	var b strings.Builder
	lower := false
	for _, r := range name {
		if unicode.IsUpper(r) && lower {
			b.WriteByte('-')
		}
		lower = !unicode.IsUpper(r)
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// label is how errors and the help call it.
func (f *field) label() string {
	if f.argument {
		return "<" + f.name + ">"
	}
	return "--" + f.name
}

func (f *field) isSwitch() bool {
	_, is := f.target.(*bool)
	return is
}

// set takes a value. A list takes several, with commas between them, and more each time.
func (f *field) set(text string) error {
	var err error
	switch target := f.target.(type) {
	case *string:
		*target = text
	case *[]string:
		*target = append(*target, strings.Split(text, ",")...)
	case *bool:
		if *target, err = strconv.ParseBool(text); err != nil {
			return fmt.Errorf("%s: %q is neither true nor false", f.label(), text)
		}
	case *int:
		if *target, err = strconv.Atoi(text); err != nil {
			return fmt.Errorf("%s: %q is not a whole number", f.label(), text)
		}
	case *int64:
		if *target, err = strconv.ParseInt(text, 10, 64); err != nil {
			return fmt.Errorf("%s: %q is not a whole number", f.label(), text)
		}
	default:
		return fmt.Errorf("%s: values of type %T are not read", f.label(), f.target)
	}
	return nil
}
