package config_test

import (
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/config"
)

// home returns an environment with its own home folder, plus the given variables.
func home(t *testing.T, variables ...string) []string {
	t.Helper()
	return append([]string{"HOME=" + t.TempDir()}, variables...)
}

func load(t *testing.T, variables ...string) *config.Config {
	t.Helper()
	c, err := config.Load(home(t, variables...), "", nil)
	if err != nil {
		t.Fatalf("Load(%q): %v", variables, err)
	}
	return c
}

func problems(t *testing.T, variables ...string) []string {
	t.Helper()
	c, err := config.Load(home(t, variables...), "", nil)
	var list *config.Problems
	if !errors.As(err, &list) {
		t.Fatalf("Load(%q) gave %v, want *Problems", variables, err)
	}
	if c != nil {
		t.Errorf("Load(%q) gave a Config beside its problems", variables)
	}
	return list.List
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func value(t *testing.T, c *config.Config, name string) config.Setting {
	t.Helper()
	list := c.Effective()
	i := slices.IndexFunc(list, func(s config.Setting) bool { return s.Name == name })
	if i < 0 {
		t.Fatalf("Effective lacks %s", name)
	}
	return list[i]
}

func expect(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s = %#v, want %#v", what, got, want)
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	environ := home(t)
	c, err := config.Load(environ, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	dataDir := filepath.Join(strings.TrimPrefix(environ[0], "HOME="), ".local", "share", "notechondria")
	expect(t, "DataDir", c.DataDir, dataDir)
	expect(t, "StaticRoot", c.StaticRoot, filepath.Join(dataDir, "static"))
	expect(t, "MediaRoot", c.MediaRoot, filepath.Join(dataDir, "media"))
	expect(t, "Embedded", c.Embedded(), true)
	expect(t, "SQLitePath", c.SQLitePath(), filepath.Join(dataDir, "notechondria.sqlite3"))
	expect(t, "ListenAddress", c.ListenAddress, "127.0.0.1:8000")
	expect(t, "LogLevel", c.LogLevel, slog.LevelInfo)
	expect(t, "LogFormat", c.LogFormat, "auto")
	expect(t, "MaxJSONBytes", c.MaxJSONBytes, int64(2<<20))
	expect(t, "MaxUploadBytes", c.MaxUploadBytes, int64(20<<20))
	expect(t, "ShutdownTimeout", c.ShutdownTimeout, 25*time.Second)
	expect(t, "SessionIdle", c.SessionIdle, 30*24*time.Hour)
	expect(t, "SessionAbsolute", c.SessionAbsolute, 180*24*time.Hour)
	expect(t, "TrustedProxies", c.TrustedProxies, []netip.Prefix(nil))
	expect(t, "SMTPFromEmail", c.SMTPFromEmail, "no-reply@notechondria.local")
	expect(t, "SMTPUseTLS", c.SMTPUseTLS, true)
	expect(t, "LogCodes", c.LogCodes, true)
	expect(t, "CodeTTLHours", c.CodeTTLHours, 24)
	expect(t, "SuperuserEmail", c.SuperuserEmail, "admin@localhost")
	expect(t, "DatabasePoolSize", c.DatabasePoolSize, 8)
	expect(t, "DatabaseStatementCache", c.DatabaseStatementCache, "auto")
	expect(t, "ResendURL", c.ResendURL, "https://api.resend.com")
	expect(t, "GoogleIssuerURL", c.GoogleIssuerURL, "https://accounts.google.com")
	expect(t, "PublicURL", c.PublicURL, "")
	expect(t, "MailConfigured", c.MailConfigured(), false)
	expect(t, "origin of PORT", c.Origin("PORT"), "default")
	if entries, err := os.ReadDir(strings.TrimPrefix(environ[0], "HOME=")); err != nil || len(entries) > 0 {
		t.Errorf("Load left %v (%v) behind", entries, err)
	}
}

func TestDataDir(t *testing.T) {
	t.Parallel()
	expect(t, "with XDG_DATA_HOME", load(t, "XDG_DATA_HOME=/srv/xdg").DataDir, "/srv/xdg/notechondria")
	expect(t, "with DATA_DIR", load(t, "XDG_DATA_HOME=/srv/xdg", "DATA_DIR=/srv/notes").DataDir, "/srv/notes")
	if _, err := config.Load(nil, "", nil); err == nil || !strings.Contains(err.Error(), "DATA_DIR is not set") {
		t.Errorf("without any home folder: %v", err)
	}
	nothingOnDisk := []string{"SECRET_KEY=k", "DATABASE_URL=postgres://db/notes", "STATIC_ROOT=/s", "MEDIA_ROOT=/m"}
	if _, err := config.Load(nothingOnDisk, "", nil); err != nil {
		t.Errorf("a home folder is demanded though nothing needs it: %v", err)
	}
}

func TestWhereSampleCoursesAreMade(t *testing.T) {
	t.Parallel()
	const database = "DATABASE_URL=postgres://db/notes"
	for _, test := range []struct {
		variables []string
		want      bool
	}{
		{nil, true},
		{[]string{"PORT=8000", "DATA_DIR=" + t.TempDir()}, true},
		{[]string{"SECRET_KEY=k"}, false},
		{[]string{"DJANGO_SECRET_KEY=k"}, false},
		{[]string{"SECRET_KEY=k", database}, false},
		{[]string{"SECRET_KEY=k", "POSTGRE_HOST=db"}, false},
		{[]string{"SECRET_KEY=k", "DATABASE_URL=sqlite:///notes.db"}, false},
		{[]string{"SECRET_KEY=k", database, "SAMPLE_ROOT=/srv/samples"}, true},
		{[]string{"SECRET_KEY=k", database, "BOOTSTRAP_SAMPLES=1"}, true},
		{[]string{"SECRET_KEY=k", database, "BOOTSTRAP_SAMPLE_CONTENT=on"}, true},
		{[]string{"BOOTSTRAP_SAMPLES=false"}, false},
		{[]string{"BOOTSTRAP_SAMPLE_CONTENT=off", "SAMPLE_ROOT=/srv/samples"}, false},
	} {
		expect(t, strings.Join(test.variables, " "), load(t, test.variables...).BootstrapSamples, test.want)
	}
	dataDir := t.TempDir()
	if err := load(t, "DATA_DIR="+dataDir).EnsureSecretKey(); err != nil {
		t.Fatal(err)
	}
	expect(t, "with the key of an earlier start", load(t, "DATA_DIR="+dataDir).BootstrapSamples, true)
}

func TestAliasesTrimmingAndEmptyValues(t *testing.T) {
	t.Parallel()
	c := load(t,
		"SECRET_KEY= ", "DJANGO_SECRET_KEY=  by alias\t", // an empty plain name does not hide the alias
		"LOG_LEVEL=error", "DJANGO_LOG_LEVEL=debug", // the plain name wins
		"DEBUG= On ",
		"SMTP_PORT=", "SMTP_USE_TLS=  ", "ALLOWED_HOSTS=",
		"RENDER_GIT_COMMIT="+strings.Repeat("abcdef0123", 5),
		"SOMETHING_ELSE=is ignored",
	)
	expect(t, "SecretKey", c.SecretKey, "by alias")
	expect(t, "its origin", c.Origin("SECRET_KEY"), "environment (as DJANGO_SECRET_KEY)")
	expect(t, "LogLevel", c.LogLevel, slog.LevelError)
	expect(t, "its origin", c.Origin("LOG_LEVEL"), "environment")
	expect(t, "Debug", c.Debug, true)
	expect(t, "SMTPPort", c.SMTPPort, 587)
	expect(t, "its origin", c.Origin("SMTP_PORT"), "default")
	expect(t, "SMTPUseTLS", c.SMTPUseTLS, true)
	expect(t, "AllowedHosts", c.AllowedHosts, []string{"localhost", "127.0.0.1", "[::1]"})
	expect(t, "BackendBuildCommit", c.BackendBuildCommit, strings.Repeat("abcdef0123", 4))
}

func TestPrecedence(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, ".env"),
		"\xef\xbb\xbf# comment\r\nSMTP_HOST=root\nSMTP_USERNAME='from # root'\nDJANGO_SECRET_KEY=root\nexport "+
			"LOG_FORMAT=json\nPORT=\n")
	write(t, filepath.Join(dir, "backend", ".env"),
		"SMTP_HOST=backend\nSMTP_USERNAME=backend\nSMTP_PASSWORD=backend\nPORT=81\nSECRET_KEY=backend\n")
	c, err := config.Load(home(t, "SMTP_HOST=environment", "SMTP_USERNAME=", "LOG_FORMAT=text"), dir,
		map[string]string{"LOG_FORMAT": "auto", "DATA_DIR": ""})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct{ name, value, origin string }{
		{"LOG_FORMAT", "auto", "flag"},
		{"SMTP_HOST", "environment", "environment"},
		{"SMTP_USERNAME", "from # root", ".env"},
		{"SMTP_PASSWORD", "set, 7 characters", "backend/.env"},
		{"PORT", "81", "backend/.env"},
	} {
		expect(t, want.name, value(t, c, want.name), config.Setting{Name: want.name, Value: want.value, Origin: want.origin})
	}
	// The nearer file wins even if it uses the alias.
	expect(t, "SecretKey", c.SecretKey, "root")
	expect(t, "its origin", c.Origin("SECRET_KEY"), ".env (as DJANGO_SECRET_KEY)")
}

