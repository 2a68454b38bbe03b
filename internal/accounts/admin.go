package accounts

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"unicode/utf8"

	"github.com/trance-0/notechondria/internal/database"
)

// Administrator is the account that an operator makes outside the API.
type Administrator struct {
	Username, Email, Password string
}

// ErrTaken is returned when there is an account with that name or address.
var ErrTaken = errors.New("there is an account with this user name or address already")

// CreateAdministrator makes an active superuser. Passwords are trimmed, as the API does at sign-in.
func (s *Service) CreateAdministrator(ctx context.Context, a Administrator) error {
	a.Username, a.Email, a.Password = strings.TrimSpace(a.Username), lower(strings.TrimSpace(a.Email)), strings.TrimSpace(a.Password)
	if a.Username == "" || utf8.RuneCountInString(a.Username) > 150 {
		return errors.New("the user name must have between 1 and 150 characters")
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
	if database.IsUnique(err, "_folded") {
		return ErrTaken
	}
	if err != nil {
		return fmt.Errorf("storing the administrator: %w", err)
	}
	return nil
}

// notPasswords are values that examples of deployments fill in: whoever reads the example could sign in.
var notPasswords = map[string]bool{"change-me": true, "changeme": true, "password": true}

// checkOperatorsPassword is the rule for passwords that operators choose.
func checkOperatorsPassword(plain string) error {
	switch length := utf8.RuneCountInString(plain); {
	case length < 8 || length > 1024:
		return errors.New("the password must have between 8 and 1024 characters")
	case notPasswords[strings.ToLower(plain)]:
		return errors.New("this password stands in examples: choose another one")
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
	_, err := findUser(ctx, s.DB.Read(), "username_folded = $1", database.Fold(strings.TrimSpace(username)))
	if errors.Is(err, errNoUser) {
		return false, nil
	}
	return err == nil, err
}

// lower is how addresses are stored and shown.
func lower(address string) string { return strings.ToLower(address) }
