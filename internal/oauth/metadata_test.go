package oauth_test

import (
	"net/http"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

const resourcePath = "/.well-known/oauth-protected-resource"

func TestMetadataOfTheEndpoint(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		for path, resource := range map[string]string{
			"": "/mcp", "/": "/mcp", "/mcp": "/mcp", "/mcp/": "/mcp/", "/mcp/readonly": "/mcp/readonly",
			"/mcp/x/notes,planner": "/mcp/x/notes,planner",
		} {
			reply := s.Call(t, http.MethodGet, resourcePath+path, "", nil)
			reply.WantKeys(t, 200, "resource", "resource_name", "authorization_servers", "scopes_supported",
				"bearer_methods_supported")
			scopes := []string{"notes:read", "notes:write", "planner:read", "planner:write", "account:read", "account:write"}
			if path == "/mcp/readonly" {
				scopes = []string{"notes:read", "planner:read", "account:read"}
			}
			apptest.WantFields(t, reply.JSON, keys{
				"resource": s.URL + resource, "authorization_servers": []string{s.URL}, "scopes_supported": scopes,
			})
		}
		for _, path := range []string{"/api/v1/notes", "/mcp2", "/mcp/x/y/z/a", "/mcp/%3Cscript%3E", "/mcp//x"} {
			s.Call(t, http.MethodGet, resourcePath+path, "", nil).Want(t, 404)
		}
	})
}

func TestMetadataOfTheServer(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		for _, public := range []string{"", "https://notes.example.org"} {
			s := apptest.Start(t, engine, "PUBLIC_URL="+public)
			issuer := public
			if public == "" {
				issuer = s.URL
			}
			for _, path := range []string{"/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"} {
				reply := s.Call(t, http.MethodGet, path, "", nil).Want(t, 200)
				apptest.WantFields(t, reply.JSON, keys{
					"issuer": issuer, "authorization_endpoint": issuer + "/authorize", "token_endpoint": issuer + "/token",
					"registration_endpoint": issuer + "/register", "revocation_endpoint": issuer + "/revoke",
					"code_challenge_methods_supported":               []string{"S256"},
					"response_types_supported":                       []string{"code"},
					"grant_types_supported":                          []string{"authorization_code", "refresh_token"},
					"authorization_response_iss_parameter_supported": true, "client_id_metadata_document_supported": true,
				})
			}
			if got := s.App(t).OAuth.ResourceAt(t.Context(), "/mcp/"); public != "" && got != public+"/mcp" {
				t.Errorf("the resource is %q", got)
			}
		}
	})
}

func TestPagesOfOthersMayCallWhatProgramsCall(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		for path, method := range map[string]string{
			resourcePath: "GET", resourcePath + "/mcp": "GET", "/.well-known/oauth-authorization-server": "GET",
			"/register": "POST", "/token": "POST",
			"/revoke": "POST",
		} {
			request := s.Request(t, http.MethodOptions, path, nil)
			request.Header.Set("Origin", "https://inspector.example.org")
			request.Header.Set("Access-Control-Request-Method", method)
			request.Header.Set("Access-Control-Request-Headers", "mcp-protocol-version")
			reply := apptest.Do(t, request).Want(t, 204)
			for _, at := range []apptest.Reply{reply, s.Call(t, method, path, "", nil)} {
				if at.Header.Get("Access-Control-Allow-Origin") != "*" || at.Header.Get("Access-Control-Allow-Credentials") != "" {
					t.Errorf("%s: the header is %v", path, at.Header)
				}
			}
			if reply.Header.Get("Access-Control-Allow-Methods") != method+", OPTIONS" {
				t.Errorf("%s: the header is %v", path, reply.Header)
			}
		}
		if reply := s.Call(t, http.MethodGet, "/authorize", "", nil); reply.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Error("pages of others may read where people decide")
		}
	})
}
