package accounts

import (
	"context"
	"errors"
	"fmt"

	"github.com/trance-0/notechondria/internal/database"
)

// serverAccountNames is how many names are tried for an account of the server's own.
const serverAccountNames = 20

// ServerAccount returns the id of the account in whose name the server publishes what it brings along, and makes it when
// there is none. Nobody can sign in to it: it is switched off, and has no password and no address that a code could be
// mailed to; and as one that was used (welcomed_at) it can't be registered anew. Where a person has the name already it is
// called username-2, and so on.
func ServerAccount(ctx context.Context, tx *database.Tx, username string) (int64, error) {
	for number := 1; number <= serverAccountNames; {
		name := username
		if number > 1 {
			name = fmt.Sprintf("%s-%d", username, number)
		}
		u, err := findUser(ctx, tx, "username_folded = $1", database.Fold(name))
		switch {
		case errors.Is(err, errNoUser):
			id, err := insertServerAccount(ctx, tx, name)
			if !errors.Is(err, database.ErrNotFound) { // else another transaction was faster, and its row is found now
				return id, err
			}
		case err != nil:
			return 0, err
		case u.ofServer():
			return u.ID, nil
		default:
			number++
		}
	}
	return 0, fmt.Errorf("the server's account can't be made: people have the names %s and those with a number after it", username)
}

// insertServerAccount gives database.ErrNotFound when the name is taken.
func insertServerAccount(ctx context.Context, tx *database.Tx, name string) (int64, error) {
	id, err := database.One[int64](ctx, tx, `
		insert into users (username, username_folded, is_active, disabled_at, welcomed_at, date_joined) values ($1, $2, false, $3, $3, $3)
		on conflict (username_folded) do nothing returning id`, name, database.Fold(name), database.Now())
	if err != nil && !errors.Is(err, database.ErrNotFound) {
		err = fmt.Errorf("making the server's account: %w", err)
	}
	return id, err
}

// ofServer reports whether the account is one that nobody can sign in to.
func (u user) ofServer() bool { return !u.IsActive && u.PasswordHash == "" && u.Email == "" }
