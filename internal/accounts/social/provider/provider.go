// Package provider asks Google, GitHub and other OpenID providers who somebody is: it takes the authorization code (or
// the signed token) that an app got there, and returns what the provider says about the person. It knows no account and
// no table, keeps no token, and never logs.
package provider

import (
	"context"
	"fmt"
	"net/http"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/oauth2"

	"github.com/trance-0/notechondria/internal/formats"
)

// Provider is a service that knows people. Its errors are of the type *Error.
type Provider interface {
	// SignInURL is where a browser is sent to sign in, and to come back with a code.
	SignInURL(ctx context.Context, start Start) (string, error)
	Identify(ctx context.Context, p Proof) (Identity, error)
}

// Start begins a sign-in.
type Start struct {
	RedirectURI string // where the browser comes back to
	State       string // what it brings back beside the code
	Challenge   string // of PKCE, with S256
}

func (s Start) options() []oauth2.AuthCodeOption {
	return []oauth2.AuthCodeOption{
		oauth2.SetAuthURLParam("code_challenge", s.Challenge), oauth2.SetAuthURLParam("code_challenge_method", "S256"),
	}
}

// Proof is what an app got from the provider: a code that works once, or a token that the provider has signed.
type Proof struct {
	Code         string
	IDToken      string // used where there is no code; GitHub has none
	RedirectURI  string // the one with which the code was asked for
	CodeVerifier string // of an app that uses PKCE
}

// Identity is somebody at a provider. Texts hold no control characters.
type Identity struct {
	UID      string            // ≤255 characters, unique at the provider, never reused
	Issuer   string            // whose UID it is, where the provider's name does not say so
	Email    string            // ≤254 characters; "" unless the provider says that it is verified
	Name     string            // as people call themselves
	Username string            // the name at the provider; "" for none
	Extra    map[string]string // what else is kept: the address of the picture, and so on

	PictureURL string // "" for none
}

// Step is a part of the exchange, in the words by which the apps' users know it.
type Step string

// The steps.
const (
	TokenExchange Step = "token_exchange"
	TokenVerify   Step = "token_verify"
	ProfileFetch  Step = "profile_fetch"
)

// Error says why an identity could not be found out. It holds no code, token or secret.
type Error struct {
	Step        Step
	Unreachable bool   // the provider does not answer, or nothing that makes sense; else it refuses the proof
	Reason      string // one line for the person who signs in
	Cause       error  // for the log; nil when Reason says all
}

func (e *Error) Error() string {
	if e.Cause == nil {
		return fmt.Sprintf("%s: %s", e.Step, e.Reason)
	}
	return fmt.Sprintf("%s: %s (%s)", e.Step, e.Reason, clean(e.Cause.Error(), maxReason))
}

func (e *Error) Unwrap() error { return e.Cause }

func refused(step Step, reason string, cause error) *Error {
	return &Error{Step: step, Reason: reason, Cause: cause}
}

func unreachable(step Step, cause error) *Error {
	return &Error{Step: step, Unreachable: true, Reason: "it does not answer as it should, please try again later",
		Cause: cause}
}

const (
	// DefaultTimeout bounds all that is asked of a provider for one identity.
	DefaultTimeout = 12 * time.Second

	maxAnswer = 512 << 10 // bytes of one answer of a provider
	maxReason = 300       // characters of a provider's explanation

	maxUID     = 255 // characters
	maxAddress = 254
	maxName    = 300
	maxExtra   = 1000
)

// newClient makes a client that reads no more of an answer than maxAnswer and follows no redirects: none of the
// addresses that are called has any, and what is sent is not for others.
func newClient(timeout time.Duration) *http.Client {
	return &http.Client{
		Timeout:       timeout,
		Transport:     bounded{http.DefaultTransport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

type bounded struct{ next http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := b.next.RoundTrip(r)
	if err == nil {
		response.Body = http.MaxBytesReader(nil, response.Body, maxAnswer)
	}
	return response, err
}

// passing reports whether a status says that the provider is in trouble, and not that it refuses what it was asked.
func passing(status int) bool {
	return status < 400 || status >= 500 || status == http.StatusRequestTimeout || status == http.StatusTooManyRequests
}

// clean is a foreign text in one line of at most so many characters, fit for tables, answers and logs.
func clean(text string, limit int) string {
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), r == utf8.RuneError:
			return -1
		}
		return r
	}, text))
	return strings.TrimSpace(formats.Truncate(text, limit))
}

// checkUID returns an error for an id that can't be kept as it is: cut or cleaned, it could be somebody else's.
func checkUID(uid string) error {
	if uid == "" || utf8.RuneCountInString(uid) > maxUID || clean(uid, maxUID) != uid {
		return fmt.Errorf("an id of %d bytes is empty, too long, or holds characters that no id has", len(uid))
	}
	return nil
}

// verifiedAddress is the address if it is verified and one to which mail can be sent, else "".
func verifiedAddress(address string, verified bool) string {
	parsed, err := mail.ParseAddress(address)
	if !verified || err != nil || parsed.Address != address || utf8.RuneCountInString(address) > maxAddress ||
		clean(address, maxAddress) != address {
		return ""
	}
	return address
}

func extra(pairs map[string]string) map[string]string {
	for key, value := range pairs {
		pairs[key] = clean(value, maxExtra)
	}
	return pairs
}
