package searchindex

import (
	"context"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notelist"
)

// Statement is SQL with its parameters.
type Statement struct {
	SQL  string
	Args []any
}

// WaitingStatement reads the notes that wait for the index and are in a list of a user.
func WaitingStatement(db *database.DB, userID int64, scope notelist.Scope) Statement {
	x := &Index{db: db}
	query, args := x.finder("rose", notelist.Filter{Viewer: userID, Scope: scope}).youngQuery()
	return Statement{query, args}
}

// Statements are those of a search of a user in all notes, so that tests can have them explained.
func Statements(ctx context.Context, db *database.DB, userID int64, text string) ([]Statement, error) {
	x := &Index{db: db}
	f := x.finder(text, notelist.Filter{Viewer: userID, Scope: notelist.Readable})
	if db.Engine() == database.SQLite {
		completed, err := f.complete(ctx)
		if err != nil {
			return nil, err
		}
		f.query = completed
	}
	var list []Statement
	for _, build := range []func() (string, []any){func() (string, []any) { return f.pageQuery(20, 0, nil) },
		func() (string, []any) { return f.countQuery(nil) }, f.nearQuery} {
		query, args := build()
		list = append(list, Statement{query, args})
	}
	return list, nil
}
