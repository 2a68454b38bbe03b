package oauth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/accounts/events"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/secret"
)

// Grant is what somebody has allowed a program.
type Grant struct {
	ID          int64
	ClientID    string `db:"client_id"`
	ClientName  string
	RedirectURI string   `db:"redirect_uri"`
	Scopes      []string `db:"-"`
	ScopeText   string   `db:"scopes"`
	Resource    string
	CreatedAt   time.Time
	LastUsedAt  *time.Time
	ExpiresAt   time.Time
}

// maxGrants is how many grants a user has at most: the one that was used longest ago makes room for another.
const maxGrants = 100

// Approve grants a program what it asks for, or those of the scopes that are left, in the name of the user who has
// signed in with that key. It returns where the browser goes with the code, and ends the sign-in.
func (s *Service) Approve(
	ctx context.Context, who actor.Actor, r Request, key string, scopes []string,
) (string, error) {
	granted, code := intersect(r.Scopes, scopes), randomHex(32)
	err := s.DB.Write(ctx, func(tx *database.Tx) error {
		in, err := deciderOf(ctx, tx, r, key)
		switch {
		case err != nil:
			return err
		case len(granted) == 0:
			return problem.InvalidField("scope", "Choose at least one thing the program may do.")
		}
		if err := accounts.Lock(ctx, tx, in.UserID); err != nil { // the grants are counted
			return err
		}
		if err := insertGrant(ctx, tx, r, in.UserID, granted, code); err != nil {
			return err
		}
		if err := s.Accounts.Events.Record(ctx, tx, who, events.Entry{
			Kind: events.AccessGranted, UserID: in.UserID, Detail: r.Client.Name + ": " + strings.Join(granted, " "),
		}); err != nil {
			return err
		}
		return s.endSignIn(ctx, tx, key, in)
	})
	if err != nil {
		return "", err
	}
	s.Log.InfoContext(ctx, "access granted", "program", r.Client.ClientID, "scopes", strings.Join(granted, " "), "client",
		who.Client.Address)
	return r.Answered(code)
}

