package outbound_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/outbound"
)

// host is a web server on this machine.
func host(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

// private reaches this machine, as nothing but tests and home networks should.
func private() *outbound.Client { return outbound.New(outbound.Options{AllowPrivate: true}) }

func get(t *testing.T, c *outbound.Client, address string) (outbound.Response, error) {
	t.Helper()
	return c.Get(t.Context(), address, outbound.Request{Limit: 1000})
}

func wantError(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("the error is %v, want %v", err, want)
	}
}

func TestGetAnswersWithTheBodyAndWhatNamesItsVersion(t *testing.T) {
	t.Parallel()
	var seen http.Header
	server := host(t, func(w http.ResponseWriter, r *http.Request) {
		seen = r.Header
		w.Header().Set("ETag", `"one"`)
		w.Header().Set("Last-Modified", "Mon, 02 Mar 2026 09:00:00 GMT")
		w.Header().Set("Content-Type", "text/calendar")
		_, _ = io.WriteString(w, "BEGIN:VCALENDAR")
	})
	response, err := private().Get(t.Context(), server.URL,
		outbound.Request{Accept: "text/calendar", UserAgent: "Notechondria tests", Limit: 15})
	if err != nil {
		t.Fatal(err)
	}
	if string(response.Body) != "BEGIN:VCALENDAR" || response.ETag != `"one"` || response.ContentType != "text/calendar" ||
		response.LastModified != "Mon, 02 Mar 2026 09:00:00 GMT" || response.NotModified {
		t.Errorf("the response is %+v", response)
	}
	if seen.Get("Accept") != "text/calendar" || seen.Get("User-Agent") != "Notechondria tests" ||
		seen.Get("Cookie") != "" {
		t.Errorf("the request had the headers %v", seen)
	}
}

func TestGetAsksWhetherTheCopyIsStillGood(t *testing.T) {
	t.Parallel()
	server := host(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-None-Match") == `"one"` || r.Header.Get("If-Modified-Since") != "" {
			w.WriteHeader(http.StatusNotModified)
		}
	})
	for _, request := range []outbound.Request{{ETag: `"one"`}, {LastModified: "Mon, 02 Mar 2026 09:00:00 GMT"}} {
		response, err := private().Get(t.Context(), server.URL, request)
		if err != nil || !response.NotModified || len(response.Body) != 0 {
			t.Errorf("%+v is answered with %+v and %v", request, response, err)
		}
	}
	response, err := private().Get(t.Context(), server.URL, outbound.Request{ETag: `"two"`})
	if err != nil || response.NotModified {
		t.Errorf("another version is answered with %+v and %v", response, err)
	}
}

func TestGetNamesTheStatusOfARefusal(t *testing.T) {
	t.Parallel()
	for _, status := range []int{204, 304, 401, 404, 410, 500} {
		server := host(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		_, err := get(t, private(), server.URL)
		var refused *outbound.StatusError
		if !errors.As(err, &refused) || refused.Code != status {
			t.Errorf("status %d is the error %v", status, err)
		}
	}
}

func TestGetReadsNoMoreThanTheLimit(t *testing.T) {
	t.Parallel()
	bodies := map[string]http.HandlerFunc{
		"announced": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1001")
			_, _ = w.Write(make([]byte, 1001))
		},
		"endless": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 1000)); err != nil {
					return
				}
			}
		},
		"compressed": func(w http.ResponseWriter, _ *http.Request) {
			var small bytes.Buffer
			packed := gzip.NewWriter(&small)
			_, _ = packed.Write(make([]byte, 50_000))
			_ = packed.Close()
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(small.Bytes())
		},
	}
	for name, body := range bodies {
		_, err := get(t, private(), host(t, body).URL)
		if !errors.Is(err, outbound.ErrTooLarge) {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}

func TestGetUnpacksWhatIsSmallEnough(t *testing.T) {
	t.Parallel()
	server := host(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		packed := gzip.NewWriter(w)
		_, _ = packed.Write(bytes.Repeat([]byte("x"), 1000))
		_ = packed.Close()
	})
	response, err := get(t, private(), server.URL)
	if err != nil || string(response.Body) != strings.Repeat("x", 1000) {
		t.Errorf("the body is %q, the error %v", response.Body, err)
	}
}

