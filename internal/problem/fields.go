package problem

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// NonField is the name under which problems stand that belong to no single field.
const NonField = "non_field_errors"

// NullCharacters refuses a text that holds one, which databases can't store.
const NullCharacters = "Null characters are not allowed."

// NotAChoice refuses a text that is none of those that a field can have.
func NotAChoice(text string) string { return fmt.Sprintf("%q is not a valid choice.", text) }

// Text is what is wrong with a field.
type Text struct {
	Outcome string // what did not happen because of it; "" where Cause says all
	Cause   string
}

// String is the text in one line.
func (t Text) String() string {
	if t.Outcome == "" {
		return t.Cause
	}
	return t.Outcome + ": " + t.Cause
}

// Fields collects what is wrong with an input, so that all of it is reported together.
type Fields struct {
	unreadable error
	texts      map[string][]Text
	items      map[string]map[int][]string
}

// Add says what is wrong with a field. The name "" is that of an input that is no object.
func (f *Fields) Add(field, text string) { f.add(field, Text{Cause: text}) }

// Because is Add for a text that also names what did not happen.
func (f *Fields) Because(field, outcome, cause string) { f.add(field, Text{outcome, cause}) }

func (f *Fields) add(field string, text Text) {
	if f.texts == nil {
		f.texts = map[string][]Text{}
	}
	f.texts[field] = append(f.texts[field], text)
}

// AddItem says what is wrong with one item, counted from 0, of a field that is a list.
func (f *Fields) AddItem(field string, item int, text string) {
	if f.items == nil {
		f.items = map[string]map[int][]string{}
	}
	if f.items[field] == nil {
		f.items[field] = map[int][]string{}
	}
	f.items[field][item] = append(f.items[field][item], text)
}

// CheckText says what is wrong with a text that must have from least to most characters (code points).
func (f *Fields) CheckText(field, text string, least, most int) {
	switch {
	case f.Has(field):
	case strings.ContainsRune(text, 0):
		f.Add(field, NullCharacters)
	case !utf8.ValidString(text):
		f.Add(field, "Not a valid string.")
	case text == "" && least > 0:
		f.Add(field, "This field may not be blank.")
	case utf8.RuneCountInString(text) > most:
		f.Add(field, fmt.Sprintf("Ensure this field has no more than %d characters.", most))
	case utf8.RuneCountInString(text) < least:
		f.Add(field, fmt.Sprintf("Ensure this field has at least %d characters.", least))
	}
}

// CheckTime says what is wrong with a time that a database or a client could not read back.
func (f *Fields) CheckTime(field string, t time.Time) {
	if year := t.UTC().Year(); !f.Has(field) && (year < 1 || year > 9999) {
		f.Add(field, "The date is out of range.")
	}
}

// Unreadable says that the input could not be read at all: err is reported, and nothing else.
func (f *Fields) Unreadable(err error) { f.unreadable = err }

// Readable reports whether the input could be read, so that it has fields to look at.
func (f *Fields) Readable() bool { return f.unreadable == nil }

// Has reports whether a field has a problem already, so that a check of a good value need not run.
func (f *Fields) Has(field string) bool { return f.texts[field] != nil || f.items[field] != nil }

// Err is nil when nothing is wrong.
func (f *Fields) Err() error {
	switch {
	case f.unreadable != nil:
		return f.unreadable
	case len(f.texts) == 0 && len(f.items) == 0:
		return nil
	}
	return &Error{Kind: Invalid, Fields: *f}
}

// Texts are the problems of whole fields, by field.
func (f *Fields) Texts() map[string][]Text { return f.texts }

// Items are the problems of items of lists, by field and number.
func (f *Fields) Items() map[string]map[int][]string { return f.items }

// String lists the problems, a field after the other.
func (f *Fields) String() string {
	var parts []string
	for _, field := range slices.Sorted(maps.Keys(f.texts)) {
		for _, text := range f.texts[field] {
			parts = append(parts, named(field, text.String()))
		}
	}
	for _, field := range slices.Sorted(maps.Keys(f.items)) {
		for _, item := range slices.Sorted(maps.Keys(f.items[field])) {
			for _, text := range f.items[field][item] {
				parts = append(parts, named(fmt.Sprintf("%s[%d]", field, item), text))
			}
		}
	}
	return strings.Join(parts, "; ")
}

func named(field, text string) string {
	if field == "" || field == NonField {
		return text
	}
	return field + ": " + text
}

// InvalidField refuses an input because of one field; NonField as the field for none in particular, "" for an input of
// which nothing is good.
func InvalidField(field, text string) error {
	var f Fields
	f.Add(field, text)
	return f.Err()
}

// InvalidBecause is InvalidField with what did not happen.
func InvalidBecause(field, outcome, cause string) error {
	var f Fields
	f.Because(field, outcome, cause)
	return f.Err()
}
