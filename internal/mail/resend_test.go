package mail_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/mail"
)

const testKey = "re_test_key"

func newResend(t *testing.T, base string) *mail.Resend {
	t.Helper()
	sender, err := mail.NewResend(mail.ResendOptions{
		APIKey: testKey, BaseURL: base, From: "Notechondria <no-reply@notes.example>", Timeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

func TestResendRequest(t *testing.T) {
	t.Parallel()
	for name, suffix := range map[string]string{"bare": "", "slash": "/", "path": "/v1", "path and slash": "/v1/"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var header http.Header
			var path string
			var body map[string]any
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				header, path = r.Header.Clone(), r.Method+" "+r.URL.Path
				if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
					t.Error(err)
				}
				_, _ = io.WriteString(w, `{"id":"49a3999c-0ce1-4ea6-ab68-afcd6dc2e794"}`)
			}))
			defer server.Close()
			m := mail.Message{ID: "code-17", To: "ada@example.org", Subject: "Prüfe <dein> Konto", Text: "Code: 123456\n"}
			if err := newResend(t, server.URL+suffix).Send(context.Background(), m); err != nil {
				t.Fatal(err)
			}
			if want := "POST " + strings.TrimSuffix(suffix, "/") + "/emails"; path != want {
				t.Errorf("called %q, want %q", path, want)
			}
			for key, want := range map[string]string{
				"Authorization": "Bearer " + testKey, "Content-Type": "application/json", "Idempotency-Key": "code-17",
			} {
				if got := header.Get(key); got != want {
					t.Errorf("%s is %q, want %q", key, got, want)
				}
			}
			want := map[string]any{
				"from": "Notechondria <no-reply@notes.example>", "to": []any{"ada@example.org"},
				"subject": m.Subject, "text": m.Text,
			}
			if !maps.EqualFunc(body, want, func(a, b any) bool { return reflect.DeepEqual(a, b) }) {
				t.Errorf("body is %v, want %v", body, want)
			}
		})
	}
}

func TestResendWithoutIDSendsNoIdempotencyKey(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if values, ok := r.Header["Idempotency-Key"]; ok {
			t.Errorf("Idempotency-Key is %q", values)
		}
	}))
	defer server.Close()
	if err := newResend(t, server.URL).Send(context.Background(), validMessage()); err != nil {
		t.Fatal(err)
	}
}

func TestResendAnswers(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name      string
		status    int
		body      string
		sent      bool
		permanent bool
		text      string // must be in the error
	}{
		{"200", 200, `{"id":"x"}`, true, false, ""},
		{"202 with a strange body", 202, `<html>`, true, false, ""},
		{"302", 302, ``, false, false, "302"},
		{"400", 400, `{"name":"validation_error","message":"Invalid to field"}`, false, true, "Invalid to field"},
		{"401", 401, `{"name":"missing_api_key","message":"Missing API key"}`, false, false, "Missing API key"},
		{"403", 403, `{"message":"The domain is not verified"}`, false, false, "The domain is not verified"},
		{"408", 408, ``, false, false, "408"},
		{"409 for another message", 409, `{"name":"invalid_idempotent_request","message":"Key used"}`, false,
			true, "Key used"},
		{"409 while another try runs", 409, `{"name":"concurrent_idempotent_requests","message":"Busy"}`, false,
			false, "Busy"},
		{"422", 422, `{"message":"line one\r\nline two"}`, false, true, "line one  line two"},
		{"429", 429, `{"message":"Too many requests"}`, false, false, "Too many requests"},
		{"500", 500, `{"message":"Something is broken"}`, false, false, "Something is broken"},
		{"502 of a proxy", 502, `<html>bad gateway</html>`, false, false, "502"},
		{"message of another type", 422, `{"message":{"a":1}}`, false, true, "422"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if c.status == http.StatusFound {
					w.Header().Set("Location", "/elsewhere")
				}
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			}))
			defer server.Close()
			err := newResend(t, server.URL).Send(context.Background(), validMessage())
			if (err == nil) != c.sent {
				t.Fatalf("err is %v, want sent: %v", err, c.sent)
			}
			if c.sent {
				return
			}
			if mail.Permanent(err) != c.permanent {
				t.Errorf("permanent: %v, want %v: %v", mail.Permanent(err), c.permanent, err)
			}
			if !strings.Contains(err.Error(), c.text) {
				t.Errorf("%q lacks %q", err, c.text)
			}
			if strings.Contains(err.Error(), testKey) || strings.Contains(err.Error(), "123456") {
				t.Errorf("a secret is in the error: %v", err)
			}
		})
	}
}

// The answer is read up to a limit: the client hangs up long before the server is through.
func TestResendLimitsTheAnswer(t *testing.T) {
	t.Parallel()
	const size, piece = 64 << 20, 64 << 10
	writeErrors := make(chan error, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		var err error
		for written := 0; written < size && err == nil; written += piece {
			_, err = w.Write(make([]byte, piece))
		}
		writeErrors <- err
	}))
	defer server.Close()
	if err := newResend(t, server.URL).Send(context.Background(), validMessage()); err == nil {
		t.Fatal("sent")
	}
	if <-writeErrors == nil {
		t.Error("the whole answer was read")
	}
}

func TestResendShortensExplanations(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{"message": strings.Repeat("ü", 5000)})
	}))
	defer server.Close()
	err := newResend(t, server.URL).Send(context.Background(), validMessage())
	if err == nil {
		t.Fatal("sent")
	}
	if len(err.Error()) > 400 {
		t.Errorf("the error has %d bytes", len(err.Error()))
	}
}

func TestResendTimeout(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-ended }))
	defer server.Close()
	defer close(ended)
	sender, err := mail.NewResend(mail.ResendOptions{
		APIKey: testKey, BaseURL: server.URL, From: "no-reply@notes.example", Timeout: 50 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(context.Background(), validMessage()); !errors.Is(err, context.DeadlineExceeded) ||
		mail.Permanent(err) {
		t.Errorf("err is %v, want the deadline", err)
	}
}

func TestNewResendOptions(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, key, base string
		good            bool
	}{
		{"Resend's own address", testKey, "", true},
		{"another address", testKey, "http://localhost:8080/api", true},
		{"no key", "", "", false},
		{"key with line break", "re_key\r\nX-Other: 1", "", false},
		{"no scheme", testKey, "api.resend.com", false},
		{"another scheme", testKey, "ftp://api.resend.com", false},
		{"no host", testKey, "https://", false},
		{"query", testKey, "https://api.resend.com?a=b", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := mail.NewResend(mail.ResendOptions{APIKey: c.key, BaseURL: c.base, From: "no-reply@notes.example"})
			if (err == nil) != c.good {
				t.Errorf("err is %v, want accepted: %v", err, c.good)
			}
			if err != nil && strings.Contains(err.Error(), "re_") {
				t.Errorf("the key is in the error: %v", err)
			}
		})
	}
}
