package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// GitHubOptions are the settings of NewGitHub.
type GitHubOptions struct {
	URL          string // of the web site
	APIURL       string
	ClientID     string
	ClientSecret string
	// Timeout bounds one Identify; 0 means DefaultTimeout.
	Timeout time.Duration
}

// GitHub is github.com, or a GitHub Enterprise server.
type GitHub struct {
	options GitHubOptions
	client  *http.Client
}

var _ Provider = (*GitHub)(nil)

// NewGitHub makes the provider without connecting.
func NewGitHub(o GitHubOptions) *GitHub {
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	o.URL, o.APIURL = strings.TrimRight(o.URL, "/"), strings.TrimRight(o.APIURL, "/")
	return &GitHub{options: o, client: newClient(o.Timeout)}
}

type gitHubUser struct {
	ID        int64  `json:"id"`
	Login     string `json:"login"`
	Name      string `json:"name"`
	Email     string `json:"email"`
	AvatarURL string `json:"avatar_url"`
	HTMLURL   string `json:"html_url"`
}

type gitHubAddress struct {
	Email    string `json:"email"`
	Primary  bool   `json:"primary"`
	Verified bool   `json:"verified"`
}

// SignInURL is GitHub's page, with the scopes that an OAuth app needs; a GitHub app has permissions instead.
func (p *GitHub) SignInURL(_ context.Context, start Start) (string, error) {
	config := p.config(start.RedirectURI)
	config.Scopes = []string{"read:user", "user:email"}
	return config.AuthCodeURL(start.State, start.options()...), nil
}

func (p *GitHub) config(redirectURI string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.options.ClientID, ClientSecret: p.options.ClientSecret, RedirectURL: redirectURI,
		Endpoint: oauth2.Endpoint{
			AuthURL: p.options.URL + "/login/oauth/authorize", TokenURL: p.options.URL + "/login/oauth/access_token",
			AuthStyle: oauth2.AuthStyleInParams,
		},
	}
}

// Identify redeems the code and asks for the profile and the addresses. The token that allows it is forgotten.
func (p *GitHub) Identify(ctx context.Context, proof Proof) (Identity, error) {
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, oauth2.HTTPClient, p.client), p.options.Timeout)
	defer cancel()
	token, err := redeem(ctx, p.config(proof.RedirectURI), proof)
	if err != nil {
		return Identity{}, err
	}
	var user gitHubUser
	if err := p.get(ctx, token, "/user", &user); err != nil {
		return Identity{}, err
	}
	if user.ID <= 0 {
		return Identity{}, refused(ProfileFetch, "the profile names nobody", nil)
	}
	var addresses []gitHubAddress
	var refusal *Error
	err = p.get(ctx, token, "/user/emails?per_page=100", &addresses)
	if err != nil && !(errors.As(err, &refusal) && !refusal.Unreachable) { // who may not ask gets no address
		return Identity{}, err
	}
	identity := Identity{
		UID: strconv.FormatInt(user.ID, 10), Username: clean(user.Login, maxName), Name: clean(user.Name, maxName),
		Email:      gitHubEmail(user.Email, addresses),
		Extra:      extra(map[string]string{"login": user.Login, "avatar_url": user.AvatarURL, "html_url": user.HTMLURL}),
		PictureURL: clean(user.AvatarURL, maxExtra),
	}
	if identity.Name == "" {
		identity.Name = identity.Username
	}
	return identity, nil
}

// gitHubEmail is the address that the profile shows, else the primary one; either only if GitHub has verified it.
func gitHubEmail(shown string, addresses []gitHubAddress) string {
	for _, wanted := range []func(gitHubAddress) bool{
		func(a gitHubAddress) bool { return shown != "" && strings.EqualFold(a.Email, shown) },
		func(a gitHubAddress) bool { return a.Primary },
	} {
		for _, address := range addresses {
			if wanted(address) && address.Verified {
				return verifiedAddress(address.Email, true)
			}
		}
	}
	return ""
}

// get reads an object of the API.
func (p *GitHub) get(ctx context.Context, token *oauth2.Token, path string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.options.APIURL+path, nil)
	if err != nil {
		return unreachable(ProfileFetch, err)
	}
	request.Header.Set("Authorization", "Bearer "+token.AccessToken)
	request.Header.Set("Accept", "application/vnd.github+json")
	response, err := p.client.Do(request)
	if err != nil {
		return unreachable(ProfileFetch, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		cause := fmt.Errorf("%s answered %s", path, response.Status)
		if passing(response.StatusCode) {
			return unreachable(ProfileFetch, cause)
		}
		return refused(ProfileFetch, "the profile can't be read", cause)
	}
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		return unreachable(ProfileFetch, fmt.Errorf("reading %s: %w", path, err))
	}
	return nil
}
