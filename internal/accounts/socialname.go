package accounts

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/trance-0/notechondria/internal/accounts/provider"
	"github.com/trance-0/notechondria/internal/database"
)

// socialUsername is what the account of a new identity would like to be called: as at the provider, where it has user
// names, else as the mailbox.
func socialUsername(name string, identity provider.Identity) string {
	own, _, _ := strings.Cut(identity.Username, "@") // some providers take addresses for names
	mailbox, _, _ := strings.Cut(identity.Email, "@")
	return cmp.Or(strings.TrimSpace(own), mailbox, name+"_user")
}

const (
	// numberedNames is how many names are numbered in order. After that the number is a large random one, so that the
	// thousandth account of a name needs no thousand questions.
	numberedNames = 9

	roomForNumber       = 5 // characters of a name that give way to its number
	roomForRandomNumber = 10
)

// freeUsername returns the wanted name, or that name with a number, whichever nobody has, ignoring case.
func freeUsername(ctx context.Context, tx *database.Tx, wanted string) (string, error) {
	wanted = cut(wanted, maxUsername)
	candidates, parameters, folded := []string{wanted}, []string{"$1"}, []any{database.Fold(wanted)}
	for n := 1; n <= numberedNames; n++ {
		candidate := cut(wanted, maxUsername-roomForNumber) + "_" + strconv.Itoa(n)
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
	number, err := rand.Int(rand.Reader, big.NewInt(1_000_000_000))
	if err != nil {
		return "", fmt.Errorf("drawing a number for a user name: %w", err)
	}
	return cut(wanted, maxUsername-roomForRandomNumber) + "_" + number.String(), nil
}
