// Package adopt takes over the database of the former system, a Django project: people, courses, notes and what belongs
// to them, with their ids. It knows the old tables as they were over the years, reads them in one transaction and
// writes ours in one; the old tables stay as they are. What it finds that no longer has a place follows a rule that
// loses nothing, and stands in a report. It must not change what the former system left, and knows no request.
package adopt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"github.com/trance-0/notechondria/internal/blob"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/pattern"
)

// Options are what an adoption depends on.
type Options struct {
	DB     *database.DB // ours, migrated; of a dry run the one that is looked at
	From   *database.DB // the old one; nil where that is DB
	Name   string       // of the old one, for the report: without password
	Log    *slog.Logger
	Store  blob.Store // of the uploaded files; nil to leave them out
	DryRun bool       // write nothing

	Folder   string                           // with the files of the former system, to be copied into Store; "" for none
	Describe func(key string) blob.Meta       // of a file that is copied
	Free     func() (bytes int64, known bool) // room for the database
}

// Errors of Run.
var (
	ErrNoOldDatabase = errors.New(
		"no database of the former system is there: its tables auth_user, notes_note and django_migrations are missing")
	ErrUnknownVersion = errors.New("the old database is of no version that is known, and is left alone")
	ErrHasPeople      = errors.New("this database has people of its own already: adopt into an empty one")
)

// lockName is that of the lock under which one process adopts.
const lockName = "adopt"

// Waiting reports whether the database holds what the former system left, and nothing of ours yet. Elsewhere it costs
// one small query.
func Waiting(ctx context.Context, db *database.DB) (waiting bool, err error) {
	query := "select to_regclass('auth_user') is not null and to_regclass('notes_note') is not null and " +
		"to_regclass('django_migrations') is not null"
	if db.Engine() == database.SQLite {
		query = "select count(*) = 3 from sqlite_master where name in ('auth_user', 'notes_note', 'django_migrations')"
	}
	old, err := database.One[bool](ctx, db.Read(), query)
	if err != nil {
		return false, fmt.Errorf("looking for an old database: %w", err)
	}
	if !old {
		return false, nil
	}
	ours, err := database.One[int64](ctx, db.Read(),
		"select (select count(*) from adoptions) + (select count(*) from users)")
	if err != nil {
		return false, fmt.Errorf("looking for an earlier adoption: %w", err)
	}
	return ours == 0, nil
}

// AtStart adopts what is Waiting. Of several instances that start at once one does, and the others wait.
func AtStart(ctx context.Context, o Options) error {
	return o.DB.WithLock(ctx, lockName, func(ctx context.Context) error {
		if waiting, err := Waiting(ctx, o.DB); err != nil || !waiting {
			return err
		}
		o.Log.Info("a database of the former system was found: adopting it")
		report, err := o.run(ctx)
		if err != nil {
			return err
		}
		var kept, skipped int64
		for _, t := range report.Tables {
			kept, skipped = kept+t.Kept+t.Merged, skipped+t.Skipped
		}
		o.Log.Info("adopted", "rows", kept, "skipped", skipped, "files_missing", report.Files.Missing)
		return nil
	})
}

// Run adopts what is there, or what is new since an earlier run.
func Run(ctx context.Context, o Options) (report *Report, err error) {
	if o.DryRun {
		return o.dryRun(ctx)
	}
	err = o.DB.WithLock(ctx, lockName, func(ctx context.Context) error {
		report, err = o.run(ctx)
		return err
	})
	return report, err
}

func (o Options) run(ctx context.Context) (*Report, error) {
	report := &Report{Source: o.Name, At: database.Now(), DryRun: o.DryRun}
	if err := o.checkRoom(ctx, report); err != nil {
		return report, err
	}
	return report, o.takeOver(ctx, report)
}

// takeOver reads the old database and writes ours, in a transaction each.
func (o Options) takeOver(ctx context.Context, report *Report) error {
	files, err := o.openFiles(ctx, &report.Files)
	if err != nil {
		return err
	}
	err = o.reading(ctx, func(q database.Querier) error {
		return o.DB.Write(ctx, func(tx *database.Tx) error {
			files.reset()
			report.Tables, report.Untouched = nil, nil
			r := &run{db: o.DB, tx: tx, now: report.At, report: report, files: files, userOf: map[int64]int64{},
				users: map[int64]bool{}, courses: map[int64]int64{}, marks: map[string]int64{},
				gone: map[string]map[int64]bool{}}
			q := q
			if q == nil { // the old tables are in this database
				if o.DB.Engine() == database.PostgreSQL {
					if _, err := tx.ExecContext(ctx, "set transaction isolation level repeatable read"); err != nil {
						return fmt.Errorf("preparing to read the old tables: %w", err)
					}
				}
				q = tx
			}
			if err := r.all(ctx, o, q); err != nil || !o.DryRun {
				return err
			}
			return errDryRun
		})
	})
	if err != nil && !errors.Is(err, errDryRun) {
		return err
	}
	if err := files.finish(ctx); err != nil {
		return err
	}
	return o.finish(ctx)
}

// reading gives f what reads the old database: nil where that is ours.
func (o Options) reading(ctx context.Context, f func(q database.Querier) error) error {
	if o.From == nil {
		return f(nil)
	}
	return reading(ctx, o.From, f)
}