func TestBrokenEnvFileShowsNoContent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, ".env"), "SECRET_KEY=\"hunter2 without end\n")
	_, err := config.Load(home(t), dir, nil)
	if err == nil || !strings.HasPrefix(err.Error(), ".env: ") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}

func TestUnknownFlagIsAProblem(t *testing.T) {
	t.Parallel()
	_, err := config.Load(home(t), "", map[string]string{"PROT": "80"})
	if err == nil || !strings.Contains(err.Error(), "PROT") {
		t.Errorf("got %v", err)
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	t.Parallel()
	got := problems(t,
		"DATABASE_URL=mysql://me:hunter2@db/notes",
		"DJANGO_DEBUG=maybe", "PORT=70000", "SMTP_PORT=smtp", "DATABASE_POOL_SIZE=0", "LOG_FORMAT=xml", "LOG_LEVEL=loud",
		"ALLOWED_HOSTS=ok.example.org https://notes.example.org", "CSRF_TRUSTED_ORIGINS=https://a.example.org/path",
		"TRUSTED_PROXIES=10.0.0.0/99", "MAX_JSON_BYTES=2 TiB", "SHUTDOWN_TIMEOUT=25", "PUBLIC_URL=notes.example.org",
		"SESSION_IDLE_DAYS=200", "SMTP_USE_TLS=on", "SMTP_USE_SSL=on", "FRONTEND_ORIGIN=pages.example.org",
		"BACKEND_CUSTOM_DOMAIN=https://api.example.org", "CLOUDFLARE_R2_BUCKET_NAME=media",
	)
	text := strings.Join(got, "\n")
	for _, want := range []string{
		`DEBUG (set as DJANGO_DEBUG): "maybe" is not a boolean; accepted: 1, true`,
		`PORT: 70000 is out of range; accepted: 0 to 65535`,
		`SMTP_PORT: "smtp" is not an integer`,
		`DATABASE_POOL_SIZE: 0 is out of range; accepted: 1 to 100`,
		`LOG_FORMAT: "xml" is not accepted; accepted: auto, text, json`,
		`LOG_LEVEL: "loud" is not a log level; accepted: DEBUG`,
		`ALLOWED_HOSTS: "https://notes.example.org" is not a host`,
		`CSRF_TRUSTED_ORIGINS: "https://a.example.org/path" is not an origin; accepted: scheme://host`,
		`TRUSTED_PROXIES: "10.0.0.0/99" is not a network`,
		`MAX_JSON_BYTES: "2 TiB" is not a size`,
		`SHUTDOWN_TIMEOUT: "25" is not a duration`,
		`PUBLIC_URL: "notes.example.org" is not an address`,
		`SESSION_IDLE_DAYS: 200 is longer than SESSION_ABSOLUTE_DAYS (180)`,
		`SMTP_USE_TLS and SMTP_USE_SSL are both on`,
		`FRONTEND_ORIGIN: "pages.example.org" is not an origin`,
		`BACKEND_CUSTOM_DOMAIN: "https://api.example.org" is not a host name`,
		`DATABASE_URL: the scheme "mysql" is not supported`,
		`SECRET_KEY is not set`,
		`CLOUDFLARE_R2_BUCKET_NAME is set (bucket "media")`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no problem says: %s", want)
		}
	}
	expect(t, "number of problems", len(got), 19)
	if strings.Contains(text, "hunter2") {
		t.Errorf("a problem shows a password:\n%s", text)
	}
}

