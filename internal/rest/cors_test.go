package rest_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/rest"
)

// corsHeaders are what an allowed origin gets; each is missing for any other.
var corsHeaders = map[string]string{
	"Access-Control-Allow-Credentials": "true",
	"Access-Control-Allow-Headers":     "Authorization, Content-Type, Accept, Origin, X-Requested-With, If-Match",
	"Access-Control-Allow-Methods":     "GET, POST, PATCH, PUT, DELETE, OPTIONS",
	"Access-Control-Expose-Headers":    "ETag, Retry-After",
	"Access-Control-Max-Age":           "86400",
}

func wantCORS(t *testing.T, got reply, origin string, allowed bool) {
	t.Helper()
	if !allowed {
		origin = ""
	}
	got.wantHeader(t, "Access-Control-Allow-Origin", origin)
	for name, value := range corsHeaders {
		if !allowed {
			value = ""
		}
		got.wantHeader(t, name, value)
	}
	if vary := got.Header.Get("Vary"); !strings.Contains(vary, "Origin") {
		t.Errorf("Vary is %q", vary)
	}
}

func TestOriginsAgainstConfiguration(t *testing.T) {
	t.Parallel()
	configure := func(hosts, origins string) func(*rest.Options) {
		return func(o *rest.Options) {
			o.Hosts, o.Origins = append(strings.Fields(hosts), "127.0.0.1"), strings.Fields(origins)
		}
	}
	for name, test := range map[string]struct {
		configuration    func(*rest.Options)
		allowed, refused string
	}{
		"nothing": {
			configure("", ""),
			"http://localhost http://localhost:3000 https://localhost http://127.0.0.1:8080 http://[::1]:5173 " +
				"http://LOCALHOST:3000",
			"null https://example.org http://localhost.example.org http://mylocalhost http://127.0.0.2 " +
				"https://evil.org/?http://localhost localhost " +
				"localhost:3000 file:// https:// :// https://[ http://localhost:x"},
		"whole origins": {
			configure("", "https://app.example.org http://dev.example.org:3000 https://up.example.org:443 "+
				"https://[2001:db8::1]:8443"),
			"https://app.example.org https://app.example.org:443 HTTPS://App.Example.Org http://dev.example.org:3000 " +
				"https://up.example.org https://[2001:db8::1]:8443",
			"http://app.example.org https://app.example.org:8443 https://sub.app.example.org https://app.example.org.evil.org " +
				"https://example.org http://dev.example.org https://dev.example.org:3000 https://[2001:db8::1] " +
				"https://xapp.example.org"},
		"hosts without scheme": {
			configure("", "app.example.org [2001:db8::1]"),
			"https://app.example.org http://app.example.org http://app.example.org:3000 https://[2001:db8::1]:3000",
			"https://sub.app.example.org https://example.org"},
		"accepted hosts": {
			configure("api.example.org .example.net [2001:db8::1]", ""),
			"https://api.example.org http://api.example.org:8000 https://example.net https://a.b.example.net:444 " +
				"http://[2001:db8::1]:3000",
			"https://www.example.org https://badexample.net https://example.net.evil.org"},
		"any host": {
			configure("*", "https://app.example.org"),
			"https://app.example.org http://localhost:3000",
			"https://evil.org null https://*"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api, _ := newAPI(test.configuration)
			register(api, "GET", "/api/v1/here/", func(*struct{}) (string, error) { return "here", nil })
			url := serve(t, api) + "/api/v1/here/"
			for allowed, origins := range map[bool]string{true: test.allowed, false: test.refused} {
				for origin := range strings.FieldsSeq(origins) {
					preflight := call(t, "OPTIONS", url, "", "Origin: "+origin, "Access-Control-Request-Method: PATCH")
					preflight.want(t, 204, "")
					wantCORS(t, preflight, origin, allowed)
					got := call(t, "GET", url, "", "Origin: "+origin)
					got.want(t, 200, `"here"`)
					wantCORS(t, got, origin, allowed)
					if t.Failed() {
						t.Fatalf("that was %q", origin)
					}
				}
			}
			wantCORS(t, call(t, "GET", url, ""), "", false)
		})
	}
}