// reading gives f a transaction that changes nothing, and sees the database as of one moment.
func reading(ctx context.Context, db *database.DB, f func(q database.Querier) error) error {
	pool := db.Pools()["read"]
	if pool == nil {
		pool = db.Writer()
	}
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("beginning to read the old database: %w", err)
	}
	defer tx.Rollback() // nothing was written
	if db.Engine() == database.PostgreSQL {
		if _, err := tx.ExecContext(ctx, "set transaction isolation level repeatable read read only"); err != nil {
			return fmt.Errorf("preparing to read the old database: %w", err)
		}
	}
	return f(tx)
}

// all takes over everything, each kind of rows after those that it refers to.
func (r *run) all(ctx context.Context, o Options, q database.Querier) (err error) {
	from := o.From
	if from == nil {
		from = o.DB
	}
	if r.src, err = openSource(ctx, from, q); err != nil {
		return err
	}
	if !r.src.isOld() {
		return ErrNoOldDatabase
	}
	if err := r.src.check(); err != nil {
		return err
	}
	if err := r.checkTarget(ctx); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{
		r.renumber, r.adoptUsers, r.adoptSessions, r.adoptSocial, r.adoptInvitations, r.adoptGitHub, r.adoptCourses,
		r.adoptNotes, r.adoptVersions, r.adoptAttachments, r.adoptBin, r.adoptEvents, r.adoptWork, r.adoptActivity,
		r.adoptFeeds,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if err := r.untouched(ctx); err != nil {
		return err
	}
	r.settle()
	r.damaged()
	r.reportRenumbered()
	if r.report.Again && r.nothingNew() {
		r.report.Nothing = true
		return nil
	}
	return r.complete(ctx)
}

// checkTarget refuses a database with people who were not adopted.
func (r *run) checkTarget(ctx context.Context) (err error) {
	if r.earlier, err = findEarlier(ctx, r.tx); err != nil {
		return err
	}
	if r.earlier != nil {
		r.now, r.report.Again = r.earlier.at, true
		for name, id := range r.earlier.marks {
			r.marks[name] = id
		}
		return nil
	}
	people, err := database.One[int64](ctx, r.tx, "select count(*) from users")
	if err != nil {
		return fmt.Errorf("looking for people: %w", err)
	}
	if people > 0 {
		return ErrHasPeople
	}
	return nil
}

// settle counts rows that follow from others, in a later run, as those that were there.
func (r *run) settle() {
	for _, t := range r.report.Tables {
		if r.earlier != nil && t.follows {
			t.Present, t.Kept, t.Merged, t.Skipped, t.Remarks = t.Read, 0, 0, 0, nil
		}
	}
}

// nothingNew reports whether a later run found nothing to write.
func (r *run) nothingNew() bool {
	for name, id := range r.marks {
		if id > r.earlier.marks[name] {
			return false
		}
	}
	return !slices.ContainsFunc(r.report.Tables, func(t *Table) bool { return t.New+t.Changed > 0 })
}

// complete moves the sequences beyond the ids that were taken over, makes the jobs due that work derived data out, and
// remembers the run.
func (r *run) complete(ctx context.Context) error {
	for _, sequence := range sequences {
		if err := r.moveSequence(ctx, sequence.ours, sequence.old); err != nil {
			return err
		}
	}
	if _, err := r.tx.ExecContext(ctx,
		"delete from periodic_jobs where name like 'notes.search.%' or name = 'planner.refresh_feeds'"); err != nil {
		return fmt.Errorf("making jobs due: %w", err)
	}
	marks, err := json.Marshal(r.marks)
	if err != nil {
		return fmt.Errorf("remembering the adoption: %w", err)
	}
	report, err := json.Marshal(r.report)
	if err != nil {
		return fmt.Errorf("remembering the adoption: %w", err)
	}
	_, err = r.tx.ExecContext(ctx, "insert into adoptions (source, marks, report, adopted_at) values ($1, $2, $3, $4)",
		r.report.Source, string(marks), string(report), r.report.At)
	if err != nil {
		return fmt.Errorf("remembering the adoption: %w", err)
	}
	return nil
}

// finish has PostgreSQL look at the new tables, so that it plans queries well from the first one on.
func (o Options) finish(ctx context.Context) error {
	if o.DB.Engine() == database.SQLite {
		return nil
	}
	if _, err := o.DB.Writer().ExecContext(ctx, "analyze"); err != nil {
		return fmt.Errorf("analysing the new tables: %w", err)
	}
	return nil
}

// damaged reports which rows had texts that no database of ours takes.
func (r *run) damaged() {
	for _, t := range r.report.Tables {
		for _, id := range slices.Sorted(maps.Keys(r.src.damaged[t.Name])) {
			t.note("zero bytes in a text, or what is no UTF-8: U+FFFD stands for them", id)
		}
	}
}

// oldPrefixes are how the names of the former system's tables begin, also of versions that nobody here has seen.
var oldPrefixes = pattern.New(`^(auth|authtoken|courses|creators|django|gptutils|notes|planner)_`)

// untouched lists old tables of which nothing is taken over.
func (r *run) untouched(ctx context.Context) error {
	own, err := r.db.Tables(ctx, r.tx)
	if err != nil {
		return err
	}
	read := map[string]bool{}
	for _, t := range own {
		read[t.Name] = true
	}
	for _, t := range r.report.Tables {
		read[t.Name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(r.src.tables)) {
		if oldPrefixes().MatchString(name) && !read[name] {
			r.report.Untouched = append(r.report.Untouched, name)
		}
	}
	return nil
}
