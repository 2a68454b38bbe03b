package backup

import (
	"database/sql"
	"encoding/hex"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/trance-0/notechondria/internal/archive"
	"github.com/trance-0/notechondria/internal/database"
)

// rowWriter turns rows of a table into lines of an archive.
type rowWriter struct {
	keys   []string // of the JSON object: `{"id":`, `,"name":`
	values []value
	line   []byte
}

// value scans a column.
type value interface {
	sql.Scanner
	append(line []byte) []byte
}

func newRowWriter(t database.Table) *rowWriter {
	w := &rowWriter{}
	for i, c := range t.Columns {
		start := ","
		if i == 0 {
			start = "{"
		}
		w.keys = append(w.keys, start+`"`+c.Name+`":`)
		switch c.Kind {
		case database.Integer:
			w.values = append(w.values, &integer{})
		case database.Boolean:
			w.values = append(w.values, &boolean{})
		case database.Time:
			w.values = append(w.values, &moment{})
		case database.Bytes:
			w.values = append(w.values, &digits{})
		default: // texts, and dates as texts
			w.values = append(w.values, &text{})
		}
	}
	return w
}

// read returns the present row as a line, which holds until the next call.
func (w *rowWriter) read(rows *sql.Rows) ([]byte, error) {
	targets := make([]any, len(w.values))
	for i, v := range w.values {
		targets[i] = v
	}
	if err := rows.Scan(targets...); err != nil {
		return nil, fmt.Errorf("reading a row: %w", err)
	}
	w.line = w.line[:0]
	for i, v := range w.values {
		w.line = v.append(append(w.line, w.keys[i]...))
	}
	w.line = append(w.line, '}')
	return w.line, nil
}

type integer struct{ sql.NullInt64 }

func (v *integer) append(line []byte) []byte {
	if !v.Valid {
		return append(line, "null"...)
	}
	return strconv.AppendInt(line, v.Int64, 10)
}

type boolean struct{ sql.NullBool }

func (v *boolean) append(line []byte) []byte {
	if !v.Valid {
		return append(line, "null"...)
	}
	return strconv.AppendBool(line, v.Bool)
}

type moment struct{ sql.NullTime }

func (v *moment) append(line []byte) []byte {
	if !v.Valid {
		return append(line, "null"...)
	}
	line = v.Time.UTC().AppendFormat(append(line, '"'), archive.TimeLayout)
	return append(line, '"')
}

type text struct{ sql.NullString }

func (v *text) append(line []byte) []byte {
	if !v.Valid {
		return append(line, "null"...)
	}
	return appendText(line, v.String)
}

// digits keeps the bytes in their final form, so that there are never two copies of them.
type digits struct{ line []byte }

// Scan takes the bytes.
func (v *digits) Scan(source any) error {
	switch bytes := source.(type) {
	case nil:
		v.line = append(v.line[:0], "null"...)
	case []byte:
		v.line = append(hex.AppendEncode(append(v.line[:0], '"'), bytes), '"')
	default:
		return fmt.Errorf("a %T where bytes should be", source)
	}
	return nil
}

func (v *digits) append(line []byte) []byte {
	line = append(line, v.line...)
	if cap(v.line) > 1<<20 {
		v.line = nil
	}
	return line
}

// appendText writes a text as JSON. What no text of both engines can have, it replaces: bytes that are no UTF-8, and
// zeros.
func appendText(line []byte, text string) []byte {
	const hexDigits = "0123456789abcdef"
	line = append(line, '"')
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			line = append(line, '\\', c)
		case c == '\n':
			line = append(line, '\\', 'n')
		case c == 0:
			line = append(line, "\ufffd"...)
		case c < ' ':
			line = append(line, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		case c < utf8.RuneSelf:
			line = append(line, c)
		default:
			r, size := utf8.DecodeRuneInString(text[i:])
			line = utf8.AppendRune(line, r)
			i += size
			continue
		}
		i++
	}
	return append(line, '"')
}
