package archive

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// rowChecker sees that rows have the columns of their table and nothing else, each with a value of its type. Databases
// are not so strict: they would ignore, convert or drop what they do not expect.
type rowChecker struct {
	table  Table
	values map[string]json.RawMessage
}

func newRowChecker(t Table) *rowChecker {
	return &rowChecker{table: t, values: make(map[string]json.RawMessage, len(t.Columns))}
}

func (r *rowChecker) check(line []byte) error {
	clear(r.values)
	if err := json.Unmarshal(line, &r.values); err != nil {
		return fmt.Errorf("can't be read: %w", err)
	}
	for _, c := range r.table.Columns {
		value, there := r.values[c.Name]
		if !there {
			return fmt.Errorf("has no %s", c.Name)
		}
		if !isValue(c.Type, value) {
			return fmt.Errorf("has something in %s that is no %s", c.Name, c.Type)
		}
	}
	if len(r.values) != len(r.table.Columns) {
		return errors.New("has more columns than its table")
	}
	return nil
}

// isValue reports whether valid JSON is a value of a type.
func isValue(t Type, value []byte) bool {
	switch text := string(value[:min(len(value), len("-9223372036854775808")+1)]); {
	case text == "null":
		return true
	case t == Integer:
		_, err := strconv.ParseInt(text, 10, 64)
		return err == nil
	case t == Boolean:
		return text == "true" || text == "false"
	case value[0] != '"':
		return false
	}
	inside := value[1 : len(value)-1]
	switch t {
	case Time: // of any year: PostgreSQL has some of more than four digits
		return bytes.IndexByte(inside, 'T') > 0 && bytes.HasSuffix(inside, []byte("Z")) && consistsOf(inside, "-:.TZ")
	case Date:
		return bytes.IndexByte(inside, '-') > 0 && consistsOf(inside, "-")
	case Bytes:
		_, err := hex.Decode(make([]byte, len(inside)/2), inside)
		return err == nil
	}
	return !hasZero(inside)
}

func consistsOf(text []byte, others string) bool {
	return strings.Trim(string(text), "0123456789"+others) == ""
}

// hasZero reports whether a text has an escaped zero, which no text of both engines can have.
func hasZero(inside []byte) bool {
	const zero = `\u0000`
	for rest := inside; ; {
		i := bytes.Index(rest, []byte(zero))
		if i < 0 {
			return false
		}
		backslashes := 1
		for i-backslashes >= 0 && rest[i-backslashes] == '\\' {
			backslashes++
		}
		if backslashes%2 == 1 {
			return true
		}
		rest = rest[i+len(zero):]
	}
}
