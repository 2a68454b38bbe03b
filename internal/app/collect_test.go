package app_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/app"
	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/blob"
	"github.com/trance-0/notechondria/internal/config"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/static"
)

const collected = "static files collected"

// wantEmbedded fails the test unless the API page and what it loads are served.
func wantEmbedded(t *testing.T, s *apptest.Server) {
	t.Helper()
	page := s.Call(t, "GET", docsPath, "", nil).Want(t, 200)
	for _, name := range []string{"favicon.svg", "docs/init.js", "docs/swagger-ui.css", "docs/swagger-ui-bundle.js"} {
		path, err := static.New().Path(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(page.Text, `"`+path+`"`) {
			t.Errorf("the page does not load %s", path)
		}
		if file := s.Call(t, "GET", path, "", nil).Want(t, 200); file.Text == "" {
			t.Errorf("%s is empty", path)
		}
	}
}

func waitUntilLogged(t *testing.T, p *apptest.Process, words ...string) []string {
	t.Helper()
	apptest.Eventually(t, strings.Join(words, " "), func() bool { return len(p.Output.Find(words...)) > 0 })
	return p.Output.Find(words...)
}

// openBucket is what the server opens, in this process.
func openBucket(t *testing.T, server *apptest.S3, prefix string) blob.Store {
	t.Helper()
	store, err := blob.OpenS3(blob.S3Options{
		Endpoint: server.Endpoint, Bucket: server.Bucket, Prefix: prefix, AccessKeyID: server.AccessKeyID,
		SecretAccessKey: server.SecretAccessKey, Transport: server.Transport(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func TestBootDoesNotWaitForTheBucket(t *testing.T) {
	t.Parallel()
	server := apptest.StartS3(t)
	released := make(chan struct{})
	server.Fail(func(w http.ResponseWriter, r *http.Request, behind http.Handler) {
		<-released
		behind.ServeHTTP(w, r)
	})
	p := apptest.StartProcess(t, append(emptyEnvironment(t, database.SQLite), server.Environment()...), "start")
	waitUntilReady(t, p)
	wantEmbedded(t, p.Server())
	if early := p.Output.Find(collected); len(early) > 0 {
		t.Fatalf("the bucket did not answer yet: %s", early)
	}
	close(released)
	waitUntilLogged(t, p, collected, `"unchanged":0`, `"removed":0`)
	store := openBucket(t, server, "static")
	for _, name := range []string{"favicon.svg", "docs/swagger-ui.css"} {
		path, err := static.New().Path(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, suffix := range []string{"", ".gz", ".br"} {
			if o, err := store.Stat(t.Context(), strings.TrimPrefix(path, static.Prefix)+suffix); err != nil || o.Size == 0 {
				t.Errorf("%s%s: %+v, %v", path, suffix, o, err)
			}
		}
	}
	if code := p.Stop(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	again := apptest.StartProcess(t, append(emptyEnvironment(t, database.SQLite), server.Environment()...), "start")
	waitUntilLogged(t, again, collected, `"uploaded":0`)
}

func TestMediaComeFromTheBucket(t *testing.T) {
	t.Parallel()
	server := apptest.StartS3(t)
	const key, content = "a/日 本.txt", "from the bucket"
	if err := openBucket(t, server, "media").Put(t.Context(), key, strings.NewReader(content), int64(len(content)),
		blob.Meta{ContentType: "text/plain"}); err != nil {
		t.Fatal(err)
	}
	p := apptest.StartProcess(t, append(emptyEnvironment(t, database.SQLite), server.Environment()...), "start")
	waitUntilReady(t, p)
	request := p.Server().Request(t, "GET", "/media/a/%E6%97%A5%20%E6%9C%AC.txt", nil)
	request.Header.Set("Range", "bytes=5-7")
	if part := apptest.Do(t, request).Want(t, 206); part.Text != "the" || part.Header.Get("Content-Type") != "text/plain" {
		t.Errorf("got %q as %s", part.Text, part.Header.Get("Content-Type"))
	}
}

func TestBootWithABucketThatRefuses(t *testing.T) {
	t.Parallel()
	server := apptest.StartS3(t)
	environment := append(emptyEnvironment(t, database.SQLite), server.Environment()...)
	p := apptest.StartProcess(t, append(environment, "CLOUDFLARE_R2_SECRET_ACCESS_KEY=another-secret"), "start")
	for _, line := range waitUntilLogged(t, p, "collecting static files", `"level":"ERROR"`, "403") {
		if strings.Contains(line, "another-secret") {
			t.Errorf("the secret is logged: %s", line)
		}
	}
	waitUntilReady(t, p)
	wantEmbedded(t, p.Server())
	p.Server().Call(t, "GET", "/media/a.png", "", nil).WantKeys(t, 503, "detail", "status_code", "path")
	if code := p.Stop(t); code != 0 { // though it waits to try again
		t.Errorf("exit code %d", code)
	}
	store := openBucket(t, server, "static")
	if _, err := store.Stat(t.Context(), "staticfiles.json"); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestBootTriesAgain(t *testing.T) {
	t.Parallel()
	server := apptest.StartS3(t)
	for range 8 { // the attempts of two requests: the sweep of uploaded files lists the bucket at the same time
		server.Fail(apptest.S3Status(503))
	}
	p := apptest.StartProcess(t, append(emptyEnvironment(t, database.SQLite), server.Environment()...), "start")
	waitUntilLogged(t, p, "collecting static files", `"level":"ERROR"`, "503")
	waitUntilLogged(t, p, collected, `"unchanged":0`)
}

func TestStopWhileTheBucketHangs(t *testing.T) {
	t.Parallel()
	server := apptest.StartS3(t)
	server.Fail(apptest.S3Hang())
	p := apptest.StartProcess(t, append(emptyEnvironment(t, database.SQLite), server.Environment()...), "start")
	waitUntilReady(t, p)
	apptest.Eventually(t, "it asks the bucket", func() bool { return len(server.Requests("GET")) > 0 })
	if code := p.Stop(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if failed := p.Output.Find(`"level":"ERROR"`); len(failed) > 0 {
		t.Errorf("it logged %s", failed)
	}
}

func TestBootCollectsIntoAFolderThatIsSet(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	environment := emptyEnvironment(t, database.SQLite)
	p := apptest.StartProcess(t, append(environment, "STATIC_ROOT="+folder), "start")
	waitUntilLogged(t, p, collected, `"unchanged":0`)
	path, err := static.New().Path("docs/init.js")
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(filepath.Join(folder, strings.TrimPrefix(path, static.Prefix)))
	if err != nil || string(file) != p.Server().Call(t, "GET", path, "", nil).Want(t, 200).Text {
		t.Errorf("%s has another content: %v", path, err)
	}
	unset := apptest.StartProcess(t, emptyEnvironment(t, database.SQLite), "start")
	waitUntilReady(t, unset)
	wantEmbedded(t, unset.Server())
	if code := unset.Stop(t); code != 0 || len(unset.Output.Find(collected)) > 0 {
		t.Errorf("exit code %d, and nobody would serve what is collected", code)
	}
}

func TestCollectStaticUsesTheConfiguredFolder(t *testing.T) {
	t.Parallel()
	c, err := config.Load([]string{"DATA_DIR=" + t.TempDir()}, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	report, err := app.CollectStatic(t.Context(), c, static.CollectOptions{})
	if err != nil || report.Uploaded == 0 {
		t.Errorf("%+v, %v", report, err)
	}
	if _, err := os.Stat(filepath.Join(c.StaticRoot, "staticfiles.json")); err != nil {
		t.Error(err)
	}
}
