package backup

import (
	"context"
	"fmt"
	"io"
	"slices"

	"filippo.io/age"

	"github.com/trance-0/notechondria/internal/archive"
	"github.com/trance-0/notechondria/internal/database"
)

// write writes an archive of one state of the database, with the bytes of files or only their names.
func (s *Service) write(
	ctx context.Context, w io.Writer, files bool, progress Progress, recipients ...age.Recipient,
) (counts archive.Counts, err error) {
	err = s.DB.Snapshot(ctx, func(q database.Querier) error {
		counts, err = (&snapshot{Service: s, q: q}).write(ctx, w, files, progress, recipients)
		return err
	})
	if err != nil {
		return archive.Counts{}, fmt.Errorf("making a backup: %w", err)
	}
	return counts, nil
}

// snapshot is one state of the database, from which an archive is made.
type snapshot struct {
	*Service
	q      database.Querier
	tables []database.Table
	sums   bool // of files are remembered
}

// tablesMigration has made the tables of backups.
const tablesMigration = 30

func (s *snapshot) write(
	ctx context.Context, w io.Writer, files bool, progress Progress, recipients []age.Recipient,
) (archive.Counts, error) {
	m := archive.Manifest{Program: s.Program, Engine: string(s.DB.Engine()), CreatedAt: database.Now(), Files: files}
	var err error
	if s.tables, err = tables(ctx, s.DB, s.q); err != nil {
		return archive.Counts{}, err
	}
	if m.Tables, err = describe(ctx, s.DB, s.q, s.tables); err != nil {
		return archive.Counts{}, err
	}
	m.Schema, err = database.All[int64](ctx, s.q,
		"select version_id from goose_db_version where version_id > 0 and is_applied order by version_id")
	if err != nil {
		return archive.Counts{}, fmt.Errorf("reading the schema version: %w", err)
	}
	s.sums = s.FilesStay && slices.Contains(m.Schema, tablesMigration)
	a, err := archive.NewWriter(w, m, recipients...)
	if err != nil {
		return archive.Counts{}, err
	}
	for i, t := range s.tables {
		progress.tell("reading tables", int64(i), int64(len(s.tables)))
		if err := s.writeTable(ctx, a, t); err != nil {
			a.Abort()
			return archive.Counts{}, err
		}
	}
	if err := s.writeFiles(ctx, a, files, progress); err != nil {
		a.Abort()
		return archive.Counts{}, err
	}
	return a.Close()
}

func (s *snapshot) writeTable(ctx context.Context, a *archive.Writer, t database.Table) error {
	rows, err := s.q.QueryContext(ctx, query(s.DB, t))
	if err != nil {
		return fmt.Errorf("reading the table %s: %w", t.Name, err)
	}
	defer rows.Close()
	w := newRowWriter(t)
	for rows.Next() {
		line, err := w.read(rows)
		if err != nil {
			return fmt.Errorf("reading the table %s: %w", t.Name, err)
		}
		if err := a.Row(t.Name, line); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("reading the table %s: %w", t.Name, err)
	}
	return nil
}
