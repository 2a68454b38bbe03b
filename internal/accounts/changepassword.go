package accounts

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

type changePasswordInput struct {
	rest.Problems
	Body struct {
		CurrentPassword string `json:"current_password" required:"true" maxLength:"1024"`
		NewPassword     string `json:"new_password" required:"true" minLength:"8" maxLength:"1024" doc:"With an upper-case letter, a lower-case letter and something that is no letter"`
		IdentityCode    string `json:"identity_code" required:"true" maxLength:"64"`
	}
}

// passwordChanged carries the token and the session of the caller, who goes on with them: some apps store what they
// find here, others keep what they have.
type passwordChanged struct {
	Message string      `json:"message"`
	Token   string      `json:"token"`
	Session sessionStub `json:"session"`
}

func passwordKept(cause string) error {
	return rest.Refusal(http.StatusBadRequest, "Password not changed", "Creators.Auth/password.change", cause)
}

func (s *Service) changePassword(ctx context.Context, in *changePasswordInput) (answer passwordChanged, err error) {
	checkStrength(&in.Problems, "new_password", in.Body.NewPassword)
	if err := in.Err(); err != nil {
		return passwordChanged{}, err
	}
	err = untilUnchanged(func() (err error) {
		answer, err = s.tryChangePassword(ctx, in)
		return err
	})
	return answer, err
}

// tryChangePassword looks at the present password first: a typing error there does not use the code up.
func (s *Service) tryChangePassword(ctx context.Context, in *changePasswordInput) (passwordChanged, error) {
	u, err := userByID(ctx, s.DB.Read(), rest.CallerID(ctx))
	if err != nil {
		return passwordChanged{}, err
	}
	if err := codesPerAddress.check(ctx, s.DB.Read(), s.addressHash(ctx)); err != nil { // before the slow part
		return passwordChanged{}, err
	}
	if _, err := s.provePassword(ctx, u, signInKey(u, u.Username), in.Body.CurrentPassword, passwordKept("the current password is wrong")); err != nil {
		return passwordChanged{}, err
	}
	hash, err := s.passwords.Hash(ctx, in.Body.NewPassword)
	if err != nil {
		return passwordChanged{}, err
	}
	var (
		right   bool
		current session
	)
	err = s.DB.Write(ctx, func(tx *database.Tx) (err error) {
		if right, err = s.tryCode(ctx, tx, purposeIdentity, u.Email, u.ID, in.Body.IdentityCode); err != nil || !right {
			return err
		}
		if err := replacePassword(ctx, tx, u, hash); err != nil {
			return err
		}
		current, err = spareSession(ctx, tx)
		return err
	})
	if err != nil {
		return passwordChanged{}, err
	}
	if !right {
		return passwordChanged{}, passwordKept(identityRejected)
	}
	return passwordChanged{Message: "The new password is set. All other devices are signed out.", Token: rest.Caller(ctx).Token, Session: current.stub()}, nil
}

// replacePassword stores a hash, unless the account is not what u says any more.
func replacePassword(ctx context.Context, tx *database.Tx, u user, hash string) error {
	same, err := database.Exec(ctx, tx, "update users set password_hash = $1 where id = $2 and password_hash = $3 and "+openAccount,
		hash, u.ID, u.PasswordHash)
	if err != nil {
		return fmt.Errorf("setting a password: %w", err)
	}
	if same == 0 {
		return errAccountChanged
	}
	return nil
}

// spareSession ends all sessions of the caller but the one that is used, unless that has ended meanwhile.
func spareSession(ctx context.Context, tx *database.Tx) (session, error) {
	caller := rest.Caller(ctx)
	current, err := database.One[session](ctx, tx,
		"select id, device_label, created_at, last_seen_at from sessions where id = $1 and revoked_at is null", caller.SessionID)
	if errors.Is(err, database.ErrNotFound) {
		return session{}, rest.Unauthorized(rest.TextInvalidToken)
	}
	if err != nil {
		return session{}, fmt.Errorf("reading the session that goes on: %w", err)
	}
	return current, revokeSessions(ctx, tx, caller.UserID, caller.SessionID)
}