func insertGrant(ctx context.Context, tx *database.Tx, r Request, userID int64, scopes []string, code string) error {
	now := database.Now()
	for _, statement := range []struct {
		text string
		args []any
	}{
		{`delete from oauth_grants where user_id = $1 and id not in (select id from oauth_grants where user_id = $1
			order by coalesce(last_used_at, created_at) desc, id desc limit $2)`, []any{userID, maxGrants - 1}},
		{"update oauth_clients set last_used_at = $1 where id = $2", []any{now, r.Client.ID}},
		{`insert into oauth_grants (user_id, client_id, scopes, resource,
			redirect_uri, code_hash, code_challenge, created_at, expires_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			[]any{userID, r.Client.ID, strings.Join(scopes, " "), r.Resource, r.RedirectURI, secret.HashKey(code), r.Challenge,
				now, now.Add(codeLife)}},
	} {
		if _, err := tx.ExecContext(ctx, statement.text, statement.args...); err != nil {
			return fmt.Errorf("storing a grant: %w", err)
		}
	}
	return nil
}

// Deny ends the sign-in, if there is one, and returns where the browser goes to tell the program.
func (s *Service) Deny(ctx context.Context, r Request, key string) (string, error) {
	err := s.Leave(ctx, r, key)
	if err != nil {
		return "", err
	}
	return r.Refused(accessDenied, "The request was denied.")
}

// Leave ends the sign-in, if there is one.
func (s *Service) Leave(ctx context.Context, r Request, key string) error {
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		in, err := deciderOf(ctx, tx, r, key)
		if errors.Is(err, errNotSignedIn) {
			return nil
		}
		if err != nil {
			return err
		}
		return s.endSignIn(ctx, tx, key, in)
	})
}

// checkOwner lets in whose grants they are, signed in, and operators.
func checkOwner(who actor.Actor, userID int64) error {
	if who.Is(userID) && who.By == actor.Session {
		return nil
	}
	if who.By == actor.Session {
		return problem.Deny("", "These grants belong to another user.")
	}
	if who.By != actor.Server {
		return problem.SessionNeeded()
	}
	return nil
}

// ListGrants returns what a user allows programs, the newest first.
func (s *Service) ListGrants(ctx context.Context, who actor.Actor, userID int64) ([]Grant, error) {
	if err := checkOwner(who, userID); err != nil {
		return nil, err
	}
	list, err := database.All[Grant](ctx, s.DB.Read(), `
		select g.id, c.client_id, c.name as client_name, g.redirect_uri, g.scopes, g.resource, g.created_at, g.last_used_at,
			g.expires_at
		from oauth_grants g join oauth_clients c on c.id = g.client_id
		where g.user_id = $1 and g.redeemed_at is not null and g.expires_at > $2
		order by g.created_at desc, g.id desc limit $3`, userID, database.Now(), maxGrants)
	if err != nil {
		return nil, fmt.Errorf("listing grants: %w", err)
	}
	for i := range list {
		list[i].Scopes = strings.Fields(list[i].ScopeText)
	}
	return list, nil
}

// RevokeGrant ends one: its tokens work no more.
func (s *Service) RevokeGrant(ctx context.Context, who actor.Actor, userID, id int64) error {
	if err := checkOwner(who, userID); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		gone, err := database.Exec(ctx, tx, "delete from oauth_grants where id = $1 and user_id = $2", id, userID)
		if err != nil {
			return fmt.Errorf("revoking a grant: %w", err)
		}
		if gone == 0 {
			return &problem.Error{Kind: problem.NotFound, Cause: "There is no such grant."}
		}
		return s.Accounts.Events.Record(ctx, tx, who, events.Entry{Kind: events.AccessRevoked, UserID: userID})
	})
}

// AccessOf lists the programs that a user allows something.
func (s *Service) AccessOf(ctx context.Context, q database.Querier, userID int64) ([]accounts.Access, error) {
	list, err := database.All[program](ctx, q, `
		select c.name, g.created_at from oauth_grants g join oauth_clients c on c.id = g.client_id
		where g.user_id = $1 and g.redeemed_at is not null and g.expires_at > $2
		order by g.created_at desc, g.id desc limit $3`, userID, database.Now(), maxGrants)
	if err != nil {
		return nil, fmt.Errorf("listing programs with access: %w", err)
	}
	access := make([]accounts.Access, 0, len(list))
	for _, p := range list {
		access = append(access, accounts.Access{Kind: "program", Name: p.Name, Since: &p.CreatedAt})
	}
	return access, nil
}

// program is one that has access.
type program struct {
	Name      string
	CreatedAt time.Time
}

// RevokeAccess ends all grants of a user, also those whose code waits to be redeemed: the account may have been in the
// wrong hands.
func (s *Service) RevokeAccess(ctx context.Context, tx *database.Tx, userID int64) ([]accounts.Access, error) {
	ended, err := s.AccessOf(ctx, tx, userID)
	if err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, "delete from oauth_grants where user_id = $1", userID); err != nil {
		return nil, fmt.Errorf("revoking the grants of user %d: %w", userID, err)
	}
	return ended, nil
}

// UserData tells how many programs a user has allowed something.
func (s *Service) UserData(ctx context.Context, q database.Querier, userID int64) (accounts.UserData, error) {
	grants, err := database.One[int64](ctx, q,
		"select count(*) from oauth_grants where user_id = $1 and redeemed_at is not null", userID)
	if err != nil {
		return accounts.UserData{}, fmt.Errorf("counting the grants of user %d: %w", userID, err)
	}
	return accounts.UserData{Counts: []accounts.Count{{What: "grants to programs", Number: grants}}}, nil
}

// DeleteUserData has nothing to do: grants go with the account.
func (s *Service) DeleteUserData(context.Context, *database.Tx, int64) error { return nil }
