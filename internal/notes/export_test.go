package notes

import (
	"context"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notes/search"
)

// Statement is SQL with its parameters.
type Statement struct {
	SQL  string
	Args []any
}

// SearchStatements are those of a search of a user in all notes, so that tests can have them explained.
func SearchStatements(ctx context.Context, db *database.DB, userID int64, text string) ([]Statement, error) {
	l := searching{db: db, query: search.Parse(text, search.Reader{ID: userID, Others: true}), where: scopes["all"], args: []any{userID}}
	if db.Engine() == database.SQLite {
		completed, err := l.complete(ctx)
		if err != nil {
			return nil, err
		}
		l.query = completed
	}
	var list []Statement
	for _, build := range []func() (string, []any){func() (string, []any) { return l.pageQuery(20, 0) }, l.countQuery, l.nearQuery} {
		query, args := build()
		list = append(list, Statement{query, args})
	}
	return list, nil
}
