package backup

import (
	"context"
	"fmt"
	"strings"

	"github.com/trance-0/notechondria/internal/archive"
	"github.com/trance-0/notechondria/internal/database"
)

// LeftOut are the tables that no archive holds, and why. All others are in it, with all their columns.
var LeftOut = map[string]string{
	"goose_db_version":      "the manifest has the migrations",
	"compatible_migrations": "written by the migrations",
	"note_search":           "the search index, which is made again from the notes",
	"note_search_due":       "notes that wait for it",
	"calendar_feed_events":  "what was read of calendars, which are read again",
	"goqite":                "work that waits, such as mails: it would be done twice, or too late",
	"periodic_jobs":         "when work is due: a restored server does it at once",
	"backup_marks":          "what backups remember of themselves",
	"backup_sums":           "sums of files, which are worked out again",
	"backup_held":           "files that wait for their removal, which are found again",
	restoring:               "there only while an archive is restored",
}

// restoring is a table with the id of the archive whose rows have been loaded, until the rest is done, too.
const restoring = "restore_in_progress"

var types = map[database.Kind]archive.Type{
	database.Integer: archive.Integer, database.Boolean: archive.Boolean, database.Text: archive.Text,
	database.UUID: archive.Text,

	database.Time: archive.Time, database.Date: archive.Date, database.Bytes: archive.Bytes,
}

// tables lists what an archive holds of the database.
func tables(ctx context.Context, db *database.DB, q database.Querier) ([]database.Table, error) {
	all, err := db.Tables(ctx, q)
	if err != nil {
		return nil, err
	}
	var list []database.Table
	for _, t := range all {
		if _, out := LeftOut[t.Name]; out {
			continue
		}
		for _, c := range t.Columns {
			if types[c.Kind] == "" {
				return nil, fmt.Errorf("the column %s.%s has the type %q, which archives do not know", t.Name, c.Name, c.Kind)
			}
		}
		list = append(list, t)
	}
	return list, nil
}

func describe(
	ctx context.Context, db *database.DB, q database.Querier, list []database.Table,
) ([]archive.Table, error) {
	described := make([]archive.Table, 0, len(list))
	for _, t := range list {
		d := archive.Table{Name: t.Name}
		for _, c := range t.Columns {
			d.Columns = append(d.Columns, archive.Column{Name: c.Name, Type: types[c.Kind]})
		}
		if t.Counted {
			var err error
			if d.LastID, err = db.LastID(ctx, q, t.Name); err != nil {
				return nil, err
			}
		}
		described = append(described, d)
	}
	return described, nil
}

// query reads a table in the order of its primary key.
func query(db *database.DB, t database.Table) string {
	columns := make([]string, 0, len(t.Columns))
	for _, c := range t.Columns {
		switch {
		case c.Kind == database.Date && db.Engine() == database.PostgreSQL:
			columns = append(columns, "to_char("+c.Name+", 'YYYY-MM-DD')")
		case c.Kind == database.Date:
			columns = append(columns, "cast("+c.Name+" as text)")
		default:
			columns = append(columns, c.Name)
		}
	}
	text := "select " + strings.Join(columns, ", ") + " from " + t.Name
	if len(t.Key) > 0 {
		text += " order by " + strings.Join(t.Key, ", ")
	}
	return text
}
