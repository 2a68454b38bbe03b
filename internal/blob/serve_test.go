package blob_test

import (
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/blob"
)

// serve answers a request with an object, as a handler would.
func serve(t *testing.T, s blob.Store, headers map[string]string) *httptest.ResponseRecorder {
	t.Helper()
	r, err := s.Open(t.Context(), "served")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	request := httptest.NewRequest("GET", "/", nil)
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	answer := httptest.NewRecorder()
	answer.Header().Set("Content-Type", "text/plain")
	answer.Header().Set("ETag", r.Object().ETag)
	http.ServeContent(answer, request, "", r.Object().ModTime, r)
	return answer
}

func TestServeContent(t *testing.T) {
	each(t, func(t *testing.T, s blob.Store) {
		content := make([]byte, 300_000)
		for i := range content {
			content[i] = 'a' + byte(i/7%26)
		}
		put(t, s, "served", string(content))
		whole := serve(t, s, nil)
		if whole.Code != http.StatusOK || whole.Body.String() != string(content) {
			t.Fatalf("%d with %d bytes", whole.Code, whole.Body.Len())
		}
		for _, test := range []struct {
			ranges, part, body string
		}{
			{"bytes=0-9", "bytes 0-9/300000", string(content[:10])},
			{"bytes=1000-1999", "bytes 1000-1999/300000", string(content[1000:2000])},
			{"bytes=250000-", "bytes 250000-299999/300000", string(content[250000:])},
			{"bytes=-5", "bytes 299995-299999/300000", string(content[299995:])},
		} {
			answer := serve(t, s, map[string]string{"Range": test.ranges})
			if answer.Code != http.StatusPartialContent || answer.Header().Get("Content-Range") != test.part ||
				answer.Body.String() != test.body {
				t.Errorf("%s: %d %q with %d bytes", test.ranges, answer.Code, answer.Header().Get("Content-Range"),
					answer.Body.Len())
			}
		}
		if answer := serve(t, s,
			map[string]string{"Range": "bytes=300000-"}); answer.Code != http.StatusRequestedRangeNotSatisfiable {
			t.Errorf("beyond the end: %d", answer.Code)
		}
		if answer := serve(t, s,
			map[string]string{"If-None-Match": whole.Header().Get("ETag")}); answer.Code != http.StatusNotModified {
			t.Errorf("unchanged: %d", answer.Code)
		}
	})
}

func TestReaderSeeks(t *testing.T) {
	each(t, func(t *testing.T, s blob.Store) {
		put(t, s, "digits", "0123456789")
		r, err := s.Open(t.Context(), "digits")
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			offset int64
			whence int
			at     int64
			read   string
		}{
			{0, io.SeekStart, 0, "01"}, {2, io.SeekCurrent, 4, "45"}, {-3, io.SeekCurrent, 3, "34"}, {-2, io.SeekEnd, 8, "89"},
			{5, io.SeekEnd, 15, ""}, {0, io.SeekStart, 0, "0123456789"},
		} {
			at, err := r.Seek(step.offset, step.whence)
			if err != nil || at != step.at {
				t.Fatalf("%+v: at %d, %v", step, at, err)
			}
			got := make([]byte, len(step.read))
			if _, err := io.ReadFull(r, got); err != nil || string(got) != step.read {
				t.Fatalf("%+v: %q, %v", step, got, err)
			}
		}
		if n, err := r.Read(make([]byte, 1)); n != 0 || err != io.EOF {
			t.Fatalf("at the end: %d, %v", n, err)
		}
		if _, err := r.Seek(-1, io.SeekStart); err == nil {
			t.Fatal("before the beginning")
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Read(make([]byte, 1)); !errors.Is(err, fs.ErrClosed) {
			t.Fatalf("after closing: %v", err)
		}
	})
}

// TestMemory is not parallel, since it counts allocations. Those of the server in front of the S3 server are included.
func TestMemory(t *testing.T) {
	const size, most = 20 << 20, 10 << 20 // the race detector needs some
	stores := map[string]func(t *testing.T) blob.Store{
		"local": func(t *testing.T) blob.Store { return apptest.OpenLocal(t, t.TempDir()) },
		"S3":    func(t *testing.T) blob.Store { return openS3(t, apptest.StartS3(t), blob.S3Options{}) },
	}
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			put(t, s, "small", "x") // so that connections are not counted
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			spooled, err := blob.Spool(t.Context(), io.LimitReader(&counter{}, size), size, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			defer spooled.Close()
			if err := s.Put(t.Context(), "large", spooled, size, blob.Meta{}); err != nil {
				t.Fatal(err)
			}
			if digest := digestOf(t, s, "large"); string(digest.Sum(nil)) != string(spooled.SHA256[:]) {
				t.Fatal("what was read is not what was stored")
			}
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > most {
				t.Fatalf("%d bytes were allocated for an object of %d", used, size)
			}
		})
	}
}

func digestOf(t *testing.T, s blob.Store, key string) hash.Hash {
	t.Helper()
	r, err := s.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	digest := sha256.New()
	if _, err := io.Copy(digest, r); err != nil {
		t.Fatal(err)
	}
	return digest
}

// counter is an endless source that does not repeat soon.
type counter struct{ next uint32 }

// Read fills p.
func (c *counter) Read(p []byte) (int, error) {
	for i := range p {
		c.next = c.next*1664525 + 1013904223
		p[i] = byte(c.next >> 24)
	}
	return len(p), nil
}
