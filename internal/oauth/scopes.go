package oauth

import (
	"slices"
	"strings"

	"github.com/trance-0/notechondria/internal/mcp/paths"
)

// Scope is a part of an account that a program may be allowed to use.
type Scope struct {
	Name string
	Text string // what people are asked
}

// Scopes are all scopes, in the order in which they are shown.
func Scopes() []Scope {
	return []Scope{
		{"notes:read", "Read your notes and courses"},
		{"notes:write", "Write, change and delete your notes and courses"},
		{"planner:read", "Read your planner and activity"},
		{"planner:write", "Add, change and delete events, calendars and sessions of work"},
		{"account:read", "Read your profile and settings"},
		{"account:write", "Change your profile and settings"},
	}
}

// ScopeNames are the names of all scopes.
func ScopeNames() []string {
	names := make([]string, 0, len(Scopes()))
	for _, scope := range Scopes() {
		names = append(names, scope.Name)
	}
	return names
}

// scopesAt are the scopes that are of use at a resource: where nothing can be changed, none that changes anything.
func scopesAt(resource string) []string {
	return slices.DeleteFunc(ScopeNames(), func(name string) bool {
		return strings.HasSuffix(resource, paths.Root+paths.ReadOnly) && !strings.HasSuffix(name, ":read")
	})
}

// parseScopes returns the scopes of a list, separated by blanks, that exist, each once and in order.
func parseScopes(text string) []string {
	asked := strings.Fields(text)
	return slices.DeleteFunc(ScopeNames(), func(name string) bool { return !slices.Contains(asked, name) })
}

// intersect returns those scopes that are among the allowed ones.
func intersect(scopes, allowed []string) []string {
	return slices.DeleteFunc(slices.Clone(scopes), func(name string) bool { return !slices.Contains(allowed, name) })
}
