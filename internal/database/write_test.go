package database_test

import (
	"context"
	"errors"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

var errRefused = errors.New("refused")

func TestWrite(t *testing.T) {
	tests := []struct {
		name      string
		end       func(cancel func()) error // how the transaction's function ends
		committed bool
	}{
		{"returns nil", func(func()) error { return nil }, true},
		{"returns an error", func(func()) error { return errRefused }, false},
		{"panics", func(func()) error { panic("on purpose") }, false},
		{"is cancelled", func(cancel func()) error { cancel(); return nil }, false},
	}
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				db := open(t, engine)
				exec(t, db, "create table things (id bigint primary key)")
				hooks := 0
				err := recovering(func() error {
					ctx, cancel := context.WithCancel(t.Context())
					t.Cleanup(cancel) // not before: a cancelled context rolls back by itself
					return db.Write(ctx, func(tx *database.Tx) error {
						tx.AfterCommit(func() {
							hooks++
							if n := count(t, db, "select count(*) from things"); n != 1 {
								t.Errorf("%d rows are there after the commit", n)
							}
						})
						if _, err := database.Exec(ctx, tx, "insert into things (id) values (1)"); err != nil {
							return err
						}
						if hooks > 0 {
							t.Error("the hook ran before the commit")
						}
						return test.end(cancel)
					})
				})
				if (err == nil) != test.committed || (hooks == 1) != test.committed {
					t.Errorf("got the error %v and %d calls after the commit", err, hooks)
				}
				if n := count(t, db, "select count(*) from things"); (n == 1) != test.committed {
					t.Errorf("%d rows are there", n)
				}
				exec(t, db, "insert into things (id) values (2)") // the connection can be used again
			})
		}
	})
}

// recovering turns a panic into an error.
func recovering(f func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = errors.New("panicked")
		}
	}()
	return f()
}

func TestWriteReturnsTheErrorItself(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		db := open(t, engine)
		if err := db.Write(t.Context(), func(*database.Tx) error { return errRefused }); err != errRefused {
			t.Errorf("got %v", err)
		}
	})
}

func TestExecCountsTheRows(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		db := open(t, engine)
		exec(t, db, "create table things (id bigint primary key)")
		err := db.Write(t.Context(), func(tx *database.Tx) error {
			n, err := database.Exec(t.Context(), tx, "insert into things (id) values (1), (2), (3)")
			if n != 3 {
				t.Errorf("%d rows, want 3", n)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}
