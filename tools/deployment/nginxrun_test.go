package deployment_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const nginxConf = "deployment/docker/nginx.conf"

// nginx is the real program with the configuration of the compose file, with other paths and ports.
type nginx struct {
	*process
	url      string
	data     string // stands for /data
	requests string // the access log
}

// startNginx puts nginx in front of an upstream (host:port). Its data folder is given, as volumes are.
func startNginx(t *testing.T, upstream, data, trustedProxies string) nginx {
	t.Helper()
	folder := publicFolder(t)
	n := nginx{data: data, requests: filepath.Join(folder, "access.log")}
	address := "127.0.0.1:" + freePort(t)
	n.url = "http://" + address
	write(t, filepath.Join(folder, "trusted/proxies.conf"), trustedProxies, 0o644)
	conf := substitute(t, readFile(t, nginxConf),
		" /tmp/", " "+folder+"/",
		"listen 80;", "listen "+address+";",
		"server app:8000 ", "server "+upstream+" ",
		"root /data;", "root "+data+";",
		"access_log /dev/stdout ", "access_log "+n.requests+" ",
		"include /etc/nginx/trusted-proxies/", "include "+folder+"/trusted/")
	path := filepath.Join(folder, "nginx.conf")
	write(t, path, conf, 0o644)

	directives := "daemon off;"
	if os.Geteuid() == 0 { // in the container there is one user for both
		directives += " user root;"
	}
	arguments := []string{"-c", path, "-p", folder, "-e", "stderr", "-g", directives}
	run(t, exec.Command(program(t, "nginx"), append(arguments, "-t")...))
	n.process = start(t, exec.Command(program(t, "nginx"), arguments...))
	n.ready(t, "listens on "+address, func() bool {
		connection, err := net.DialTimeout("tcp", address, patience)
		if err != nil {
			return false
		}
		connection.Close()
		return true
	})
	return n
}

// program finds what Debian keeps outside the path of ordinary users, too.
func program(t *testing.T, name string) string {
	t.Helper()
	for _, candidate := range []string{name, "/usr/sbin/" + name} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path
		}
	}
	t.Fatalf("%s is not installed", name)
	return ""
}

// substitute replaces pairs of texts, each of which must be there.
func substitute(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("the configuration has no %q", pairs[i])
		}
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return text
}

// frontOfServer is nginx in front of the server, on files that both share.
func frontOfServer(t *testing.T) (n nginx, server *process, direct string) {
	t.Helper()
	data, port := publicFolder(t), freePort(t)
	built := theImage(t)
	cmd := exec.Command(built.program(), built.start[1:]...)
	cmd.Dir = data
	cmd.Env = built.variables(map[string]string{"PORT": port, "DATA_DIR": data, "STATIC_ROOT": data + "/static",
		"MEDIA_ROOT": data + "/media", "TMPDIR": data, "TRUSTED_PROXIES": "127.0.0.1", "LOG_FORMAT": "json",
		"BOOTSTRAP_SAMPLES": "false"}) // else answers would differ by when they are asked for
	server = start(t, cmd)
	direct = "http://127.0.0.1:" + port
	server.answers(t, direct+"/readyz")
	return startNginx(t, "127.0.0.1:"+port, data, ""), server, direct
}

// frontOfEcho is nginx in front of a server that answers with what it got: each forwarded header on a line, then the
// number of bytes in the body.
func frontOfEcho(t *testing.T, trustedProxies string) nginx {
	t.Helper()
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		size, err := r.Body.Read(make([]byte, 1))
		for err == nil {
			var n int
			n, err = r.Body.Read(make([]byte, 1<<20))
			size += n
		}
		w.Header().Set("X-Asked", r.Method+" "+r.URL.EscapedPath())
		for _, name := range []string{"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"} {
			fmt.Fprintf(w, "%s: %s\n", name, strings.Join(r.Header.Values(name), " and "))
		}
		fmt.Fprintf(w, "Host: %s\nbody: %d\n", r.Host, size)
	}))
	t.Cleanup(echo.Close)
	return startNginx(t, echo.Listener.Addr().String(), publicFolder(t), trustedProxies)
}

// request sends a request from an address of this machine, with headers as "Name: value".
func request(t *testing.T, from, method, url string, body string, headers ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		if r.Header.Set(name, value); name == "Host" {
			r.Host = value
		}
	}
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	transport := &http.Transport{DialContext: dialer.DialContext, DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	response, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

func get(t *testing.T, url string, headers ...string) *http.Response {
	t.Helper()
	return request(t, "127.0.0.1", http.MethodGet, url, "", headers...)
}

// wantHeaders compares single headers; "" stands for none.
func wantHeaders(t *testing.T, what string, response *http.Response, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got := strings.Join(response.Header.Values(name), " and "); got != value {
			t.Errorf("%s: %s is %q, want %q", what, name, got, value)
		}
	}
}
