package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// OpenIDOptions are the settings of NewOpenID.
type OpenIDOptions struct {
	Issuer       string // with the final slash or without, whichever way the provider calls itself
	ClientID     string
	ClientSecret string
	// NamesIssuer says that identities carry the issuer: for a provider that the operator may replace by another one.
	NamesIssuer bool
	// Timeout bounds one Identify; 0 means DefaultTimeout.
	Timeout time.Duration
}

// OpenID is a provider that follows OpenID Connect, such as Google. What it publishes about itself is asked for when
// it is needed first, and its keys again whenever they have changed: making an OpenID waits for nobody.
type OpenID struct {
	options OpenIDOptions
	client  *http.Client
	turn    chan struct{} // held by whoever discovers, so that one request does it for all
	found   atomic.Pointer[discovered]
}

var _ Provider = (*OpenID)(nil)

// NewOpenID makes the provider without connecting.
func NewOpenID(o OpenIDOptions) *OpenID {
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	return &OpenID{options: o, client: newClient(o.Timeout), turn: make(chan struct{}, 1)}
}

// discovered is what a provider publishes about itself.
type discovered struct {
	*oidc.Provider
	issuer     string
	endpoint   oauth2.Endpoint
	keys       oidc.KeySet
	algorithms []string
}

// AuthorizationEndpoint is the page to which an app sends the browser. It waits for the provider only as long as ctx
// allows, and only while it has not answered yet.
func (p *OpenID) AuthorizationEndpoint(ctx context.Context) (string, error) {
	d, err := p.discover(oidc.ClientContext(ctx, p.client))
	if err != nil {
		return "", unreachable(TokenExchange, err)
	}
	return d.endpoint.AuthURL, nil
}

// SignInURL is the authorization endpoint with what this server asks for. It waits for the provider only while that has
// not answered yet.
func (p *OpenID) SignInURL(ctx context.Context, start Start) (string, error) {
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, p.client), p.options.Timeout)
	defer cancel()
	d, err := p.discover(ctx)
	if err != nil {
		return "", unreachable(TokenExchange, err)
	}
	config := p.config(d, start.RedirectURI)
	config.Scopes = []string{oidc.ScopeOpenID, "email", "profile"}
	return config.AuthCodeURL(start.State, start.options()...), nil
}

// Identify redeems the code, or takes the token as it is sent, and verifies the token's signature, issuer, audience and
// expiry.
func (p *OpenID) Identify(ctx context.Context, proof Proof) (Identity, error) {
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, p.client), p.options.Timeout)
	defer cancel()
	d, err := p.discover(ctx)
	if err != nil {
		return Identity{}, unreachable(TokenExchange, err)
	}
	raw, access := proof.IDToken, (*oauth2.Token)(nil)
	if proof.Code != "" {
		if access, err = redeem(ctx, p.config(d, proof.RedirectURI), proof); err != nil {
			return Identity{}, err
		}
		if raw, _ = access.Extra("id_token").(string); raw == "" {
			return Identity{}, refused(TokenExchange, "no id_token was received", nil)
		}
	}
	claimed, err := p.verify(ctx, d, raw)
	if err != nil {
		return Identity{}, err
	}
	if access != nil && claimed.Email == "" {
		if claimed, err = userInfo(ctx, d, access, claimed); err != nil {
			return Identity{}, err
		}
	}
	return p.identity(d, claimed)
}

func (p *OpenID) config(d *discovered, redirectURI string) *oauth2.Config {
	return &oauth2.Config{ClientID: p.options.ClientID, ClientSecret: p.options.ClientSecret, Endpoint: d.endpoint,
		RedirectURL: redirectURI}
}

// discover asks the provider for its metadata until it has answered once. The context brings the client.
func (p *OpenID) discover(ctx context.Context) (*discovered, error) {
	if d := p.found.Load(); d != nil {
		return d, nil
	}
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for the provider's metadata: %w", ctx.Err())
	}
	if d := p.found.Load(); d != nil { // found while this one waited
		return d, nil
	}
	d, err := p.askForMetadata(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the provider's metadata: %w", err)
	}
	p.found.Store(d)
	return d, nil
}

