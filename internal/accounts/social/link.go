package social

import (
	"context"
	"errors"
	"fmt"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/accounts/events"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
)

const notLinked = "Account not linked"

// Link links the account of who asks, which takes a session, to one at a provider, in place of one that is linked there
// already; created is false then.
func (s *Service) Link(ctx context.Context, who actor.Actor, p Proof) (link Link, created bool, err error) {
	if err := who.CheckSession(); err != nil {
		return Link{}, false, err
	}
	if err := p.check(notLinked); err != nil {
		return Link{}, false, err
	}
	identity, err := s.identify(ctx, who, p, func(kind problem.Kind, cause string) error {
		return &problem.Error{Kind: kind, Outcome: notLinked, Cause: cause}
	})
	if err != nil {
		return Link{}, false, err
	}
	link = Link{Provider: p.Provider, ProviderUID: identity.UID, Email: identity.Email}
	err = s.write(ctx, func(tx *database.Tx) error {
		owner, err := ownerOf(ctx, tx, p.Provider, identity)
		if err == nil && !who.Is(owner) {
			return &problem.Error{Kind: problem.Conflict, Outcome: notLinked, Cause: "it is linked to another account"}
		}
		if err != nil && !errors.Is(err, accounts.ErrNoUser) {
			return err
		}
		link.ID, err = replace(ctx, tx, who.UserID, p.Provider, identity)
		if created = errors.Is(err, database.ErrNotFound); created {
			link.ID, err = insert(ctx, tx, who.UserID, p.Provider, identity)
		}
		if err != nil {
			return err
		}
		return s.recordLink(ctx, tx, who, events.Linked, who.UserID, p.Provider)
	})
	return link, created, err
}

// List returns what is linked to the account of who asks: one account for each provider at most.
func (s *Service) List(ctx context.Context, who actor.Actor) ([]Link, error) {
	list, err := database.All[Link](ctx, s.DB.Read(),
		"select id, provider, provider_uid, email, created_at from social_accounts where user_id = $1 order by id",
		who.UserID)
	if err != nil {
		return nil, fmt.Errorf("listing social accounts: %w", err)
	}
	return list, nil
}

// Unlink unlinks the account at a provider, which takes a session, unless there would be no way left to sign in.
func (s *Service) Unlink(ctx context.Context, who actor.Actor, name Name) error {
	if err := who.CheckSession(); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		unlinked, err := database.Exec(ctx, tx, "delete from social_accounts where user_id = $1 and provider = $2",
			who.UserID, name)
		if err != nil {
			return fmt.Errorf("unlinking a social account: %w", err)
		}
		if unlinked == 0 {
			return &problem.Error{Kind: problem.NotFound, Cause: "No such linked account."}
		}
		if err := s.checkWayIn(ctx, tx, who.UserID); err != nil {
			return err
		}
		return s.recordLink(ctx, tx, who, events.Unlinked, who.UserID, name)
	})
}

// recordLink keeps that an identity was linked or unlinked.
func (s *Service) recordLink(
	ctx context.Context, tx *database.Tx, who actor.Actor, kind events.Kind, userID int64, name Name,
) error {
	return s.Accounts.Events.Record(ctx, tx, who, events.Entry{Kind: kind, UserID: userID, Detail: string(name)})
}

// checkWayIn refuses what would leave an account without a password and without a provider that is set up. The user is
// locked before what is left is looked at; signing in writes to the tables in the same order.
func (s *Service) checkWayIn(ctx context.Context, tx *database.Tx, userID int64) error {
	hasPassword, err := s.Accounts.HasPassword(ctx, tx, userID)
	if err != nil || hasPassword {
		return err
	}
	linked, err := database.All[Name](ctx, tx, "select provider from social_accounts where user_id = $1", userID)
	if err != nil {
		return fmt.Errorf("looking for other ways to sign in: %w", err)
	}
	for _, name := range linked {
		if s.Providers.byName(name).Identifier != nil {
			return nil
		}
	}
	return &problem.Error{Kind: problem.Conflict,
		Cause: "This is the only way to sign in to your account: set a password first, using a code sent by email."}
}
