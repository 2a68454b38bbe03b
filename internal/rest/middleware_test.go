package rest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/rest"
)

func TestPanicIsAnsweredAndLogged(t *testing.T) {
	t.Parallel()
	api, log := newAPI()
	register(api, "POST", "/api/v1/panic/", func(*titleInput) (string, error) { panic("out of cheese") })
	api.Route("GET", "/page/", func(http.ResponseWriter, *http.Request) error { panic(errors.New("no page")) })
	url := serve(t, api)
	for _, got := range []reply{
		call(t, "POST", url+"/api/v1/panic/", `{"title":"secret words"}`, asJSON, "X-Request-Id: known-1"),
		call(t, "GET", url+"/page/", "", "X-Request-Id: known-2"),
	} {
		got.wantStart(t, 500, `{"detail":"Internal server error.","path":"/`)
		got.wantHeader(t, "Content-Type", "application/json; charset=utf-8")
		got.wantHeader(t, "X-Content-Type-Options", "nosniff")
	}
	for id, words := range map[string][]string{
		"request_id=known-1": {"level=ERROR msg=panic", "out of cheese", "middleware_test.go"},
		"request_id=known-2": {"level=ERROR msg=panic", "no page"},
	} {
		found := log.with(id)
		if len(found) != 2 {
			t.Fatalf("want the panic and the request of %s: %q", id, found)
		}
		for _, word := range words {
			if !strings.Contains(found[0], word) {
				t.Errorf("%q is missing in %s", word, found[0])
			}
		}
		if !strings.Contains(found[1], "level=ERROR msg=request status=500") {
			t.Errorf("the request's line is %s", found[1])
		}
	}
	if len(log.with("secret words")) != 0 {
		t.Error("the body is in the log")
	}
}

func TestPanicIsObservedAsFailure(t *testing.T) {
	t.Parallel()
	observed := make(chan int, 1)
	api, _ := newAPI(func(o *rest.Options) {
		o.Observe = func(_, _ string, status int, _ time.Duration) { observed <- status }
	})
	register(api, "POST", "/api/v1/panic/", func(*titleInput) (string, error) { panic("out of cheese") })
	record(api.Handler(), "POST", "/api/v1/panic/", `{"title":"a"}`)
	if status := <-observed; status != http.StatusInternalServerError {
		t.Errorf("observed as %d", status)
	}
}

func TestHandlerMayCutTheConnection(t *testing.T) {
	t.Parallel()
	api, log := newAPI()
	api.Route("GET", "/cut", func(http.ResponseWriter, *http.Request) error { panic(http.ErrAbortHandler) })
	if answer := send(t, serve(t, api)+"/cut", "GET", "", ""); answer != "" {
		t.Errorf("got %q", answer)
	}
	if len(log.with("msg=panic")) != 0 || len(log.with("msg=request")) != 1 {
		t.Error("want the request in the log, and no panic")
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	api, log := newAPI()
	url := serve(t, api) + "/nothing"
	for _, id := range []string{"abc-123_X.y", strings.Repeat("a", 64)} {
		call(t, "GET", url, "", "X-Request-Id: "+id).wantHeader(t, "X-Request-Id", id)
		if len(log.with("request_id="+id)) != 1 {
			t.Errorf("%s is not in the log", id)
		}
	}
	made := regexp.MustCompile(`^[0-9a-f]{16}$`)
	seen := map[string]bool{}
	for _, id := range []string{"", "a b", "a\"b", "<x>", "a=b", strings.Repeat("a", 65), "é", "a;b"} {
		got := call(t, "GET", url, "", "X-Request-Id: "+id).Header.Get("X-Request-Id")
		if !made.MatchString(got) || seen[got] {
			t.Errorf("%q gave %q", id, got)
		}
		seen[got] = true
	}
}

func TestAccessLog(t *testing.T) {
	t.Parallel()
	api, log := newAPI()
	register(api, "POST", "/api/v1/answers/{id}/", func(in *thingInput) (string, error) {
		if in.ID == 200 {
			return "twelve bytes", nil
		}
		return "", rest.Detail(int(in.ID), "No.")
	})
	url := serve(t, api) + "/api/v1/answers/"
	for status, level := range map[string]string{"200": "INFO", "400": "WARN", "409": "WARN", "500": "ERROR",
		"503": "ERROR"} {
		call(t, "POST", url+status+"/?q="+status, `{"title":"secret words"}`, asJSON, "Authorization: Token member",
			"X-Request-Id: id-"+status)
		found := log.with("request_id=id-" + status)
		pattern := regexp.MustCompile(`level=` + level + ` msg=request status=` + status +
			` took=\d+\.\dms method=POST path="/api/v1/answers/` + status +
			`/\?q=\*\*\*" bytes=(14|16) client=127\.0\.0\.1 request_id=id-`)
		if len(found) != 1 || !pattern.MatchString(found[0]) {
			t.Errorf("status %s: %q", status, found)
		}
	}
	if len(log.with("secret words"))+len(log.with("Token member")) != 0 {
		t.Error("a body or a credential is in the log")
	}
}

func TestSecretsAreMaskedInTheLog(t *testing.T) {
	t.Parallel()
	api, log := newAPI()
	handler := api.Handler()
	for i, test := range []struct{ query, want string }{
		{"code=SECRET&state=SECRET&page=2", "code=***&state=***&page=2"},
		{"token=SECRET", "token=***"},
		{"Token=SECRET&CODE=SECRET", "Token=***&CODE=***"},
		{"%63ode=SECRET&to%6ben=SECRET", "%63ode=***&to%6ben=***"},
		{"%zz=SECRET", "%zz=***"},
		{"code=SECRET=SECRET&code=SECRET", "code=***&code=***"},
		{"password=SECRET&email=SECRET%40example.com", "password=***&email=***"},
		{"access_token=SECRET&id_token=SECRET&api_key=SECRET&key=SECRET",
			"access_token=***&id_token=***&api_key=***&key=***"},
		{"error=denied&error_description=SECRET", "error=denied&error_description=***"},
		{"code", "code=***"},
		{"limit=a%20b&&x", "limit=a%20b&&x"}, {"q=words%20of%20mine&limit=5", "q=***&limit=5"},
		{"notcode=1&state_=2", "notcode=1&state_=2"},
	} {
		path := fmt.Sprintf("/n/%d?", i)
		record(handler, "GET", path+test.query, "")
		if found := log.with(path); len(found) != 1 || !strings.Contains(found[0], `"`+path+test.want+`"`) {
			t.Errorf("%s: %q", test.query, found)
		}
	}
	if found := log.with("SECRET"); len(found) != 0 {
		t.Errorf("secrets in the log: %q", found)
	}
}

func TestPathInTheLogStaysOnOneLine(t *testing.T) {
	t.Parallel()
	api, log := newAPI()
	record(api.Handler(), "GET", "/a%0Alevel=ERROR%20msg=fake/%E9%9F%B3", "")
	if found := log.with("msg=fake"); len(found) != 1 ||
		!strings.Contains(found[0], "/a%0Alevel=ERROR%20msg=fake/%E9%9F%B3") {
		t.Errorf("got %q", found)
	}
}

func TestTimeRunsOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api, log := newAPI()
		rest.Handle(api, rest.Operation{Method: "GET", Path: "/api/v1/slow/"},
			func(ctx context.Context, _ actor.Actor, _ *struct{}) (string, error) {
				<-ctx.Done()
				return "", fmt.Errorf("asking the database: %w", ctx.Err())
			})
		got := record(api.Handler(), "GET", "/api/v1/slow/", "")
		reply{Status: got.Code, Body: got.Body.String()}.want(t, 503,
			`{"detail":"The server is too busy, please try again.","path":"/api/v1/slow/","status_code":503}`)
		if len(log.with("asking the database: context deadline exceeded")) != 1 || len(log.with("took=30000.0ms")) != 1 {
			t.Errorf("the log is %q", log.with(""))
		}
	})
}