func TestObjectStorageIsCompleteOrOff(t *testing.T) {
	t.Parallel()
	expect(t, "with the key id only", problems(t, "CLOUDFLARE_R2_BUCKET_NAME=media", "CLOUDFLARE_R2_ACCESS_KEY_ID=id",
		"CLOUDFLARE_R2_ACCOUNT_ID=  "),
		[]string{`CLOUDFLARE_R2_BUCKET_NAME is set (bucket "media"), but these are missing: ` +
			"CLOUDFLARE_R2_ACCOUNT_ID, CLOUDFLARE_R2_SECRET_ACCESS_KEY"})
	load(t, "CLOUDFLARE_R2_ACCOUNT_ID=alone")
	credentials := []string{"CLOUDFLARE_R2_BUCKET_NAME=media", "CLOUDFLARE_R2_ACCESS_KEY_ID=b",
		"CLOUDFLARE_R2_SECRET_ACCESS_KEY=c"}
	cloudflare := load(t, append(credentials, "CLOUDFLARE_R2_ACCOUNT_ID=a")...)
	expect(t, "the account's server", cloudflare.R2EndpointURL, "https://a.r2.cloudflarestorage.com")
	other := load(t, append(credentials, "CLOUDFLARE_R2_ENDPOINT_URL=https://s3.example.org/")...)
	expect(t, "another server", other.R2EndpointURL, "https://s3.example.org")
}

