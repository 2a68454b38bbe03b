package rest_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/rest"
)

func TestHostCheck(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ hosts, served, refused string }{
		"names": {"api.example.org 127.0.0.1 LocalHost",
			"api.example.org API.Example.ORG api.example.org:8000 api.example.org. api.example.org.:443 127.0.0.1:1 " +
				"localhost:9080 api.example.org:",
			"example.org xapi.example.org api.example.org.evil.org api.example.org:port api.example.org:80:80 127.0.0.2 " +
				"127.0.0.1.evil.org api.example.org.."},
		"domain with subdomains": {".example.org",
			"example.org a.example.org a.b.example.org:80 A.EXAMPLE.ORG.",
			"badexample.org example.org.evil.org org .example.orgx"},
		"IPv6": {"[::1] [2001:db8::1]",
			"[::1] [::1]:8000 [2001:DB8::1]:443",
			"::1 [::2] [::1 [::1]x [::1]:x [::1%25eth0] localhost"},
		"any": {"*",
			"api.example.org 10.0.0.1:80 [::1] anything a_b",
			"a,b a:b:c a'b [::1 a:80x a=b"},
		"none": {"", "", "localhost 127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api, _ := newAPI(func(o *rest.Options) { o.Hosts = strings.Fields(test.hosts) })
			register(api, "GET", "/api/v1/here/", func(*struct{}) (string, error) { return "here", nil })
			handler := api.Handler()
			for status, hosts := range map[int]string{200: test.served, 400: test.refused} {
				for _, host := range strings.Fields(hosts) {
					request := httptest.NewRequest("GET", "/api/v1/here/", nil)
					request.Host = host
					recorder := httptest.NewRecorder()
					handler.ServeHTTP(recorder, request)
					if recorder.Code != status {
						t.Errorf("%s: status %d, want %d", host, recorder.Code, status)
					}
				}
			}
		})
	}
}

func TestRefusedHost(t *testing.T) {
	t.Parallel()
	api, _ := newAPI()
	for _, path := range []string{"/api/v1/health/", "/api/health/", "/healthz", "/readyz", "/api/v1/health/more/", "/"} {
		register(api, "GET", path, func(*struct{}) (string, error) { return "here", nil })
	}
	url := serve(t, api)
	for _, path := range []string{"/api/v1/health/", "/api/v1/health", "/api/health/", "/api/health", "/healthz",
		"/healthz/", "/readyz"} {
		call(t, "GET", url+path, "", "Host: 10.1.2.3:8000").want(t, 200, `"here"`)
	}
	for _, path := range []string{"/", "/api/v1/health/more/", "/api/v1/nothing/", "/healthzz"} {
		call(t, "GET", url+path, "", "Host: 10.1.2.3:8000").want(t, 400,
			`{"detail":"Bad request.","path":"`+path+`","status_code":400}`)
	}
	if answer := send(t, url+"/", "GET", "Host: other\r\nConnection: close\r\n",
		""); !strings.HasPrefix(answer, "HTTP/1.1 400 ") {
		t.Errorf("two hosts: %s", answer)
	}
}

// clientOf returns what a handler learns about the sender of a request from peer.
func clientOf(t *testing.T, peer string, headers []string, change ...func(*rest.Options)) (client rest.Client) {
	t.Helper()
	api, _ := newAPI(append([]func(*rest.Options){func(o *rest.Options) {
		o.Hosts = []string{"api.example.org", ".example.net"}
		o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8"),
			netip.MustParsePrefix("127.0.0.1/32")}
	}}, change...)...)
	rest.Handle(api, rest.Operation{Method: "GET", Path: "/api/v1/client/"},
		func(ctx context.Context, _ actor.Actor, _ *struct{}) (rest.Client, error) {
			return rest.ClientOf(ctx), nil
		})
	request := httptest.NewRequest("GET", "/api/v1/client/", nil)
	request.RemoteAddr, request.Host = peer, "api.example.org:8000"
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		request.Header.Add(name, value)
	}
	recorder := httptest.NewRecorder()
	api.Handler().ServeHTTP(recorder, request)
	if err := json.Unmarshal(recorder.Body.Bytes(), &client); err != nil || recorder.Code != http.StatusOK {
		t.Fatalf("%d %s", recorder.Code, recorder.Body)
	}
	return client
}