func TestClientThatLeavesIsNoFailure(t *testing.T) {
	t.Parallel()
	api, log := newAPI()
	rest.Handle(api, rest.Operation{Method: "GET", Path: "/api/v1/slow/"},
		func(ctx context.Context, _ actor.Actor, _ *struct{}) (string, error) {
			<-ctx.Done()
			return "", ctx.Err()
		})
	handler := api.Handler()
	left := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, leave := context.WithCancel(r.Context())
		leave()
		handler.ServeHTTP(w, r.WithContext(ctx))
	})
	record(left, "GET", "/api/v1/slow/", "")
	if len(log.with("level=ERROR")) != 0 || len(log.with("level=WARN msg=request status=499")) != 1 {
		t.Errorf("the log is %q", log.with(""))
	}
}

func TestUnexpectedErrorsAreLoggedAndHidden(t *testing.T) {
	t.Parallel()
	api, log := newAPI()
	register(api, "GET", "/api/v1/fail/", func(*struct{}) (string, error) {
		return "",
			errors.New("dial 10.0.0.1: refused")
	})
	register(api, "GET", "/api/v1/wrapped/", func(*struct{}) (string, error) {
		return "", fmt.Errorf("saving the note: %w", &problem.Error{Kind: problem.Conflict, Cause: "Taken."})
	})
	url := serve(t, api) + "/api/v1/"
	call(t, "GET", url+"fail/", "", "X-Request-Id: id-1").
		want(t, 500, `{"detail":"Internal server error.","path":"/api/v1/fail/","status_code":500}`)
	if found := log.with("dial 10.0.0.1: refused"); len(found) != 1 || !strings.Contains(found[0], "request_id=id-1") {
		t.Errorf("the log is %q", found)
	}
	call(t, "GET", url+"wrapped/", "").want(t, 409, `{"detail":"Taken."}`)
}

func TestSecurityHeadersAreOnEverything(t *testing.T) {
	t.Parallel()
	api, _ := newAPI()
	register(api, "POST", "/api/v1/here/", func(*titleInput) (string, error) { return "here", nil })
	api.Route("GET", "/page/", func(w http.ResponseWriter, _ *http.Request) error {
		w.WriteHeader(http.StatusAccepted)
		return nil
	})
	url := serve(t, api)
	for status, got := range map[int]reply{
		200: post(t, url+"/api/v1/here/", `{"title":"x"}`),
		202: call(t, "GET", url+"/page/", ""),
		204: call(t, "OPTIONS", url+"/api/v1/here/", ""),
		400: call(t, "GET", url+"/page/", "", "Host: unknown.example.org"),
		404: call(t, "GET", url+"/nothing", ""),
		405: call(t, "GET", url+"/api/v1/here/", ""),
		413: post(t, url+"/api/v1/here/", strings.Repeat(" ", jsonLimit+1)),
	} {
		if got.Status != status {
			t.Errorf("got %d, want %d", got.Status, status)
		}
		for name, value := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
			"Cross-Origin-Opener-Policy": "same-origin",
			"Content-Security-Policy":    "default-src 'none'; frame-ancestors 'none'",
		} {
			got.wantHeader(t, name, value)
		}
		if got.Body != "" {
			got.wantHeader(t, "Cache-Control", "no-store")
		}
	}
}
