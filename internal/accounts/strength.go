package accounts

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/trance-0/notechondria/internal/rest"
)

const weakPassword = "Use at least one upper-case letter, one lower-case letter, and one character that is no letter."

func strongPassword(text string) bool {
	var upper, lower, other bool
	for _, r := range text {
		upper = upper || unicode.IsUpper(r)
		lower = lower || unicode.IsLower(r)
		other = other || !unicode.IsLetter(r)
	}
	return upper && lower && other
}

// checkStrength adds a problem of a new password that its field's own rules found good.
func checkStrength(problems *rest.Problems, field, plain string) {
	if plain != "" && !problems.Has(field) && !strongPassword(plain) {
		problems.Add(field, weakPassword)
	}
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
