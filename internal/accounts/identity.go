package accounts

import (
	"context"
	"strconv"

	"github.com/trance-0/notechondria/internal/accounts/codes"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
)

const identityRejected = "the identity code is wrong, too old, or was used"

// SendIdentityCode mails the caller the code that is needed to change how they sign in: holding a session is not enough
// for that. It requires a session.
func (s *Service) SendIdentityCode(ctx context.Context, who actor.Actor) (Delivery, error) {
	if err := who.CheckSession(); err != nil {
		return Delivery{}, err
	}
	u, err := userByID(ctx, s.DB.Read(), who.UserID)
	if err != nil {
		return Delivery{}, err
	}
	if u.Email == "" {
		return Delivery{}, problem.Refuse("", "This account has no email address to send a code to.")
	}
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		if err := requestedMailsPerUser.Charge(ctx, tx, strconv.FormatInt(u.ID, 10)); err != nil {
			return err
		}
		return s.Codes.Issue(ctx, tx, codes.Identity, u.Email, u.ID)
	})
	if err != nil {
		return Delivery{}, err
	}
	return s.delivery(u.Email), nil
}
