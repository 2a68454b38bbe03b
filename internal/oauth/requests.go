package oauth

import (
	"context"
	"net/url"
	"slices"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/pattern"
	"github.com/trance-0/notechondria/internal/secret"
)

// Request is an authorization request (RFC 6749, section 4.1.1): what a program asks for, by sending a browser with it.
type Request struct {
	Client      Client
	RedirectURI string // one of the program's; "" while it is not known to be
	State       string
	Issuer      string
	Scopes      []string
	Resource    string
	Challenge   string

	Query string // all of it, written so that the same request is always written the same
}

// Hash tells requests apart.
func (r Request) Hash() string { return secret.HashKey(r.Query) }

const maxQuery = 3000 // bytes, so that it fits into a cookie

// parameters are those that are read; others are ignored.
var parameters = []string{
	"response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method", "resource",
	"response_mode", "prompt", "request", "request_uri", "nonce",
}

var challengeShape = pattern.New(`^[A-Za-z0-9_-]{43}$`) // SHA-256 in base64url

// ReadRequest reads and checks an authorization request to the server that its users address as issuer. With an error,
// RedirectURI is set where it is the program's own, so that the program can be told.
func (s *Service) ReadRequest(
	ctx context.Context, who actor.Actor, issuer string, query url.Values,
) (Request, error) {
	values := url.Values{}
	for _, name := range parameters {
		if list := slices.Compact(slices.Clone(query[name])); len(list) > 0 {
			values[name] = list
		}
	}
	r := Request{Issuer: issuer, Query: values.Encode(), State: values.Get("state"),
		Challenge: values.Get("code_challenge")}
	for _, name := range []string{"client_id", "redirect_uri"} {
		if len(values[name]) != 1 || len(r.Query) > maxQuery {
			return r, refuse(invalidRequest, "Exactly one "+name+" is required, in a request that is not too long.")
		}
	}
	client, err := s.clientOf(ctx, who, values.Get("client_id"))
	if err != nil {
		return r, err
	}
	r.Client = client
	if !matchesRedirect(client.RedirectURIs, values.Get("redirect_uri")) {
		return r, refuse(invalidRequest, "The client has not registered this redirect_uri.")
	}
	r.RedirectURI = values.Get("redirect_uri")
	return r, r.fill(values)
}

// fill looks at the rest of what is asked.
func (r *Request) fill(values url.Values) error {
	for name, list := range values {
		if len(list) > 1 {
			return refuse(invalidRequest, "Duplicate parameter: "+name+".")
		}
	}
	switch {
	case values.Has("request") || values.Has("request_uri"):
		return refuse(requestUnsupported, "The parameters request and request_uri are not supported.")
	case values.Get("response_type") != "code":
		return refuse(unsupportedAnswer, "response_type must be code.")
	case values.Has("response_mode") && values.Get("response_mode") != "query":
		return refuse(invalidRequest, "response_mode must be query.")
	case values.Get("code_challenge_method") != "S256" || !challengeShape().MatchString(r.Challenge):
		return refuse(invalidRequest, "A code_challenge with code_challenge_method=S256 is required.")
	case values.Get("prompt") == "none":
		return refuse(loginRequired, "The user must be asked.")
	}
	if r.Resource = normalResource(r.Issuer, values.Get("resource")); r.Resource == "" {
		return refuse(invalidTarget, "The resource does not belong to this server.")
	}
	r.Scopes = scopesAt(r.Resource)
	if values.Get("scope") != "" {
		if r.Scopes = parseScopes(values.Get("scope")); len(r.Scopes) == 0 {
			return refuse(invalidScope, "No known scope was requested.")
		}
	}
	return nil
}

// Answered is where the browser goes with the code.
func (r Request) Answered(code string) (string, error) { return r.answer(url.Values{"code": {code}}) }

// Refused is where the browser goes to tell the program that it gets nothing.
func (r Request) Refused(code, text string) (string, error) {
	answer := url.Values{"error": {code}}
	if text != "" {
		answer.Set("error_description", text)
	}
	return r.answer(answer)
}

// answer names the server, so that a program that asks several takes none's answer for another's (RFC 9207).
func (r Request) answer(answer url.Values) (string, error) {
	answer.Set("iss", r.Issuer)
	if r.State != "" {
		answer.Set("state", r.State)
	}
	return withAnswer(r.RedirectURI, answer)
}
