package oauth

import (
	"net/url"
	"strings"

	"github.com/trance-0/notechondria/internal/pattern"
)

// EndpointPath is the path of the endpoint that tokens are for; it may go on, and then names a part of it.
const EndpointPath = "/mcp"

// readOnlyPath is the part of the endpoint at which nothing can be changed.
const readOnlyPath = EndpointPath + "/readonly"

var resourcePath = pattern.New(`^` + EndpointPath + `(/[a-z0-9_,-]{1,200}){0,3}/?$`)

// normalResource returns a resource of the server at issuer as tokens have it, without a final slash; "" for anything
// else. An empty text is the whole endpoint.
func normalResource(issuer, text string) string {
	if text == "" {
		return issuer + EndpointPath
	}
	u, err := url.Parse(text)
	if err != nil || u.User != nil || u.RawQuery != "" || u.Fragment != "" || !resourcePath().MatchString(u.Path) ||
		!strings.EqualFold(u.Scheme+"://"+u.Host, issuer) {
		return ""
	}
	return issuer + strings.TrimSuffix(u.Path, "/")
}

// covers reports whether a token for one resource may be used at another: at the same one, or at a part of it.
func covers(granted, used string) bool {
	return used != "" && (used == granted || strings.HasPrefix(used, granted+"/"))
}
