package accounts

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"unicode/utf8"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

// Administrator is the account that an operator makes outside the API.
type Administrator struct {
	Username, Email, Password string
}

// ErrTaken is returned when there is an account with that name or address.
var ErrTaken = errors.New("there is an account with this user name or address already")

// CreateAdministrator makes an active superuser. Passwords are trimmed, as the API does at sign-in.
func (s *Service) CreateAdministrator(ctx context.Context, a Administrator) error {
	a.Username, a.Email, a.Password = rest.Trim(a.Username), lower(rest.Trim(a.Email)), rest.Trim(a.Password)
	if a.Username == "" || utf8.RuneCountInString(a.Username) > maxUsername {
		return fmt.Errorf("the user name must have between 1 and %d characters", maxUsername)
	}
	if err := checkOperatorsPassword(a.Password); err != nil {
		return err
	}
	if parsed, err := mail.ParseAddress(a.Email); err != nil || parsed.Address != a.Email {
		return fmt.Errorf("the mail address %q is not one", a.Email)
	}
	hash, err := s.passwords.Hash(ctx, a.Password)
	if err != nil {
		return err
	}
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := insertUser(ctx, tx, newUser{username: a.Username, email: a.Email, passwordHash: hash,
			isActive: true, isStaff: true, isSuperuser: true}, database.Now())
		return err
	})
	if database.IsUnique(err, "users_username_folded_key", "users_email_folded_key") {
		return ErrTaken
	}
	if err != nil {
		return fmt.Errorf("storing the administrator: %w", err)
	}
	return nil
}

// EnsureAdministrator makes the account when no user of that name exists, and never changes one that does.
func (s *Service) EnsureAdministrator(ctx context.Context, a Administrator) (created bool, err error) {
	there, err := s.exists(ctx, a.Username)
	if err != nil || there {
		return false, err
	}
	err = s.CreateAdministrator(ctx, a)
	if errors.Is(err, ErrTaken) {
		if there, lookUp := s.exists(ctx, a.Username); there && lookUp == nil { // another instance was faster
			return false, nil
		}
	}
	return err == nil, err
}

func (s *Service) exists(ctx context.Context, username string) (bool, error) {
	_, err := findUser(ctx, s.DB.Read(), "username_folded = $1", database.Fold(rest.Trim(username)))
	if errors.Is(err, errNoUser) {
		return false, nil
	}
	return err == nil, err
}
