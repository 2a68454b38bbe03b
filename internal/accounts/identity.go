package accounts

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

// registerIdentity adds what changes how somebody signs in. Holding a session is not enough for that: a code that was
// mailed to the present address shows that it is they.
func (s *Service) registerIdentity(api *rest.API) {
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/auth/send-identity-code/", Tag: "auth", Access: rest.Account,
		Summary: "Mail a code to the present address, which changing password or address asks for",
	}, s.sendIdentityCode)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/auth/change-password/", Tag: "auth", Access: rest.SessionOnly, TextPlain: true,
		Summary: "Set a new password; all other sessions end",
	}, s.changePassword)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/auth/change-email/", Tag: "auth", Access: rest.SessionOnly, TextPlain: true,
		Summary:     "Change the mail address, in two calls",
		Description: "With `identity_code`, a code is mailed to the new address; with that one as `code`, the address is changed.",
	}, s.changeEmail)
}

const identityRejected = "the identity code is wrong, too old, or was used"

type identityCodeIssued struct {
	codeIssued
	MaskedEmail string `json:"masked_email"`
}

func (s *Service) sendIdentityCode(ctx context.Context, _ *struct{}) (identityCodeIssued, error) {
	u, err := userByID(ctx, s.DB.Read(), rest.CallerID(ctx))
	if err != nil {
		return identityCodeIssued{}, err
	}
	if u.Email == "" {
		return identityCodeIssued{}, rest.Detail(http.StatusBadRequest, "This account has no mail address that a code could be sent to.")
	}
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		if err := asksPerUser.charge(ctx, tx, strconv.FormatInt(u.ID, 10)); err != nil {
			return err
		}
		return s.issueCode(ctx, tx, purposeIdentity, u.Email, u.ID)
	})
	if err != nil {
		return identityCodeIssued{}, err
	}
	message, fallback := s.delivery("A code is on its way to you.")
	return identityCodeIssued{codeIssued{Message: message, DeliveryFallback: fallback}, masked(u.Email)}, nil
}

// masked shows the first character of an address and where it leads.
func masked(address string) string {
	at := strings.IndexByte(address, '@')
	if at < 1 {
		return "***"
	}
	_, first := utf8.DecodeRuneInString(address)
	return address[:first] + "***" + address[at:]
}
