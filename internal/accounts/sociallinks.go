package accounts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/trance-0/notechondria/internal/accounts/password"
	"github.com/trance-0/notechondria/internal/accounts/provider"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

func (s *Service) registerSocialAccounts(api *rest.API) {
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodGet, Path: "/api/v1/auth/social-accounts/", Tag: "auth", Access: rest.Account,
		Summary: "List the linked accounts at providers of sign-in",
	}, s.listSocial)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodDelete, Path: "/api/v1/auth/social-accounts/{provider}/", Tag: "auth", Access: rest.Account, Status: http.StatusNoContent,
		Summary: "Unlink the account at a provider; refused with 409 when there would be no way left to sign in",
	}, s.unlinkSocial)
}

// boundPayload is a linked account in the answer of linking.
type boundPayload struct {
	ID          int64  `json:"id"`
	Provider    string `json:"provider"`
	ProviderUID string `json:"provider_uid"`
	Email       string `json:"email" doc:"Verified by the provider; empty when it names none"`
}

type socialPayload struct {
	ID          int64     `json:"id"`
	Provider    string    `json:"provider"`
	ProviderUID string    `json:"provider_uid" db:"provider_uid"`
	Email       string    `json:"email"`
	CreatedAt   rest.Time `json:"created_at"`
}

// bindSocial links the caller's account, in place of one of that provider that is linked already.
func (s *Service) bindSocial(ctx context.Context, request socialRequest) (rest.Reply[boundPayload], error) {
	var reply rest.Reply[boundPayload]
	p := request.provider
	refusal := func(status int, step provider.Step, cause string) error {
		return rest.Refusal(status, "Account not linked", "Creators.Auth/bind."+p.name+"."+string(step), cause)
	}
	identity, err := s.identify(ctx, request)
	if status, step, text, ok := p.whyNotIdentified(err); ok {
		return reply, refusal(status, step, text)
	}
	if err != nil {
		return reply, err
	}
	err = s.writeSocial(ctx, func(tx *database.Tx) error {
		owner, err := database.One[int64](ctx, tx, "select user_id from social_accounts where provider = $1 and issuer = $2 and provider_uid = $3",
			p.name, identity.Issuer, identity.UID)
		switch {
		case err == nil && owner != rest.CallerID(ctx):
			return refusal(http.StatusConflict, "db_write", "it is linked to another account")
		case err != nil && !errors.Is(err, database.ErrNotFound):
			return fmt.Errorf("looking for the owner of a social account: %w", err)
		}
		reply, err = bind(ctx, tx, rest.CallerID(ctx), p.name, identity)
		return err
	})
	return reply, err
}

func bind(ctx context.Context, tx *database.Tx, userID int64, name string, identity provider.Identity) (rest.Reply[boundPayload], error) {
	status := http.StatusOK
	id, err := database.One[int64](ctx, tx, `
		update social_accounts set issuer = $1, provider_uid = $2, email = $3, extra_data = $4, updated_at = $5
		where user_id = $6 and provider = $7 returning id`,
		identity.Issuer, identity.UID, identity.Email, extraData(identity), database.Now(), userID, name)
	switch {
	case errors.Is(err, database.ErrNotFound):
		status = http.StatusCreated
		if id, err = link(ctx, tx, userID, name, identity); err != nil {
			return rest.Reply[boundPayload]{}, err
		}
	case err != nil:
		return rest.Reply[boundPayload]{}, fmt.Errorf("linking another social account: %w", err)
	}
	return rest.Reply[boundPayload]{Status: status, Body: boundPayload{ID: id, Provider: name, ProviderUID: identity.UID, Email: identity.Email}}, nil
}

// link stores a social account of a user who has none at that provider.
func link(ctx context.Context, tx *database.Tx, userID int64, name string, identity provider.Identity) (int64, error) {
	id, err := database.One[int64](ctx, tx, `
		insert into social_accounts (user_id, provider, issuer, provider_uid, email, extra_data, created_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $7) returning id`,
		userID, name, identity.Issuer, identity.UID, identity.Email, extraData(identity), database.Now())
	if err != nil {
		return 0, fmt.Errorf("linking a social account: %w", err)
	}
	return id, nil
}

func extraData(identity provider.Identity) string {
	text, _ := json.Marshal(identity.Extra) // texts by keys: always JSON
	return string(text)
}

// listSocial needs no limit: there is one row for each provider.
func (s *Service) listSocial(ctx context.Context, _ *struct{}) ([]socialPayload, error) {
	rows, err := database.All[socialPayload](ctx, s.DB.Read(),
		"select id, provider, provider_uid, email, created_at from social_accounts where user_id = $1 order by id", rest.CallerID(ctx))
	if err != nil {
		return nil, fmt.Errorf("listing social accounts: %w", err)
	}
	return rows, nil
}

type unlinkInput struct {
	Provider string `path:"provider" doc:"google, github or oidc"`
}

// unlinkSocial locks the user before it looks at what is left: of two requests at once that unlink one account each, the
// second must see what the first has done. Signing in writes to the tables in the same order.
func (s *Service) unlinkSocial(ctx context.Context, in *unlinkInput) (rest.NoContent, error) {
	userID := rest.CallerID(ctx)
	err := s.DB.Write(ctx, func(tx *database.Tx) error {
		unlinked, err := database.Exec(ctx, tx, "delete from social_accounts where user_id = $1 and provider = $2", userID, in.Provider)
		if err != nil {
			return fmt.Errorf("unlinking a social account: %w", err)
		}
		if unlinked == 0 {
			return rest.Detail(http.StatusNotFound, "No such account is linked.")
		}
		u, err := lockedUser(ctx, tx, userID)
		if err != nil {
			return err
		}
		return s.checkWayIn(ctx, tx, u)
	})
	return rest.NoContent{}, err
}

// checkWayIn refuses what would leave an account without a password and without a provider that is set up.
func (s *Service) checkWayIn(ctx context.Context, tx *database.Tx, u user) error {
	if password.Usable(u.PasswordHash) {
		return nil
	}
	linked, err := database.All[string](ctx, tx, "select provider from social_accounts where user_id = $1", u.ID)
	if err != nil {
		return fmt.Errorf("looking for other ways to sign in: %w", err)
	}
	for _, p := range s.Social.all() {
		for _, name := range linked {
			if p.name == name && p.Provider != nil {
				return nil
			}
		}
	}
	return rest.Detail(http.StatusConflict, "This is the only way to sign in to the account: set a password first, with a code by mail.")
}
