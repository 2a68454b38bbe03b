package accounts_test

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

const pagePath = "/auth/verify-email/"

func openPage(t *testing.T, s *apptest.Server, email, code string) apptest.Reply {
	t.Helper()
	return s.Call(t, http.MethodGet, pagePath+"?"+url.Values{"email": {email}, "code": {code}}.Encode(), "", nil)
}

func submitPage(t *testing.T, s *apptest.Server, email, code string) apptest.Reply {
	t.Helper()
	request := s.Request(t, http.MethodPost, pagePath, url.Values{"email": {email}, "code": {code}}.Encode())
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return apptest.Do(t, request)
}

// wantProblemShown fails the test unless the page says what is wrong, with that status.
func wantProblemShown(t *testing.T, page apptest.Reply, status int) {
	t.Helper()
	if !strings.Contains(page.Want(t, status).Text, `role="alert"`) {
		t.Errorf("the page shows no problem: %s", page.Text)
	}
}

func TestVerificationPageVerifiesOnlyWhenSubmitted(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, "FRONTEND_ORIGIN=https://app.example.org")
		code := s.Register(t, "alice", "alice@example.com")
		for range 6 { // as often as programs that check links like
			page := openPage(t, s, "alice@example.com", code).Want(t, 200)
			if !strings.Contains(page.Text, `value="`+code+`"`) || !strings.Contains(page.Text, "alice@example.com") {
				t.Fatalf("the form is not filled in: %s", page.Text)
			}
		}
		s.Call(t, http.MethodHead, pagePath+"?email=alice@example.com&code="+code, "", nil).Want(t, 200)
		apptest.WantProblem(t, s.TrySignIn(t, "alice", apptest.Password), "non_field_errors")

		wantProblemShown(t, submitPage(t, s, "alice@example.com", otherThan(code, 1)[0]), 400)
		done := submitPage(t, s, " Alice@example.com ", " "+code).Want(t, 200)
		if !strings.Contains(done.Text, `href="https://app.example.org"`) {
			t.Errorf("the page does not lead to the app: %s", done.Text)
		}
		wantProblemShown(t, submitPage(t, s, "alice@example.com", code), 400) // it is used
		sessions := apptest.Value[int](t, s.Database(t), "select count(*) from sessions")
		if sessions != 0 {
			t.Errorf("the page made %d sessions", sessions)
		}
		s.TrySignIn(t, "alice", apptest.Password).Want(t, 200)
	})
}

func TestVerificationPageRetiresCodesLikeTheAPI(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		code := s.Register(t, "alice", "alice@example.com")
		for _, wrong := range otherThan(code, 5) {
			wantProblemShown(t, submitPage(t, s, "alice@example.com", wrong), 400)
		}
		wantProblemShown(t, submitPage(t, s, "alice@example.com", code), 400)
	})
}

func TestVerificationPageRefusesWhatIsNoAddressOrCode(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		for name, form := range map[string]struct{ email, code string }{
			"nothing":                 {"", ""},
			"zero byte in address":    {"alice\x00@example.com", "123456"},
			"zero byte in code":       {"alice@example.com", "\x00"},
			"address that is no text": {"\xff\xfe@example.com", "123456"},
			"code that is no text":    {"alice@example.com", "\xff"},
			"larger than forms are":   {strings.Repeat("a", 20_000), "123456"},
		} {
			t.Run(name, func(t *testing.T) {
				openPage(t, s, form.email, form.code).Want(t, 200)
				wantProblemShown(t, submitPage(t, s, form.email, form.code), 400)
			})
		}
	})
}

func TestVerificationPageIsSafe(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, database.SQLite)
	const attack = `"><script>alert(1)</script>`
	for name, page := range map[string]apptest.Reply{
		"opened": openPage(t, s, attack, attack), "submitted": submitPage(t, s, attack, attack),
	} {
		if strings.Contains(page.Text, "<script") || !strings.Contains(html.UnescapeString(page.Text), attack) {
			t.Errorf("%s: what was sent is not shown as text: %s", name, page.Text)
		}
		for header, want := range map[string]string{
			"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
		} {
			if got := page.Header.Get(header); got != want {
				t.Errorf("%s: %s is %q, want %q", name, header, got, want)
			}
		}
		for _, rule := range []string{"default-src 'none'", "form-action 'self'", "frame-ancestors 'none'"} {
			if policy := page.Header.Get("Content-Security-Policy"); !strings.Contains(policy, rule) {
				t.Errorf("%s: the policy %q lacks %s", name, policy, rule)
			}
		}
	}
	openPage(t, s, "alice@example.com", "271828")
	if lines := s.Logs.Find("271828"); len(lines) > 0 {
		t.Errorf("the code is in the log: %q", lines)
	}
}