func TestPreflightNeedsNeitherRouteNorHostNorSignIn(t *testing.T) {
	t.Parallel()
	api, _ := newAPI()
	rest.Handle(api, rest.Operation{Method: "POST", Path: "/api/v1/members/", Access: rest.Account}, noInput("made"))
	url := serve(t, api)
	for _, path := range []string{"/api/v1/members/", "/api/v1/nothing", "/api/", "/media/a/b.png", "/handshake/",
		"/handshake", "/%61pi/v1/x"} {
		for _, host := range []string{"Host: 127.0.0.1", "Host: unknown.example.org"} {
			got := call(t, "OPTIONS", url+path, "", host, "Origin: http://localhost:3000", "Authorization: Token stale",
				"Access-Control-Request-Method: POST", "Access-Control-Request-Headers: authorization,content-type")
			got.want(t, 204, "")
			wantCORS(t, got, "http://localhost:3000", true)
		}
	}
}

func TestPathsWithoutCORS(t *testing.T) {
	t.Parallel()
	api, _ := newAPI()
	register(api, "GET", "/", func(*struct{}) (string, error) { return "root", nil })
	url := serve(t, api)
	for _, path := range []string{"/", "/healthz", "/handshakes/", "/mcpx", "/apis/", "/static/a.js"} {
		got := call(t, "GET", url+path, "", "Origin: http://localhost:3000")
		got.wantHeader(t, "Access-Control-Allow-Origin", "")
		if strings.Contains(got.Header.Get("Vary"), "Origin") {
			t.Errorf("%s varies by origin", path)
		}
	}
}

func TestErrorsCarryCORS(t *testing.T) {
	t.Parallel()
	api, _ := newAPI()
	register(api, "POST", "/api/v1/fail/", func(*titleInput) (string, error) { return "", errors.New("broken") })
	register(api, "GET", "/api/v1/panic/", func(*struct{}) (string, error) { panic("oh") })
	rest.Handle(api, rest.Operation{Method: "POST", Path: "/api/v1/members/", Access: rest.Account}, noInput("made"))
	url := serve(t, api) + "/api/v1/"
	const origin = "Origin: http://localhost:3000"
	for status, got := range map[int]reply{
		400: call(t, "POST", url+"fail/", "{}", origin, asJSON),
		401: call(t, "POST", url+"members/", "{}", origin, asJSON),
		404: call(t, "GET", url+"nothing/", "", origin),
		405: call(t, "DELETE", url+"fail/", "", origin),
		413: call(t, "POST", url+"fail/", strings.Repeat(" ", jsonLimit+1), origin, asJSON),
		415: call(t, "POST", url+"fail/", "x", origin, "Content-Type: text/xml"),
		500: call(t, "POST", url+"fail/", `{"title":"x"}`, origin, asJSON),
	} {
		got.wantStart(t, status, "{")
		wantCORS(t, got, "http://localhost:3000", true)
	}
	panicked := call(t, "GET", url+"panic/", "", origin)
	panicked.want(t, 500, `{"detail":"Internal server error.","path":"/api/v1/panic/","status_code":500}`)
	wantCORS(t, panicked, "http://localhost:3000", true)
	badHost := call(t, "GET", url+"panic/", "", origin, "Host: unknown.example.org")
	badHost.wantStart(t, 400, "{")
	wantCORS(t, badHost, "http://localhost:3000", true)
}

func TestVaryIsAppendedTo(t *testing.T) {
	t.Parallel()
	api, _ := newAPI()
	register(api, "GET", "/api/v1/here/", func(*struct{}) (string, error) { return "", nil })
	inner := api.Handler()
	outer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Vary", "Accept-Encoding, X-Origin")
		inner.ServeHTTP(w, r)
	})
	got := record(outer, "GET", "/api/v1/here/", "")
	if vary := got.Header().Get("Vary"); vary != "Accept-Encoding, X-Origin, Origin, Accept" {
		t.Errorf("Vary is %q", vary)
	}
}
