package social

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/accounts/events"
	"github.com/trance-0/notechondria/internal/accounts/invitations"
	"github.com/trance-0/notechondria/internal/accounts/social/provider"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
)

// Request is what somebody wants who comes with a proof.
type Request struct {
	Proof          Proof
	Intent         Intent
	InvitationCode string // for a new account where registration is by invitation; "" for none
}

// Intent is what becomes of an identity that nobody here has.
type Intent string

// The intents.
const (
	Register Intent = "register" // it gets an account
	Login    Intent = "login"    // it is refused
	Bind     Intent = "bind"     // it is linked, which SignIn does not do
)

const notSignedIn = "Sign-in rejected"

// SignIn signs somebody in whom a provider knows.
func (s *Service) SignIn(ctx context.Context, who actor.Actor, r Request) (in accounts.SignedIn, err error) {
	if err := r.Proof.check(notSignedIn); err != nil {
		return accounts.SignedIn{}, err
	}
	if r.Intent == Bind {
		return accounts.SignedIn{}, problem.Refuse("", "Linking requires a signed-in account; use the operation for linking.")
	}
	label := s.Providers.byName(r.Proof.Provider).Label
	identity, err := s.identify(ctx, who, r.Proof, func(kind problem.Kind, cause string) error {
		return &problem.Error{Kind: kind, Cause: "Sign-in with " + label + " failed: " + cause + "."}
	})
	if err != nil {
		return accounts.SignedIn{}, err
	}
	invited, err := s.invited(ctx, who, r.InvitationCode)
	if err != nil {
		return accounts.SignedIn{}, err
	}
	err = s.write(ctx, func(tx *database.Tx) error {
		identity := identity // find may change it
		userID, err := s.find(ctx, tx, who, r.Proof.Provider, &identity)
		if errors.Is(err, accounts.ErrNoUser) {
			userID, err = s.register(ctx, tx, r, identity, invited)
		}
		if err != nil {
			return err
		}
		in, err = s.Accounts.StartSession(ctx, tx, who, userID)
		return err
	})
	if errors.Is(err, invitations.ErrUnusable) {
		err = notInvited(invitations.ErrUnusable.Error())
	}
	return in, err
}

// find returns the account of an identity that may enter: the one that it is linked to, else the one with its address.
// Where that address only looks like the account's, the identity loses it: it gets an account without one.
func (s *Service) find(
	ctx context.Context, tx *database.Tx, who actor.Actor, name Name, identity *provider.Identity,
) (int64, error) {
	id, err := ownerOf(ctx, tx, name, *identity)
	if err == nil {
		return id, s.enterLinked(ctx, tx, id, name, *identity)
	}
	if !errors.Is(err, accounts.ErrNoUser) {
		return 0, err
	}
	id, same, err := s.Accounts.FindByEmail(ctx, tx, identity.Email) // finds nobody without an address
	switch {
	case err != nil:
		return 0, err
	case !same:
		identity.Email = ""
		return 0, accounts.ErrNoUser
	}
	return id, s.enterByEmail(ctx, tx, who, id, name, *identity)
}

func (s *Service) enterLinked(
	ctx context.Context, tx *database.Tx, userID int64, name Name, i provider.Identity,
) error {
	if err := s.Accounts.Activate(ctx, tx, userID); err != nil {
		return err
	}
	return refresh(ctx, tx, userID, name, i)
}

// enterByEmail links the account, unless it is linked to another one at this provider: only its owner changes that.
func (s *Service) enterByEmail(
	ctx context.Context, tx *database.Tx, who actor.Actor, userID int64, name Name, i provider.Identity,
) error {
	if err := s.Accounts.Activate(ctx, tx, userID); err != nil {
		return err
	}
	linked, err := database.All[int64](ctx, tx, "select id from social_accounts where user_id = $1 and provider = $2",
		userID, name)
	if err != nil {
		return fmt.Errorf("looking for a linked account: %w", err)
	}
	if len(linked) > 0 {
		return nil
	}
	if _, err = insert(ctx, tx, userID, name, i); err != nil {
		return err
	}
	return s.recordLink(ctx, tx, who, events.Linked, userID, name)
}

// register makes an account, which has no password, if that is what the app asks for.
func (s *Service) register(
	ctx context.Context, tx *database.Tx, r Request, identity provider.Identity, invited bool,
) (int64, error) {
	name := r.Proof.Provider
	if r.Intent == Login {
		label := s.Providers.byName(name).Label
		return 0, &problem.Error{
			Kind: problem.NotFound, Code: "not_registered",
			Cause: "No account found for this " + label + " account: please register first.",
		}
	}
	first, last, _ := strings.Cut(strings.Join(strings.Fields(identity.Name), " "), " ")
	id, err := s.Accounts.CreateVerified(ctx, tx, accounts.ExternalProfile{
		Username: usernameOf(name, identity), Email: identity.Email, FirstName: first, LastName: last,
	})
	if err != nil {
		return 0, err
	}
	if err := s.chargeInvitation(ctx, tx, r.InvitationCode, invited, id); err != nil {
		return 0, err
	}
	if _, err := insert(ctx, tx, id, name, identity); err != nil {
		return 0, err
	}
	return id, s.copyPictureLater(ctx, tx, id, identity)
}

// usernameOf is what the account of a new identity would like to be called: as at the provider, where it has user
// names, else as the mailbox.
func usernameOf(name Name, identity provider.Identity) string {
	own, _, _ := strings.Cut(identity.Username, "@") // some providers take addresses for names
	mailbox, _, _ := strings.Cut(identity.Email, "@")
	return cmp.Or(accounts.UsernameFrom(own), accounts.UsernameFrom(mailbox), string(name)+"_user")
}

// invited tries a code where one is needed. A code that is sent without need is not looked at.
func (s *Service) invited(ctx context.Context, who actor.Actor, code string) (bool, error) {
	if code == "" {
		return false, nil
	}
	required, err := s.Invitations.Required(ctx, s.DB.Read())
	if err != nil || !required {
		return false, err
	}
	return s.Invitations.Try(ctx, who, code, 0)
}

// chargeInvitation uses up the invitation where one is needed.
func (s *Service) chargeInvitation(
	ctx context.Context, tx *database.Tx, code string, invited bool, userID int64,
) error {
	required, err := s.Invitations.Required(ctx, tx)
	switch {
	case err != nil || !required:
		return err
	case code == "":
		return notInvited("an invitation is needed")
	case !invited:
		return invitations.ErrUnusable
	}
	return s.Invitations.Use(ctx, tx, code, userID)
}

func notInvited(cause string) error {
	return problem.InvalidBecause("invitation_code", "Registration rejected", cause)
}
