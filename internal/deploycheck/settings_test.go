package deploycheck_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/deploycheck"
)

const (
	isOK   = deploycheck.OK
	isWarn = deploycheck.Warn
	isFail = deploycheck.Fail
)

type settingCase struct {
	settings string // separated by blanks
	level    deploycheck.Level
	words    string // separated by commas
}

func runCases(t *testing.T, name string, cases []settingCase) {
	t.Helper()
	t.Parallel()
	for _, test := range cases {
		t.Run(test.settings, func(t *testing.T) {
			t.Parallel()
			var settings []string
			for setting := range strings.FieldsSeq(test.settings) {
				settings = append(settings, strings.ReplaceAll(setting, "_and_", " "))
			}
			run(t, deploycheck.Dependencies{}, settings...).want(t, name, test.level, strings.Split(test.words, ",")...)
		})
	}
}

func TestSecretKey(t *testing.T) {
	runCases(t, "secret key", []settingCase{
		{"", isOK, "50 characters"},
		{"SECRET_KEY=", isOK, ""}, // the next one in the list counts
		{"SECRET_KEY=django-insecure-" + goodKey, isFail, "examples"},
		{"SECRET_KEY=Change-Me" + goodKey, isFail, "examples"},
		{"SECRET_KEY=" + strings.Repeat("abc", 20), isFail, "different characters"},
		{"SECRET_KEY=" + strings.Repeat("abcdefghijkl", 5), isFail, "pattern"},
		{"SECRET_KEY=" + goodKey[:31], isFail, "31 characters,openssl"},
		{"SECRET_KEY=" + goodKey[:41], isWarn, "41 characters,50"},
		{"SECRET_KEY=" + goodKey[:43] + "=", isOK, "44 characters"}, // as Render generates it
	})
}

func TestGeneratedSecretKey(t *testing.T) {
	t.Parallel()
	c := load(t)
	c.SecretKey = ""
	results(deploycheck.Run(t.Context(), c, deploycheck.Dependencies{})).want(t, "secret key", isOK, "first start")
	c.DatabaseURL = "postgres://127.0.0.1:1/notes"
	results(deploycheck.Run(t.Context(), c, deploycheck.Dependencies{})).want(t, "secret key", isFail, "not set")
}

func TestDebugMode(t *testing.T) {
	runCases(t, "debug mode", []settingCase{{"", isOK, "off"}, {"DEBUG=on", isFail, "Remove DEBUG"}})
}

func TestHostNames(t *testing.T) {
	runCases(t, "host names", []settingCase{
		{"", isOK, "api.example.org"},
		{"ALLOWED_HOSTS=.example.org", isOK, ""},
		{"ALLOWED_HOSTS=*", isWarn, "Every host name"},
		{"ALLOWED_HOSTS=other.example.org", isFail, "api.example.org,ALLOWED_HOSTS"},
		{"ALLOWED_HOSTS=localhost PUBLIC_URL=http://localhost:8000", isWarn, "this machine"},
		{"ALLOWED_HOSTS=localhost PUBLIC_URL=https://x.example.org BACKEND_CUSTOM_DOMAIN=x.example.org", isOK, ""},
	})
}

func TestTrustedOrigins(t *testing.T) {
	const noFrontend = "FRONTEND_ORIGIN=https://api.example.org"
	runCases(t, "trusted origins", []settingCase{
		{"", isOK, "https://notes.example.org"},
		{"CSRF_TRUSTED_ORIGINS=http://localhost:9080", isOK, ""},
		{"CSRF_TRUSTED_ORIGINS=http://pages.example.org", isWarn, "http://pages.example.org,https"},
		{"CSRF_TRUSTED_ORIGINS=pages.example.org", isWarn, "no scheme,https://pages.example.org"},
		{"FRONTEND_ORIGIN=http://notes.example.org", isWarn, "not use https"},
		{noFrontend, isWarn, "front ends on other hosts"},
		{noFrontend + " CSRF_TRUSTED_ORIGINS=https://user.github.io", isOK, ""},
	})
}