func TestClientAddress(t *testing.T) {
	t.Parallel()
	onRender := func(o *rest.Options) { o.OnRender = true }
	anywhere := func(o *rest.Options) {}
	everybody := func(o *rest.Options) {
		o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
	}
	const proxy, stranger = "10.1.2.3:999", "198.51.100.7:999"
	for name, test := range map[string]struct {
		peer, want string
		where      func(*rest.Options)
		headers    []string
	}{
		"direct": {stranger, "198.51.100.7", anywhere, nil},
		"direct, made up": {stranger, "198.51.100.7", onRender,
			[]string{"X-Forwarded-For: 203.0.113.1", "CF-Connecting-IP: 203.0.113.2"}},
		"direct, IPv6":             {"[2001:db8::5]:999", "2001:db8::5", anywhere, nil},
		"direct, IPv6 with a zone": {"[fe80::1%eth0]:999", "fe80::1", anywhere, nil},
		"direct, IPv4 in IPv6":     {"[::ffff:198.51.100.7]:999", "198.51.100.7", anywhere, nil},
		"no address":               {"@", "", anywhere, []string{"X-Forwarded-For: 203.0.113.1"}},
		"proxy says nothing":       {proxy, "10.1.2.3", anywhere, nil},
		"one entry":                {proxy, "203.0.113.1", anywhere, []string{"X-Forwarded-For: 203.0.113.1"}},
		"left ones can be made up": {proxy, "203.0.113.1", anywhere,
			[]string{"X-Forwarded-For: 1.1.1.1, 8.8.8.8 ,203.0.113.1"}},
		"through several proxies": {proxy, "203.0.113.1", anywhere,
			[]string{"X-Forwarded-For: 1.1.1.1, 203.0.113.1, 10.9.9.9,127.0.0.1"}},
		"several headers": {proxy, "203.0.113.1", anywhere,
			[]string{"X-Forwarded-For: 1.1.1.1", "X-Forwarded-For: 203.0.113.1", "X-Forwarded-For: 10.9.9.9"}},
		"everybody is a proxy": {stranger, "203.0.113.9", everybody,
			[]string{"X-Forwarded-For: 203.0.113.1, 203.0.113.9"}},
		"everybody, one entry": {stranger, "203.0.113.9", everybody, []string{"X-Forwarded-For: 203.0.113.9"}},
		"proxies alone":        {proxy, "10.7.7.7", anywhere, []string{"X-Forwarded-For: 10.7.7.7, 10.8.8.8"}},
		"IPv6 proxy and entry": {"[fd00::1]:999", "2001:db8::5", anywhere, []string{"X-Forwarded-For: 2001:DB8:0::5"}},
		"IPv4 in IPv6 everywhere": {"[::ffff:10.1.2.3]:999", "203.0.113.1", anywhere,
			[]string{"X-Forwarded-For: ::ffff:203.0.113.1, ::ffff:10.9.9.9"}},
		"malformed":                 {proxy, "10.1.2.3", anywhere, []string{"X-Forwarded-For: unknown"}},
		"malformed beside the peer": {proxy, "10.1.2.3", anywhere, []string{"X-Forwarded-For: 203.0.113.1, junk"}},
		"malformed where made up":   {proxy, "203.0.113.1", anywhere, []string{"X-Forwarded-For: <script>, 203.0.113.1"}},
		"empty":                     {proxy, "10.1.2.3", anywhere, []string{"X-Forwarded-For: "}},
		"Cloudflare, elsewhere": {proxy, "203.0.113.1", anywhere,
			[]string{"X-Forwarded-For: 203.0.113.1", "CF-Connecting-IP: 203.0.113.2"}},
		"Cloudflare, on Render": {proxy, "203.0.113.2", onRender,
			[]string{"X-Forwarded-For: 203.0.113.1", "CF-Connecting-IP: 203.0.113.2"}},
		"Cloudflare, IPv4 in IPv6": {proxy, "203.0.113.2", onRender, []string{"CF-Connecting-IP: ::ffff:203.0.113.2"}},
		"Cloudflare, malformed": {proxy, "203.0.113.1", onRender,
			[]string{"X-Forwarded-For: 203.0.113.1", "CF-Connecting-IP: x"}},
		"Render without Cloudflare": {proxy, "203.0.113.1", onRender, []string{"X-Forwarded-For: 203.0.113.1"}},
		"other forwarding header": {proxy, "10.1.2.3", anywhere,
			[]string{"X-Real-IP: 203.0.113.1", "Forwarded: for=203.0.113.1"}},
		"nobody is trusted by itself": {proxy, "10.1.2.3", func(o *rest.Options) { o.TrustedProxies = nil },
			[]string{"X-Forwarded-For: 203.0.113.1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := clientOf(t, test.peer, test.headers, test.where).Address; got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestBaseURL(t *testing.T) {
	t.Parallel()
	const proxy, stranger, own = "10.1.2.3:999", "198.51.100.7:999", "http://api.example.org:8000"
	for name, test := range map[string]struct {
		peer, want string
		headers    []string
	}{
		"direct":       {stranger, own, nil},
		"made up":      {stranger, own, []string{"X-Forwarded-Proto: https", "X-Forwarded-Host: www.example.net"}},
		"scheme":       {proxy, "https://api.example.org:8000", []string{"X-Forwarded-Proto: HTTPS"}},
		"first scheme": {proxy, "https://api.example.org:8000", []string{"X-Forwarded-Proto: https, http"}},
		"odd scheme":   {proxy, own, []string{"X-Forwarded-Proto: javascript"}},
		"host":         {proxy, "http://www.example.net", []string{"X-Forwarded-Host: WWW.example.net"}},
		"host and port": {proxy, "https://www.example.net:8443",
			[]string{"X-Forwarded-Host: www.example.net:8443, inner", "X-Forwarded-Proto: https"}},
		"unserved host":    {proxy, own, []string{"X-Forwarded-Host: evil.org"}},
		"host with a tail": {proxy, own, []string{"X-Forwarded-Host: www.example.net:80@evil.org"}},
		"host and path":    {proxy, own, []string{"X-Forwarded-Host: www.example.net:/a"}},
		"empty host":       {proxy, own, []string{"X-Forwarded-Host: "}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := clientOf(t, test.peer, test.headers).BaseURL(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestUserAgentIsCutAndClean(t *testing.T) {
	t.Parallel()
	for sent, want := range map[string]string{
		"":                       "",
		"Editor/1.0 (é)":         "Editor/1.0 (é)",
		"a\xff\xfeb\x00c":        "a?bc",
		strings.Repeat("é", 600): strings.Repeat("é", 512),
	} {
		if got := clientOf(t, "198.51.100.7:999", []string{"User-Agent: " + sent}).UserAgent; got != want {
			t.Errorf("%.20q: got %q", sent, got)
		}
	}
}
