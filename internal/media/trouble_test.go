package media_test

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/blob"
)

func TestHeadSendsNothingFromTheBucket(t *testing.T) {
	t.Parallel()
	server := apptest.StartS3(t)
	store := server.Store(t, "media")
	put(t, store, "a.png", "a picture")
	s := serve(t, store)
	server.Forget()
	get(t, s, "HEAD", "/media/a.png").Want(t, 200)
	get(t, s, "HEAD", "/media/a.png", "Range: bytes=0-1").Want(t, 206)
	get(t, s, "HEAD", "/media/b.png").Want(t, 404)
	if gets, heads := len(server.Requests("GET")), len(server.Requests("HEAD")); gets != 0 || heads != 3 {
		t.Errorf("%d requests with GET and %d with HEAD", gets, heads)
	}
}

// zeros is a large file that takes no memory.
type zeros struct{ offset, size int64 }

// Read returns zeros.
func (z *zeros) Read(p []byte) (int, error) {
	n := min(int64(len(p)), z.size-z.offset)
	if n == 0 {
		return 0, io.EOF
	}
	clear(p[:n])
	z.offset += n
	return int(n), nil
}

// Seek is relative to the beginning, or to the current position.
func (z *zeros) Seek(offset int64, whence int) (int64, error) {
	if whence == io.SeekCurrent {
		offset += z.offset
	}
	z.offset = offset
	return offset, nil
}

func digest(t *testing.T, r io.Reader) (hash.Hash, int64) {
	t.Helper()
	sum := sha256.New()
	n, err := io.Copy(sum, r)
	if err != nil {
		t.Fatal(err)
	}
	return sum, n
}

// Not parallel: it counts what this process allocates.
func TestLargeFilesTakeLittleMemory(t *testing.T) {
	const size = 20 << 20
	for name, open := range map[string]func(*testing.T) blob.Store{
		"local": func(t *testing.T) blob.Store { return apptest.OpenLocal(t, t.TempDir()) },
		"S3":    func(t *testing.T) blob.Store { return apptest.StartS3(t).Store(t, "media") },
	} {
		t.Run(name, func(t *testing.T) {
			store := open(t)
			if err := store.Put(t.Context(), "film.mp4", &zeros{size: size}, size,
				blob.Meta{ContentType: "video/mp4"}); err != nil {
				t.Fatal(err)
			}
			s := serve(t, store)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			response, err := http.DefaultTransport.RoundTrip(s.Request(t, "GET", "/media/film.mp4", nil))
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			got, n := digest(t, response.Body)
			runtime.ReadMemStats(&after)
			want, _ := digest(t, &zeros{size: size})
			if n != size || response.ContentLength != size || string(got.Sum(nil)) != string(want.Sum(nil)) {
				t.Errorf("%d bytes of %d", n, response.ContentLength)
			}
			if allocated := after.TotalAlloc - before.TotalAlloc; allocated > size/4 {
				t.Errorf("%d bytes were allocated on the way", allocated)
			}
		})
	}
}

// wantFailure fails the test unless requests for a file and its headers get an error that browsers can read.
func wantFailure(t *testing.T, s *apptest.Server) {
	t.Helper()
	failed := get(t, s, "GET", "/media/a.png")
	if failed.Status < 500 || failed.String("detail") == "" ||
		strings.Contains(failed.Header.Get("Cache-Control"), "max-age") ||
		failed.Header.Get("ETag") != "" || strings.Contains(failed.Text, "S3") {
		t.Errorf("%d %v %s", failed.Status, failed.Header, failed.Text)
	}
	if head := get(t, s, "HEAD", "/media/a.png"); head.Status < 500 {
		t.Errorf("HEAD: %d", head.Status)
	}
	if len(s.Logs.Find("opening a media file")) < 2 {
		t.Errorf("the log is\n%s", s.Logs)
	}
}

func TestBusyStore(t *testing.T) {
	t.Parallel()
	server := apptest.StartS3(t)
	store := server.Store(t, "media")
	put(t, store, "a.png", "a picture")
	s := serve(t, store)
	server.Fail(apptest.S3Status(503), apptest.S3Status(500))
	if got := get(t, s, "GET", "/media/a.png").Want(t, 200); got.Text != "a picture" {
		t.Errorf("when it recovers: %q", got.Text)
	}
	for range 8 {
		server.Fail(apptest.S3Status(503))
	}
	wantFailure(t, s)
	get(t, s, "GET", "/media/a.png").Want(t, 200)
}

// If a store's response is not a file, the user is asked to try again later.
func TestAnswersOfAStoreInTrouble(t *testing.T) {
	t.Parallel()
	for _, status := range []int{401, 403, 429, 500, 502, 503, 507} {
		for _, method := range []string{"GET", "HEAD"} {
			server := apptest.StartS3(t)
			s := serve(t, server.Store(t, "media"))
			for range 8 {
				server.Fail(apptest.S3Status(status))
			}
			answer := get(t, s, method, "/media/a.png").Want(t, 503)
			if answer.Header.Get("Retry-After") == "" || method == "GET" && answer.String("detail") == "" {
				t.Errorf("%s of a store that answers %d: %v %s", method, status, answer.Header, answer.Text)
			}
		}
	}
}

func TestStoreThatIsDown(t *testing.T) {
	t.Parallel()
	store, err := blob.OpenS3(blob.S3Options{
		Endpoint: fmt.Sprintf("https://127.0.0.1:%d", apptest.FreePort(t)), Bucket: "notes", AccessKeyID: "id",
		SecretAccessKey: "secret",
		Backoff:         func(int) time.Duration { return 0 },
	})
	if err != nil {
		t.Fatal(err)
	}
	wantFailure(t, serve(t, store))
}

func TestStoreThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // the kernel accepts, and nobody reads
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	store, err := blob.OpenS3(blob.S3Options{
		Endpoint: "http://" + silent.Addr().String(), Bucket: "notes", AccessKeyID: "id", SecretAccessKey: "secret",
		Patience: 20 * time.Millisecond, Backoff: func(int) time.Duration { return 0 },
	})
	if err != nil {
		t.Fatal(err)
	}
	wantFailure(t, serve(t, store))
}

func TestFileThatBreaksOffIsNotTakenForWhole(t *testing.T) {
	t.Parallel()
	server := apptest.StartS3(t)
	store := server.Store(t, "media")
	put(t, store, "a.png", strings.Repeat("a picture", 50_000))
	s := serve(t, store)
	server.Fail(apptest.S3CutAnswer(100_000))
	if got := get(t, s, "GET", "/media/a.png").Want(t, 200); got.Text != strings.Repeat("a picture", 50_000) {
		t.Errorf("it does not go on where it broke off: %d bytes", len(got.Text))
	}
	server.Fail(apptest.S3CutAnswer(100_000))
	for range 8 {
		server.Fail(apptest.S3Status(500))
	}
	response, err := http.DefaultTransport.RoundTrip(s.Request(t, "GET", "/media/a.png", nil))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if part, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("%d bytes look whole", len(part))
	}
}
