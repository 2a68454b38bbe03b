package accounts

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/accounts/events"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/formats"
	"github.com/trance-0/notechondria/internal/problem"
)

// Account is a user as operators see them.
type Account struct {
	ID          int64
	Username    string
	Email       string
	IsActive    bool // the address is verified
	IsStaff     bool
	IsSuperuser bool
	DateJoined  time.Time
	LastLoginAt *time.Time
	DisabledAt  *time.Time
	HiddenAt    *time.Time // what they have published is hidden
}

const accountColumns = "id, username, email, is_active, is_staff, is_superuser, date_joined, last_login_at, " +
	"disabled_at, hidden_at"

const stateActive = "active"

// State is active, waiting (for its address to be verified) or disabled.
func (a Account) State() string {
	switch {
	case a.DisabledAt != nil:
		return "disabled"
	case !a.IsActive:
		return "waiting"
	}
	return stateActive
}

// MaxUsersListed bounds a page of ListUsers.
const MaxUsersListed = 1000

// UserPage is a part of the list of accounts.
type UserPage struct {
	Search string // part of a user name or mail address, in any letter case; "" for all
	After  int64  // the id that the last page ended with
	Limit  int    // 1 to MaxUsersListed
}

// likePattern escapes what LIKE would read as a wildcard.
var likePattern = strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`)

// ListUsers returns accounts by id.
func (s *Service) ListUsers(ctx context.Context, who actor.Actor, page UserPage) ([]Account, error) {
	if err := who.CheckOperator(); err != nil {
		return nil, err
	}
	pattern := "%" + likePattern.Replace(database.Fold(strings.TrimSpace(page.Search))) + "%"
	list, err := database.All[Account](ctx, s.DB.Read(), "select "+accountColumns+` from users
		where id > $1 and (username_folded like $2 escape '\' or email_folded like $2 escape '\')
		order by id limit $3`, page.After, pattern, min(max(page.Limit, 1), MaxUsersListed))
	if err != nil {
		return nil, fmt.Errorf("listing users: %w", err)
	}
	return list, nil
}

// FindUser finds an account by id, user name or mail address. A text that matches two accounts is refused, since what
// follows may not be undone: adopted names can differ in case alone, see userByIdentifier.
func (s *Service) FindUser(ctx context.Context, who actor.Actor, name string) (Account, error) {
	if err := who.CheckOperator(); err != nil {
		return Account{}, err
	}
	name = strings.TrimSpace(name)
	id, err := strconv.ParseInt(name, 10, 64)
	if err != nil {
		id = 0
	}
	found, err := database.All[Account](ctx, s.DB.Read(), "select "+accountColumns+` from users
		where id = $1 or username_folded in ($2, $3) or (email_folded in ($2, $3) and email_folded <> '')
		order by id limit 2`,
		id, database.Fold(name), name)
	switch {
	case err != nil:
		return Account{}, fmt.Errorf("looking up a user: %w", err)
	case len(found) == 0:
		return Account{}, ErrNoUser
	case len(found) > 1:
		return Account{}, problem.Refuse("", fmt.Sprintf("this matches user %d, %q, and user %d, %q: use an id or another "+
			"name",
			found[0].ID, found[0].Username, found[1].ID, found[1].Username))
	}
	return found[0], nil
}

// DisableUser switches an account off: its sessions and codes end, and nothing lets anybody in until EnableUser. What
// its owner has published stays as it is.
func (s *Service) DisableUser(ctx context.Context, who actor.Actor, id int64) error {
	return s.disable(ctx, who, id, false)
}

// DisableAndHideUser is DisableUser, and makes what the owner has published private until EnableUser.
func (s *Service) DisableAndHideUser(ctx context.Context, who actor.Actor, id int64) error {
	return s.disable(ctx, who, id, true)
}

func (s *Service) disable(ctx context.Context, who actor.Actor, id int64, hide bool) error {
	if err := who.CheckOperator(); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		email, err := database.One[string](ctx, tx,
			"update users set disabled_at = coalesce(disabled_at, $1) where id = $2 returning email", database.Now(), id)
		if errors.Is(err, database.ErrNotFound) {
			return ErrNoUser
		}
		if err != nil {
			return fmt.Errorf("switching a user off: %w", err)
		}
		if err := s.Codes.Retire(ctx, tx, id); err != nil {
			return err
		}
		if err := s.Codes.RetireTo(ctx, tx, email); err != nil {
			return err
		}
		if err := revokeSessions(ctx, tx, id, 0); err != nil {
			return err
		}
		e := events.Entry{Kind: events.Disabled, UserID: id}
		if hide {
			e.Detail = "hidden"
			if err := s.hide(ctx, tx, id); err != nil {
				return err
			}
		}
		return s.Events.Record(ctx, tx, who, e)
	})
}

// EnableUser undoes DisableUser, except that sessions do not come back. Earlier versions cleared is_active when they
// disabled an account; one with welcomed_at had verified its address.
func (s *Service) EnableUser(ctx context.Context, who actor.Actor, id int64) error {
	if err := who.CheckOperator(); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		changed, err := database.Exec(ctx, tx,
			"update users set disabled_at = null, is_active = (is_active or welcomed_at is not null) where id = $1", id)
		if err != nil {
			return fmt.Errorf("switching a user on: %w", err)
		}
		if changed == 0 {
			return ErrNoUser
		}
		if err := revokeSessions(ctx, tx, id, 0); err != nil {
			return err
		}
		if err := s.unhide(ctx, tx, id); err != nil {
			return err
		}
		return s.Events.Record(ctx, tx, who, events.Entry{Kind: events.Enabled, UserID: id})
	})
}

// SetPassword gives an account another password, trimmed as at sign-in, and ends what a reset by mail ends.
func (s *Service) SetPassword(ctx context.Context, who actor.Actor, id int64, plain string) error {
	if err := who.CheckOperator(); err != nil {
		return err
	}
	plain = formats.Trim(plain)
	var problems problem.Fields
	checkOperatorsPassword(&problems, "password", plain)
	if err := problems.Err(); err != nil {
		return err
	}
	hash, err := s.passwords.Hash(ctx, plain)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		changed, err := database.Exec(ctx, tx, "update users set password_hash = $1 where id = $2", hash, id)
		if err != nil {
			return fmt.Errorf("setting a password: %w", err)
		}
		if changed == 0 {
			return ErrNoUser
		}
		return s.resetPassword(ctx, tx, who, id)
	})
}

// AdministratorAddresses are where administrators can be told of trouble with the server; at most a hundred.
func (s *Service) AdministratorAddresses(ctx context.Context) ([]string, error) {
	addresses, err := database.All[string](ctx, s.DB.Read(), `
		select email from users where is_superuser and is_active and disabled_at is null and email <> ''
		order by id limit 100`)
	if err != nil {
		return nil, fmt.Errorf("listing the addresses of administrators: %w", err)
	}
	return addresses, nil
}
