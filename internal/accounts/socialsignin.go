package accounts

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/trance-0/notechondria/internal/accounts/provider"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

func (s *Service) socialSignIn(ctx context.Context, request socialRequest) (payload authPayload, err error) {
	if request.intent == intentBind {
		return authPayload{}, rest.Detail(http.StatusBadRequest, "Linking needs a signed-in account: use /api/v1/auth/bind/"+request.provider.name+"/.")
	}
	identity, err := s.identify(ctx, request)
	if status, _, text, ok := request.provider.whyNotIdentified(err); ok {
		return authPayload{}, rest.Detail(status, "Sign-in with "+request.provider.Label+" failed: "+text+".")
	}
	if err != nil {
		return authPayload{}, err
	}
	if request.invited, err = s.invited(ctx, request.invitation); err != nil {
		return authPayload{}, err
	}
	err = s.writeSocial(ctx, func(tx *database.Tx) error {
		userID, err := s.findOrCreate(ctx, tx, request, identity)
		if err != nil {
			return err
		}
		payload, err = s.startSession(ctx, tx, userID)
		return err
	})
	if errors.Is(err, errInvitation) {
		return authPayload{}, invitationRefusal(errInvitation.Error())
	}
	return payload, err
}

// writeSocial begins again where another transaction was faster: two first sign-ins of one person, or of two people who
// get the same user name.
func (s *Service) writeSocial(ctx context.Context, f func(tx *database.Tx) error) error {
	taken := []string{"users_username_folded_key", "users_email_folded_key", "social_accounts_provider_uid_key", "social_accounts_user_id_key"}
	return s.DB.WriteAgain(ctx, taken, func(tx *database.Tx, _ int) error { return f(tx) })
}

// findOrCreate returns the account of an identity: the one that it is linked to, else the one with its address, else,
// if that is what the app asks for, a new one. Folding makes two mailboxes one, as those of straße.example and
// strasse.example: whoever has the other one gets an account without an address.
func (s *Service) findOrCreate(ctx context.Context, tx *database.Tx, request socialRequest, identity provider.Identity) (int64, error) {
	name := request.provider.name
	u, err := findUser(ctx, tx, "id = (select user_id from social_accounts where provider = $1 and issuer = $2 and provider_uid = $3)",
		name, identity.Issuer, identity.UID)
	if err == nil {
		return u.ID, s.enterLinked(ctx, tx, u, name, identity)
	}
	if !errors.Is(err, errNoUser) {
		return 0, err
	}
	u, err = userByEmail(ctx, tx, identity.Email) // finds nobody without an address
	if err == nil && lower(u.Email) != lower(identity.Email) {
		err, identity.Email = errNoUser, ""
	}
	switch {
	case err == nil:
		return u.ID, s.enterByAddress(ctx, tx, u, name, identity)
	case !errors.Is(err, errNoUser):
		return 0, err
	case request.intent == intentLogin:
		return 0, rest.WithKeys(http.StatusNotFound, map[string]string{"code": "not_registered",
			"detail": "No account found for this " + request.provider.Label + " account: please register first."})
	}
	return s.createSocial(ctx, tx, request, identity)
}

func (s *Service) enterLinked(ctx context.Context, tx *database.Tx, u user, name string, identity provider.Identity) error {
	if err := admit(ctx, tx, u); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "update social_accounts set extra_data = $1, updated_at = $2 where user_id = $3 and provider = $4",
		extraData(identity), database.Now(), u.ID, name)
	if err != nil {
		return fmt.Errorf("renewing what is known of a social account: %w", err)
	}
	return nil
}

// enterByAddress links the account, unless it is linked to another one at this provider: only its owner changes that.
func (s *Service) enterByAddress(ctx context.Context, tx *database.Tx, u user, name string, identity provider.Identity) error {
	if err := admit(ctx, tx, u); err != nil {
		return err
	}
	linked, err := database.All[int64](ctx, tx, "select id from social_accounts where user_id = $1 and provider = $2", u.ID, name)
	if err != nil {
		return fmt.Errorf("looking for a linked account: %w", err)
	}
	if len(linked) > 0 {
		return nil
	}
	_, err = link(ctx, tx, u.ID, name, identity)
	return err
}

