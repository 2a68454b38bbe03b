package accounts

import (
	"context"
	"errors"
	"fmt"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
)

// systemAccountNames is how many names are tried for a system account.
const systemAccountNames = 20

// EnsureSystemAccount returns the id of the account in whose name the server publishes its samples, and makes it if
// necessary. Nobody can sign in to it: it is disabled and has neither a password nor an address for codes; and since
// welcomed_at is set, it can't be registered anew. If a person has the name already, it is called username-2, and so
// on.
func (s *Service) EnsureSystemAccount(ctx context.Context, who actor.Actor, username string) (id int64, err error) {
	if err := who.CheckOperator(); err != nil {
		return 0, err
	}
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		id, err = ensureSystemAccount(ctx, tx, username)
		return err
	})
	return id, err
}

func ensureSystemAccount(ctx context.Context, tx *database.Tx, username string) (int64, error) {
	for number := 1; number <= systemAccountNames; {
		name := username
		if number > 1 {
			name = fmt.Sprintf("%s-%d", username, number)
		}
		u, err := userByName(ctx, tx, name)
		switch {
		case errors.Is(err, ErrNoUser):
			id, err := insertSystemAccount(ctx, tx, name)
			if !errors.Is(err, database.ErrNotFound) { // else another transaction was faster, and its row is found now
				return id, err
			}
		case err != nil:
			return 0, err
		case u.isSystemAccount():
			return u.ID, nil
		default:
			number++
		}
	}
	return 0, fmt.Errorf("the system account can't be made: people have the names %s and those with a number after it",
		username)
}

// insertSystemAccount gives database.ErrNotFound when the name is taken.
func insertSystemAccount(ctx context.Context, tx *database.Tx, name string) (int64, error) {
	id, err := database.One[int64](ctx, tx, `
		insert into users (username, username_folded, is_active, disabled_at, welcomed_at, date_joined)
		values ($1, $2, false, $3, $3, $3)
		on conflict (username_folded) do nothing returning id`, name, database.Fold(name), database.Now())
	if err != nil && !errors.Is(err, database.ErrNotFound) {
		err = fmt.Errorf("making the system account: %w", err)
	}
	return id, err
}

// isSystemAccount reports whether the account is one that nobody can sign in to.
func (u user) isSystemAccount() bool { return !u.IsActive && u.PasswordHash == "" && u.Email == "" }
