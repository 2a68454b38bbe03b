package deploycheck_test

import (
	"context"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/config"
	"github.com/trance-0/notechondria/internal/deploycheck"
)

const goodKey = "xkT8vQ2nLr7WmZp4YbH9sDfGjK3aEcUo6RiV1tMw5yNqBzPe0X"

// load reads a configuration whose only problem is the lack of mail, changed by the settings.
func load(t *testing.T, settings ...string) *config.Config {
	t.Helper()
	good := []string{
		"SECRET_KEY=" + goodKey, "PORT=8000", "DATA_DIR=" + t.TempDir(), "PUBLIC_URL=https://api.example.org",
		"ALLOWED_HOSTS=api.example.org",
		"FRONTEND_ORIGIN=https://notes.example.org", "TRUSTED_PROXIES=10.0.0.0/8",
	}
	c, err := config.Load(append(settings, good...), "", nil) // of two settings with one name the first counts
	if err != nil {
		t.Fatal(err)
	}
	return c
}

type results []deploycheck.Result

func run(t *testing.T, d deploycheck.Dependencies, settings ...string) results {
	t.Helper()
	return deploycheck.Run(t.Context(), load(t, settings...), d)
}

func (r results) named(name string) results {
	return slices.DeleteFunc(slices.Clone(r), func(r deploycheck.Result) bool { return r.Name != name })
}

func (r results) String() string {
	lines := make([]string, len(r))
	for i, one := range r {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

// want fails the test unless the check has exactly one result, with that level and these words in its line.
func (r results) want(t *testing.T, name string, level deploycheck.Level, words ...string) {
	t.Helper()
	found := r.named(name)
	if len(found) != 1 || found[0].Level != level || (found[0].Remedy == "") != (level == deploycheck.OK) {
		t.Fatalf("%s: want one result that is %s, with a remedy for what is not ok; all are:\n%s", name, level, r)
	}
	for _, word := range words {
		if !strings.Contains(found[0].String(), word) {
			t.Errorf("%q is missing: %s", word, found[0])
		}
	}
}

// tlsServer is an HTTPS server for 127.0.0.1 and names below example.com.
func tlsServer(t *testing.T, handler http.HandlerFunc) (server *httptest.Server, roots *x509.CertPool) {
	t.Helper()
	server = httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // clients refuse certificates on purpose
	server.StartTLS()
	t.Cleanup(server.Close)
	roots = x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return server, roots
}

// dialTo redirects connections for a host.
func dialTo(host, address string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, wanted string) (net.Conn, error) {
		if name, _, _ := net.SplitHostPort(wanted); name == host {
			wanted = address
		}
		return (&net.Dialer{}).DialContext(ctx, network, wanted)
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]deploycheck.Result{
		"ok    clock: It is right.": {Name: "clock", Level: deploycheck.OK, Text: "It is right."},
		"warn  clock: It is late. Set it.": {Name: "clock", Level: deploycheck.Warn, Text: "It is late.",
			Remedy: "Set it."},
		"fail  clock: It has stopped. Start.": {Name: "clock", Level: deploycheck.Fail, Text: "It has stopped.",
			Remedy: "Start."},
	} {
		if got := r.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestOrderOfTheResultsIsFixed(t *testing.T) {
	t.Parallel()
	names := func() (list []string) {
		for _, r := range run(t, deploycheck.Dependencies{}) {
			list = append(list, r.Name)
		}
		return list
	}
	want := []string{"secret key", "debug mode", "host names", "trusted origins", "redirect URIs", "public address",
		"trusted proxies",
		"administrator", "Google sign-in", "GitHub sign-in", "OpenID sign-in", "GitHub data sync", "sessions", "limits",
		"backups", "processor cores",
		"database", "database folder", "database schema", "uploads", "media folder", "static folder", "mail"}
	if got := names(); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}
