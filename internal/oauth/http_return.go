package oauth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/trance-0/notechondria/internal/accounts/social"
	"github.com/trance-0/notechondria/internal/secret"
)

// A browser that is sent to a provider keeps in a cookie what it was asked: chance, the provider, and the request. What
// the provider brings back, and the verifier of its code, follow from that and the server's key.

func (s *Service) providerState(cookie string) string {
	return base64.RawURLEncoding.EncodeToString(secret.Keyed(s.ServerKey, "oauth provider state", cookie))
}

func (s *Service) providerVerifier(cookie string) string {
	return base64.RawURLEncoding.EncodeToString(secret.Keyed(s.ServerKey, "oauth provider verifier", cookie))
}

// leave sends the browser to a provider.
func (v *pageRequest) leave(name social.Name) error {
	ways := v.s.Social.WaysIn(v.request.Issuer)
	at := slices.IndexFunc(ways, func(w social.WayIn) bool { return w.Name == name })
	if at < 0 {
		return v.signInPage(http.StatusBadRequest, "This sign-in provider is not set up.")
	}
	cookie := strings.Join([]string{randomHex(32), string(name), v.request.Query}, ".")
	digest := sha256.Sum256([]byte(v.s.providerVerifier(cookie)))
	target, err := v.s.Social.Begin(v.r.Context(), ways[at], v.s.providerState(cookie),
		base64.RawURLEncoding.EncodeToString(digest[:]))
	if err != nil {
		return v.notSignedIn(err)
	}
	v.setCookie(providerCookie, cookie)
	return v.onwards(target, ways[at].Label)
}

// returned answers a browser that comes back from a provider, if a page of this package has sent it there.
func (s *Service) returned(w http.ResponseWriter, r *http.Request, name social.Name) (answered bool, err error) {
	cookie, query := readCookie(r, providerCookie), r.URL.Query()
	_, rest, _ := strings.Cut(cookie, ".")
	sentTo, asked, ok := strings.Cut(rest, ".")
	if !ok || sentTo != string(name) || !hmac.Equal([]byte(query.Get("state")), []byte(s.providerState(cookie))) {
		return false, nil
	}
	return true, timed(func(w http.ResponseWriter, r *http.Request) error {
		return s.comeBack(w, r, name, cookie,
			asked)
	})(w, r)
}

func (s *Service) comeBack(w http.ResponseWriter, r *http.Request, name social.Name, cookie, asked string) error {
	values, err := url.ParseQuery(asked)
	if err != nil {
		return err
	}
	v, err := s.newPageRequest(w, r, values)
	v.setCookie(providerCookie, "")
	if err != nil {
		return v.refused(err)
	}
	ways := s.Social.WaysIn(v.request.Issuer)
	at := slices.IndexFunc(ways, func(w social.WayIn) bool { return w.Name == name })
	query := r.URL.Query()
	if at < 0 || query.Get("code") == "" {
		return v.signInPage(http.StatusBadRequest, "The sign-in with the provider was not completed.")
	}
	key, err := s.SignInElsewhere(r.Context(), nobody(r.Context()), v.request, social.Proof{
		Provider: name, Code: query.Get("code"), CodeVerifier: s.providerVerifier(cookie), RedirectURI: ways[at].RedirectURI,
	})
	if err != nil {
		return v.notSignedIn(err)
	}
	return v.signedIn(key)
}
