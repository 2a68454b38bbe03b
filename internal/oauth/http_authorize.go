package oauth

import (
	"crypto/hmac"
	"errors"
	"net/http"
	"strings"

	"github.com/trance-0/notechondria/internal/accounts/social"
	"github.com/trance-0/notechondria/internal/formats"
	"github.com/trance-0/notechondria/internal/page"
	"github.com/trance-0/notechondria/internal/problem"
)

// showAuthorize shows the form to sign in, or to decide if that is done.
func (s *Service) showAuthorize(w http.ResponseWriter, r *http.Request) error {
	v, err := s.newPageRequest(w, r, r.URL.Query())
	if err != nil {
		return v.refused(err)
	}
	return v.decide(http.StatusOK, "")
}

// decide shows the form to decide, or to sign in first.
func (v *pageRequest) decide(status int, text string) error {
	in, err := v.s.Decider(v.r.Context(), v.request, v.key)
	switch {
	case errors.Is(err, errNotSignedIn):
		return v.signInPage(status, "")
	case err != nil:
		return err
	}
	return v.consentPage(status, in, text)
}

// submitAuthorize does what a button on the pages says.
func (s *Service) submitAuthorize(w http.ResponseWriter, r *http.Request) error {
	v, err := s.newPageRequest(w, r, r.URL.Query())
	if err != nil {
		return v.refused(err)
	}
	if err := s.checkSameOrigin(r); err != nil {
		return v.problemPage(http.StatusForbidden, "This form was submitted from another site. Please start again in the "+
			"program.")
	}
	if err := r.ParseForm(); err != nil {
		return v.problemPage(http.StatusBadRequest, "The form could not be read.")
	}
	if v.key == "" || !hmac.Equal([]byte(r.PostForm.Get("form_key")), []byte(v.formKey())) {
		return v.signInPage(http.StatusForbidden, "The page has expired, or your browser blocks cookies. Please try again.")
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
	return v.problemPage(http.StatusBadRequest, "The form could not be read.")
}

func (v *pageRequest) signIn() error {
	identifier, password := page.FormText(v.r, "identifier"), formats.Trim(v.r.PostForm.Get("password"))
	key, err := v.s.SignIn(v.r.Context(), anonymous(v.r.Context()), v.request, identifier, password)
	if err != nil {
		return v.notSignedIn(err)
	}
	return v.signedIn(key)
}

func (v *pageRequest) allow() error {
	target, err := v.s.Approve(v.r.Context(), anonymous(v.r.Context()), v.request, v.key, v.r.PostForm["scope"])
	switch {
	case errors.Is(err, errNotSignedIn):
		return v.signInPage(http.StatusForbidden, "Your session has ended. Please sign in again.")
	case problem.IsKind(err, problem.Invalid):
		return v.decide(http.StatusBadRequest, "Choose at least one thing the program may do, or deny access.")
	case err != nil:
		return err
	}
	v.setCookie(browserCookie, "")
	return v.onwards(target, Destination(v.request.RedirectURI))
}

func (v *pageRequest) deny() error {
	target, err := v.s.Deny(v.r.Context(), v.request, v.key)
	if err != nil {
		return err
	}
	v.setCookie(browserCookie, "")
	return v.onwards(target, Destination(v.request.RedirectURI))
}

// another has another person sign in.
func (v *pageRequest) another() error {
	if err := v.s.Leave(v.r.Context(), v.request, v.key); err != nil {
		return err
	}
	return v.signedIn("")
}
