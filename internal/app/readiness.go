package app

import (
	"context"
	"time"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
)

// readyTimeout is shorter than the patience of platforms' probes.
const readyTimeout = 3 * time.Second

// checkReady says why requests can't be served, nil when they can: the database answers, takes writes, and its schema
// is the one of this version.
func checkReady(ctx context.Context, db *database.DB) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	schema, err := db.Status(ctx)
	switch {
	case err != nil:
		return unavailable("The database does not answer.")
	case schema.Err() != nil || len(schema.Pending) > 0:
		return unavailable("The database schema does not match this version.")
	}
	if err := db.CheckWritable(ctx); err != nil {
		return unavailable("The database does not accept writes: " + err.Error() + ".")
	}
	return nil
}

func unavailable(cause string) error { return &problem.Error{Kind: problem.Unavailable, Cause: cause} }