func TestFrontendOriginIsTrustedAndNeeded(t *testing.T) {
	t.Parallel()
	c := load(t)
	c.TrustedOrigins = []string{"https://pages.example.org"}
	results(deploycheck.Run(t.Context(), c, deploycheck.Dependencies{})).want(t, "trusted origins", isFail,
		"https://notes.example.org")
	c.FrontendOrigin, c.GoogleClientID = "", "client"
	results(deploycheck.Run(t.Context(), c, deploycheck.Dependencies{})).want(t, "trusted origins", isWarn,
		"Set FRONTEND_ORIGIN")
}

func TestRedirectURIs(t *testing.T) {
	const google, gitHub = "GOOGLE_AUTHORIZED_REDIRECT_URIS=", "GITHUB_AUTHORIZED_REDIRECT_URI="
	runCases(t, "redirect URIs", []settingCase{
		{"", isOK, "None"},
		{google + "https://notes.example.org/editor/,https://api.example.org/auth/google/callback", isOK, "2"},
		{google + "http://localhost:8080/editor/", isOK, ""},
		{google + "https://notes.example.org:443/", isOK, ""},
		{google + "https://notes.example.org/,/editor/", isFail,
			"Entry 2 of GOOGLE_AUTHORIZED_REDIRECT_URIS,no absolute address"},
		{gitHub + "notes.example.org/editor", isFail, "Entry 1 of GITHUB_AUTHORIZED_REDIRECT_URIS"},
		{gitHub + "ftp://notes.example.org/", isFail, "no absolute address"},
		{gitHub + "http://notes.example.org/", isFail, "not use https"},
		{gitHub + "https://notes.example.org/#/editor", isFail, "fragment"},
		{gitHub + "https://notes.example.org:8443/", isFail, "https://notes.example.org:8443,CSRF_TRUSTED_ORIGINS"},
		{gitHub + "https://me:pw@notes.example.org/", isFail, "password"},
		{gitHub + "https://elsewhere.example.org/", isFail, "not trusted"},
		{"OIDC_AUTHORIZED_REDIRECT_URIS=https://elsewhere.example.org/", isFail, "Entry 1 of OIDC_AUTHORIZED_REDIRECT_URIS"},
		{gitHub + "https://elsewhere.example.org/ CSRF_TRUSTED_ORIGINS=elsewhere.example.org", isOK, ""},
	})
}

func TestPublicAddress(t *testing.T) {
	runCases(t, "public address", []settingCase{
		{"", isOK, "https://api.example.org"},
		{"PUBLIC_URL=http://api.example.org", isWarn, "not use https"},
		{"PUBLIC_URL=http://127.0.0.1:8000", isOK, "this machine"},
		{"PUBLIC_URL=https://api.example.org/", isOK, "https://api.example.org"},
		{"PUBLIC_URL=https://api.example.org/notes/", isWarn, "/notes,without a path"},
	})
	c := load(t)
	c.PublicURL = ""
	results(deploycheck.Run(t.Context(), c, deploycheck.Dependencies{})).want(t, "public address", isWarn,
		"PUBLIC_URL", "mails")
}

func TestTrustedProxies(t *testing.T) {
	runCases(t, "trusted proxies", []settingCase{
		{"", isOK, "10.0.0.0/8"},
		{"TRUSTED_PROXIES=*", isWarn, "Every peer"},
		{"RENDER=true", isOK, "Render"},
	})
	c := load(t)
	c.TrustedProxies = nil
	results(deploycheck.Run(t.Context(), c, deploycheck.Dependencies{})).want(t, "trusted proxies", isWarn,
		"TRUSTED_PROXIES")
	c.PublicURL = ""
	results(deploycheck.Run(t.Context(), c, deploycheck.Dependencies{})).want(t, "trusted proxies", isOK)
}

func TestAdministrator(t *testing.T) {
	const password = "DJANGO_SUPERUSER_PASSWORD="
	runCases(t, "administrator", []settingCase{
		{"", isOK, "None"},
		{password + "violet-Harbour-72", isOK, "admin will be created"},
		{password + "change-me", isFail, "examples"},
		{password + "Password", isFail, "examples"},
		{password + "short-1", isFail, "9 characters"},
		{password + "GardenGnome DJANGO_SUPERUSER_USERNAME=gardengnome", isFail, "user's name"},
	})
}

func TestGoogleSignIn(t *testing.T) {
	runCases(t, "Google sign-in", providerCases("GOOGLE_OAUTH_CLIENT_ID", "GOOGLE_OAUTH_CLIENT_SECRET",
		"GOOGLE_AUTHORIZED_REDIRECT_URI"))
}

