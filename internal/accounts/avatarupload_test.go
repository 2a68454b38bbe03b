package accounts_test

import (
	"fmt"
	"image"
	_ "image/jpeg"
	"image/png"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func TestUploadedPictureReplacesTheLastOne(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUpByMail(t, "alice")
		upload := func(shade uint8, more ...apptest.Part) string {
			parts := append(more, apptest.Part{Name: "avatar", FileName: "me.PNG", Content: apptest.PNG(t, 1000, 500, shade)})
			return s.Upload(t, "PATCH", settingsPath, alice.Token, parts...).Want(t, 200).String("image_url")
		}
		first := upload(10)
		got := s.Fetch(t, first).Want(t, 200)
		shown, err := png.Decode(strings.NewReader(got.Text))
		if err != nil || shown.Bounds() != image.Rect(0, 0, 512, 256) || got.Header.Get("Content-Type") != "image/png" {
			t.Errorf("the picture is %v, %s, %v", shown.Bounds(), got.Header.Get("Content-Type"), err)
		}
		second := upload(20, apptest.Part{Name: "motto", Content: "with a picture"})
		if second == first {
			t.Errorf("both pictures are at %s: caches will show the old one", first)
		}
		s.Fetch(t, second).Want(t, 200)
		apptest.Eventually(t, "the replaced picture goes", func() bool { return s.Fetch(t, first).Status == 404 })
		settings := s.Call(t, "GET", settingsPath, alice.Token, nil).Want(t, 200)
		if settings.String("image_url") != second || settings.String("motto") != "with a picture" {
			t.Errorf("the settings have %s, %q", settings.String("image_url"), settings.String("motto"))
		}
		note := s.Call(t, "POST", "/api/v1/notes/", alice.Token, map[string]any{"title": "By alice"}).Want(t, 201)
		author, _ := note.Object()["author"].(map[string]any)
		if author["image_url"] != second {
			t.Errorf("a note shows its author with %v", author["image_url"])
		}
	})
}

// Cameras turn pictures by a note in the file, behind whatever else stands there; of what moves, the beginning is
// shown.
func TestWebPAsProgramsWriteIt(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUpByMail(t, "alice")
		for name, want := range map[string]image.Point{"43-orientation-6-odd-chunk": {40, 80}, "44-animated": {40, 40}} {
			content, err := os.ReadFile("avatar/testdata/" + name + ".webp")
			if err != nil {
				t.Fatal(err)
			}
			part := apptest.Part{Name: "avatar", FileName: "me.webp", Content: string(content)}
			address := s.Upload(t, "PATCH", settingsPath, alice.Token, part).Want(t, 200).String("image_url")
			shown, _, err := image.Decode(strings.NewReader(s.Fetch(t, address).Want(t, 200).Text))
			if err != nil || shown.Bounds().Size() != want {
				t.Errorf("%s is shown as %v, %v", name, shown.Bounds(), err)
			}
		}
	})
}

func TestRefusedPictures(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, database.SQLite)
	alice, bob := s.SignUpByMail(t, "alice"), s.SignUpByMail(t, "bob")
	good := apptest.PNG(t, 10, 10, 1)
	for name, part := range map[string]apptest.Part{
		"empty":          {Name: "avatar", FileName: "me.png"},
		"no picture":     {Name: "avatar", FileName: "me.png", Content: "text"},
		"SVG":            {Name: "avatar", FileName: "me.svg", Content: `<svg xmlns="http://www.w3.org/2000/svg"/>`},
		"a text":         {Name: "avatar", Content: "me.png"},
		"too many bytes": {Name: "avatar", FileName: "me.png", Content: good + strings.Repeat("x", 20<<20)},
	} {
		s.Upload(t, "PATCH", settingsPath, alice.Token, part, apptest.Part{Name: "motto", Content: name}).WantKeys(t, 400,
			"avatar")
	}
	s.Upload(t, "PATCH", settingsPath, alice.Token, apptest.Part{Name: "avatar", FileName: "me.png",
		Content: strings.Repeat("x", 22<<20)}).
		WantKeys(t, 413, "detail", "status_code", "path")
	sent := apptest.Part{Name: "avatar", FileName: "me.png", Content: good}
	s.Upload(t, "PATCH", settingsPath, alice.Token, sent, apptest.Part{Name: "username", Content: "bob"}).WantKeys(t,
		400, "username")
	s.Upload(t, "PATCH", settingsPath, alice.Token, sent, apptest.Part{Name: "theme_mode", Content: "X"}).WantKeys(t,
		400, "theme_mode")
	s.Upload(t, "PATCH", settingsPath, "", sent).WantKeys(t, 401, "detail")
	if got := s.Files(t); len(got) != 0 {
		t.Errorf("refused uploads left %q", got)
	}
	if got := s.Call(t, "GET", settingsPath, alice.Token, nil).Want(t, 200); got.String("motto") != "" ||
		!strings.HasSuffix(got.String("image_url"), "user-1.png") {
		t.Errorf("a refused upload has changed something: %s", got.Text)
	}
	misnamed := apptest.Part{Name: "avatar", FileName: "me.txt", Content: good}
	s.Upload(t, "PATCH", settingsPath, bob.Token, misnamed).Want(t, 200)
}

