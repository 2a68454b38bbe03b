package adopt

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/trance-0/notechondria/internal/database"
)

// text is a column as text: "" for null and for a column that is not there. What no database of ours takes is replaced.
func (r row) text(column string) string {
	i, ok := r.index[column]
	if !ok {
		return ""
	}
	return storable(r.values[i].String)
}

func isStorable(text string) bool { return utf8.ValidString(text) && strings.IndexByte(text, 0) < 0 }

// storable replaces what is no UTF-8 and zero bytes, which SQLite holds and PostgreSQL does not.
func storable(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}

// isNull reports whether a column holds nothing.
func (r row) isNull(column string) bool {
	i, ok := r.index[column]
	return !ok || !r.values[i].Valid
}

// optional is text, or nil for null.
func (r row) optional(column string) *string {
	if r.isNull(column) {
		return nil
	}
	return new(r.text(column))
}

// number is a whole number, and false for anything else.
func (r row) number(column string) (int64, bool) {
	text := strings.TrimSpace(r.text(column))
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(text, 64)
	const largest = 1 << 53 // beyond it not every whole number is one of these
	if err != nil && !errors.Is(err, strconv.ErrRange) || math.IsNaN(f) {
		return 0, false
	}
	return int64(min(max(f, -largest), largest)), true
}

// int is number, 0 for none.
func (r row) int(column string) int64 {
	n, _ := r.number(column)
	return n
}

// ref is a reference, nil for none. What is no number refers to nothing that is there.
func (r row) ref(column string) *int64 {
	if r.isNull(column) {
		return nil
	}
	return new(r.int(column))
}

// bool is true for what either engine, or somebody by hand, has written for true.
func (r row) bool(column string) bool {
	switch strings.ToLower(strings.TrimSpace(r.text(column))) {
	case "", "0", "f", "false", "n", "no", "off", "0.0":
		return false
	}
	return true
}

// The first and the last time that both engines, and JSON, can hold.
var (
	firstTime = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	lastTime  = time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC)
)

// timeLayouts are the ways in which times are written, after the letters T and Z are replaced.
var timeLayouts = []string{
	"2006-01-02 15:04:05.999999999-07:00:00", "2006-01-02 15:04:05.999999999-07:00", "2006-01-02 15:04:05.999999999-0700",
	"2006-01-02 15:04:05.999999999-07", "2006-01-02 15:04:05.999999999", "2006-01-02 15:04-07:00",
	"2006-01-02 15:04", time.DateOnly,
}

// parseTime reads a time; one without a zone is in UTC, as the former system stored it.
func parseTime(text string) (time.Time, bool) {
	text = strings.TrimSpace(text)
	switch {
	case text == "infinity":
		return lastTime, true
	case text == "-infinity" || strings.HasSuffix(text, " BC"):
		return firstTime, true
	}
	text = strings.Replace(strings.ToUpper(text), "T", " ", 1)
	if cut, ok := strings.CutSuffix(text, "Z"); ok {
		text = strings.TrimSpace(cut) + "+00:00"
	}
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return within(t), true
		}
	}
	if year, _, ok := strings.Cut(text, "-"); ok && len(year) > 4 && strings.Trim(year, "0123456789") == "" {
		return lastTime, true
	}
	return time.Time{}, false
}

func within(t time.Time) time.Time {
	switch t = t.UTC(); {
	case t.Before(firstTime):
		return firstTime
	case t.After(lastTime):
		return lastTime
	}
	return t.Truncate(time.Microsecond)
}

// time is a time, nil for none. ok is false for what can't be read.
func (r row) time(column string) (t *time.Time, ok bool) {
	text := r.text(column)
	if strings.TrimSpace(text) == "" {
		return nil, r.isNull(column)
	}
	parsed, ok := parseTime(text)
	if !ok {
		return nil, false
	}
	return &parsed, true
}

// optionalTime is a time that may be missing. One that can't be read is none, and stands in the report.
func (r *run) optionalTime(o row, t *Table, column string) *time.Time {
	at, ok := o.time(column)
	if !ok {
		t.note("a time that can't be read: none stands for it", o.int("id"))
	}
	return at
}

// amount is a number within what a column of 32 bits holds. Another one stands in the report.
func (r *run) amount(o row, t *Table, column string) int {
	n, ok := o.number(column)
	held := min(max(n, math.MinInt32), math.MaxInt32)
	if !ok && !o.isNull(column) || held != n {
		t.note("a number that can't be read, or is too large: 0, or the largest one, stands for it", o.int("id"))
	}
	return int(held)
}

// stamp is a time on its way into our tables.
func stamp(t time.Time) database.RecordTime { return database.RecordTime(t) }

// optionalStamp is stamp, nil for none.
func optionalStamp(t *time.Time) *database.RecordTime {
	if t == nil {
		return nil
	}
	return new(stamp(*t))
}

// longestIndexed is how many bytes of a text an index of PostgreSQL holds for certain, with what else is in it.
const longestIndexed = 2000

// indexed is a text as an index can hold it: one that is too long is cut, and kept apart from others by its hash.
func indexed(text string) string {
	if len(text) <= longestIndexed {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	return storable(text[:longestIndexed/2]) + "-" + hex.EncodeToString(sum[:])
}

// key is a text that an index keeps apart from others. One that is too long for it stands in the report.
func (r *run) key(o row, t *Table, column string) string {
	text := o.text(column)
	short := indexed(text)
	if short != text {
		t.note("a text that is too long for an index: its beginning stands for it", o.int("id"))
	}
	return short
}

// unused is a text that is not taken: with a number at its end where the text itself is.
func unused(text string, taken func(string) bool) string {
	for i, plain := 2, text; taken(text); i++ {
		text = fmt.Sprintf("%s-%d", plain, i)
	}
	return text
}

// cut is a text without what is beyond so many characters (code points).
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	runes := []rune(text)
	if len(runes) <= limit {
		return text
	}
	return string(runes[:limit])
}
