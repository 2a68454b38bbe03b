// Package attempts limits what somebody may try within a time, mostly a quarter of an hour: guesses at passwords, codes
// and invitations, questions that tell who has an account, and mails that others receive. It owns the counts (table
// failed_attempts), and the hashes by which clients are told apart; what is limited, and how far, belongs to its
// callers.
package attempts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
)

// Window is for how long most attempts are remembered, and LongestWindow for how long any is.
const (
	Window        = 15 * time.Minute
	LongestWindow = 24 * time.Hour
)

// Limit is a number of attempts per window that each key may make. Counts are kept in the database: a restart forgets
// none, and all instances share them. The empty key is not limited.
type Limit struct {
	Scope  string // what is counted, in the table
	Most   int
	Within time.Duration // up to LongestWindow; 0 for Window
}

func (l Limit) window() time.Duration { return cmp.Or(l.Within, Window) }

// Check refuses while the key has used up the limit. It counts nothing: requests side by side all pass it, so that what
// they do next must be charged.
func (l Limit) Check(ctx context.Context, q database.Querier, key string) error {
	if key == "" {
		return nil
	}
	now := database.Now()
	window, err := database.One[struct{ WindowStartedAt time.Time }](ctx, q, `
		select window_started_at from failed_attempts
		where scope = $1 and key = $2 and failures >= $3 and window_started_at > $4 and window_started_at <= $5`,
		l.Scope, key, l.Most, now.Add(-l.window()), now.Add(ahead))
	switch {
	case errors.Is(err, database.ErrNotFound):
		return nil
	case err != nil:
		return fmt.Errorf("reading the count of attempts: %w", err)
	}
	return problem.Wait("Too many attempts, please wait before the next one.",
		window.WindowStartedAt.Add(l.window()).Sub(now))
}

// Charge counts an attempt, and refuses beyond the limit: of attempts side by side no more get through than of
// attempts one after the other. After a refusal the transaction must be rolled back, or waiting would never end; one
// that turns out to be harmless is taken back by GiveBack.
func (l Limit) Charge(ctx context.Context, tx *database.Tx, key string) error {
	count, err := l.add(ctx, tx, key)
	if err != nil || count <= l.Most {
		return err
	}
	return l.Check(ctx, tx, key)
}

// ChargeAlone is Charge in a transaction of its own, for requests that write nothing else.
func (l Limit) ChargeAlone(ctx context.Context, db *database.DB, key string) error {
	return db.Write(ctx, func(tx *database.Tx) error { return l.Charge(ctx, tx, key) })
}

// GiveBack takes back what Charge has counted.
func (l Limit) GiveBack(ctx context.Context, tx *database.Tx, key string) error {
	_, err := tx.ExecContext(ctx,
		"update failed_attempts set failures = failures - 1 where scope = $1 and key = $2 and failures > 0", l.Scope, key)
	if err != nil {
		return fmt.Errorf("taking back an attempt: %w", err)
	}
	return nil
}

// ahead is how far the clocks of two instances may differ. A window that begins later was stored by a clock that was
// wrong, and is none.
const ahead = time.Minute

// add counts an attempt; a new window begins when the last one is over.
func (l Limit) add(ctx context.Context, tx *database.Tx, key string) (count int, err error) {
	if key == "" {
		return 0, nil
	}
	now := database.Now()
	count, err = database.One[int](ctx, tx, `
		insert into failed_attempts (scope, key, failures, window_started_at) values ($1, $2, 1, $3)
		on conflict (scope, key) do update set
			failures = case when failed_attempts.window_started_at > $4 and failed_attempts.window_started_at <= $5
				then failed_attempts.failures + 1 else 1 end,
			window_started_at = case when failed_attempts.window_started_at > $4 and failed_attempts.window_started_at <= $5
				then failed_attempts.window_started_at else excluded.window_started_at end
		returning failures`,
		l.Scope, key, now, now.Add(-l.window()), now.Add(ahead))
	if err != nil {
		return 0, fmt.Errorf("counting an attempt: %w", err)
	}
	return count, nil
}

// Purge removes counts that no limit looks at any more.
func Purge(ctx context.Context, tx *database.Tx, now time.Time) error {
	_, err := tx.ExecContext(ctx, "delete from failed_attempts where window_started_at < $1", now.Add(-LongestWindow))
	if err != nil {
		return fmt.Errorf("purging counts of attempts: %w", err)
	}
	return nil
}
