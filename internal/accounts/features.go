package accounts

import (
	"context"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/database"
)

// What other features implement for accounts, and what they exchange with them.

// Access is something besides sessions that reaches an account without its password.
type Access struct {
	Kind  string     // what it is, as programs call it: "api_key", "calendar", "linked_account", "program"
	Name  string     // which one, as the person knows it; "" where there is one at most
	Since *time.Time // nil when nobody knows
}

// String is the access in the words of mails and commands.
func (a Access) String() string {
	words := strings.ReplaceAll(a.Kind, "_", " ")
	if a.Name == "" {
		return words
	}
	return words + " " + a.Name
}

// AccessGranter is a feature through which users give access to their accounts: to programs, to identities elsewhere,
// or to anyone who knows an address.
type AccessGranter interface {
	// AccessOf lists what has access to a user's account, 100 at most.
	AccessOf(ctx context.Context, q database.Querier, userID int64) ([]Access, error)
	// RevokeAccess ends what a reset of the password ends, and returns it. An intruder may have granted it.
	RevokeAccess(ctx context.Context, tx *database.Tx, userID int64) ([]Access, error)
}

// Publisher is a feature in which people publish what everybody can see.
type Publisher interface {
	// HidePublished makes private what a user has published, until ShowHidden undoes it.
	HidePublished(ctx context.Context, tx *database.Tx, userID int64) error
	ShowHidden(ctx context.Context, tx *database.Tx, userID int64) error
}

// DataOwner is a feature that keeps data of users.
type DataOwner interface {
	// UserData tells what there is.
	UserData(ctx context.Context, q database.Querier, userID int64) (UserData, error)
	// DeleteUserData removes the rows that would outlive the account. Rows that refer to it go by themselves, and files
	// are removed for all features together.
	DeleteUserData(ctx context.Context, tx *database.Tx, userID int64) error
}

// UserData are what a user has: rows by kind, in the order of Counts, and the keys of files in the media store.
type UserData struct {
	Counts []Count
	Files  []string
}

// Count is how many rows of a kind a user has.
type Count struct {
	What   string
	Number int64
}

// Add joins what another part of the server keeps for the user.
func (h *UserData) Add(more UserData) {
	h.Counts = append(h.Counts, more.Counts...)
	h.Files = append(h.Files, more.Files...)
}