func TestPicturesUploadedAtOnceLeaveOne(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUpByMail(t, "alice")
		apptest.AtOnce(8, func(i int) apptest.Reply {
			return s.Upload(t, "PATCH", settingsPath, alice.Token, apptest.Part{Name: "avatar", FileName: "me.png",
				Content: apptest.PNG(t, 20, 20, uint8(i))})
		})
		shown := s.Call(t, "GET", settingsPath, alice.Token, nil).Want(t, 200).String("image_url")
		apptest.Eventually(t, "one file stays", func() bool { return len(s.Files(t)) == 1 })
		s.Fetch(t, shown).Want(t, 200)
	})
}

// onBucket starts the program, since only a process of its own trusts the bucket's certificate.
func onBucket(t *testing.T, bucket *apptest.S3, settings ...string) *apptest.Server {
	t.Helper()
	mailbox := apptest.NewMailbox(t)
	environment := slices.Concat(apptest.Environment(t, database.SQLite), bucket.Environment(), mailbox.Environment(),
		settings)
	s := apptest.StartProcess(t, environment, "start").Server()
	s.Mail = mailbox
	return s
}

func TestAddressesOfPicturesInABucket(t *testing.T) {
	t.Parallel()
	bucket := apptest.StartS3(t)
	const domain = "CLOUDFLARE_R2_CUSTOM_DOMAIN=cdn.example.com"
	for i, test := range []struct {
		settings []string
		start    string // "" for this server
	}{
		{nil, ""},
		{[]string{domain}, "https://cdn.example.com/media/users/1/avatar/"},
		{[]string{domain, "MEDIA_PROXY=true"}, ""},
	} {
		s := onBucket(t, bucket, test.settings...)
		alice := s.SignUpByMail(t, "alice")
		own := apptest.PNG(t, 20, 20, uint8(i))
		address := s.Upload(t, "PATCH", settingsPath, alice.Token, apptest.Part{Name: "avatar", FileName: "me.png",
			Content: own}).
			Want(t, 200).String("image_url")
		start := test.start
		if start == "" {
			start = s.URL + "/media/users/1/avatar/"
		}
		if !strings.HasPrefix(address, start) {
			t.Errorf("%q: the picture is at %s, want it below %s", test.settings, address, start)
		}
		_, key, _ := strings.Cut(address, "/media/")
		got := s.Call(t, "GET", "/media/"+key, "", nil).Want(t, 200) // served here all the same
		if kind := got.Header.Get("Content-Type"); kind != "image/png" ||
			got.Header.Get("Content-Disposition") != "inline; filename*=UTF-8''picture.png" {
			t.Errorf("%s %s", kind, got.Header.Get("Content-Disposition"))
		}
		if !slices.ContainsFunc(bucket.Requests("PUT"), func(h http.Header) bool {
			return h.Get("Content-Type") == "image/png" && h.Get("Content-Disposition") == "inline; filename*=UTF-8''picture.png"
		}) {
			t.Error("the bucket is not told how to serve the picture")
		}
		bucket.Forget()
	}
}

// TestAFailedUploadLeavesNoRow: with a bucket that fails, the settings stay as they are.
func TestAFailedUploadLeavesNoRow(t *testing.T) {
	t.Parallel()
	bucket := apptest.StartS3(t)
	s := onBucket(t, bucket)
	alice := s.SignUpByMail(t, "alice")
	before := s.Call(t, "GET", settingsPath, alice.Token, nil).Want(t, 200).Text
	for range 100 { // more requests than there are
		bucket.Fail(apptest.S3Status(403))
	}
	s.Upload(t, "PATCH", settingsPath, alice.Token, apptest.Part{Name: "avatar", FileName: "me.png",
		Content: apptest.PNG(t, 9, 9, 1)},
		apptest.Part{Name: "motto", Content: "new"}).WantKeys(t, 503, "detail", "status_code", "path")
	if after := s.Call(t, "GET", settingsPath, alice.Token, nil).Want(t, 200).Text; after != before {
		t.Errorf("the settings are now %s", fmt.Sprintf("%.300s", after))
	}
}
