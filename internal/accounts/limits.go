package accounts

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

// attemptWindow is how long failures are remembered.
const attemptWindow = 15 * time.Minute

// limit is a number of failures per window that a key may have. They are kept in the database: a restart forgets none,
// and all instances share them.
type limit struct {
	scope string
	most  int
}

var (
	signInPerAccount = limit{"sign_in_account", 10}
	signInPerAddress = limit{"sign_in_address", 30}
	codesPerAddress  = limit{"code_address", 30}  // wrong codes from one client
	probesPerAddress = limit{"probe_address", 60} // answers that tell whether an account exists
	asksPerAddress   = limit{"reset_address", 60} // mails asked for from one client
	asksPerMailbox   = limit{"mail_mailbox", 10}  // mails to one mailbox that anybody asks for
	asksPerUser      = limit{"mail_user", 10}     // mails that a signed-in user asks for: others can't use these up

	socialPerAddress      = limit{"social_address", 60}     // codes and tokens of one client that a provider refused
	invitationsPerAddress = limit{"invitation_address", 30} // wrong invitations from one client
)

// check refuses with 429 while the key has used up the limit. An empty key is not limited.
func (l limit) check(ctx context.Context, q database.Querier, key string) error {
	if key == "" {
		return nil
	}
	now := database.Now()
	window, err := database.One[struct{ WindowStartedAt time.Time }](ctx, q, `
		select window_started_at from failed_attempts
		where scope = $1 and key = $2 and failures >= $3 and window_started_at > $4`,
		l.scope, key, l.most, now.Add(-attemptWindow))
	switch {
	case errors.Is(err, database.ErrNotFound):
		return nil
	case err != nil:
		return fmt.Errorf("reading the count of failures: %w", err)
	}
	return rest.TooManyRequests("Too many attempts, please wait before the next one.", window.WindowStartedAt.Add(attemptWindow).Sub(now))
}

// count adds a failure of the key; a new window begins when the last one is over.
func (l limit) count(ctx context.Context, q database.Querier, key string) error {
	_, err := l.add(ctx, q, key)
	return err
}

// charge counts what may turn out to be a failure, and refuses with 429 beyond the limit: of guesses that are sent side
// by side no more get through than one after the other. A refusal must roll the transaction back, or waiting would never
// end; what was no failure is given back by forgive.
func (l limit) charge(ctx context.Context, tx *database.Tx, key string) error {
	failures, err := l.add(ctx, tx, key)
	if err != nil || failures <= l.most {
		return err
	}
	return l.check(ctx, tx, key)
}

// forgive takes back what charge has counted in the same transaction.
func (l limit) forgive(ctx context.Context, tx *database.Tx, key string) error {
	_, err := tx.ExecContext(ctx, "update failed_attempts set failures = failures - 1 where scope = $1 and key = $2", l.scope, key)
	if err != nil {
		return fmt.Errorf("taking back a failure: %w", err)
	}
	return nil
}

func (l limit) add(ctx context.Context, q database.Querier, key string) (failures int, err error) {
	if key == "" {
		return 0, nil
	}
	now := database.Now()
	failures, err = database.One[int](ctx, q, `
		insert into failed_attempts (scope, key, failures, window_started_at) values ($1, $2, 1, $3)
		on conflict (scope, key) do update set
			failures = case when failed_attempts.window_started_at > $4 then failed_attempts.failures + 1 else 1 end,
			window_started_at = case when failed_attempts.window_started_at > $4 then failed_attempts.window_started_at else excluded.window_started_at end
		returning failures`,
		l.scope, key, now, now.Add(-attemptWindow))
	if err != nil {
		return 0, fmt.Errorf("counting a failure: %w", err)
	}
	return failures, nil
}

// chargeAlone is charge in a transaction of its own, for requests that write nothing else. refusal is returned, unless
// the limit is used up by now.
func (s *Service) chargeAlone(ctx context.Context, refusal error, l limit, key string) error {
	if err := s.DB.Write(ctx, func(tx *database.Tx) error { return l.charge(ctx, tx, key) }); err != nil {
		return err
	}
	return refusal
}
