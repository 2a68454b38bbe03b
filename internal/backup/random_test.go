package backup_test

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/backup"
	"github.com/trance-0/notechondria/internal/database"
)

// rowsOfEach are so many that a table has several pieces now and then: some texts are long.
const rowsOfEach = 12

// fillAtRandom puts random rows into all tables that archives hold, on SQLite, whose catalogue tells the references.
func fillAtRandom(t *testing.T, db *database.DB, random *rand.Rand) {
	t.Helper()
	tables, err := db.Tables(t.Context(), db.Read())
	if err != nil {
		t.Fatal(err)
	}
	references := map[string]map[string]string{} // by table and column
	for _, table := range tables {
		type reference struct {
			Here  string
			There string
		}
		list, err := database.All[reference](t.Context(), db.Read(),
			`select "from" as here, "table" as there from pragma_foreign_key_list($1)`, table.Name)
		if err != nil {
			t.Fatal(err)
		}
		references[table.Name] = map[string]string{}
		for _, r := range list {
			references[table.Name][r.Here] = r.There
		}
	}
	tables = slices.DeleteFunc(tables,
		func(table database.Table) bool { _, out := backup.LeftOut[table.Name]; return out })
	filled := map[string][]int64{}
	err = db.Write(t.Context(), func(tx *database.Tx) error {
		for len(tables) > 0 {
			i := slices.IndexFunc(tables, func(table database.Table) bool {
				for _, other := range references[table.Name] {
					if other != table.Name && filled[other] == nil {
						return false
					}
				}
				return true
			})
			if err := fillTable(t, tx, tables[i], references[tables[i].Name], filled, random); err != nil {
				return err
			}
			tables = slices.Delete(tables, i, i+1)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func fillTable(
	t *testing.T, tx *database.Tx, table database.Table, references map[string]string, filled map[string][]int64,
	random *rand.Rand,
) error {
	t.Helper()
	optional, err := database.All[string](t.Context(), tx,
		`select name from pragma_table_info($1) where "notnull" = 0 and pk = 0`, table.Name)
	if err != nil {
		return err
	}
	filled[table.Name] = []int64{}
	var names, places []string
	for i, c := range table.Columns {
		names, places = append(names, c.Name), append(places, fmt.Sprintf("$%d", i+1))
	}
	for n := range rowsOfEach {
		values := make([]any, 0, len(table.Columns))
		id := int64(n)*1000 + random.Int63n(1000) + 1
		for _, c := range table.Columns {
			others := filled[references[c.Name]]
			switch {
			case c.Name == "id":
				values = append(values, id)
			case slices.Contains(optional, c.Name) && (random.Intn(4) == 0 || references[c.Name] != "" && len(others) == 0):
				values = append(values, nil)
			case references[c.Name] != "":
				values = append(values, others[random.Intn(len(others))])
			default:
				values = append(values, randomValue(c, random))
			}
		}
		taken, err := database.Exec(t.Context(), tx, fmt.Sprintf("insert or ignore into %s (%s) values (%s)",
			table.Name, strings.Join(names, ", "), strings.Join(places, ", ")), values...)
		if err != nil {
			return fmt.Errorf("%s: %w", table.Name, err)
		}
		if taken > 0 && table.Columns[0].Name == "id" {
			filled[table.Name] = append(filled[table.Name], id)
		}
	}
	return nil
}

func randomValue(c database.Column, random *rand.Rand) any {
	switch c.Kind {
	case database.Integer:
		return random.Int63n(1<<32) - 1<<31
	case database.Boolean:
		return random.Intn(2) == 0
	case database.Time:
		return time.UnixMicro(random.Int63n(253402300799_000000)) // up to the end of 9999
	case database.Date:
		return time.Unix(random.Int63n(4102444800), 0).UTC().Format(time.DateOnly)
	case database.Bytes:
		bytes := make([]byte, random.Intn(300))
		random.Read(bytes)
		return bytes
	}
	if c.Name == "uuid" { // PostgreSQL has a type for it
		return fmt.Sprintf("%08x-0000-4000-8000-%012x", random.Uint32(), random.Int63n(1<<48))
	}
	text := randomText(random)
	if c.Name == "content" && random.Intn(4) == 0 { // longer than a piece of an archive
		text += strings.Repeat("longer than a piece ", 150_000)
	}
	return text
}

var odd = []string{
	"a", "ß", "料理", "🌱", "\"", "\\", "\n", "\r", "\t", "\x01", "\x7f", "\u2028", "\ufeff", "</script>", "''", "{}", "null",
	" ", "é", "\U0010ffff",
}

func randomText(random *rand.Rand) string {
	var text strings.Builder
	for range random.Intn(20) {
		text.WriteString(odd[random.Intn(len(odd))])
	}
	fmt.Fprintf(&text, "%x", random.Int63()) // most texts have to be unique somewhere
	return text.String()
}

// contents reads all tables that archives hold, without the code that makes archives: each row as a text.
func contents(t *testing.T, db *database.DB) map[string][]string {
	t.Helper()
	tables, err := db.Tables(t.Context(), db.Read())
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for _, table := range tables {
		if _, out := backup.LeftOut[table.Name]; !out {
			found[table.Name] = rowsOf(t, db, table)
		}
	}
	return found
}

func rowsOf(t *testing.T, db *database.DB, table database.Table) (list []string) {
	t.Helper()
	columns := make([]string, 0, len(table.Columns))
	for _, c := range table.Columns {
		if c.Kind == database.Date {
			columns = append(columns, "cast("+c.Name+" as text)")
			continue
		}
		columns = append(columns, c.Name)
	}
	rows, err := db.Read().QueryContext(t.Context(), "select "+strings.Join(columns, ", ")+" from "+table.Name)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		values, targets := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := rows.Scan(targets...); err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		for i, c := range table.Columns {
			fmt.Fprintf(&text, "%s=%s ", c.Name, plainly(values[i], table.Name+"."+c.Name))
		}
		list = append(list, text.String())
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(list)
	return list
}

// plainly writes values of both engines alike. What reading a calendar again writes anew is passed over.
func plainly(value any, column string) string {
	switch column {
	case "calendar_feed_bodies.parser_version", "calendar_feed_bodies.body_hash",
		"calendar_feeds.remarks", "calendar_feeds.last_error":
		return "-"
	}
	switch v := value.(type) {
	case nil:
		return "null"
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case bool:
		return map[bool]string{true: "1", false: "0"}[v]
	case string:
		return fmt.Sprintf("%q", v)
	case []byte:
		return fmt.Sprintf("%x", v)
	}
	return fmt.Sprint(value)
}

func wantSame(t *testing.T, got, want map[string][]string) {
	t.Helper()
	for table, rows := range want {
		if !slices.Equal(got[table], rows) {
			t.Errorf("%s has %d rows, want %d", table, len(got[table]), len(rows))
			for i := range min(len(rows), len(got[table])) {
				if rows[i] != got[table][i] {
					t.Errorf("got  %.600s\nwant %.600s", got[table][i], rows[i])
					break
				}
			}
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d tables, want %d", len(got), len(want))
	}
}

// wantSequences fails the test unless new rows get numbers that no row has had.
func wantSequences(t *testing.T, db *database.DB, want map[string]int64) {
	t.Helper()
	for table, last := range want {
		got, err := db.LastID(t.Context(), db.Read(), table)
		if err != nil {
			t.Fatal(err)
		}
		if got < last {
			t.Errorf("the next row of %s gets a number from %d, want one beyond %d", table, got+1, last)
		}
	}
}
