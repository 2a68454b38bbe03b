package oauth

import (
	"net/http"

	"github.com/trance-0/notechondria/internal/accounts/social"
)

// leave sends the browser to a provider.
func (v *pageRequest) leave(name social.Name) error {
	link, err := v.s.LeaveForProvider(v.r.Context(), v.request, name)
	if err != nil {
		return v.notSignedIn(err)
	}
	v.setCookie(providerCookie, link.Cookie)
	return v.onwards(link.URL, link.Label)
}

// returned answers a browser that comes back from a provider, if a page of this package has sent it there.
func (s *Service) returned(w http.ResponseWriter, r *http.Request, name social.Name) (answered bool, err error) {
	visit, ok := s.ReturnFromProvider(name, readCookie(r, providerCookie), r.URL.Query().Get("state"))
	if !ok {
		return false, nil
	}
	return true, limited(func(w http.ResponseWriter, r *http.Request) error { return s.comeBack(w, r, visit) })(w, r)
}

func (s *Service) comeBack(w http.ResponseWriter, r *http.Request, visit ProviderVisit) error {
	v, err := s.newPageRequest(w, r, visit.Query)
	v.setCookie(providerCookie, "")
	if err != nil {
		return v.refused(err)
	}
	code := r.URL.Query().Get("code")
	key, err := s.SignInThroughProvider(r.Context(), anonymous(r.Context()), v.request, visit, code)
	if err != nil {
		return v.notSignedIn(err)
	}
	return v.signedIn(key)
}
