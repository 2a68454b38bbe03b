package oauth

import (
	"crypto/hmac"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/trance-0/notechondria/internal/accounts/social"
	"github.com/trance-0/notechondria/internal/formats"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/rest"
	"github.com/trance-0/notechondria/internal/secret"
)

// The cookies of the pages. The first is what forms are tied to: chance, and after sign-in the key of that. The second
// remembers what a browser that was sent to a provider was asked.
const (
	browserCookie  = "notechondria-oauth"
	providerCookie = "notechondria-oauth-provider"
)

var keyShape = regexp.MustCompile(`^[0-9a-f]{64}$`)

// visit is one look at the pages.
type visit struct {
	s       *Service
	w       http.ResponseWriter
	r       *http.Request
	request Request
	key     string // of the browser
}

// setCookie sets a cookie that only this server reads, for the time of a sign-in. No script and no other site gets it, and
// where the connection is safe, no other host can set it.
func (v *visit) setCookie(name, value string) {
	secure := rest.ClientOf(v.r.Context()).Scheme == "https"
	cookie := &http.Cookie{
		Name: cookieName(name, secure), Value: value, Path: "/", MaxAge: int(signInLife.Seconds()), HttpOnly: true, Secure: secure,
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

// visiting begins a look at the pages with what a program asks.
func (s *Service) visiting(w http.ResponseWriter, r *http.Request, values url.Values) (*visit, error) {
	v := &visit{s: s, w: w, r: r}
	if key := readCookie(r, browserCookie); keyShape.MatchString(key) {
		v.key = key
	}
	var err error
	v.request, err = s.Look(r.Context(), nobody(r.Context()), Question{Issuer: s.issuer(r.Context()), Values: values})
	return v, err
}

// formKey proves that a form comes from a page that this browser got for this request.
func (v *visit) formKey() string {
	return hex.EncodeToString(secret.Keyed(v.s.ServerKey, "oauth form", v.key, v.request.Query))
}

// showAuthorize asks who has not signed in to do so, and whoever has to decide.
func (s *Service) showAuthorize(w http.ResponseWriter, r *http.Request) error {
	v, err := s.visiting(w, r, r.URL.Query())
	if err != nil {
		return v.refused(err)
	}
	in, err := signedInFor(r.Context(), s.DB.Read(), v.request, v.key)
	switch {
	case errors.Is(err, errNotSignedIn):
		return v.signInPage(http.StatusOK, "")
	case err != nil:
		return err
	}
	return v.consentPage(http.StatusOK, in, "")
}

// submitAuthorize does what a button on the pages says.
func (s *Service) submitAuthorize(w http.ResponseWriter, r *http.Request) error {
	v, err := s.visiting(w, r, r.URL.Query())
	if err != nil {
		return v.refused(err)
	}
	if err := s.checkSameOrigin(r); err != nil {
		return v.problemPage(http.StatusForbidden, "This was sent by another page. Please start again in the program.")
	}
	if err := r.ParseForm(); err != nil {
		return v.problemPage(http.StatusBadRequest, "What was sent can't be read.")
	}
	if v.key == "" || !hmac.Equal([]byte(r.PostForm.Get("form_key")), []byte(v.formKey())) {
		return v.signInPage(http.StatusForbidden, "The page was too old, or your browser keeps no cookies. Please try again.")
	}
	switch button, provider, _ := strings.Cut(r.PostForm.Get("do"), ":"); button {
	case "sign-in":
		return v.signIn()
	case "provider":
		return v.leave(social.Name(provider))
	case "allow":
		return v.allow()
	case "deny":
		return v.deny()
	case "another":
		return v.another()
	}
	return v.problemPage(http.StatusBadRequest, "What was sent can't be read.")
}

// checkSameOrigin refuses forms that pages of others have sent, by what browsers tell of them.
func (s *Service) checkSameOrigin(r *http.Request) error {
	protection := http.NewCrossOriginProtection()
	if origin := social.OriginOf(s.PublicURL); origin != "" {
		_ = protection.AddTrustedOrigin(origin) // a proxy may call this server otherwise; an odd address is trusted nothing
	}
	return protection.Check(r)
}

func (v *visit) signIn() error {
	identifier, password := formText(v.r, "identifier"), formats.Trim(v.r.PostForm.Get("password"))
	key, err := v.s.SignIn(v.r.Context(), nobody(v.r.Context()), v.request, identifier, password)
	if err != nil {
		return v.notSignedIn(err)
	}
	return v.signedIn(key)
}

// formText reads a field of a form as text that can be looked for in the database.
func formText(r *http.Request, name string) string {
	text := strings.ToValidUTF8(r.PostForm.Get(name), "\uFFFD")
	return strings.TrimSpace(strings.ReplaceAll(text, "\x00", ""))
}

// signedIn goes on to the decision.
func (v *visit) signedIn(key string) error {
	v.setCookie(browserCookie, key)
	v.w.Header().Set("Cache-Control", "no-store")
	http.Redirect(v.w, v.r, authorizePath+"?"+v.request.Query, http.StatusSeeOther)
	return nil
}

// notSignedIn shows the page again, with what was wrong.
func (v *visit) notSignedIn(err error) error {
	var p *problem.Error
	if !errors.As(err, &p) {
		return err
	}
	switch p.Kind {
	case problem.Invalid:
		return v.signInPage(http.StatusBadRequest, "No active account matches this name and password.")
	case problem.TooMany:
		v.w.Header().Set("Retry-After", seconds(p.RetryAfter))
		return v.signInPage(http.StatusTooManyRequests, "There were too many attempts. Please wait a quarter of an hour.")
	case problem.Unauthenticated:
		return v.signInPage(http.StatusForbidden, "This account can't be used.")
	case problem.Refused, problem.NotFound:
		return v.signInPage(http.StatusBadRequest, p.Cause)
	case problem.Upstream:
		return v.signInPage(http.StatusBadGateway, p.Cause)
	}
	return err
}

func (v *visit) allow() error {
	target, err := v.s.Approve(v.r.Context(), nobody(v.r.Context()), v.request, v.key, v.r.PostForm["scope"])
	switch {
	case errors.Is(err, errNotSignedIn):
		return v.signInPage(http.StatusForbidden, "Your sign-in has ended. Please sign in again.")
	case problem.IsKind(err, problem.Invalid):
		in, lost := signedInFor(v.r.Context(), v.s.DB.Read(), v.request, v.key)
		if lost != nil {
			return lost
		}
		return v.consentPage(http.StatusBadRequest, in, "Choose at least one thing that the program may do, or deny.")
	case err != nil:
		return err
	}
	v.setCookie(browserCookie, "")
	return v.onwards(target, Destination(v.request.RedirectURI))
}

func (v *visit) deny() error {
	target, err := v.s.Deny(v.r.Context(), v.request, v.key)
	if err != nil {
		return err
	}
	v.setCookie(browserCookie, "")
	return v.onwards(target, Destination(v.request.RedirectURI))
}

// another has another person sign in.
func (v *visit) another() error {
	if err := v.s.Leave(v.r.Context(), v.request, v.key); err != nil {
		return err
	}
	return v.signedIn("")
}