func TestHostsAndOrigins(t *testing.T) {
	t.Parallel()
	names := []string{"RENDER_EXTERNAL_HOSTNAME=notes.onrender.com", "BACKEND_CUSTOM_DOMAIN=API.example.org.",
		"FRONTEND_ORIGIN=https://pages.example.org/"}
	for _, test := range []struct {
		name           string
		variables      []string
		hosts, origins []string
	}{
		{"nothing set", nil, []string{"localhost", "127.0.0.1", "[::1]"}, []string{"http://localhost:9080"}},
		{"only separators", []string{"ALLOWED_HOSTS=,", "CSRF_TRUSTED_ORIGINS=, ,"},
			[]string{"localhost", "127.0.0.1", "[::1]"}, []string{"http://localhost:9080"}},
		{
			"automatic entries behind the default", append([]string{"APP_HOST_PORT=81"}, names...),
			[]string{"localhost", "127.0.0.1", "[::1]", "notes.onrender.com", "api.example.org"},
			[]string{"http://localhost:81", "https://notes.onrender.com", "https://api.example.org",
				"https://pages.example.org"},
		},
		{
			"automatic entries behind explicit lists", append([]string{"ALLOWED_HOSTS=a.example.org,  .B.example.org",
				"CSRF_TRUSTED_ORIGINS=https://A.example.org:443/"}, names...),
			[]string{"a.example.org", ".b.example.org", "api.example.org", "notes.onrender.com"},
			[]string{"https://a.example.org", "https://api.example.org", "https://notes.onrender.com",
				"https://pages.example.org"},
		},
		{
			"no repeats", append([]string{"ALLOWED_HOSTS=notes.onrender.com ::1 [::1]",
				"CSRF_TRUSTED_ORIGINS=https://pages.example.org http://pages.example.org:8080"}, names...),
			[]string{"notes.onrender.com", "[::1]", "api.example.org"},
			[]string{"https://pages.example.org", "http://pages.example.org:8080", "https://api.example.org",
				"https://notes.onrender.com"},
		},
		{
			"any host", append([]string{"ALLOWED_HOSTS=*", "CSRF_TRUSTED_ORIGINS=old.example.org"}, names...),
			[]string{"*"},
			[]string{"old.example.org", "https://api.example.org", "https://notes.onrender.com", "https://pages.example.org"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := load(t, test.variables...)
			expect(t, "AllowedHosts", c.AllowedHosts, test.hosts)
			expect(t, "TrustedOrigins", c.TrustedOrigins, test.origins)
		})
	}
}