// admit lets in the owner of an account, as the provider has proved. Whoever made an account that was never verified may
// be somebody else, who waits for the owner to come: nothing that could let that person in is kept.
func admit(ctx context.Context, tx *database.Tx, u user) error {
	if u.DisabledAt != nil {
		return rest.Unauthorized(textDisabled)
	}
	if u.IsActive {
		return nil
	}
	adopted, err := database.Exec(ctx, tx, `
		update users set is_active = true, password_hash = '', api_key_hash = '', api_key_prefix = ''
		where id = $1 and `+waiting, u.ID)
	if err != nil {
		return fmt.Errorf("activating a user: %w", err)
	}
	if adopted == 0 {
		return errAccountChanged
	}
	if _, err := tx.ExecContext(ctx, "update verification_codes set used_at = $1 where user_id = $2 and used_at is null", database.Now(), u.ID); err != nil {
		return fmt.Errorf("retiring the codes of a user: %w", err)
	}
	return revokeSessions(ctx, tx, u.ID, 0)
}

// createSocial makes an account that has no password.
func (s *Service) createSocial(ctx context.Context, tx *database.Tx, request socialRequest, identity provider.Identity) (int64, error) {
	username, err := freeUsername(ctx, tx, socialUsername(request.provider.name, identity))
	if err != nil {
		return 0, err
	}
	first, last := splitName(identity.Name)
	id, err := insertUser(ctx, tx, newUser{username: username, email: identity.Email, firstName: first, lastName: last, isActive: true}, database.Now())
	if err != nil {
		return 0, fmt.Errorf("storing a user: %w", err)
	}
	if err := s.chargeInvitation(ctx, tx, request, id); err != nil {
		return 0, err
	}
	if _, err := link(ctx, tx, id, request.provider.name, identity); err != nil {
		return 0, err
	}
	return id, s.copyPictureLater(ctx, tx, id, identity)
}

// invited tries a code where one is needed. A code that is sent without need is not looked at.
func (s *Service) invited(ctx context.Context, code string) (bool, error) {
	if code == "" {
		return false, nil
	}
	required, err := s.invitationRequired(ctx, s.DB.Read())
	if err != nil || !required {
		return false, err
	}
	return s.tryInvitation(ctx, code, 0)
}

// chargeInvitation uses up the invitation where one is needed.
func (s *Service) chargeInvitation(ctx context.Context, tx *database.Tx, request socialRequest, userID int64) error {
	required, err := s.invitationRequired(ctx, tx)
	switch {
	case err != nil || !required:
		return err
	case request.invitation == "":
		return invitationRefusal("an invitation is needed")
	case !request.invited:
		return errInvitation
	}
	return s.useInvitation(ctx, tx, request.invitation, userID)
}

// invitationRefusal has a bare text under its key, unlike registering with a password.
func invitationRefusal(cause string) error {
	return rest.WithKeys(http.StatusBadRequest, map[string]string{
		"invitation_code": registrationRejected + ": Backend.Creators.Auth/oauth.register.validate_invitation_code \u2014 " + cause})
}

// splitName takes the first word for the first name, and the rest for the last.
func splitName(name string) (first, last string) {
	words := strings.Fields(name)
	if len(words) == 0 {
		return "", ""
	}
	return cut(words[0], maxFirstName), cut(strings.Join(words[1:], " "), maxLastName)
}

const (
	maxFirstName = 30 // characters that are taken from a provider's name
	maxLastName  = 150
)

func cut(text string, limit int) string {
	if runes := []rune(text); len(runes) > limit {
		return strings.TrimSpace(string(runes[:limit]))
	}
	return text
}
