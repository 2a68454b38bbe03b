// Package searchindex finds notes by words. It owns the tables of the search index, keeps them in line with the notes,
// and asks them, on both engines. What a note can be found by and what a query means is in package search; who may see
// which note is decided by the conditions of lists, whatever the index says.
package searchindex

import (
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/jobs"
)

// Index is the search index of one server.
type Index struct {
	db    *database.DB
	queue *jobs.Queue

	insertRows  string // see sql.go
	insertTerms string // "" where the rows have the terms
}
