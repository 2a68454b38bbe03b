package oauth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"

	"github.com/trance-0/notechondria/internal/accounts/social"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/secret"
)

// ProviderVisit is what a browser that is sent to a provider keeps until it comes back. The state that the provider
// returns, and the verifier of its code (PKCE), follow from the visit and the server's key: nothing is stored.
type ProviderVisit struct {
	Provider social.Name
	Query    url.Values // of the authorization request

	cookie string // a random text, the provider, and the encoded query, joined by dots
}

// ProviderLink leads a browser to a provider.
type ProviderLink struct {
	URL    string
	Label  string // what the provider is called
	Cookie string // the browser's, for ReturnFromProvider
}

// LeaveForProvider begins a sign-in through a provider, to decide on a request.
func (s *Service) LeaveForProvider(ctx context.Context, r Request, name social.Name) (ProviderLink, error) {
	way, ok := s.wayIn(r, name)
	if !ok {
		return ProviderLink{}, &problem.Error{Kind: problem.Refused, Cause: "This sign-in provider is not set up."}
	}
	cookie := strings.Join([]string{randomHex(32), string(name), r.Query}, ".")
	challenge := sha256.Sum256([]byte(s.providerVerifier(cookie)))
	target, err := s.Social.Begin(ctx, way, s.providerState(cookie), base64.RawURLEncoding.EncodeToString(challenge[:]))
	return ProviderLink{URL: target, Label: way.Label, Cookie: cookie}, err
}

// ReturnFromProvider reads the cookie of a browser that comes from a provider. ok is false unless LeaveForProvider has
// sent it there with that state.
func (s *Service) ReturnFromProvider(name social.Name, cookie, state string) (visit ProviderVisit, ok bool) {
	_, rest, _ := strings.Cut(cookie, ".")
	sentTo, encoded, ok := strings.Cut(rest, ".")
	if !ok || sentTo != string(name) || !hmac.Equal([]byte(state), []byte(s.providerState(cookie))) {
		return ProviderVisit{}, false
	}
	query, err := url.ParseQuery(encoded)
	return ProviderVisit{Provider: name, Query: query, cookie: cookie}, err == nil
}

// SignInThroughProvider signs somebody in with the code that a provider gave the browser, "" for none, to decide on one
// request. The key belongs into their browser.
func (s *Service) SignInThroughProvider(
	ctx context.Context, who actor.Actor, r Request, visit ProviderVisit, code string,
) (key string, err error) {
	way, ok := s.wayIn(r, visit.Provider)
	if !ok || code == "" {
		return "", &problem.Error{Kind: problem.Refused, Cause: "The sign-in with the provider was not completed."}
	}
	in, err := s.Social.SignIn(ctx, who, social.Request{Intent: social.Login, Proof: social.Proof{
		Provider: visit.Provider, Code: code, CodeVerifier: s.providerVerifier(visit.cookie), RedirectURI: way.RedirectURI,
	}})
	if err != nil {
		return "", err
	}
	return s.keepSignIn(ctx, r, in)
}

func (s *Service) wayIn(r Request, name social.Name) (way social.WayIn, ok bool) {
	ways := s.Social.WaysIn(r.Issuer)
	at := slices.IndexFunc(ways, func(w social.WayIn) bool { return w.Name == name })
	if at < 0 {
		return social.WayIn{}, false
	}
	return ways[at], true
}

func (s *Service) providerState(cookie string) string {
	return base64.RawURLEncoding.EncodeToString(secret.Keyed(s.ServerKey, "oauth provider state", cookie))
}

func (s *Service) providerVerifier(cookie string) string {
	return base64.RawURLEncoding.EncodeToString(secret.Keyed(s.ServerKey, "oauth provider verifier", cookie))
}