func TestWrongHostsAndOrigins(t *testing.T) {
	t.Parallel()
	for _, variable := range []string{
		"ALLOWED_HOSTS=example.org:8000", "ALLOWED_HOSTS=*.example.org", "ALLOWED_HOSTS=..example.org", "ALLOWED_HOSTS=a/b",
		"ALLOWED_HOSTS=.",
		"CSRF_TRUSTED_ORIGINS=*", "CSRF_TRUSTED_ORIGINS=example.org:80", "CSRF_TRUSTED_ORIGINS=https://",
		"CSRF_TRUSTED_ORIGINS=https://a?b",
		"CSRF_TRUSTED_ORIGINS=https://me@a.example.org", "CSRF_TRUSTED_ORIGINS=https://a:99999",
		"CSRF_TRUSTED_ORIGINS=https://*.example.org",
		"FRONTEND_ORIGIN=https://pages.example.org/app", "RENDER_EXTERNAL_HOSTNAME=*", "BACKEND_CUSTOM_DOMAIN=.example.org",
	} {
		if got := problems(t, variable); len(got) != 1 {
			t.Errorf("%s: problems %q, want one", variable, got)
		}
	}
}

func TestPublicURL(t *testing.T) {
	t.Parallel()
	render := "RENDER_EXTERNAL_HOSTNAME=notes.onrender.com"
	custom := "BACKEND_CUSTOM_DOMAIN=api.example.org"
	c := load(t, render, custom, "PUBLIC_URL=https://notes.example.org/")
	expect(t, "explicit", c.PublicURL, "https://notes.example.org")
	c = load(t, render, custom)
	expect(t, "custom domain", c.PublicURL, "https://api.example.org")
	expect(t, "its origin", c.Origin("PUBLIC_URL"), "from BACKEND_CUSTOM_DOMAIN")
	expect(t, "Render's name", load(t, render).PublicURL, "https://notes.onrender.com")
}

func TestRenderAndProxies(t *testing.T) {
	t.Parallel()
	everyone := []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
	for _, variable := range []string{"RENDER=true", "RENDER_EXTERNAL_HOSTNAME=notes.onrender.com"} {
		c := load(t, variable)
		expect(t, "OnRender", c.OnRender, true)
		expect(t, "TrustedProxies", c.TrustedProxies, everyone)
		expect(t, "BackendDeployTarget", c.BackendDeployTarget, "render")
	}
	c := load(t, "RENDER=true", "TRUSTED_PROXIES=10.1.2.3/8, 192.0.2.7 ::ffff:198.51.100.1, 2001:db8::1",
		"BACKEND_DEPLOY_TARGET=mine")
	expect(t, "TrustedProxies", c.TrustedProxies, []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.7/32"), netip.MustParsePrefix("198.51.100.1/32"),
		netip.MustParsePrefix("2001:db8::1/128"),
	})
	expect(t, "BackendDeployTarget", c.BackendDeployTarget, "mine")
	c = load(t, "TRUSTED_PROXIES=*")
	expect(t, "TrustedProxies", c.TrustedProxies, everyone)
	expect(t, "shown", value(t, c, "TRUSTED_PROXIES").Value, "*")
	expect(t, "OnRender", c.OnRender, false)
}

