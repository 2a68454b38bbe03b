package oauth

import (
	"net/http"

	"github.com/trance-0/notechondria/internal/rest"
)

// Register adds the endpoints of the authorization server, and the operations for grants.
func (s *Service) Register(api *rest.API) {
	for _, path := range []string{resourceMetadataPath, resourceMetadataPath + "/*"} {
		openToOrigins(api, http.MethodGet, path, s.serveResourceMetadata)
	}
	for _, path := range []string{serverMetadataPath, openIDMetadataPath} {
		openToOrigins(api, http.MethodGet, path, s.serveServerMetadata)
	}
	openToOrigins(api, http.MethodPost, registerPath, s.handleRegister)
	openToOrigins(api, http.MethodPost, tokenPath, s.handleToken)
	openToOrigins(api, http.MethodPost, revokePath, s.handleRevoke)
	api.Route(http.MethodGet, authorizePath, limited(s.showAuthorize))
	api.Route(http.MethodPost, authorizePath, limited(s.submitAuthorize))
	s.Social.OnReturn(s.returned)
	s.registerGrants(api)
}

// openToOrigins registers what programs may call from any web page: what browsers add by themselves is not looked at.
func openToOrigins(api *rest.API, method, path string, handler func(w http.ResponseWriter, r *http.Request) error) {
	api.Route(method, path, limited(func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		return writeProblem(w, r, handler(w, r))
	}))
	api.Route(http.MethodOptions, path, func(w http.ResponseWriter, _ *http.Request) error {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Allow-Methods", method+", OPTIONS")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept, MCP-Protocol-Version")
		h.Set("Access-Control-Max-Age", "86400")
		w.WriteHeader(http.StatusNoContent)
		return nil
	})
}
