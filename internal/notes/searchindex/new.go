package searchindex

import (
	"log/slog"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/jobs"
)

// New makes the index and registers the job that keeps it in line: notes are indexed that are missing from it, or in it
// in an older form. These are all notes of a database that had no index, and all when the form changes.
func New(db *database.DB, queue *jobs.Queue, log *slog.Logger) *Index {
	x := &Index{
		db: db, queue: queue, log: log, wake: make(chan struct{}, 1),
		insertRows: insertRows(db), insertTerms: insertTerms(db),
	}
	queue.Every(sweepInterval, sweepKind, x.sweepAndGoOn)
	return x
}
