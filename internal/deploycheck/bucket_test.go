package deploycheck_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/blob"
	"github.com/trance-0/notechondria/internal/deploycheck"
)

// storeOf opens the bucket as a server does.
func storeOf(t *testing.T, s *apptest.S3) blob.Store {
	t.Helper()
	store, err := blob.OpenS3(blob.S3Options{Endpoint: s.Endpoint, Bucket: s.Bucket, AccessKeyID: s.AccessKeyID,
		SecretAccessKey: s.SecretAccessKey,
		Transport:       s.Transport(t)})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func wantEmpty(t *testing.T, s *apptest.S3) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context()) // the test may have ended
	for object, err := range storeOf(t, s).List(ctx, "") {
		t.Fatalf("left in the bucket: %s, %v", object.Key, err)
	}
}

func TestBucket(t *testing.T) {
	t.Parallel()
	s := apptest.StartS3(t)
	for name, test := range map[string]struct {
		setting string
		level   deploycheck.Level
		word    string
	}{
		"as it should be": {"", isOK, "written, read and deleted"},
		"another bucket":  {"CLOUDFLARE_R2_BUCKET_NAME=absent", isFail, "Create the bucket"},
		"another key":     {"CLOUDFLARE_R2_ACCESS_KEY_ID=somebody", isFail, "API token"},
		"another secret":  {"CLOUDFLARE_R2_SECRET_ACCESS_KEY=something", isFail, "API token"},
		"no name":         {"CLOUDFLARE_R2_BUCKET_NAME=A!", isFail, "CLOUDFLARE_R2_"},
		"nobody there":    {"CLOUDFLARE_R2_ENDPOINT_URL=https://127.0.0.1:1", isFail, "CLOUDFLARE_R2_ACCOUNT_ID"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := s.Environment()
			if test.setting != "" {
				settings = append([]string{test.setting}, settings...)
			}
			r := run(t, deploycheck.Dependencies{Roots: s.CertPool}, settings...)
			r.want(t, "bucket", test.level, test.word)
			if test.level == isOK {
				r.want(t, "public domain of the bucket", isOK, "streams uploads itself")
			}
		})
	}
	t.Cleanup(func() { wantEmpty(t, s) })
}

func TestTroubledBucket(t *testing.T) {
	t.Parallel()
	s := apptest.StartS3(t)
	s.Fail(apptest.S3Status(500))
	run(t, deploycheck.Dependencies{Roots: s.CertPool}, s.Environment()...).want(t, "bucket", isOK)
	s.Fail(apptest.S3CutAnswer(0), apptest.S3Status(500)) // it stored the probe, but the response was lost
	run(t, deploycheck.Dependencies{Roots: s.CertPool}, s.Environment()...).want(t, "bucket", isFail, "500",
		"status of the storage service")
	wantEmpty(t, s)
	pass := func(w http.ResponseWriter, r *http.Request, server http.Handler) { server.ServeHTTP(w, r) }
	s.Fail(pass, pass, apptest.S3Status(503), apptest.S3Status(503))
	run(t, deploycheck.Dependencies{Roots: s.CertPool}, s.Environment()...).want(t, "bucket", isFail, "deleting", "503")
}

// publicDomain serves a bucket as Cloudflare does; edit changes the responses.
func publicDomain(
	t *testing.T, s *apptest.S3, settings []string, edit func(w http.ResponseWriter, r *http.Request) (done bool),
) results {
	t.Helper()
	store := storeOf(t, s)
	server, roots := tlsServer(t, func(w http.ResponseWriter, r *http.Request) {
		if edit(w, r) {
			return
		}
		object, err := store.Open(r.Context(), strings.TrimPrefix(r.URL.Path, "/"))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		defer object.Close()
		_, _ = io.Copy(w, object) // the client may have gone
	})
	d := deploycheck.Dependencies{Roots: roots, Dial: dialTo("cdn.example.com", server.Listener.Addr().String())}
	return run(t, d, append(append(settings, "CLOUDFLARE_R2_CUSTOM_DOMAIN=cdn.example.com"), s.Environment()...)...)
}

func TestPublicDomain(t *testing.T) {
	t.Parallel()
	s := apptest.StartS3(t)
	const policy = `[{"AllowedOrigins":["https://pages.example.org","https://notes.example.org"],` +
		`"AllowedMethods":["GET","HEAD"]`
	allow := func(origins string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if origin := r.Header.Get("Origin"); origins == "*" || strings.Contains(origins, origin) {
				w.Header().Set("Access-Control-Allow-Origin", map[bool]string{true: "*", false: origin}[origins == "*"])
			}
			return false
		}
	}
	answer := func(status int, text string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, text)
			return true
		}
	}
	for name, test := range map[string]struct {
		edit    func(http.ResponseWriter, *http.Request) bool
		setting string
		level   deploycheck.Level
		words   string // separated by semicolons
	}{
		"every origin": {allow("*"), "", isOK, "cdn.example.com serves"},
		"each origin":  {allow("https://pages.example.org https://notes.example.org"), "", isOK, ""},
		"one origin of two": {allow("https://notes.example.org"), "", isFail,
			"Access-Control-Allow-Origin for https://pages.example.org:;" + policy},
		"no origin": {allow("none"), "", isFail,
			"for https://pages.example.org, https://notes.example.org:;CORS policy;" + policy},
		"no origin, proxied": {allow("none"), "MEDIA_PROXY=true", isWarn, policy},
		"nothing there":      {answer(404, "no"), "", isFail, "404;Custom Domains"},
		"sent elsewhere":     {answer(302, ""), "", isFail, "302"},
		"another answer":     {answer(200, "parked"), "", isFail, "a different file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := []string{"CSRF_TRUSTED_ORIGINS=https://pages.example.org"}
			if test.setting != "" {
				settings = append(settings, test.setting)
			}
			r := publicDomain(t, s, settings, test.edit)
			r.want(t, "bucket", isOK)
			r.want(t, "public domain of the bucket", test.level, strings.Split(test.words, ";")...)
		})
	}
	t.Cleanup(func() { wantEmpty(t, s) })
}

func TestPublicDomainThatCanNotBeReached(t *testing.T) {
	t.Parallel()
	s := apptest.StartS3(t)
	for domain, word := range map[string]string{
		"cdn.invalid": "does not serve", "127.0.0.1": "does not serve",
	} {
		settings := append(s.Environment(), "CLOUDFLARE_R2_CUSTOM_DOMAIN="+domain)
		run(t, deploycheck.Dependencies{Roots: s.CertPool}, settings...).want(t, "public domain of the bucket", isFail, word)
	}
	d := deploycheck.Dependencies{Roots: s.CertPool, Dial: dialTo("pub-1.r2.dev", "127.0.0.1:1")}
	r := run(t, d, append(s.Environment(),
		"CLOUDFLARE_R2_CUSTOM_DOMAIN=pub-1.r2.dev")...).named("public domain of the bucket")
	if len(r) != 2 || r[0].Level != isWarn || !strings.Contains(r[0].Text, "development only") || r[1].Level != isFail {
		t.Errorf("an address for development:\n%s", r)
	}
}
