package app_test

import (
	"cmp"
	"flag"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

const accessPage = "../../docs/access.md"

var renewAccess = flag.Bool("renew-access", false, "write docs/access.md anew")

func TestAccessReferenceIsUpToDate(t *testing.T) {
	t.Parallel()
	reference := apptest.Start(t, database.SQLite).App(t).API("test").AccessReference()
	if *renewAccess {
		if err := os.WriteFile(accessPage, []byte(reference), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	content, err := os.ReadFile(accessPage)
	if err != nil {
		t.Fatal(err)
	}
	if string(content) != reference {
		t.Errorf("%s is stale; renew it with: go test ./internal/app -run TestAccessReference -renew-access", accessPage)
	}
}

// TestEveryRouteAnswersEachCredentialAsTheTableSays calls all operations with what exists nowhere and a body of which
// nothing is good: what is let in is refused for another reason, or does no harm.
func TestEveryRouteAnswersEachCredentialAsTheTableSays(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		api := s.App(t).API("test")
		s.Exec(t, "update users set is_staff = false")
		staff := s.SignUp(t, "staff")
		s.Exec(t, "update users set is_staff = true where id = "+strconv.FormatInt(staff.ID, 10))
		operations := 0
		for _, route := range api.Routes() {
			if route.Operation == nil || route.Path == "/api/v1/admin/template-courses/restore/" &&
				engine == database.PostgreSQL {
				continue
			}
			operations++
			member := s.SignUp(t, "member"+strconv.Itoa(operations)) // the calls may end sessions and keys
			session := member.Token
			key := s.Call(t, "POST", "/api/v1/auth/rotate-api-key/", session, nil).Want(t, 200).String("api_key")
			answers := api.AnswersOf(route)
			for _, try := range [][2]string{{"", answers.Nobody}, {key, answers.Key}, {session, answers.Session}} {
				got := s.Call(t, route.Method, pathFor(route.Path), try[0], bodyFor(route.Method))
				checkAnswer(t, route, try[1], got)
			}
			if route.Operation.Access == rest.Staff {
				staffKey := s.Call(t, "POST", "/api/v1/auth/rotate-api-key/", staff.Token, nil).Want(t, 200).String("api_key")
				checkAnswer(t, route, answers.Key, s.Call(t, route.Method, route.Path, staffKey, nil))
			}
		}
		if operations < 70 {
			t.Errorf("%d operations were called", operations)
		}
	})
}

func bodyFor(method string) any {
	if method == "GET" || method == "DELETE" {
		return nil
	}
	return map[string]any{"nothing": "of use"}
}

// checkAnswer tells refusals because of the credential from those for other reasons, which know the caller.
func checkAnswer(t *testing.T, route rest.Route, want string, got apptest.Reply) {
	t.Helper()
	refused := ""
	switch detail := got.String("detail"); {
	case detail == rest.TextNoCredentials:
		refused = "401"
	case strings.Contains(detail, "needs a signed-in session"), strings.HasPrefix(detail, "You do not have permission"):
		refused = "403"
	}
	if _, err := strconv.Atoi(want); err != nil {
		want = ""
	}
	if refused != want || refused != "" && refused != strconv.Itoa(got.Status) || got.Status >= 500 {
		t.Errorf("%s %s: want %s, got %d %s", route.Method, route.Path, cmp.Or(want, "to be let in"), got.Status, got.Text)
	}
}

// TestOnlySessionsChangeWhoGetsIn names what an API key must never do, apart from the table.
func TestOnlySessionsChangeWhoGetsIn(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t, database.SQLite).App(t).API("test")
	sensitive := []string{
		"POST /api/v1/auth/bind/google/", "POST /api/v1/auth/bind/github/", "POST /api/v1/auth/bind/oidc/",
		"DELETE /api/v1/auth/social-accounts/{provider}/", "DELETE /api/v1/auth/sessions/{id}/",
		"POST /api/v1/auth/rotate-api-key/", "POST /api/v1/auth/change-password/", "POST /api/v1/auth/change-email/",
		"POST /api/v1/auth/send-identity-code/", "POST /api/v1/planner-events/calendar/",
		"DELETE /api/v1/planner-events/calendar/",
		"DELETE /api/v1/auth/api-key/", "GET /api/v1/auth/events/", "GET /api/v1/auth/grants/",
		"DELETE /api/v1/auth/grants/{id}/",
		"POST /api/v1/integrations/github/callback/", "DELETE /api/v1/integrations/github/status/",
	}
	for _, route := range api.Routes() {
		name := route.Method + " " + route.Path
		i := slices.Index(sensitive, name)
		if i < 0 {
			continue
		}
		sensitive = slices.Delete(sensitive, i, i+1)
		if got := api.AnswersOf(route); got != (rest.Answers{Nobody: "401", ScopedKey: "403", Key: "403", Session: "yes",
			Staff: "yes"}) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if len(sensitive) > 0 {
		t.Errorf("there is no %q", sensitive)
	}
}

func TestEveryOperationForProgramsHasAScope(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t, database.SQLite).App(t).API("test")
	for _, route := range api.Routes() {
		if route.Operation == nil || route.Operation.Access != rest.Account || route.Operation.Tag == "activity" {
			continue
		}
		area, verb, ok := strings.Cut(api.AnswersOf(route).ScopedKey, ":")
		if !ok || !slices.Contains([]string{"notes", "planner", "account"}, area) ||
			(verb == "read") != (route.Method == "GET") {
			t.Errorf("%s %s takes the scope %s:%s", route.Method, route.Path, area, verb)
		}
	}
}
