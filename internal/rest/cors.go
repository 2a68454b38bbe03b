package rest

import (
	"net/http"
	"net/url"
	"strings"
)

// withCORS lets the apps, which live on other origins, call the API: preflights are answered here, and every other
// answer, errors included, names the origin when it is allowed.
func (a *API) withCORS(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !crossOriginPath(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		h := w.Header()
		h.Set("Vary", addToList(h.Get("Vary"), "Origin"))
		if origin := r.Header.Get("Origin"); a.allowedOrigin(origin) {
			h.Set("Access-Control-Allow-Origin", origin)
			h.Set("Access-Control-Allow-Credentials", "true")
			allowed, exposed := "Authorization, Content-Type, Accept, Origin, X-Requested-With, If-Match", "ETag, Retry-After"
			if under(r.URL.Path, "/mcp/") {
				allowed, exposed = allowed+mcpHeaders, exposed+", WWW-Authenticate, Mcp-Session-Id"
			}
			h.Set("Access-Control-Allow-Headers", allowed)
			h.Set("Access-Control-Allow-Methods", "GET, POST, PATCH, PUT, DELETE, OPTIONS")
			h.Set("Access-Control-Expose-Headers", exposed)
			h.Set("Access-Control-Max-Age", "86400")
		}
		if r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// mcpHeaders are sent by programs that speak the Model Context Protocol in a browser.
const mcpHeaders = ", Last-Event-ID, Mcp-Session-Id, Mcp-Protocol-Version, Mcp-Method, Mcp-Name"

func crossOriginPath(path string) bool {
	for _, prefix := range []string{"/api/", "/media/", "/handshake/", "/mcp/"} {
		if under(path, prefix) {
			return true
		}
	}
	return false
}

// under reports whether a path is a folder or lies below it.
func under(path, folder string) bool { return strings.HasPrefix(path+"/", folder) }

// allowedOrigin compares configured origins whole, and the host alone with accepted hosts and entries without a scheme.
// Programs on the user's own machine are allowed on every port.
func (a *API) allowedOrigin(origin string) bool {
	u, err := url.Parse(strings.ToLower(origin))
	if err != nil || !wellFormedHost().MatchString(u.Host) {
		return false
	}
	host := withoutPort(u.Host)
	if host == "localhost" || host == "127.0.0.1" || host == "[::1]" {
		return true
	}
	if matchesHost(a.options.Hosts, host) { // "*" is no answer here: such a server still has its own frontends
		return true
	}
	for _, trusted := range a.options.Origins {
		trusted = strings.ToLower(trusted)
		if trusted == host || sameOrigin(trusted, u) {
			return true
		}
	}
	return false
}

func sameOrigin(configured string, origin *url.URL) bool {
	u, err := url.Parse(configured)
	return err == nil && u.Scheme == origin.Scheme && u.Hostname() == origin.Hostname() && portOf(u) == portOf(origin)
}

func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

func addToList(list, name string) string {
	if list == "" {
		return name
	}
	for item := range strings.SplitSeq(list, ",") {
		if strings.EqualFold(strings.TrimSpace(item), name) {
			return list
		}
	}
	return list + ", " + name
}
