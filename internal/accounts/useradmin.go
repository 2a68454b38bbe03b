package accounts

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

// Profile is an account as operators see it.
type Profile struct {
	ID          int64      `json:"id"`
	Username    string     `json:"username"`
	Email       string     `json:"email"`
	IsActive    bool       `json:"is_active"`
	IsStaff     bool       `json:"is_staff"`
	IsSuperuser bool       `json:"is_superuser"`
	DateJoined  time.Time  `json:"date_joined"`
	LastLoginAt *time.Time `json:"last_login_at"`
	DisabledAt  *time.Time `json:"disabled_at"`
}

const profileColumns = "id, username, email, is_active, is_staff, is_superuser, date_joined, last_login_at, disabled_at"

// State is active, waiting (for its address to be verified) or disabled.
func (p Profile) State() string {
	switch {
	case p.DisabledAt != nil:
		return "disabled"
	case !p.IsActive:
		return "waiting"
	}
	return "active"
}

// MaxUsersShown bounds a page of Users.
const MaxUsersShown = 1000

// ErrNoUser is returned when no account has that id, user name or mail address.
var ErrNoUser = errors.New("there is no such user")

// UserPage is a part of the list of accounts.
type UserPage struct {
	Search string // part of a user name or mail address, in any letter case; "" for all
	After  int64  // the id that the last page ended with
	Limit  int    // 1 to MaxUsersShown
}

// likePattern escapes what LIKE would read as a wildcard.
var likePattern = strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`)

// Users lists accounts by id.
func (s *Service) Users(ctx context.Context, page UserPage) ([]Profile, error) {
	list, err := database.All[Profile](ctx, s.DB.Read(), "select "+profileColumns+` from users
		where id > $1 and (username_folded like $2 escape '\' or email_folded like $2 escape '\')
		order by id limit $3`,
		page.After, "%"+likePattern.Replace(database.Fold(strings.TrimSpace(page.Search)))+"%", min(max(page.Limit, 1), MaxUsersShown))
	if err != nil {
		return nil, fmt.Errorf("listing users: %w", err)
	}
	return list, nil
}

// User finds an account by id, user name or mail address. A text that means two of them is refused: what follows may not
// be undone.
func (s *Service) User(ctx context.Context, name string) (Profile, error) {
	name = strings.TrimSpace(name)
	id, err := strconv.ParseInt(name, 10, 64)
	if err != nil {
		id = 0
	}
	found, err := database.All[Profile](ctx, s.DB.Read(), "select "+profileColumns+` from users
		where id = $1 or username_folded = $2 or (email_folded = $2 and email_folded <> '') order by id limit 2`, id, database.Fold(name))
	switch {
	case err != nil:
		return Profile{}, fmt.Errorf("looking up a user: %w", err)
	case len(found) == 0:
		return Profile{}, ErrNoUser
	case len(found) > 1:
		return Profile{}, fmt.Errorf("it may be user %d, %q, or user %d, %q: use another of their names",
			found[0].ID, found[0].Username, found[1].ID, found[1].Username)
	}
	return found[0], nil
}

// DisableUser switches an account off: its sessions and codes end, and nothing lets anybody in until EnableUser. Its
// notes stay as they are.
func (s *Service) DisableUser(ctx context.Context, id int64) error {
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		now := database.Now()
		address, err := database.One[string](ctx, tx, "update users set disabled_at = coalesce(disabled_at, $1) where id = $2 returning email_folded", now, id)
		if errors.Is(err, database.ErrNotFound) {
			return ErrNoUser
		}
		if err != nil {
			return fmt.Errorf("switching a user off: %w", err)
		}
		if _, err := tx.ExecContext(ctx, "update verification_codes set used_at = $1 where (user_id = $2 or address = $3) and used_at is null",
			now, id, address); err != nil {
			return fmt.Errorf("retiring codes: %w", err)
		}
		return revokeSessions(ctx, tx, id, 0)
	})
}

// EnableUser undoes DisableUser, but for the sessions. Accounts that earlier versions switched off lost their is_active
// by that: whoever was welcomed had verified the address.
func (s *Service) EnableUser(ctx context.Context, id int64) error {
	return s.changeUser(ctx, id, "update users set disabled_at = null, is_active = (is_active or welcomed_at is not null) where id = $1", id)
}

// SetPassword gives an account another password, trimmed as at sign-in, and ends its sessions.
func (s *Service) SetPassword(ctx context.Context, id int64, plain string) error {
	plain = rest.Trim(plain)
	if err := checkOperatorsPassword(plain); err != nil {
		return err
	}
	hash, err := s.passwords.Hash(ctx, plain)
	if err != nil {
		return err
	}
	return s.changeUser(ctx, id, "update users set password_hash = $1 where id = $2", hash, id)
}

// changeUser runs a statement that changes the account, and ends its sessions.
func (s *Service) changeUser(ctx context.Context, id int64, statement string, args ...any) error {
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		changed, err := database.Exec(ctx, tx, statement, args...)
		if err != nil {
			return fmt.Errorf("changing a user: %w", err)
		}
		if changed == 0 {
			return ErrNoUser
		}
		return revokeSessions(ctx, tx, id, 0)
	})
}
