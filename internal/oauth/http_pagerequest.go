package oauth

import (
	"encoding/hex"
	"net/http"
	"net/url"

	"github.com/trance-0/notechondria/internal/accounts/social"
	"github.com/trance-0/notechondria/internal/pattern"
	"github.com/trance-0/notechondria/internal/rest"
	"github.com/trance-0/notechondria/internal/secret"
)

// The cookies of the pages. The first is what forms are tied to: chance, and after sign-in the key of that. The second
// remembers what a browser that was sent to a provider was asked.
const (
	browserCookie  = "notechondria-oauth"
	providerCookie = "notechondria-oauth-provider"
)

var keyShape = pattern.New(`^[0-9a-f]{64}$`)

// pageRequest is a request for a page, or from one.
type pageRequest struct {
	s       *Service
	w       http.ResponseWriter
	r       *http.Request
	request Request
	key     string // of the browser
}

// setCookie sets a cookie that only this server reads, for the time of a sign-in. No script and no other site gets it,
// and where the connection is safe, no other host can set it.
func (v *pageRequest) setCookie(name, value string) {
	secure := rest.ClientOf(v.r.Context()).Scheme == "https"
	cookie := &http.Cookie{
		Name: cookieName(name, secure), Value: value, Path: "/", MaxAge: int(signInLife.Seconds()), HttpOnly: true,
		Secure:   secure,
		SameSite: http.SameSiteLaxMode, // a provider leads back from another site
	}
	if value == "" {
		cookie.MaxAge = -1
	}
	http.SetCookie(v.w, cookie)
}

func cookieName(name string, secure bool) string {
	if secure {
		return "__Host-" + name
	}
	return name
}

func readCookie(r *http.Request, name string) string {
	cookie, err := r.Cookie(cookieName(name, rest.ClientOf(r.Context()).Scheme == "https"))
	if err != nil {
		return ""
	}
	return cookie.Value
}

// newPageRequest begins such a request with what a program asks.
func (s *Service) newPageRequest(w http.ResponseWriter, r *http.Request, values url.Values) (*pageRequest, error) {
	v := &pageRequest{s: s, w: w, r: r}
	if key := readCookie(r, browserCookie); keyShape().MatchString(key) {
		v.key = key
	}
	var err error
	v.request, err = s.ReadRequest(r.Context(), anonymous(r.Context()), s.issuer(r.Context()), values)
	return v, err
}

// formKey proves that a form comes from a page that this browser got for this request.
func (v *pageRequest) formKey() string {
	return hex.EncodeToString(secret.Keyed(v.s.ServerKey, "oauth form", v.key, v.request.Query))
}

// checkSameOrigin refuses forms that pages of others have sent, by what browsers tell of them.
func (s *Service) checkSameOrigin(r *http.Request) error {
	protection := http.NewCrossOriginProtection()
	if origin := social.OriginOf(s.PublicURL); origin != "" {
		_ = protection.AddTrustedOrigin(origin) // a proxy may call this server otherwise; an odd address is trusted nothing
	}
	return protection.Check(r)
}
