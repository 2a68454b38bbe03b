package database_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func TestExclusivelyRunsOneAtATime(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		db := open(t, engine)
		exec(t, db, "create table counter (n bigint)")
		exec(t, db, "insert into counter (n) values (0)")
		var inside, runs atomic.Int32
		var group sync.WaitGroup
		for range 6 { // more than the pool has connections beside that of the holder
			group.Go(func() {
				err := db.WithLock(t.Context(), "counting", func(ctx context.Context) error {
					if inside.Add(1) != 1 {
						t.Error("two ran at once")
					}
					defer inside.Add(-1)
					runs.Add(1)
					return db.Write(ctx, func(tx *database.Tx) error {
						_, err := tx.ExecContext(ctx, "update counter set n = n + 1")
						return err
					})
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if runs.Load() != 6 || count(t, db, "select n from counter") != 6 {
			t.Errorf("%d runs, counted %d", runs.Load(), count(t, db, "select n from counter"))
		}
	})
}

func TestExclusivelyIsAboutOneName(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		db := open(t, engine)
		err := db.WithLock(t.Context(), "outer", func(ctx context.Context) error {
			if err := db.WithLock(ctx, "inner", func(context.Context) error { return errRefused }); err != errRefused {
				t.Errorf("under another name: %v", err)
			}
			short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
			defer cancel()
			err := db.WithLock(short, "outer", func(context.Context) error { return nil })
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("under the name that is taken: %v", err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		if err := db.WithLock(t.Context(), "outer", func(context.Context) error { return nil }); err != nil {
			t.Errorf("the lock stayed: %v", err)
		}
	})
}