func (p *OpenID) askForMetadata(ctx context.Context) (*discovered, error) {
	issuer := p.options.Issuer
	found, err := oidc.NewProvider(ctx, issuer)
	var mismatch *oidc.IssuerMismatchError
	if errors.As(err, &mismatch) && strings.TrimRight(mismatch.Discovered, "/") == strings.TrimRight(issuer, "/") {
		issuer = mismatch.Discovered
		found, err = oidc.NewProvider(ctx, issuer)
	}
	if err != nil {
		return nil, err
	}
	var metadata struct {
		KeysURL     string   `json:"jwks_uri"`
		Algorithms  []string `json:"id_token_signing_alg_values_supported"`
		AuthMethods []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := found.Claims(&metadata); err != nil {
		return nil, err
	}
	outliving := oidc.ClientContext(context.Background(), p.client) // the request
	keys := oidc.NewRemoteKeySet(outliving, metadata.KeysURL)
	d := &discovered{Provider: found, issuer: issuer, endpoint: found.Endpoint(), keys: keys}
	if d.endpoint.AuthURL == "" || d.endpoint.TokenURL == "" || metadata.KeysURL == "" {
		return nil, errors.New("an endpoint is missing")
	}
	d.algorithms = slices.DeleteFunc(metadata.Algorithms, func(name string) bool {
		return !slices.Contains(asymmetric, name)
	})
	d.endpoint.AuthStyle = authStyle(metadata.AuthMethods)
	return d, nil
}

// asymmetric are the algorithms with a published key. Others would take the client's secret, or nothing, for a key.
var asymmetric = []string{
	oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA,
}

// authStyle is how the client names itself. It must not be left to the library to find out: it tries both ways, and a
// code works once.
func authStyle(methods []string) oauth2.AuthStyle {
	if slices.Contains(methods, "client_secret_basic") && !slices.Contains(methods, "client_secret_post") {
		return oauth2.AuthStyleInHeader
	}
	return oauth2.AuthStyleInParams
}

// claims are what is used of a token, or of what the provider tells about its owner.
type claims struct {
	Subject           string `json:"sub"`
	Email             string `json:"email"`
	EmailVerified     truth  `json:"email_verified"`
	Name              string `json:"name"`
	PreferredUsername string `json:"preferred_username"`
	Picture           string `json:"picture"`
	Locale            string `json:"locale"`
}

// truth is a boolean that some providers write as a string. Anything but a true is false.
type truth bool

func (t *truth) UnmarshalJSON(raw []byte) error {
	*t = string(raw) == "true" || string(raw) == `"true"`
	return nil
}

func (p *OpenID) verify(ctx context.Context, d *discovered, raw string) (claims, error) {
	keys := &watchedKeys{KeySet: d.keys}
	verifier := oidc.NewVerifier(d.issuer, keys, &oidc.Config{
		ClientID: p.options.ClientID, SupportedSigningAlgs: d.algorithms,
	})
	token, err := verifier.Verify(ctx, raw)
	switch {
	case keys.trouble != nil:
		return claims{}, unreachable(TokenVerify, keys.trouble)
	case err != nil:
		return claims{}, refused(TokenVerify, "the id_token is not a valid one for this server, or too old", err)
	}
	var claimed claims
	if err := token.Claims(&claimed); err != nil {
		return claims{}, refused(TokenVerify, "the id_token can't be read", err)
	}
	return claimed, nil
}

// watchedKeys tells trouble with fetching the published keys, which the verifier reports like a wrong signature.
type watchedKeys struct {
	oidc.KeySet
	trouble error
}

// VerifySignature is called by the verifier.
func (k *watchedKeys) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	payload, err := k.KeySet.VerifySignature(ctx, token)
	if errors.Unwrap(err) != nil { // a wrong signature has no cause
		k.trouble = err
	}
	return payload, err
}

// userInfo asks for what many providers leave out of the token.
func userInfo(ctx context.Context, d *discovered, access *oauth2.Token, claimed claims) (claims, error) {
	if d.UserInfoEndpoint() == "" {
		return claimed, nil
	}
	info, err := d.UserInfo(ctx, oauth2.StaticTokenSource(access))
	if err != nil {
		return claims{}, unreachable(ProfileFetch, err)
	}
	if info.Subject != claimed.Subject {
		return claims{}, refused(ProfileFetch, "the profile is somebody else's", nil)
	}
	claimed.EmailVerified = false // it was said of the token's address, which there is none of
	if err := info.Claims(&claimed); err != nil {
		return claims{}, unreachable(ProfileFetch, err)
	}
	return claimed, nil
}

func (p *OpenID) identity(d *discovered, c claims) (Identity, error) {
	if err := checkUID(c.Subject); err != nil {
		return Identity{}, refused(TokenVerify, "it names nobody", err)
	}
	identity := Identity{
		UID: c.Subject, Email: verifiedAddress(c.Email, bool(c.EmailVerified)), Name: clean(c.Name, maxName),
		Username: clean(c.PreferredUsername, maxName),
		Extra:    extra(map[string]string{"picture": c.Picture, "locale": c.Locale}), PictureURL: clean(c.Picture, maxExtra),
	}
	if p.options.NamesIssuer {
		identity.Issuer = d.issuer
	}
	return identity, nil
}

// redeem exchanges a code, which works once.
func redeem(ctx context.Context, config *oauth2.Config, proof Proof) (*oauth2.Token, error) {
	var options []oauth2.AuthCodeOption
	if proof.CodeVerifier != "" {
		options = append(options, oauth2.VerifierOption(proof.CodeVerifier))
	}
	token, err := config.Exchange(ctx, proof.Code, options...)
	var answer *oauth2.RetrieveError
	switch {
	case err == nil:
		return token, nil
	case !errors.As(err, &answer):
		return nil, unreachable(TokenExchange, err)
	}
	// The error's own text holds the whole answer, which may hold anything.
	cause := fmt.Errorf("status %d, error %q", answer.Response.StatusCode, clean(answer.ErrorCode, maxReason))
	status, refusedWith200 := answer.Response.StatusCode, answer.ErrorCode != "" // as GitHub does
	if passing(status) && (status >= 400 || !refusedWith200) {
		return nil, unreachable(TokenExchange, cause)
	}
	reason := clean(answer.ErrorDescription, maxReason)
	if reason == "" {
		reason = clean(answer.ErrorCode, maxReason)
	}
	if reason = strings.TrimRight(reason, ". "); reason == "" {
		reason = "the code was not accepted"
	}
	return nil, refused(TokenExchange, reason, cause)
}
