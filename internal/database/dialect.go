package database

import (
	"encoding/json"
	"fmt"
	"strings"

	"golang.org/x/text/cases"
)

// Fold makes texts comparable whatever their letter case, in all scripts, for columns that both engines compare alike.
func Fold(text string) string { return cases.Fold().String(text) }

// IsUnique reports whether err says that a value of column was there already.
func IsUnique(err error, column string) bool {
	text, ok := sqliteUniqueViolation(err)
	if !ok {
		text, ok = postgresUniqueViolation(err)
	}
	return ok && strings.Contains(text, column)
}

// In is the condition that column is one of a list of numbers, given as parameter number param by List.
func (db *DB) In(column string, param int) string {
	if db.engine == SQLite {
		return fmt.Sprintf("%s in (select value from json_each($%d))", column, param)
	}
	return fmt.Sprintf("%s in (select cast(value as bigint) from json_array_elements_text(cast($%d as json)))", column, param)
}

// InTexts is In for a list of texts, given by Texts.
func (db *DB) InTexts(column string, param int) string {
	if db.engine == SQLite {
		return db.In(column, param)
	}
	return fmt.Sprintf("%s in (select json_array_elements_text(cast($%d as json)))", column, param)
}

// List is the parameter that In expects.
func List(ids []int64) string {
	text, err := json.Marshal(ids)
	if err != nil || ids == nil {
		return "[]" // numbers can always be written
	}
	return string(text)
}

// Texts is the parameter that InTexts expects. They must be valid UTF-8 without zero bytes.
func Texts(texts []string) string {
	text, err := json.Marshal(texts)
	if err != nil || texts == nil {
		return "[]" // texts can always be written
	}
	return string(text)
}
