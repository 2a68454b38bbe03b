package oauth

import (
	"net/url"
	"strings"

	"github.com/trance-0/notechondria/internal/mcp/paths"
	"github.com/trance-0/notechondria/internal/pattern"
)

var resourcePath = pattern.New(`^` + paths.Root + `(/[a-z0-9_,-]{1,200}){0,3}/?$`)

// normalResource returns a resource of the server at issuer as tokens have it, without a final slash; "" for anything
// else. An empty text is the whole endpoint.
func normalResource(issuer, text string) string {
	if text == "" {
		return issuer + paths.Root
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
