package oauth

import (
	"encoding/json"
	"net/http"
)

// registrationJSON is what is read of a registration (RFC 7591); the rest of what programs say is ignored.
type registrationJSON struct {
	ClientName    string   `json:"client_name"`
	RedirectURIs  []string `json:"redirect_uris"`
	AuthMethod    string   `json:"token_endpoint_auth_method"`
	GrantTypes    []string `json:"grant_types"`
	ResponseTypes []string `json:"response_types"`
}

// registeredJSON is what a program gets that has registered.
type registeredJSON struct {
	ClientID        string   `json:"client_id"`
	IssuedAt        int64    `json:"client_id_issued_at"`
	Secret          string   `json:"client_secret,omitempty"`
	SecretExpiresAt *int64   `json:"client_secret_expires_at,omitempty"`
	ClientName      string   `json:"client_name,omitempty"`
	RedirectURIs    []string `json:"redirect_uris"`
	AuthMethod      string   `json:"token_endpoint_auth_method"`
	GrantTypes      []string `json:"grant_types"`
	ResponseTypes   []string `json:"response_types"`
}

func (s *Service) handleRegister(w http.ResponseWriter, r *http.Request) error {
	var in registrationJSON
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return unreadable(err, invalidMetadata, "The body must be a JSON object with redirect_uris.")
	}
	c, secretText, err := s.RegisterClient(r.Context(), anonymous(r.Context()), Metadata{
		Name: in.ClientName, RedirectURIs: in.RedirectURIs, AuthMethod: in.AuthMethod, GrantTypes: in.GrantTypes,
		ResponseTypes: in.ResponseTypes,
	})
	if err != nil {
		return err
	}
	out := registeredJSON{
		ClientID: c.ClientID, IssuedAt: c.CreatedAt.Unix(), Secret: secretText, ClientName: c.Name,
		RedirectURIs: c.RedirectURIs, AuthMethod: c.AuthMethod, GrantTypes: grantTypes(), ResponseTypes: []string{"code"},
	}
	if secretText != "" {
		out.SecretExpiresAt = new(int64) // never
	}
	return writeJSON(w, http.StatusCreated, out)
}
