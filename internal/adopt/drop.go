package adopt

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/trance-0/notechondria/internal/database"
)

// ErrNotAdopted says that the old tables are all there is.
var ErrNotAdopted = errors.New("nothing was adopted from the old tables yet: they stay")

// parked is how the names of tables begin that hold what people wrote and what has no place here yet: chats. They stay.
const parked = "gptutils_"

// Drop removes the old tables of an adopted database, and returns how many. There is no way back from it.
func Drop(ctx context.Context, db *database.DB) (dropped int, err error) {
	err = db.WithLock(ctx, lockName, func(ctx context.Context) error {
		var there []string
		err := reading(ctx, db, func(q database.Querier) error {
			src, err := openSource(ctx, db, q)
			if err != nil {
				return err
			}
			if before, err := findEarlier(ctx, q); err != nil || before == nil {
				return errors.Join(err, ErrNotAdopted)
			}
			for _, name := range OldTables {
				if src.has(name) && !strings.HasPrefix(name, parked) {
					there = append(there, name)
				}
			}
			return nil
		})
		if err != nil || len(there) == 0 {
			return err
		}
		dropped = len(there)
		return dropTables(ctx, db, there)
	})
	return dropped, err
}

func dropTables(ctx context.Context, db *database.DB, names []string) error {
	quoted := make([]string, 0, len(names))
	for _, name := range names {
		quoted = append(quoted, quote(name))
	}
	statements := []string{"drop table " + strings.Join(quoted, ", ") + " cascade"}
	if db.Engine() == database.SQLite {
		statements = statements[:0]
		for _, name := range quoted {
			statements = append(statements, "drop table "+name)
		}
		// The old tables refer to each other, also to rows that are not there. The pragma does nothing within a transaction.
		if _, err := db.Writer().ExecContext(ctx, "pragma foreign_keys = off"); err != nil {
			return fmt.Errorf("preparing to remove the old tables: %w", err)
		}
		defer func() { _, _ = db.Writer().ExecContext(context.WithoutCancel(ctx), "pragma foreign_keys = on") }()
	}
	return db.Write(ctx, func(tx *database.Tx) error {
		for _, statement := range statements {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("removing the old tables: %w", err)
			}
		}
		return nil
	})
}
