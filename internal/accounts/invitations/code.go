package invitations

import (
	"crypto/rand"
	"encoding/base32"
	"strings"

	"github.com/trance-0/notechondria/internal/secret"
)

const codeBytes = 10

// newCode has 80 random bits, in four groups of letters and digits that are easy to tell apart.
func newCode() string {
	var random [codeBytes]byte
	rand.Read(random[:])
	text := alphabet.EncodeToString(random[:])
	return text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]
}

// hashesOf are what a code may be stored as: the hash of the text as it was sent, which old codes and those that an
// operator chose have, and of a random code in its canonical form, however somebody types it.
func hashesOf(code string) (exact, typed string) {
	code = strings.TrimSpace(code)
	return secret.HashKey(code), secret.HashKey(canonical(code))
}

// alphabet is Crockford's: it has none of the letters that look like digits.
var alphabet = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// lookAlikes are what people type for the digits of that alphabet, and between its letters.
var lookAlikes = strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1")

// canonical is a random code in the form that is hashed: capitals, without dashes.
func canonical(code string) string { return lookAlikes.Replace(strings.ToUpper(code)) }
