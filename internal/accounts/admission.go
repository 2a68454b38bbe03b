package accounts

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/trance-0/notechondria/internal/accounts/password"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/formats"
)

// Functions for sign-in methods other than passwords, which have already authenticated the user. They end with
// StartSession.

// FindByEmail returns the id of the account with a verified mail address. same is false when the account's address only
// looks like it: folding makes two mailboxes one, such as those of straße.example and strasse.example.
func (s *Service) FindByEmail(ctx context.Context, tx *database.Tx, email string) (id int64, same bool, err error) {
	u, err := userByEmail(ctx, tx, email)
	return u.ID, err == nil && lower(u.Email) == lower(email), err
}

// Activate activates an account for the proven owner of its address. If it was never verified, somebody else may have
// made it, so nothing that could let that person in is kept.
func (s *Service) Activate(ctx context.Context, tx *database.Tx, userID int64) error {
	u, err := userByID(ctx, tx, userID)
	switch {
	case err != nil:
		return err
	case u.DisabledAt != nil:
		return unauthenticated(textDisabled)
	case u.IsActive:
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
	if err := s.Codes.Retire(ctx, tx, u.ID); err != nil {
		return err
	}
	return revokeSessions(ctx, tx, u.ID, 0)
}

// maxExternalFirstName is how much is taken of a first name that a new user has elsewhere, in characters.
const maxExternalFirstName = 30

// ExternalProfile is a user without a password, as an identity provider describes them.
type ExternalProfile struct {
	Username            string // the wanted one
	Email               string // that is proved to be theirs; "" for none
	FirstName, LastName string
}

// CreateVerified makes the account of a new user, and adds a number to a name that is taken. A concurrent transaction
// can still cause a violation of UsernameIndex or EmailIndex; then begin again.
func (s *Service) CreateVerified(ctx context.Context, tx *database.Tx, n ExternalProfile) (id int64, err error) {
	username, err := freeUsername(ctx, tx, n.Username)
	if err != nil {
		return 0, err
	}
	return insertUser(ctx, tx, newUser{
		username: username, email: n.Email, isActive: true,
		firstName: strings.TrimSpace(formats.Truncate(n.FirstName, maxExternalFirstName)),
		lastName:  strings.TrimSpace(formats.Truncate(n.LastName, MaxLastName)),
	})
}

// HasPassword reports whether a user can sign in with a password. It locks the user: of two requests at once that each
// take away a way to sign in, the second sees what the first has done.
func (s *Service) HasPassword(ctx context.Context, tx *database.Tx, userID int64) (bool, error) {
	u, err := lockedUser(ctx, tx, userID)
	return password.Usable(u.PasswordHash), err
}

const (
	// numberedNames is how many names are numbered in order. After that the number is a large random one, so that the
	// thousandth account of a name needs no thousand questions.
	numberedNames = 9

	roomForNumber       = 5 // characters of a name that give way to its number
	roomForRandomNumber = 10
)

// freeUsername returns the wanted name if nobody has it, ignoring case, or else that name with a number.
func freeUsername(ctx context.Context, tx *database.Tx, wanted string) (string, error) {
	wanted = formats.Truncate(wanted, MaxUsername)
	candidates, parameters, folded := []string{wanted}, []string{"$1"}, []any{database.Fold(wanted)}
	for n := 1; n <= numberedNames; n++ {
		candidate := formats.Truncate(wanted, MaxUsername-roomForNumber) + "_" + strconv.Itoa(n)
		candidates = append(candidates, candidate)
		parameters, folded = append(parameters, "$"+strconv.Itoa(n+1)), append(folded, database.Fold(candidate))
	}
	taken, err := database.All[string](ctx, tx,
		"select username_folded from users where username_folded in ("+strings.Join(parameters, ", ")+")", folded...)
	if err != nil {
		return "", fmt.Errorf("looking for a free user name: %w", err)
	}
	isTaken := map[string]bool{}
	for _, name := range taken {
		isTaken[name] = true
	}
	for _, candidate := range candidates {
		if !isTaken[database.Fold(candidate)] {
			return candidate, nil
		}
	}
	number := strconv.Itoa(rand.IntN(1_000_000_000))
	return formats.Truncate(wanted, MaxUsername-roomForRandomNumber) + "_" + number, nil
}
