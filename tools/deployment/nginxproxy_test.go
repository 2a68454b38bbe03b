package deployment_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestNginxForwardsWhoAsks(t *testing.T) {
	t.Parallel()
	const aProxy = "set_real_ip_from 127.0.0.3;\n"
	claims := []string{"X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: https", "X-Forwarded-Host: notes.example.org",
		"Host: localhost:9080"}
	for name, c := range map[string]struct {
		from, trusted string
		headers       []string
		want          string
	}{
		"a client":                    {"127.0.0.2", "", []string{"Host: localhost:9080"}, "127.0.0.2 http localhost:9080"},
		"a client that makes up more": {"127.0.0.2", "", claims, "127.0.0.2 http localhost:9080"},
		"a client beside the proxy":   {"127.0.0.2", aProxy, claims, "127.0.0.2 http localhost:9080"},
		"a trusted proxy":             {"127.0.0.3", aProxy, claims, "203.0.113.7 https notes.example.org"},
		"a trusted proxy for itself":  {"127.0.0.3", aProxy, claims[3:], "127.0.0.3 http localhost:9080"},
		"a client lying to that proxy": {"127.0.0.3", aProxy, append([]string{"X-Forwarded-For: 1.1.1.1, 203.0.113.7"},
			claims[1:]...), "203.0.113.7 https notes.example.org"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := frontOfEcho(t, c.trusted)
			got := body(t, request(t, c.from, http.MethodGet, n.url+"/api/v1/health/", "", c.headers...))
			parts := strings.Fields(c.want)
			want := "X-Forwarded-For: " + parts[0] + "\nX-Forwarded-Proto: " + parts[1] + "\nX-Forwarded-Host: " + parts[2] +
				"\nHost: localhost:9080\nbody: 0\n"
			if got != want {
				t.Errorf("the server got\n%s, want\n%s", got, want)
			}
		})
	}
}

func TestServerBelievesNginx(t *testing.T) {
	t.Parallel()
	n, server, _ := frontOfServer(t)
	response := request(t, "127.0.0.2", http.MethodGet, n.url+"/api/v1/courses/", "", "X-Forwarded-For: 203.0.113.7")
	body(t, response)
	var line string
	server.ready(t, "logs the request", func() bool { // it does so after it has answered
		line = logged(server, response.Header.Get("X-Request-Id"))
		return line != ""
	})
	if !strings.Contains(line, `"client":"127.0.0.2"`) {
		t.Errorf("the server logged %s", line)
	}
}

func logged(p *process, requestID string) string {
	for line := range strings.Lines(p.output.String()) {
		if requestID != "" && strings.Contains(line, requestID) {
			return line
		}
	}
	return ""
}

func TestNginxLimitsBodies(t *testing.T) {
	t.Parallel()
	n := frontOfEcho(t, "")
	const limit = 21 << 20
	fits := request(t, "127.0.0.1", http.MethodPost, n.url+"/api/v1/x/", strings.Repeat("x", limit))
	if got := body(t, fits); fits.StatusCode != http.StatusOK || !strings.HasSuffix(got, "body: 22020096\n") {
		t.Errorf("21 MiB: %d %s", fits.StatusCode, got)
	}
	over := request(t, "127.0.0.1", http.MethodPost, n.url+"/api/v1/x/", strings.Repeat("x", limit+1),
		"Expect: 100-continue")
	if got := body(t, over); over.StatusCode != http.StatusRequestEntityTooLarge || !strings.HasPrefix(got, `{"detail":`) {
		t.Errorf("one byte more: %d %s", over.StatusCode, got)
	}
	wantHeaders(t, "one byte more", over,
		map[string]string{"Content-Type": "application/json", "Access-Control-Allow-Origin": "*"})
}

func TestNginxCompressesJSON(t *testing.T) {
	t.Parallel()
	n, _, _ := frontOfServer(t)
	const document = "/api/openapi.json"
	packed := get(t, n.url+document, "Accept-Encoding: gzip")
	size := len(body(t, packed))
	plain := get(t, n.url+document)
	if full := len(body(t, plain)); plain.StatusCode != http.StatusOK || full < 2*size {
		t.Errorf("plain %d with %d bytes, packed %d bytes", plain.StatusCode, full, size)
	}
	wantHeaders(t, "packed", packed, map[string]string{"Content-Encoding": "gzip"})
}

func TestNginxLeavesPreflightsToTheServer(t *testing.T) {
	t.Parallel()
	n, _, _ := frontOfServer(t)
	write(t, n.data+"/media/picture.png", "content", 0o644)
	response := request(t, "127.0.0.1", http.MethodOptions, n.url+"/media/picture.png", "",
		"Origin: http://localhost:3000", "Access-Control-Request-Method: GET")
	if body(t, response); response.StatusCode != http.StatusNoContent {
		t.Errorf("answered with %d", response.StatusCode)
	}
	wantHeaders(t, "preflight", response, map[string]string{"Access-Control-Allow-Origin": "http://localhost:3000"})
}

func TestNginxSaysThatTheServerStarts(t *testing.T) {
	t.Parallel()
	n := startNginx(t, "127.0.0.1:"+freePort(t), publicFolder(t), "")
	for _, path := range []string{"/api/v1/courses/", "/media/avatars/user-1.png"} {
		response := get(t, n.url+path)
		if got := body(t, response); response.StatusCode != http.StatusServiceUnavailable ||
			!strings.HasPrefix(got, `{"detail":`) {
			t.Errorf("%s: %d %s", path, response.StatusCode, got)
		}
		wantHeaders(t, path, response, map[string]string{"Content-Type": "application/json", "Retry-After": "5",
			"Access-Control-Allow-Origin": "*"})
	}
}

func TestNginxHidesTheUpstreamsName(t *testing.T) {
	t.Parallel()
	n := startNginx(t, "127.0.0.1:"+freePort(t), publicFolder(t), "")
	response := get(t, n.url+"/readyz")
	body(t, response)
	wantHeaders(t, "any answer", response, map[string]string{"Server": "nginx"})
}
