package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/trance-0/notechondria/internal/archive"
	"github.com/trance-0/notechondria/internal/blob"
	"github.com/trance-0/notechondria/internal/database"
)

const (
	loadBytes = 256 << 10 // of rows that are inserted at once, unless one is longer
	loadRows  = 1000
	examples  = 3 // of missing files
)

// loader loads an archive in one transaction.
type loader struct {
	*Service
	ctx     context.Context
	tx      *database.Tx
	tables  []database.Table
	from    map[string]archive.Table
	restore func() error // of references
	report  *Report

	table  string // whose rows are collected
	rows   bytes.Buffer
	number int
	named  []archive.File // that are not in the archive, and looked for
}

func (s *Service) newLoader(ctx context.Context, tx *database.Tx, m archive.Manifest, report *Report) (*loader, error) {
	l := &loader{Service: s, ctx: ctx, tx: tx, from: map[string]archive.Table{}, report: report}
	report.Missing, report.Examples = 0, nil // the transaction may be begun again
	for _, t := range m.Tables {
		l.from[t.Name] = t
	}
	var err error
	if l.tables, err = tables(ctx, s.DB, tx); err != nil {
		return nil, err
	}
	if err := l.match(); err != nil {
		return nil, err
	}
	if s.DB.Engine() == database.PostgreSQL { // SQLite has one writer
		if _, err := tx.ExecContext(ctx, "lock table users in exclusive mode"); err != nil {
			return nil, fmt.Errorf("locking the accounts: %w", err)
		}
	}
	used, err := database.One[int](ctx, tx, "select count(*) from (select 1 from users limit 1) u")
	if err != nil {
		return nil, fmt.Errorf("looking for accounts: %w", err)
	}
	if used > 0 {
		return nil, ErrInUse
	}
	if l.restore, err = tx.SuspendReferences(ctx); err != nil {
		return nil, err
	}
	for _, t := range l.tables {
		if _, err := tx.ExecContext(ctx, "delete from "+t.Name); err != nil {
			return nil, fmt.Errorf("emptying the table %s: %w", t.Name, err)
		}
	}
	return l, nil
}

// match refuses an archive that has other tables or columns than its migrations make.
func (l *loader) match() error {
	number := 0
	for _, t := range l.tables {
		from, there := l.from[t.Name]
		if !there {
			return fmt.Errorf("%w: the table %s is missing", archive.ErrDamaged, t.Name)
		}
		number++
		for _, c := range t.Columns {
			if !slices.Contains(from.Columns, archive.Column{Name: c.Name, Type: types[c.Kind]}) {
				return fmt.Errorf("%w: the column %s.%s is missing or wrong", archive.ErrDamaged, t.Name, c.Name)
			}
		}
		if len(from.Columns) != len(t.Columns) {
			return fmt.Errorf("%w: the columns of the table %s do not match its migrations", archive.ErrDamaged, t.Name)
		}
	}
	if number != len(l.from) {
		return fmt.Errorf("%w: its tables do not match its migrations", archive.ErrDamaged)
	}
	return nil
}

func (l *loader) row(table archive.Table, row []byte) error {
	if table.Name != l.table || l.number == loadRows || l.rows.Len() > 0 && l.rows.Len()+len(row) > loadBytes {
		if err := l.flush(); err != nil {
			return err
		}
		l.table = table.Name
	}
	if l.number == 0 {
		l.rows.WriteByte('[')
	} else {
		l.rows.WriteByte(',')
	}
	l.rows.Write(row)
	l.number++
	return nil
}

func (l *loader) flush() error {
	if l.number == 0 {
		return nil
	}
	l.rows.WriteByte(']')
	i := slices.IndexFunc(l.tables, func(t database.Table) bool { return t.Name == l.table })
	n, err := database.Exec(l.ctx, l.tx, l.DB.Inserter(l.tables[i]), l.rows.String())
	if err == nil && n != int64(l.number) {
		err = fmt.Errorf("only %d of %d rows were written", n, l.number)
	}
	if err != nil {
		return fmt.Errorf("loading the table %s: %w", l.table, err)
	}
	l.rows.Reset()
	if l.number = 0; l.rows.Cap() > 4*loadBytes {
		l.rows = bytes.Buffer{}
	}
	return nil
}

// data stores the bytes of a file. After a crash the next attempt stores them again.
func (l *loader) data(key string, size int64, content io.Reader) error {
	spooled, err := blob.Spool(l.ctx, content, size, "")
	if err != nil {
		return err
	}
	return errors.Join(l.Media.PutBack(l.ctx, key, spooled, size), spooled.Close())
}

// file looks for a file that the archive names and does not hold.
func (l *loader) file(f archive.File) error {
	if f.Missing {
		l.miss(f.Key)
		return nil
	}
	if l.report.Manifest.Files {
		return nil
	}
	if l.named = append(l.named, f); len(l.named) < keysAtOnce {
		return nil
	}
	return l.lookFor()
}

func (l *loader) lookFor() error {
	there := make([]bool, len(l.named))
	group, ctx := errgroup.WithContext(l.ctx)
	group.SetLimit(askedAtOnce)
	for i, f := range l.named {
		group.Go(func() error {
			object, err := l.Media.Store.Stat(ctx, f.Key)
			there[i] = err == nil && object.Size == f.Size
			if errors.Is(err, blob.ErrNotFound) {
				return nil
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("looking for files: %w", err)
	}
	for i, f := range l.named {
		if !there[i] {
			l.miss(f.Key)
		}
	}
	l.named = l.named[:0]
	return nil
}

func (l *loader) miss(key string) {
	if l.report.Missing++; len(l.report.Examples) < examples {
		l.report.Examples = append(l.report.Examples, key)
	}
}

// end does what comes after the last row.
func (l *loader) end() error {
	if err := errors.Join(l.flush(), l.lookFor()); err != nil {
		return err
	}
	for _, t := range l.tables {
		if !t.Counted {
			continue
		}
		if err := l.tx.SetLastID(l.ctx, t.Name, l.from[t.Name].LastID); err != nil {
			return err
		}
	}
	if err := l.restore(); err != nil {
		return err
	}
	for _, d := range l.derivers {
		if err := d.Invalidate(l.ctx, l.tx); err != nil {
			return err
		}
	}
	return l.note()
}

// note stores the id of the archive for the process that has to finish.
func (l *loader) note() error {
	for _, statement := range []string{"drop table if exists " + restoring,
		"create table " + restoring + " (archive text primary key)"} {
		if _, err := l.tx.ExecContext(l.ctx, statement); err != nil {
			return fmt.Errorf("recording the restore: %w", err)
		}
	}
	if _, err := l.tx.ExecContext(l.ctx, "insert into "+restoring+" (archive) values ($1)",
		l.report.Manifest.ID); err != nil {
		return fmt.Errorf("recording the restore: %w", err)
	}
	return nil
}
