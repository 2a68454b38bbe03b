package database

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/cases"
)

// Fold makes texts comparable whatever their letter case, in all scripts, for columns that both engines compare alike.
func Fold(text string) string { return cases.Fold().String(text) }

// In is the condition that column is one of a list of numbers, given as parameter number param by List.
func (db *DB) In(column string, param int) string {
	if db.engine == SQLite {
		return fmt.Sprintf("%s in (select value from json_each($%d))", column, param)
	}
	return fmt.Sprintf("%s in (select cast(value as bigint) from json_array_elements_text(cast($%d as json)))", column,
		param)
}

// InTexts is In for a list of texts, given by Texts.
func (db *DB) InTexts(column string, param int) string {
	if db.engine == SQLite {
		return db.In(column, param)
	}
	return fmt.Sprintf("%s in (select json_array_elements_text(cast($%d as json)))", column, param)
}

// Places are the numbers of a list, given as parameter number param by List, as a table in a FROM: each in the column
// id, its place in the list, counted from 1, in the column place.
func (db *DB) Places(param int) string {
	if db.engine == SQLite {
		return fmt.Sprintf("(select value as id, key + 1 as place from json_each($%d))", param)
	}
	return fmt.Sprintf("(select cast(value as bigint) as id, ordinality as place from json_array_elements_text(cast($%d "+
		"as json)) with ordinality)", param)
}

// Records are the objects of a JSON list, given as parameter number param by JSON, as a subquery with these columns:
// each is a key and its type, "position integer". So any number of rows is written by one statement. An UPDATE from it
// names it `with r as materialized `+Records(...), or SQLite goes through the list again for each row.
func (db *DB) Records(param int, columns ...string) string {
	if db.engine == PostgreSQL {
		return fmt.Sprintf("(select * from json_to_recordset(cast($%d as json)) as record (%s))", param,
			strings.Join(columns, ", "))
	}
	keys := make([]string, 0, len(columns))
	for _, column := range columns {
		key, _, _ := strings.Cut(column, " ")
		keys = append(keys, fmt.Sprintf("value ->> '%[1]s' as %[1]s", key))
	}
	return fmt.Sprintf("(select %s from json_each($%d))", strings.Join(keys, ", "), param)
}

// JSON is the parameter that Records expects: a list of structs. Its texts must be valid UTF-8 without zero bytes.
func JSON[T any](records []T) (string, error) {
	if records == nil {
		return "[]", nil
	}
	text, err := json.Marshal(records)
	if err != nil {
		return "", fmt.Errorf("writing records as JSON: %w", err)
	}
	return string(text), nil
}

// RecordTime is a time in a record for JSON, in the form in which the SQLite driver stores times; PostgreSQL reads it
// too.
type RecordTime time.Time

// MarshalJSON writes the time.
func (t RecordTime) MarshalJSON() ([]byte, error) {
	return []byte(stored(time.Time(t)).Format(`"2006-01-02 15:04:05.999999-07:00"`)), nil
}

// Locking is a locking clause for the end of a SELECT, as "for update of c". PostgreSQL needs it where what was read
// must still hold when the transaction writes; on SQLite, where one transaction writes at a time, it is nothing.
func (tx *Tx) Locking(clause string) string {
	if tx.engine == SQLite {
		return ""
	}
	return " " + clause
}

// List is the parameter that In and Places expect.
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