func TestGetWaitsNoLongerThanItsTime(t *testing.T) {
	t.Parallel()
	silent := func(write string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, write)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}
	}
	c := outbound.New(outbound.Options{AllowPrivate: true, Timeout: 50 * time.Millisecond})
	for name, handler := range map[string]http.HandlerFunc{"no answer": func(_ http.ResponseWriter,
		r *http.Request) {
		<-r.Context().Done()
	},
		"slow body": silent("BEGIN:")} {
		_, err := get(t, c, host(t, handler).URL)
		if !errors.Is(err, outbound.ErrUnreachable) {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}

func TestGetEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	server := host(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	_, err := private().Get(ctx, server.URL, outbound.Request{Limit: 1000})
	wantError(t, err, context.Canceled)
}

func TestGetFollowsThreeRedirects(t *testing.T) {
	t.Parallel()
	server := host(t, func(w http.ResponseWriter, r *http.Request) {
		var left int
		_, _ = fmt.Sscanf(r.URL.Path, "/%d", &left)
		if left > 0 {
			http.Redirect(w, r, fmt.Sprintf("/%d", left-1), http.StatusFound)
			return
		}
		_, _ = io.WriteString(w, "here")
	})
	response, err := get(t, private(), server.URL+"/3")
	if err != nil || string(response.Body) != "here" {
		t.Errorf("three redirects: %q, %v", response.Body, err)
	}
	_, err = get(t, private(), server.URL+"/4")
	wantError(t, err, outbound.ErrUnreachable)
}

func TestGetLeavesARedirectLoop(t *testing.T) {
	t.Parallel()
	server := host(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) })
	_, err := get(t, private(), server.URL)
	wantError(t, err, outbound.ErrUnreachable)
}

func TestARedirectCarriesNoSecrets(t *testing.T) {
	t.Parallel()
	var seen http.Header
	second := host(t, func(_ http.ResponseWriter, r *http.Request) { seen = r.Header })
	first := host(t, func(w http.ResponseWriter, r *http.Request) {
		if name, word, ok := r.BasicAuth(); !ok || name != "ann" || word != "secret" {
			t.Errorf("the first request has the credentials %q %q", name, word)
		}
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "1"})
		http.Redirect(w, r, strings.Replace(second.URL, "http://", "http://eve:other@", 1)+r.URL.Path, http.StatusFound)
	})
	if _, err := get(t, private(),
		strings.Replace(first.URL, "http://", "http://ann:secret@", 1)+"/private-path"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Authorization", "Referer", "Cookie"} {
		if value := seen.Get(name); value != "" {
			t.Errorf("the redirected request has %s: %s", name, value)
		}
	}
}

func TestGetUsesNoProxy(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	server := host(t, func(http.ResponseWriter, *http.Request) {})
	address := strings.Replace(server.URL, "127.0.0.1", "localhost.example", 1)
	if _, err := get(t, outbound.New(outbound.Options{AllowPrivate: true, Resolver: names(t, "127.0.0.1")}),
		address); err != nil {
		t.Error(err)
	}
}

func TestGetChecksCertificates(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(server.Close)
	_, err := get(t, private(), server.URL)
	wantError(t, err, outbound.ErrUnreachable)
}

func TestErrorsKeepTheAddressSecret(t *testing.T) {
	t.Parallel()
	server := host(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.String(),
			http.StatusFound)
	})
	for _, address := range []string{server.URL + "/private-token", "http://127.0.0.1:1/private-token",
		"http://[/private-token",
		"gopher://127.0.0.1/private-token", "http://169.254.169.254/private-token"} {
		if _, err := get(t, private(), address); err == nil || strings.Contains(err.Error(), "private-token") {
			t.Errorf("%s: the error is %v", address, err)
		}
	}
}
