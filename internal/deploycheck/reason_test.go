package deploycheck_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/config"
	"github.com/trance-0/notechondria/internal/deploycheck"
)

const hidden = `hunter2/not "to+be%seen`

// secrets sets every secret variable.
func secrets() (list []string) {
	for _, v := range config.Variables() {
		if v.Secret {
			list = append(list, v.Name+"="+hidden)
		}
	}
	return list
}

// wantHidden fails the test if the secret, in any spelling, is in lines or JSON.
func wantHidden(t *testing.T, r results) {
	t.Helper()
	var encoded bytes.Buffer
	encoder := json.NewEncoder(&encoded)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(r); err != nil {
		t.Fatal(err)
	}
	for _, output := range []string{r.String(), encoded.String()} {
		if strings.Contains(output, "hunter2") {
			t.Errorf("the secret is shown:\n%s", output)
		}
	}
}

// bannerServer sends a text to every connection.
func bannerServer(t *testing.T, text string) (port string) {
	t.Helper()
	listener, port := listen(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // closed
			}
			_, _ = io.WriteString(conn, text)
			_ = conn.(*net.TCPConn).CloseWrite() // closing before the client does may lose the text
			_, _ = io.Copy(io.Discard, conn)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = listener.Close(); <-done })
	return port
}

func TestSecretsAreNotShownWhenEverythingFails(t *testing.T) {
	t.Parallel()
	encoded := strings.NewReplacer("/", "%2F", " ", "%20", "+", "%2B", "%", "%25", `"`, "%22").Replace(hidden)
	echo, roots := tlsServer(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w, "<Error><Code>Odd</Code><Message>%s is no key: %s</Message></Error>", hidden,
			r.Header.Get("Authorization"))
	})
	smtpPort := bannerServer(t, "554 go away with "+hidden+"\r\n")
	refusal := "SFATAL\x00C28P01\x00Mno, not with " + hidden + "\x00\x00" // in PostgreSQL's format
	databasePort := bannerServer(t, "E\x00\x00\x00"+string(rune(len(refusal)+4))+refusal)
	common := append(secrets(), "GOOGLE_AUTHORIZED_REDIRECT_URIS=https://me:hunter2@notes.example.org/,%zz:hunter2@x",
		"DATABASE_URL=postgres://me:"+encoded+"@"+net.JoinHostPort("127.0.0.1",
			databasePort)+"/notes?sslmode=disable&sslpassword=hunter2",
		"CLOUDFLARE_R2_BUCKET_NAME=notes", "CLOUDFLARE_R2_ENDPOINT_URL="+echo.URL,
		"SMTP_HOST=127.0.0.1", "SMTP_PORT="+smtpPort, "SMTP_USE_TLS=off", "SMTP_USERNAME=ada",
		"SMTP_FROM_EMAIL=notes@example.com")

	viaResend := run(t, deploycheck.Dependencies{Roots: roots},
		append([]string{"RESEND_API_URL=" + strings.Replace(echo.URL, "https://", "https://me:hunter2@", 1)}, common...)...)
	viaResend.want(t, "mail", isFail, "403")
	viaResend.want(t, "database", isFail, "28P01", "xxxxx", "Correct the user and the password")
	viaResend.want(t, "bucket", isFail)
	wantHidden(t, viaResend)

	c := load(t, common...)
	c.ResendAPIKey = ""
	viaSMTP := results(deploycheck.Run(t.Context(), c, deploycheck.Dependencies{Roots: roots}))
	viaSMTP.want(t, "mail", isFail, "554", "go away with xxxxx")
	wantHidden(t, viaSMTP)
}

func TestSecretsAreNotShownWhenASignInFails(t *testing.T) {
	t.Parallel()
	settings, roots := certificate(t)
	port := mailServer(t, settings, false) // repeats the password
	r := run(t, deploycheck.Dependencies{Roots: roots}, "SMTP_HOST=127.0.0.1", "SMTP_PORT="+port, "SMTP_USERNAME=ada",
		"SMTP_PASSWORD="+hidden)
	r.want(t, "mail", isFail, "rejects the user or the password")
	wantHidden(t, r)
}

func TestSecretsAreNotShownWhenAllIsFine(t *testing.T) {
	t.Parallel()
	s := apptest.StartS3(t)
	r := run(t, deploycheck.Dependencies{Roots: s.CertPool}, append(s.Environment(), "SECRET_KEY=hunter2"+goodKey,
		"DJANGO_SUPERUSER_PASSWORD=hunter2-Violet")...)
	r.want(t, "bucket", isOK)
	wantHidden(t, r)
	if strings.Contains(r.String(), s.SecretAccessKey) || strings.Contains(r.String(), s.AccessKeyID) {
		t.Errorf("a key of the bucket is shown:\n%s", r)
	}
}
