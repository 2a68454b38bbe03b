package oauth

import (
	"net/http"
	"net/url"
	"strings"
)

type tokensJSON struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"` // seconds
	RefreshToken string `json:"refresh_token"`
	Scope        string `json:"scope"`
}

// readForm reads the form of a program, in which nothing may be there twice, and how it names itself.
func readForm(r *http.Request) (url.Values, Credentials, error) {
	if err := r.ParseForm(); err != nil {
		return nil, Credentials{}, unreadable(err, invalidRequest, "The body must be a form.")
	}
	form := r.PostForm
	for name, list := range form {
		if len(list) > 1 {
			return nil, Credentials{}, refuse(invalidRequest, "Duplicate parameter: "+cleanName(name)+".")
		}
	}
	id, secretText, basic := r.BasicAuth()
	if !basic {
		return form, Credentials{ClientID: form.Get("client_id"), Secret: form.Get("client_secret")}, nil
	}
	c := Credentials{ClientID: unescaped(id), Secret: unescaped(secretText)}
	if named := form.Get("client_id"); named != "" && named != c.ClientID {
		return nil, Credentials{}, refuse(invalidRequest, "client_id does not match the client credentials.")
	}
	return form, c, nil
}

// unescaped reads what stands in Basic credentials, which should be written as in a form (RFC 6749, section 2.3.1).
func unescaped(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}

func (s *Service) handleToken(w http.ResponseWriter, r *http.Request) error {
	form, credentials, err := readForm(r)
	if err != nil {
		return err
	}
	var tokens Tokens
	issuer := s.issuer(r.Context())
	switch form.Get("grant_type") {
	case "authorization_code":
		tokens, err = s.Redeem(r.Context(), Redemption{
			Credentials: credentials, Code: form.Get("code"), Verifier: form.Get("code_verifier"),
			RedirectURI: form.Get("redirect_uri"), Resource: form.Get("resource"), Issuer: issuer,
		})
	case "refresh_token":
		tokens, err = s.Refresh(r.Context(), RefreshRequest{
			Credentials: credentials, Token: form.Get("refresh_token"), Scope: form.Get("scope"), Resource: form.Get("resource"),
			Issuer: issuer,
		})
	case "":
		err = refuse(invalidRequest, "A form with grant_type is required.")
	default:
		err = refuse(unsupportedGrant, "grant_type must be authorization_code or refresh_token.")
	}
	if err != nil {
		return err
	}
	w.Header().Set("Pragma", "no-cache")
	return writeJSON(w, http.StatusOK, tokensJSON{
		AccessToken: tokens.Access, TokenType: "Bearer", ExpiresIn: int(tokens.Life.Seconds()), RefreshToken: tokens.Refresh,
		Scope: strings.Join(tokens.Scopes, " "),
	})
}

func (s *Service) handleRevoke(w http.ResponseWriter, r *http.Request) error {
	form, credentials, err := readForm(r)
	if err != nil {
		return err
	}
	if form.Get("token") == "" {
		return refuse(invalidRequest, "A form with token is required.")
	}
	if err := s.Revoke(r.Context(), credentials, form.Get("token")); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	return nil
}
