package apptest

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// openIDVariable names the program of an OpenID provider, the example server of zitadel/oidc.
const openIDVariable = "TEST_OPENID_PROVIDER"

// OpenIDUser is somebody at an OpenIDProvider.
type OpenIDUser struct {
	ID, Username, Password     string
	FirstName, LastName, Email string
	EmailVerified              bool
	Phone, PreferredLanguage   string
	PhoneVerified, IsAdmin     bool
}

// OpenIDProvider is a provider of somebody else's making, with a login page.
type OpenIDProvider struct {
	Issuer       string // with a final slash, as it calls itself
	ClientID     string
	ClientSecret string
	RedirectURI  string // the only one that it accepts
}

// StartOpenIDProvider starts a provider that runs until the test ends. The test is skipped where the program is absent.
func StartOpenIDProvider(t testing.TB, redirectURI string, users ...OpenIDUser) *OpenIDProvider {
	t.Helper()
	program := os.Getenv(openIDVariable)
	if program == "" {
		t.Skipf("%s is not set: scripts/openid.sh gives tests an OpenID provider", openIDVariable)
	}
	byID := map[string]OpenIDUser{}
	for _, user := range users {
		byID[user.ID] = user
	}
	content, err := json.Marshal(byID)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "users.json")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	p := &OpenIDProvider{ClientID: "web", ClientSecret: "secret", RedirectURI: redirectURI}
	for range 5 {
		port := strconv.Itoa(FreePort(t))
		p.Issuer = "http://localhost:" + port + "/"
		if p.run(t, exec.Command(program), "PORT="+port, "USERS_FILE="+file, "REDIRECT_URI="+redirectURI) {
			return p
		}
	}
	t.Fatal("the OpenID provider found no free port")
	return nil
}

// run starts the program and waits until it answers; it returns false when it has ended instead.
func (p *OpenIDProvider) run(t testing.TB, cmd *exec.Cmd, environment ...string) bool {
	t.Helper()
	output := &Logs{}
	cmd.Env, cmd.Stdout, cmd.Stderr = environment, output, output
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting the OpenID provider: %v", err)
	}
	ended, end := context.WithCancel(context.Background())
	go func() {
		defer end()
		_ = cmd.Wait() // how it ends does not matter
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended already
		<-ended.Done()
		if t.Failed() {
			t.Logf("output of the OpenID provider:\n%s", output)
		}
	})
	Eventually(t, "the OpenID provider answers, or ends", func() bool {
		return ended.Err() != nil || p.answers()
	})
	return ended.Err() == nil
}

func (p *OpenIDProvider) answers() bool {
	response, err := http.Get(p.Issuer + ".well-known/openid-configuration")
	if err != nil {
		return false
	}
	_ = response.Body.Close() // only the status counts
	return response.StatusCode == http.StatusOK
}

// Environment configures a server to sign people in there.
func (p *OpenIDProvider) Environment() []string {
	return []string{"OIDC_ISSUER_URL=" + p.Issuer, "OIDC_CLIENT_ID=" + p.ClientID, "OIDC_CLIENT_SECRET=" + p.ClientSecret,
		"OIDC_AUTHORIZED_REDIRECT_URI=" + p.RedirectURI}
}

// SignIn does what a browser and somebody in front of it do, from the app's link to the provider to the way back to the
// app, and returns what the app gets.
func (p *OpenIDProvider) SignIn(
	t testing.TB, authorizationEndpoint string, parameters url.Values, user OpenIDUser,
) url.Values {
	t.Helper()
	browser := &http.Client{CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), p.RedirectURI) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	page, err := browser.Get(authorizationEndpoint + "?" + parameters.Encode())
	if err != nil {
		t.Fatal(err)
	}
	_ = page.Body.Close() // its address says what is needed
	login := page.Request.URL
	form := url.Values{"id": {login.Query().Get("authRequestID")}, "username": {user.Username},
		"password": {user.Password}}
	response, err := browser.PostForm(login.String(), form)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close() // the redirect is what counts
	back, err := response.Location()
	if err != nil {
		t.Fatalf("the provider does not lead back to the app: %s, %v", response.Status, err)
	}
	return back.Query()
}