func TestGitHubSignIn(t *testing.T) {
	runCases(t, "GitHub sign-in", providerCases("GITHUB_APP_CLIENT_ID", "GITHUB_APP_CLIENT_SECRET",
		"GITHUB_AUTHORIZED_REDIRECT_URI"))
}

func TestOpenIDSignIn(t *testing.T) {
	const issuer, client = "OIDC_ISSUER_URL=https://id.example.org ", "OIDC_CLIENT_ID=a OIDC_CLIENT_SECRET=b " +
		"OIDC_AUTHORIZED_REDIRECT_URI=https://notes.example.org/ "
	runCases(t, "OpenID sign-in", []settingCase{
		{"", isOK, "off"},
		{issuer + client, isOK, "complete"},
		{issuer, isFail, "OIDC_CLIENT_ID,OIDC_CLIENT_SECRET"},
		{client, isFail, "OIDC_ISSUER_URL"},
		{issuer + "OIDC_CLIENT_ID=a OIDC_AUTHORIZED_REDIRECT_URI=https://notes.example.org/", isFail,
			"Set OIDC_CLIENT_SECRET"},
		{client + "OIDC_ISSUER_URL=http://id.example.org", isFail, "https"},
		{client + "OIDC_ISSUER_URL=http://localhost:9998", isOK, "complete"},
	})
}

func providerCases(id, secret, redirect string) []settingCase {
	const uri = "=https://notes.example.org/ "
	return []settingCase{
		{"", isOK, "off"},
		{id + "=a " + secret + "=b " + redirect + uri, isOK, "complete"},
		{id + "=a " + redirect + uri, isFail, "Set " + secret},
		{secret + "=b " + redirect + uri, isFail, "Set " + id},
		{id + "=a " + secret + "=b ", isFail, "Set " + redirect + "S"},
		{redirect + uri, isWarn, "off," + id},
	}
}

func TestGitHubDataSync(t *testing.T) {
	const p = "GITHUB_DATA_SYNC_APP_"
	most := p + "NAME=a " + p + "CLIENT_ID=b " + p + "CLIENT_SECRET=c " + p + "INSTALL_URL=https://github.com/apps/a "
	runCases(t, "GitHub data sync", []settingCase{
		{"", isOK, "off"},
		{most, isWarn, p + "PRIVATE_KEY"},
		{p + "NAME=a", isWarn, p + "CLIENT_ID," + p + "INSTALL_URL"},
		{most + p + "PRIVATE_KEY=abc", isWarn, "PEM"},
		{most + p + `PRIVATE_KEY=-----BEGIN_and_KEY-----\nYWJj\n-----END_and_KEY-----\n`, isOK, "complete"},
	})
}

func TestSessionsAndLimits(t *testing.T) {
	t.Run("sessions", func(t *testing.T) {
		runCases(t, "sessions", []settingCase{
			{"", isOK, "30 days,180"},
			{"SESSION_ABSOLUTE_DAYS=4000", isWarn, "4000 days"},
			{"SESSION_IDLE_DAYS=1", isWarn, "every day"},
		})
	})
	t.Run("limits", func(t *testing.T) {
		runCases(t, "limits", []settingCase{
			{"", isOK, "20 MiB,2048 KiB"},
			{"MAX_UPLOAD_BYTES=2048", isWarn, "2048 bytes"},
			{"MAX_UPLOAD_BYTES=2048MiB", isWarn, "2048 MiB"},
			{"MAX_JSON_BYTES=64MiB", isWarn, "64 MiB"},
			{"SMTP_EMAIL_VERIFICATION_TTL_HOURS=100", isWarn, "100 hours"},
			{"RENDER=1 SHUTDOWN_TIMEOUT=45s", isWarn, "45s,maxShutdownDelaySeconds"},
		})
	})
	t.Run("processor cores", func(t *testing.T) {
		runCases(t, "processor cores", []settingCase{
			{"WEB_CONCURRENCY=1", isOK, ""},
			{fmt.Sprintf("WEB_CONCURRENCY=%d", runtime.NumCPU()+1), isWarn, "WEB_CONCURRENCY"},
		})
	})
}
