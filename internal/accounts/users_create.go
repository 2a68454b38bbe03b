package accounts

import (
	"context"
	"errors"
	"net/mail"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/formats"
	"github.com/trance-0/notechondria/internal/problem"
)

// NewUser is an account that an operator makes, outside registration.
type NewUser struct {
	Username, Email, Password string
	IsSuperuser               bool // an administrator
}

// ErrTaken is returned when there is an account with that name or address.
var ErrTaken error = &problem.Error{
	Kind: problem.Conflict, Cause: "an account with this user name or address already exists",
}

func (n *NewUser) check() error {
	var problems problem.Fields
	checkUsername(&problems, "username", n.Username)
	checkOperatorsPassword(&problems, "password", n.Password)
	if parsed, err := mail.ParseAddress(n.Email); err != nil || parsed.Address != n.Email { // root@localhost is one
		problems.Add("email", "this is not an email address")
	}
	return problems.Err()
}

// CreateUser makes an account whose address counts as verified, and returns its id. All texts are trimmed, the password
// too, as the API does at sign-in.
func (s *Service) CreateUser(ctx context.Context, who actor.Actor, n NewUser) (id int64, err error) {
	if err := who.CheckOperator(); err != nil {
		return 0, err
	}
	n.Username, n.Email, n.Password = formats.Trim(n.Username), lower(formats.Trim(n.Email)), formats.Trim(n.Password)
	if err := n.check(); err != nil {
		return 0, err
	}
	hash, err := s.passwords.Hash(ctx, n.Password)
	if err != nil {
		return 0, err
	}
	err = s.DB.Write(ctx, func(tx *database.Tx) (err error) {
		id, err = insertUser(ctx, tx, newUser{
			username: n.Username, email: n.Email, passwordHash: hash,
			isActive: true, isStaff: n.IsSuperuser, isSuperuser: n.IsSuperuser,
		})
		return err
	})
	if database.IsUnique(err, UsernameIndex, EmailIndex) {
		return 0, ErrTaken
	}
	return id, err
}

// EnsureUser makes the account when no user of that name exists, and never changes one that does.
func (s *Service) EnsureUser(ctx context.Context, who actor.Actor, n NewUser) (created bool, err error) {
	exists, err := s.exists(ctx, n.Username)
	if err != nil || exists {
		return false, err
	}
	_, err = s.CreateUser(ctx, who, n)
	if errors.Is(err, ErrTaken) {
		if exists, lookUp := s.exists(ctx, n.Username); exists && lookUp == nil { // another instance was faster
			return false, nil
		}
	}
	return err == nil, err
}

func (s *Service) exists(ctx context.Context, username string) (bool, error) {
	_, err := userByName(ctx, s.DB.Read(), formats.Trim(username))
	if errors.Is(err, ErrNoUser) {
		return false, nil
	}
	return err == nil, err
}
