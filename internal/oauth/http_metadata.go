package oauth

import (
	"context"
	"net/http"
	"strings"

	"github.com/trance-0/notechondria/internal/mcp/paths"
	"github.com/trance-0/notechondria/internal/rest"
)

// protectedResourceJSON describes the endpoint to programs (RFC 9728).
type protectedResourceJSON struct {
	Resource             string   `json:"resource"`
	ResourceName         string   `json:"resource_name"`
	AuthorizationServers []string `json:"authorization_servers"`
	ScopesSupported      []string `json:"scopes_supported"`
	BearerMethods        []string `json:"bearer_methods_supported"`
}

// authorizationServerJSON describes the authorization server (RFC 8414).
type authorizationServerJSON struct {
	Issuer                 string   `json:"issuer"`
	AuthorizationEndpoint  string   `json:"authorization_endpoint"`
	TokenEndpoint          string   `json:"token_endpoint"`
	RegistrationEndpoint   string   `json:"registration_endpoint"`
	RevocationEndpoint     string   `json:"revocation_endpoint"`
	ScopesSupported        []string `json:"scopes_supported"`
	ResponseTypes          []string `json:"response_types_supported"`
	ResponseModes          []string `json:"response_modes_supported"`
	GrantTypes             []string `json:"grant_types_supported"`
	TokenAuthMethods       []string `json:"token_endpoint_auth_methods_supported"`
	RevocationAuthMethods  []string `json:"revocation_endpoint_auth_methods_supported"`
	CodeChallengeMethods   []string `json:"code_challenge_methods_supported"`
	NamesIssuer            bool     `json:"authorization_response_iss_parameter_supported"`
	ClientMetadataDocument bool     `json:"client_id_metadata_document_supported"`
}

const metadataCached = "public, max-age=300"

// ResourceAt is the resource that a path of the endpoint is, for Authenticate: "" where it is none.
func (s *Service) ResourceAt(ctx context.Context, path string) string {
	issuer := s.issuer(ctx)
	return normalResource(issuer, issuer+path)
}

// ResourceMetadata is the address of the document that describes the resource at a path of the endpoint.
func (s *Service) ResourceMetadata(ctx context.Context, path string) string {
	return s.issuer(ctx) + resourceMetadataPath + strings.TrimSuffix(path, "/")
}

// serveResourceMetadata describes the resource whose path follows, written as in the address: programs compare.
func (s *Service) serveResourceMetadata(w http.ResponseWriter, r *http.Request) error {
	issuer := s.issuer(r.Context())
	path := strings.TrimPrefix(r.URL.Path, resourceMetadataPath)
	if path == "" || path == "/" {
		path = paths.Root
	}
	resource := normalResource(issuer, issuer+path)
	if resource == "" {
		return rest.PageNotFound()
	}
	w.Header().Set("Cache-Control", metadataCached)
	return writeJSON(w, http.StatusOK, protectedResourceJSON{
		Resource: issuer + path, ResourceName: "Notechondria", AuthorizationServers: []string{issuer},
		ScopesSupported: scopesAt(resource), BearerMethods: []string{"header"},
	})
}

func (s *Service) serveServerMetadata(w http.ResponseWriter, r *http.Request) error {
	issuer := s.issuer(r.Context())
	w.Header().Set("Cache-Control", metadataCached)
	return writeJSON(w, http.StatusOK, authorizationServerJSON{
		Issuer: issuer, AuthorizationEndpoint: issuer + authorizePath, TokenEndpoint: issuer + tokenPath,
		RegistrationEndpoint: issuer + registerPath, RevocationEndpoint: issuer + revokePath,
		ScopesSupported: ScopeNames(), ResponseTypes: []string{"code"}, ResponseModes: []string{"query"},
		GrantTypes: grantTypes(), TokenAuthMethods: AuthMethods(), RevocationAuthMethods: AuthMethods(),
		CodeChallengeMethods: []string{"S256"}, NamesIssuer: true, ClientMetadataDocument: true,
	})
}

func grantTypes() []string { return []string{"authorization_code", "refresh_token"} }
