package blob_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/blob"
)

// each runs a test on each kind of store, empty.
func each(t *testing.T, test func(t *testing.T, s blob.Store)) {
	t.Helper()
	t.Parallel()
	t.Run("local", func(t *testing.T) {
		t.Parallel()
		test(t, apptest.OpenLocal(t, t.TempDir()))
	})
	t.Run("S3", func(t *testing.T) {
		t.Parallel()
		test(t, openS3(t, apptest.StartS3(t), blob.S3Options{}))
	})
}

// openS3 fills in what the options leave open. There are no pauses between attempts.
func openS3(t testing.TB, server *apptest.S3, o blob.S3Options) blob.Store {
	t.Helper()
	o.Endpoint, o.Bucket, o.Prefix = server.Endpoint, server.Bucket, "media"
	o.AccessKeyID, o.SecretAccessKey = server.AccessKeyID, server.SecretAccessKey
	if o.Transport == nil {
		o.Transport = server.Transport(t)
	}
	if o.Backoff == nil {
		o.Backoff = func(int) time.Duration { return 0 }
	}
	s, err := blob.OpenS3(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func put(t testing.TB, s blob.Store, key, content string) {
	t.Helper()
	if err := s.Put(t.Context(), key, strings.NewReader(content), int64(len(content)), blob.Meta{}); err != nil {
		t.Fatal(err)
	}
}

func get(t testing.TB, s blob.Store, key string) string {
	t.Helper()
	r, err := s.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if size := r.Object().Size; size != int64(len(content)) {
		t.Fatalf("%s has %d bytes, and %d could be read", key, size, len(content))
	}
	return string(content)
}

func wantNone(t testing.TB, s blob.Store, key string) {
	t.Helper()
	if _, err := s.Open(t.Context(), key); !errors.Is(err, blob.ErrNotFound) {
		t.Fatalf("opening %s: %v, want %v", key, err, blob.ErrNotFound)
	}
	if _, err := s.Stat(t.Context(), key); !errors.Is(err, blob.ErrNotFound) {
		t.Fatalf("looking for %s: %v, want %v", key, err, blob.ErrNotFound)
	}
}

// list returns the sizes by key.
func list(t testing.TB, s blob.Store, prefix string) map[string]int64 {
	t.Helper()
	sizes := map[string]int64{}
	for o, err := range s.List(t.Context(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := sizes[o.Key]; twice || o.ETag == "" || o.ModTime.IsZero() || o.ContentType != "" {
			t.Fatalf("%+v, seen before: %v", o, twice)
		}
		sizes[o.Key] = o.Size
	}
	return sizes
}

func wantKeys(t testing.TB, s blob.Store, prefix string, keys ...string) {
	t.Helper()
	keys = slices.Sorted(slices.Values(keys))
	if found := slices.Sorted(maps.Keys(list(t, s, prefix))); !slices.Equal(found, keys) {
		t.Fatalf("%q lists %q, want %q", prefix, found, keys)
	}
}

func TestPutReplaces(t *testing.T) {
	each(t, func(t *testing.T, s blob.Store) {
		put(t, s, "notes/1/a.txt", "first")
		before, err := s.Stat(t.Context(), "notes/1/a.txt")
		if err != nil {
			t.Fatal(err)
		}
		put(t, s, "notes/1/a.txt", "second one")
		if content := get(t, s, "notes/1/a.txt"); content != "second one" {
			t.Fatalf("read %q", content)
		}
		after, err := s.Stat(t.Context(), "notes/1/a.txt")
		if err != nil {
			t.Fatal(err)
		}
		if after.Size != 10 || after.ETag == before.ETag || after.ETag[0] != '"' || after.Key != "notes/1/a.txt" {
			t.Fatalf("%+v, before %+v", after, before)
		}
		if age := time.Since(after.ModTime); age < -time.Minute || age > time.Hour || after.ModTime.Location() != time.UTC {
			t.Fatalf("modified %v", after.ModTime)
		}
	})
}

func TestKeysAreKeptLiterally(t *testing.T) {
	each(t, func(t *testing.T, s blob.Store) {
		keys := []string{
			"ä/日本語.png", "a b+c%20d&e=f.txt", "q?u#e'r\"y*.js", "über/.hidden", "~x/[1]{2}|3^4`5.txt",
			"long/" + strings.Repeat("x", 255),
			"e\u0301", "é", "a;b:c@d!e$f,g.txt",
		}
		for i, key := range keys {
			put(t, s, key, strings.Repeat("x", i))
		}
		wantKeys(t, s, "", keys...)
		for i, key := range keys {
			if content := get(t, s, key); len(content) != i {
				t.Fatalf("%q has %d bytes, want %d", key, len(content), i)
			}
		}
		if err := s.Delete(t.Context(), keys...); err != nil {
			t.Fatal(err)
		}
		wantKeys(t, s, "")
	})
}

func TestInvalidKeysAreRefused(t *testing.T) {
	each(t, func(t *testing.T, s blob.Store) {
		for _, key := range []string{"", "/etc/passwd", "../x", "a/../../x", "a//b", "a\\b", ".unfinished/x"} {
			_, opening := s.Open(t.Context(), key)
			_, looking := s.Stat(t.Context(), key)
			storing := s.Put(t.Context(), key, strings.NewReader("x"), 1, blob.Meta{})
			for _, err := range []error{opening, looking, storing, s.Delete(t.Context(), "a", key)} {
				if !errors.Is(err, blob.ErrInvalidKey) {
					t.Fatalf("%q: %v, want %v", key, err, blob.ErrInvalidKey)
				}
			}
		}
		wantKeys(t, s, "../")
		wantKeys(t, s, "/")
	})
}

func TestDeleteTakesAbsentKeys(t *testing.T) {
	each(t, func(t *testing.T, s blob.Store) {
		put(t, s, "a/b/c", "x")
		put(t, s, "a/d", "y")
		for _, keys := range [][]string{{}, {"a/b/x"}, {"a"}, {"a/b/c/d", "z"}, {"a/b/c"}, {"a/b/c", "a/b"}} {
			if err := s.Delete(t.Context(), keys...); err != nil {
				t.Fatalf("deleting %q: %v", keys, err)
			}
		}
		wantNone(t, s, "a/b/c")
		wantKeys(t, s, "", "a/d")
	})
}

func TestListKeepsToThePrefix(t *testing.T) {
	each(t, func(t *testing.T, s blob.Store) {
		for _, key := range []string{"notes/1/a", "notes/12/b", "notes/12/c/d", "notes/2", "noted", "x"} {
			put(t, s, key, key)
		}
		wantKeys(t, s, "", "notes/1/a", "notes/12/b", "notes/12/c/d", "notes/2", "noted", "x")
		wantKeys(t, s, "note", "notes/1/a", "notes/12/b", "notes/12/c/d", "notes/2", "noted")
		wantKeys(t, s, "notes/1", "notes/1/a", "notes/12/b", "notes/12/c/d")
		wantKeys(t, s, "notes/12/", "notes/12/b", "notes/12/c/d")
		wantKeys(t, s, "notes/2", "notes/2")
		wantKeys(t, s, "notes/2/")
		wantKeys(t, s, "absent/x")
		for range s.List(t.Context(), "") {
			break // must be possible
		}
	})
}

func TestManyObjects(t *testing.T) {
	each(t, func(t *testing.T, s blob.Store) {
		const count = 2500
		keys := make([]string, count)
		for i := range keys {
			keys[i] = fmt.Sprintf("many/%d/%04d", i%3, i)
		}
		var group sync.WaitGroup
		for part := range slices.Chunk(keys, count/5) {
			group.Go(func() {
				for _, key := range part {
					if err := s.Put(t.Context(), key, strings.NewReader("x"), 1, blob.Meta{}); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		group.Wait()
		wantKeys(t, s, "many/", keys...)
		if err := s.Delete(t.Context(), keys...); err != nil {
			t.Fatal(err)
		}
		wantKeys(t, s, "")
	})
}

func TestPutsOfOneKeyNeverMix(t *testing.T) {
	each(t, func(t *testing.T, s blob.Store) {
		put(t, s, "shared/file", "a")
		var group sync.WaitGroup
		for i := range 8 {
			content := bytes.Repeat([]byte{byte('b' + i)}, 100_000+i)
			group.Go(func() {
				for range 3 {
					if err := s.Put(t.Context(), "shared/file", bytes.NewReader(content), int64(len(content)),
						blob.Meta{}); err != nil {
						t.Error(err)
					}
				}
			})
			group.Go(func() { wantOneLetter(t, s) })
		}
		group.Wait()
		wantOneLetter(t, s)
		wantKeys(t, s, "", "shared/file")
	})
}

func wantOneLetter(t *testing.T, s blob.Store) {
	r, err := s.Open(t.Context(), "shared/file")
	if err != nil {
		t.Error(err)
		return
	}
	defer r.Close()
	content, err := io.ReadAll(r)
	if err != nil || len(bytes.Trim(content, string(content[:1]))) > 0 {
		t.Errorf("read %d bytes of several kinds, or: %v", len(content), err)
	}
}

func TestFailedPutLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, s blob.Store) {
		trouble := errors.New("the disk is on fire")
		broken := &brokenReader{Reader: bytes.NewReader(make([]byte, 300_000)), after: 200_000, err: trouble}
		if err := s.Put(t.Context(), "x/broken", broken, 300_000, blob.Meta{}); !errors.Is(err, trouble) {
			t.Fatalf("got %v, want %v", err, trouble)
		}
		if err := s.Put(t.Context(), "x/short", strings.NewReader("abc"), 4,
			blob.Meta{}); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("got %v, want %v", err, io.ErrUnexpectedEOF)
		}
		if err := s.Put(t.Context(), "x/negative", strings.NewReader("abc"), -1, blob.Meta{}); err == nil {
			t.Fatal("a negative size is accepted")
		}
		ended, end := context.WithCancel(t.Context())
		end()
		if err := s.Put(ended, "x/ended", strings.NewReader("abc"), 3, blob.Meta{}); !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v, want %v", err, context.Canceled)
		}
		wantKeys(t, s, "")
	})
}

func TestPutStoresTheNextBytes(t *testing.T) {
	each(t, func(t *testing.T, s blob.Store) {
		source := strings.NewReader("0123456789")
		for _, want := range []string{"01", "2345", ""} {
			if err := s.Put(t.Context(), "part", source, int64(len(want)), blob.Meta{}); err != nil {
				t.Fatal(err)
			}
			if content := get(t, s, "part"); content != want {
				t.Fatalf("read %q, want %q", content, want)
			}
		}
	})
}

// brokenReader fails after a number of bytes.
type brokenReader struct {
	*bytes.Reader
	after int64
	err   error
}

// Read reads until that many bytes are read.
func (r *brokenReader) Read(p []byte) (int, error) {
	left := r.after - (r.Size() - int64(r.Len()))
	if left <= 0 {
		return 0, r.err
	}
	return r.Reader.Read(p[:min(int64(len(p)), left)])
}