func TestListenAddress(t *testing.T) {
	t.Parallel()
	expect(t, "with PORT", load(t, "PORT=10000").ListenAddress, "0.0.0.0:10000")
}

func TestLogLevels(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]slog.Level{
		"debug": slog.LevelDebug, "Info": slog.LevelInfo, "WARNING": slog.LevelWarn, "warn": slog.LevelWarn,
		"ERROR": slog.LevelError, "critical": slog.LevelError + 4,
	} {
		expect(t, word, load(t, "LOG_LEVEL="+word).LogLevel, want)
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"2048": 2048, "3 KiB": 3 << 10, "4mib": 4 << 20, "5KB": 5000,
		"6 mb": 6_000_000, "2 GiB": 2 << 30, "1gb": 1_000_000_000} {
		expect(t, text, load(t, "MAX_UPLOAD_BYTES="+text).MaxUploadBytes, want)
	}
	for _, text := range []string{"-1", "1", "MiB", "1.5 MiB", "1 K", "5 mm", "99999999999999 MiB", "1 2"} {
		if got := problems(t, "MAX_UPLOAD_BYTES="+text); len(got) != 1 {
			t.Errorf("MAX_UPLOAD_BYTES=%s: problems %q, want one", text, got)
		}
	}
}

func TestPathsThatAreNotAbsoluteAreIgnored(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"relative/folder", `C:\files`, "C:/files"} {
		c := load(t, "DATA_DIR=/srv/notes", "DJANGO_PRODUCTION_STATIC_ROOT="+path, "MEDIA_ROOT=/srv/media/")
		expect(t, "StaticRoot for "+path, c.StaticRoot, "/srv/notes/static")
		expect(t, "its origin", c.Origin("STATIC_ROOT"), "default, because the environment's value is not an absolute path")
		expect(t, "MediaRoot", c.MediaRoot, "/srv/media")
	}
}

func TestMail(t *testing.T) {
	t.Parallel()
	c := load(t, "SMTP_HOST=mail.example.org", "SMTP_USE_SSL=yes", "SMTP_USERNAME=me@example.org")
	expect(t, "SMTPUseTLS", c.SMTPUseTLS, false)
	expect(t, "SMTPUseSSL", c.SMTPUseSSL, true)
	expect(t, "SMTPFromEmail", c.SMTPFromEmail, "me@example.org")
	expect(t, "MailConfigured with a host", c.MailConfigured(), true)
	expect(t, "MailConfigured with a key", load(t, "RESEND_API_KEY=re_1").MailConfigured(), true)
}

func TestRedirectLists(t *testing.T) {
	t.Parallel()
	c := load(t,
		"GOOGLE_AUTHORIZED_REDIRECT_URI=https://one.example.org/", "OIDC_AUTHORIZED_REDIRECT_URI=https://one.example.org/",
		"GITHUB_AUTHORIZED_REDIRECT_URI=https://one.example.org/",
		"GITHUB_AUTHORIZED_REDIRECT_URIS=https://a.example.org/, ,https://b.example.org/,")
	expect(t, "GoogleRedirectURIs", c.GoogleRedirectURIs, []string{"https://one.example.org/"})
	expect(t, "OIDCRedirectURIs", c.OIDCRedirectURIs, []string{"https://one.example.org/"})
	expect(t, "GitHubRedirectURIs", c.GitHubRedirectURIs, []string{"https://a.example.org/", "https://b.example.org/"})
}

func TestSessions(t *testing.T) {
	t.Parallel()
	c := load(t, "SESSION_IDLE_DAYS=7", "SESSION_ABSOLUTE_DAYS=7")
	expect(t, "SessionIdle", c.SessionIdle, 7*24*time.Hour)
	expect(t, "shown", value(t, c, "SESSION_IDLE_DAYS").Value, "7")
	for _, wrong := range []string{"0", "-1", "1.5", "30d", "999999999999"} {
		if got := problems(t, "SESSION_IDLE_DAYS="+wrong); len(got) != 1 {
			t.Errorf("SESSION_IDLE_DAYS=%s: problems %q, want one", wrong, got)
		}
	}
}
