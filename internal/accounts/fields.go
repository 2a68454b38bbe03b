package accounts

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/trance-0/notechondria/internal/accounts/commonpassword"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/formats"
	"github.com/trance-0/notechondria/internal/pattern"
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

// usernamePattern is what people can be called. Accounts of the former system may have other names, which they keep.
var usernamePattern = pattern.New("^[a-zA-Z0-9_-]+$")

// checkUsername is the rule for all new names of accounts.
func checkUsername(problems *problem.Fields, field, name string) {
	problems.CheckText(field, name, MinUsername, MaxUsername)
	if !problems.Has(field) && !usernamePattern().MatchString(name) {
		problems.Add(field, "This value does not match the required pattern.")
	}
}

// UsernameFrom makes a user name of what somebody is called elsewhere: letters lose their accents, and what else can't
// be part of a user name becomes a hyphen. It is "" when too little is left.
func UsernameFrom(text string) string {
	var name strings.Builder
	for _, r := range norm.NFKD.String(text) {
		switch {
		case r < utf8.RuneSelf && usernamePattern().MatchString(string(r)):
			name.WriteRune(r)
		case !unicode.Is(unicode.Mn, r) && name.Len() > 0 && !strings.HasSuffix(name.String(), "-"):
			name.WriteByte('-')
		}
	}
	reduced := formats.Truncate(strings.Trim(name.String(), "-_"), MaxUsername)
	if len(reduced) < MinUsername {
		return ""
	}
	return reduced
}

func checkEmail(problems *problem.Fields, field, address string) {
	problems.CheckText(field, address, 1, formats.MaxEmail)
	if !problems.Has(field) && !formats.Email(address) {
		problems.Add(field, formats.WrongEmail)
	}
}

// checkMailbox refuses addresses that no mail is sent to, where a code has to be.
func (s *Service) checkMailbox(problems *problem.Fields, field, address string) {
	if s.Codes.ByMail() && !problems.Has(field) && !formats.Mailbox(address) {
		problems.Add(field, formats.WrongEmail)
	}
}

// passphrase is the length, in characters, from which on any kind of characters makes a good password.
const passphrase = 20

// checkNewPassword says what is wrong with a password that somebody chooses for themselves; names are theirs.
func checkNewPassword(problems *problem.Fields, field, plain string, names ...string) {
	problems.CheckText(field, plain, MinPassword, MaxPassword)
	switch {
	case problems.Has(field):
	case utf8.RuneCountInString(plain) < passphrase && !mixed(plain):
		problems.Add(field, fmt.Sprintf("Use at least one upper-case letter, one lower-case letter, and one character that "+
			"is no letter, or %d characters of any kind.", passphrase))
	case commonpassword.Is(plain):
		problems.Add(field, "This password is too common.")
	case isName(plain, names):
		problems.Add(field, ownName)
	}
}

const ownName = "The password must not be your user name or email address."

// isName reports whether a password is one of the names, or what stands before the @ of an address, with nothing added
// but characters that are no letters.
func isName(plain string, names []string) bool {
	core := func(text string) string {
		return strings.TrimFunc(database.Fold(text), func(r rune) bool { return !unicode.IsLetter(r) })
	}
	for _, name := range names {
		mailbox, _, _ := strings.Cut(name, "@")
		for _, name := range []string{name, mailbox} {
			if database.Fold(plain) == database.Fold(name) || core(name) != "" && core(plain) == core(name) {
				return true
			}
		}
	}
	return false
}

// checkNotOwnName is the part of the rule on new passwords that takes the names of an account.
func checkNotOwnName(ctx context.Context, q database.Querier, userID int64, field, plain string) error {
	u, err := userByID(ctx, q, userID)
	if err == nil && isName(plain, []string{u.Username, u.Email}) {
		err = problem.InvalidField(field, ownName)
	}
	return err
}

// mixed reports whether a text has a letter of either case, and something that is no letter.
func mixed(text string) bool {
	var upper, lower, other bool
	for _, r := range text {
		upper = upper || unicode.IsUpper(r)
		lower = lower || unicode.IsLower(r)
		other = other || !unicode.IsLetter(r)
	}
	return upper && lower && other
}

// checkOperatorsPassword is the rule for passwords that operators choose, for themselves or others.
func checkOperatorsPassword(problems *problem.Fields, field, plain string) {
	switch length := utf8.RuneCountInString(plain); {
	case length < MinPassword || length > MaxPassword:
		problems.Add(field, fmt.Sprintf("the password must have between %d and %d characters", MinPassword, MaxPassword))
	case commonpassword.Is(plain) || strings.EqualFold(plain, "change-me"): // which examples of deployments fill in
		problems.Add(field, "this password is too common or appears in examples")
	}
}
