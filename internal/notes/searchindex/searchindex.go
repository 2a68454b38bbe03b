// Package searchindex finds notes by words. It owns the tables of the search index, keeps them in line with the notes,
// and asks them, on both engines. What a note can be found by and what a query means is in package search; who may see
// which note is decided by the conditions of lists, whatever the index says.
//
// Whoever writes a note does not pay for its terms: a trigger of the database puts it among those that wait, in the
// same transaction. Run indexes them soon after, many at once, and searches look through them by themselves until then.
package searchindex

import (
	"log/slog"
	"sync/atomic"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/jobs"
)

// Index is the search index of one server.
type Index struct {
	db    *database.DB
	queue *jobs.Queue
	log   *slog.Logger

	wake    chan struct{} // has Run look at what waits
	waiting atomic.Int64  // about how much this process has put among what waits, see weight
	hurry   atomic.Bool   // a search has looked through much of what waits

	insertRows  string // see sql.go
	insertTerms string // "" where the rows have the terms
}
