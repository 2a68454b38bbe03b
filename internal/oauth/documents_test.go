package oauth_test

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// privateDocuments lets a server fetch documents from this machine.
const privateDocuments = "ALLOW_PRIVATE_FEED_HOSTS=true"

// TestMain has the tests trust the certificate of test servers, since documents are fetched with https alone.
func TestMain(m *testing.M) {
	server := httptest.NewTLSServer(nil)
	server.Close()
	folder, err := os.MkdirTemp("", "oauth-*")
	if err != nil {
		panic(err)
	}
	file := filepath.Join(folder, "certificates.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(file, certificate, 0o600); err != nil {
		panic(err)
	}
	if err := os.Setenv("SSL_CERT_FILE", file); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(folder) // the system's folder of temporary files
	os.Exit(code)
}

// host serves the documents of programs.
type host struct {
	URL     string
	fetched atomic.Int32
	serve   atomic.Value // func(w, r)
}

func startHost(t *testing.T) *host {
	t.Helper()
	h := &host{}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.fetched.Add(1)
		h.serve.Load().(func(http.ResponseWriter, *http.Request))(w, r)
	}))
	t.Cleanup(server.Close)
	h.URL = server.URL
	return h
}

// publish has every address of the host answer with that.
func (h *host) publish(status int, text string) {
	h.serve.Store(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text))
	})
}

func document(id, more string) string {
	return `{"client_id":"` + id + `","client_name":"Studio","redirect_uris":["` + callback +
		`","http://127.0.0.1/"]` + more + `}`
}

func TestAProgramIsKnownByItsDocument(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, h := apptest.Start(t, engine, privateDocuments), startHost(t)
		alice := s.SignUp(t, "alice")
		p := program{s, h.URL + "/studio.json", callback}
		h.publish(200, document(p.id,
			`,"token_endpoint_auth_method":"none","grant_types":["authorization_code","refresh_token"]`))
		page := newBrowser(s).get(t, "/authorize?"+p.question(nil).Encode()).Want(t, 200)
		if !strings.Contains(page.Text,
			"<strong>Studio</strong> of <strong>"+strings.TrimPrefix(h.URL, "https://")+"</strong>") {
			t.Errorf("the page does not say whose program it is: %s", page.Text)
		}
		tokens := p.connect(t, alice)
		opens(t, s, tokens.String("access_token"), "/mcp")
		if n := h.fetched.Load(); n != 1 {
			t.Errorf("the document was fetched %d times", n)
		}

		// It is read again after an hour, and what it says then counts.
		s.Exec(t, "update oauth_clients set fetched_at = $1", apptest.Ago(2*time.Hour))
		h.publish(200, strings.Replace(document(p.id, ""), callback, "https://elsewhere.example.org/", 1))
		newBrowser(s).get(t, "/authorize?"+p.question(nil).Encode()).Want(t, 400)
		newBrowser(s).get(t, "/authorize?"+p.question(
			keys{"redirect_uri": "https://elsewhere.example.org/"}).Encode()).Want(t, 200)
		if n := h.fetched.Load(); n != 2 {
			t.Errorf("the document was fetched %d times", n)
		}

		// While it can't be fetched, what was read within a day counts.
		h.publish(503, "")
		for age, status := range map[time.Duration]int{2 * time.Hour: 200, 25 * time.Hour: 400} {
			s.Exec(t, "update oauth_clients set fetched_at = $1", apptest.Ago(age))
			newBrowser(s).get(t, "/authorize?"+p.question(keys{"redirect_uri": "http://127.0.0.1:4567/"}).Encode()).Want(t,
				status)
		}
		p.refresh(t, tokens.String("refresh_token"), nil).Want(t, 200)
	})
}

func TestDocumentsThatAreRefused(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, h := apptest.Start(t, engine, privateDocuments), startHost(t)
		id := h.URL + "/studio.json"
		ask := func(id string) apptest.Reply {
			return newBrowser(s).get(t, "/authorize?"+program{s, id, callback}.question(nil).Encode())
		}
		for name, text := range map[string]string{
			"another program's":   document(h.URL+"/other.json", ""),
			"nobody's":            `{"redirect_uris":["` + callback + `"]}`,
			"without redirects":   `{"client_id":"` + id + `"}`,
			"with a secret":       document(id, `,"token_endpoint_auth_method":"client_secret_post"`),
			"with a key":          document(id, `,"token_endpoint_auth_method":"private_key_jwt"`),
			"for another flow":    document(id, `,"grant_types":["client_credentials"]`),
			"with a bad redirect": strings.Replace(document(id, ""), "http://127.0.0.1/", "javascript:alert(1)", 1),
			"no JSON":             "<html>",
			"a list":              "[]",
			"endless":             document(id, `,"x":"`+strings.Repeat("x", 20_000)+`"`),
		} {
			h.publish(200, text)
			if page := ask(id); page.Status != 400 || onwards.MatchString(page.Text) {
				t.Errorf("%s: %d %s", name, page.Status, page.Text)
			}
		}
		h.publish(404, document(id, ""))
		ask(id).Want(t, 400)
		h.serve.Store(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/studio.json" {
				http.Redirect(w, r, "/moved.json", http.StatusFound)
				return
			}
			_, _ = w.Write([]byte(document(id, "")))
		})
		ask(id).Want(t, 400)

		before := h.fetched.Load()
		for _, id := range []string{
			h.URL, h.URL + "/", h.URL + "/a/../studio.json", h.URL + "/studio.json#x",
			"http://" + strings.TrimPrefix(id, "https://"),
			"https://user:word@" + strings.TrimPrefix(id, "https://"), h.URL + "/" + strings.Repeat("x", 500),
			"https:///studio.json", h.URL + "/st udio",
			"https://" + "\x00" + "/x", "HTTPS" + strings.TrimPrefix(id, "https"),
		} {
			ask(id).Want(t, 400)
		}
		if h.fetched.Load() != before {
			t.Error("odd addresses are fetched")
		}
		if n := apptest.Value[int](t, s.Database(t), "select count(*) from oauth_clients"); n != 0 {
			t.Errorf("%d programs are kept", n)
		}
	})
}

func TestDocumentsOfThisMachineAreNotFetched(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, h := apptest.Start(t, engine), startHost(t)
		p := program{s, h.URL + "/studio.json", callback}
		h.publish(200, document(p.id, ""))
		newBrowser(s).get(t, "/authorize?"+p.question(nil).Encode()).Want(t, 400)
		if h.fetched.Load() != 0 {
			t.Error("it was fetched")
		}
	})
}

func TestFetchingDocumentsIsLimited(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, h := apptest.Start(t, engine, privateDocuments), startHost(t)
		h.publish(404, "")
		p := program{s, h.URL + "/studio.json", callback}
		for range 30 {
			newBrowser(s).get(t, "/authorize?"+p.question(nil).Encode()).Want(t, 400)
		}
		if reply := newBrowser(s).get(t,
			"/authorize?"+p.question(nil).Encode()).Want(t, 429); reply.Header.Get("Retry-After") == "" {
			t.Error("it does not say how long to wait")
		}
		if n := h.fetched.Load(); n != 30 {
			t.Errorf("%d were fetched", n)
		}
	})
}
