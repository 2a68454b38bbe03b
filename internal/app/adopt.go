package app

import (
	"context"
	"log/slog"
	"path/filepath"

	"github.com/trance-0/notechondria/internal/adopt"
	"github.com/trance-0/notechondria/internal/config"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/deploycheck"
	"github.com/trance-0/notechondria/internal/media"
)

// AdoptOptions are those of an adoption into the configured database, of what is in it.
func AdoptOptions(c *config.Config, log *slog.Logger, db *database.DB) (adopt.Options, error) {
	store, err := MediaStore(c)
	if err != nil {
		return adopt.Options{}, err
	}
	return adopt.Options{
		DB: db, Name: "the configured database", Log: log, Store: store, Describe: media.MetaOf,
		Free: func() (int64, bool) { return freeRoom(c, db) },
	}, nil
}

// freeRoom is how much the database may grow: on SQLite as much as the disk has, on PostgreSQL up to the configured
// limit.
func freeRoom(c *config.Config, db *database.DB) (bytes int64, known bool) {
	if path := c.SQLitePath(); path != "" {
		free, known := deploycheck.FreeSpace(filepath.Dir(path))
		return int64(min(free, 1<<62)), known
	}
	if c.DatabaseLimit == 0 {
		return 0, false
	}
	used, err := database.One[int64](context.Background(), db.Read(), "select pg_database_size(current_database())")
	return c.DatabaseLimit - used, err == nil
}
