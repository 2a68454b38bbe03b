package social_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// pictures serves one picture, and other things that a provider may name as one.
func pictures(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/good":
			_, _ = w.Write([]byte(apptest.PNG(t, 600, 600, 7)))
		case "/page":
			_, _ = w.Write([]byte("<html>"))
		case "/large":
			_, _ = w.Write([]byte(strings.Repeat("x", 21<<20)))
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func imageURL(t testing.TB, s *apptest.Server, token string) string {
	t.Helper()
	return s.Call(t, http.MethodGet, settingsPath, token, nil).Want(t, 200).String("image_url")
}

func TestPictureOfAProviderIsCopied(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, providers := startSocial(t, engine, "ALLOW_PRIVATE_FEED_HOSTS=true")
		claims := verified("uid-1", "gina@example.org", "Gina")
		claims["picture"] = pictures(t) + "/good"
		providers.Person("gina", claims)
		token := s.Post(t, googlePath, keys{"code": "gina"}).Want(t, 200).String("token")
		apptest.Eventually(t, "the picture is hers", func() bool {
			return strings.Contains(imageURL(t, s, token),
				"/media/users/")
		})
		if kind := s.Fetch(t, imageURL(t, s, token)).Want(t, 200).Header.Get("Content-Type"); kind != "image/png" {
			t.Errorf("the picture is %s", kind)
		}
		s.Post(t, googlePath, keys{"code": "gina", "intent": "login"}).Want(t, 200)
		if n := len(s.Files(t)); n != 1 {
			t.Errorf("%d files are kept, want 1", n)
		}
	})
}

func TestPicturesThatAreNotCopied(t *testing.T) {
	t.Parallel()
	private, providers := startSocial(t, database.SQLite)
	address := pictures(t)
	claims := verified("uid-1", "gina@example.org", "Gina")
	claims["picture"] = address + "/good"
	providers.Person("gina", claims)
	private.Post(t, googlePath, keys{"code": "gina"}).Want(t, 200)
	apptest.Eventually(t, "an address of this machine is refused",
		func() bool { return len(private.Logs.Find("copying a user's picture", "not a public http")) == 1 })

	s, providers := startSocial(t, database.SQLite, "ALLOW_PRIVATE_FEED_HOSTS=true")
	for path, reason := range map[string]string{"/page": "not a PNG", "/large": "too large", "/missing": "404"} {
		providers.GitHubPerson("someone", apptest.GitHubPerson{ID: int64(len(path)), Login: "someone", AvatarURL: address +
			path})
		token := s.Post(t, gitHubPath, keys{"code": "someone"}).Want(t, 200).String("token")
		apptest.Eventually(t, path+" is no picture",
			func() bool { return len(s.Logs.Find("copying a user's picture", reason)) == 1 })
		if got := imageURL(t, s, token); !strings.Contains(got, "/media/avatars/user-") {
			t.Errorf("%s: the picture is at %s", path, got)
		}
	}
	if n := len(s.Files(t)); n != 0 {
		t.Errorf("%d files are kept", n)
	}
}
