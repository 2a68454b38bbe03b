package accounts_test

import (
	"bytes"
	"image/png"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// imageURL asks for the address of one's picture, with further headers: name, value.
func imageURL(t testing.TB, s *apptest.Server, token, host string, headers ...string) string {
	t.Helper()
	request := s.Request(t, "GET", settingsPath, nil)
	request.Header.Set("Authorization", "Token "+token)
	if host != "" {
		request.Host = host
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	return apptest.Do(t, request).Want(t, 200).String("image_url")
}

func TestPictureIsDrawnAndCached(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, database.SQLite)
	alice, bob := s.SignUpByMail(t, "alice"), s.SignUpByMail(t, "bob")
	address := imageURL(t, s, alice.Token, "")[len(s.URL):]
	get := func(method, path, etag string) apptest.Reply {
		request := s.Request(t, method, path, nil)
		if etag != "" {
			request.Header.Set("If-None-Match", etag)
		}
		return apptest.Do(t, request)
	}
	picture := get("GET", address+"?t=1700000000", "").Want(t, 200) // the apps add a parameter
	if _, err := png.Decode(bytes.NewReader([]byte(picture.Text))); err != nil ||
		picture.Header.Get("Content-Type") != "image/png" {
		t.Errorf("%s is no picture: %v", picture.Header.Get("Content-Type"), err)
	}
	etag := picture.Header.Get("ETag")
	if unchanged := get("GET", address, etag).Want(t, 304); unchanged.Text != "" || unchanged.Header.Get("ETag") != etag {
		t.Errorf("want the tag %s again: %v", etag, unchanged.Header)
	}
	// Proxies weaken the tags of what they compress, and clients send all that they have.
	for _, sent := range []string{"W/" + etag, `"other", ` + etag, `W/"other",W/` + etag, "*"} {
		get("GET", address, sent).Want(t, 304)
	}
	for _, sent := range []string{`"other"`, `W/"other"`, strings.Trim(etag, `"`), `"x` + strings.Trim(etag, `"`) + `"`} {
		get("GET", address, sent).Want(t, 200)
	}
	head := get("HEAD", address, "").Want(t, 200)
	if head.Text != "" || head.Header.Get("ETag") != etag ||
		head.Header.Get("Content-Length") != picture.Header.Get("Content-Length") {
		t.Errorf("HEAD differs from GET: %v", head.Header)
	}
	other := get("GET", imageURL(t, s, bob.Token, "")[len(s.URL):], etag).Want(t, 200)
	if other.Header.Get("ETag") == etag || other.Text == picture.Text {
		t.Error("two accounts have one picture")
	}
	get("GET", "/media/avatars/user-x.png", "").Want(t, 404)
	get("GET", "/media/avatars/user-.png", "").Want(t, 404)
}

func TestPictureHasTheAddressThatTheClientUses(t *testing.T) {
	t.Parallel()
	forwarded := []string{"X-Forwarded-Proto", "https", "X-Forwarded-Host", "localhost"}
	for name, test := range map[string]struct {
		proxies, host string
		headers       []string
		want          string // what the address begins with; "" for that of the server
	}{
		"host of the request":          {"", "localhost:1234", nil, "http://localhost:1234/"},
		"forwarded by nobody we know":  {"", "", forwarded, ""},
		"forwarded by a trusted proxy": {"127.0.0.1", "", forwarded, "https://localhost/"},
		"host that is not ours": {"127.0.0.1", "localhost:1234", []string{"X-Forwarded-Host",
			"evil.example.org"}, "http://localhost:1234/"},
		"scheme that is none of the web's": {"127.0.0.1", "localhost", []string{"X-Forwarded-Proto", "javascript"},
			"http://localhost/"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := apptest.Start(t, database.SQLite, "TRUSTED_PROXIES="+test.proxies)
			want := test.want
			if want == "" {
				want = s.URL + "/"
			}
			if got := imageURL(t, s, s.SignUpByMail(t, "alice").Token, test.host,
				test.headers...); got != want+"media/avatars/user-1.png" {
				t.Errorf("the picture is at %s, want it at %s", got, want)
			}
		})
	}
}
