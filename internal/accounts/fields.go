package accounts

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/trance-0/notechondria/internal/formats"
	"github.com/trance-0/notechondria/internal/problem"
)

// The limits of texts, in characters (code points).
const (
	MinUsername       = 3 // of one that somebody registers with
	MaxUsername       = 150
	MinPassword       = 8
	MaxPassword       = 1024
	MaxIdentifier     = 320 // a mail address or user name to sign in with
	MaxFirstName      = 150
	MaxLastName       = 150
	MaxMotto          = 100
	MaxSocialLink     = 255
	MaxEditorMode     = 16
	MaxThemePreset    = 32
	MaxAPIBaseURL     = 255
	MaxMCPSkillMD     = 100_000
	MaxAppSettings    = 256 << 10 // bytes of the stored object
	maxInvitationCode = 255
	maxCode           = 64 // of a mailed code, which has six digits: more are a typing error
)

const usernameTaken = "this user name is taken"

// usernamePattern is what somebody can register as; operators and providers of sign-in may know other names.
var usernamePattern = regexp.MustCompile("^[a-zA-Z0-9_-]+$")

func checkNewUsername(found *problem.Fields, field, name string) {
	found.CheckText(field, name, MinUsername, MaxUsername)
	if !found.Has(field) && !usernamePattern.MatchString(name) {
		found.Add(field, "This value does not match the required pattern.")
	}
}

func checkEmail(found *problem.Fields, field, address string) {
	found.CheckText(field, address, 1, formats.MaxEmail)
	if !found.Has(field) && !formats.Email(address) {
		found.Add(field, formats.WrongEmail)
	}
}

// checkNewPassword says what is wrong with a password that somebody chooses for themselves.
func checkNewPassword(found *problem.Fields, field, plain string) {
	found.CheckText(field, plain, MinPassword, MaxPassword)
	if !found.Has(field) && !strongPassword(plain) {
		found.Add(field, "Use at least one upper-case letter, one lower-case letter, and one character that is no letter.")
	}
}

func strongPassword(text string) bool {
	var upper, lower, other bool
	for _, r := range text {
		upper = upper || unicode.IsUpper(r)
		lower = lower || unicode.IsLower(r)
		other = other || !unicode.IsLetter(r)
	}
	return upper && lower && other
}

// notPasswords are values that examples of deployments fill in: whoever reads the example could sign in.
var notPasswords = map[string]bool{"change-me": true, "changeme": true, "password": true}

// checkOperatorsPassword is the rule for passwords that operators choose, for themselves or others.
func checkOperatorsPassword(found *problem.Fields, field, plain string) {
	switch length := utf8.RuneCountInString(plain); {
	case length < MinPassword || length > MaxPassword:
		found.Add(field, fmt.Sprintf("the password must have between %d and %d characters", MinPassword, MaxPassword))
	case notPasswords[strings.ToLower(plain)]:
		found.Add(field, "this password stands in examples: choose another one")
	}
}
