package static_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/blob"
	"github.com/trance-0/notechondria/internal/static"
)

// wantCollected fails the test unless everything lies in the store, and decodes to what is served.
func wantCollected(t *testing.T, store blob.Store) {
	t.Helper()
	m, s := readManifest(t, store), serve(t)
	for name, hashed := range m.Paths {
		served := get(t, s, "GET", static.Prefix+name).Want(t, 200).Text
		if content(t, store, hashed) != served {
			t.Errorf("%s has another content", hashed)
		}
		if unzip(t, content(t, store, hashed+".gz")) != served {
			t.Errorf("%s.gz has another content", hashed)
		}
		unpacked, err := io.ReadAll(brotli.NewReader(strings.NewReader(content(t, store, hashed+".br"))))
		if err != nil || string(unpacked) != served {
			t.Errorf("%s.br has another content: %v", hashed, err)
		}
	}
	if len(m.Paths) < 4 || len(m.Objects) != 3*len(m.Paths) {
		t.Errorf("the manifest is %+v", m)
	}
}

func TestFirstCollectionUploadsEverything(t *testing.T) {
	apptest.EachStore(t, "static", func(t *testing.T, store blob.Store) {
		var progress []string
		report := collect(t, store, static.CollectOptions{Progress: func(done, total int, key string) {
			if progress = append(progress, key); done != len(progress) || total < done {
				t.Errorf("%d of %d", done, total)
			}
		}})
		wantCollected(t, store)
		m := readManifest(t, store)
		if report != (static.Report{Uploaded: len(m.Objects)}) ||
			!slices.Equal(slices.Sorted(slices.Values(progress)), m.Objects) {
			t.Errorf("%+v, %q", report, progress)
		}
		if want := append(slices.Clone(m.Objects), manifestKey); !slices.Equal(keys(t, store),
			slices.Sorted(slices.Values(want))) {
			t.Errorf("there is %q", keys(t, store))
		}
	})
}

func TestObjectsCarryTheirHeaders(t *testing.T) {
	t.Parallel()
	server := apptest.StartS3(t)
	store := server.Store(t, "static")
	collect(t, store, static.CollectOptions{})
	client, err := minio.New(strings.TrimPrefix(server.Endpoint, "https://"), &minio.Options{
		Creds: credentials.NewStaticV4(server.AccessKeyID, server.SecretAccessKey, ""), Secure: true, Region: "auto",
		Transport: server.Transport(t), BucketLookup: minio.BucketLookupPath,
	})
	if err != nil {
		t.Fatal(err)
	}
	head := func(key string) http.Header {
		info, err := client.StatObject(t.Context(), server.Bucket, "static/"+key, minio.StatObjectOptions{})
		if err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		return info.Metadata
	}
	m := readManifest(t, store)
	for name, kind := range map[string]string{
		icon: "image/svg+xml", script: "text/javascript; charset=utf-8", style: "text/css; charset=utf-8",
	} {
		for suffix, encoding := range map[string]string{"": "", ".gz": "gzip", ".br": "br"} {
			wantHeaders(t, name+suffix, head(m.Paths[name]+suffix), map[string]string{
				"Content-Type": kind, "Content-Encoding": encoding, "Cache-Control": "public, max-age=31536000, immutable"})
		}
	}
	wantHeaders(t, manifestKey, head(manifestKey),
		map[string]string{"Content-Type": "application/json", "Cache-Control": "no-cache"})
}

func TestUnchangedCollectionCostsOneRequest(t *testing.T) {
	t.Parallel()
	server := apptest.StartS3(t)
	store := server.Store(t, "static")
	m := fill(t, store)
	server.Forget()
	second := collect(t, store, static.CollectOptions{})
	if second != (static.Report{Unchanged: len(m.Objects)}) {
		t.Errorf("%+v", second)
	}
	for method, want := range map[string]int{"GET": 1, "HEAD": 0, "PUT": 0, "POST": 0, "DELETE": 0} {
		if got := len(server.Requests(method)); got != want {
			t.Errorf("%d requests with %s, want %d", got, method, want)
		}
	}
}

func TestOnlyWhatChangedIsUploaded(t *testing.T) {
	apptest.EachStore(t, "static", func(t *testing.T, store blob.Store) {
		current := fill(t, store)
		before := older(current)
		writeManifest(t, store, before)
		var uploaded []string
		report := collect(t, store, static.CollectOptions{Progress: func(_, total int, key string) {
			if uploaded = append(uploaded, key); total != 3 {
				t.Errorf("%d to upload, want 3", total)
			}
		}})
		name := current.Paths[script]
		if !slices.Equal(uploaded, []string{name, name + ".gz", name + ".br"}) ||
			report != (static.Report{Uploaded: 3, Unchanged: len(current.Objects) - 3}) {
			t.Errorf("%+v: %q", report, uploaded)
		}
		wantCollected(t, store)
		if m := readManifest(t, store); !maps.Equal(m.Paths, current.Paths) || !slices.Equal(m.Previous, before.Objects) {
			t.Errorf("the manifest is %+v", m)
		}
		collect(t, store, static.CollectOptions{})
		if m := readManifest(t, store); !slices.Equal(m.Previous, before.Objects) {
			t.Errorf("an unchanged collection forgets the one before: %+v", m)
		}
	})
}

func TestFormsThatAnOlderVersionLackedAreUploaded(t *testing.T) {
	t.Parallel()
	store := apptest.OpenLocal(t, t.TempDir())
	m := fill(t, store)
	m.Objects = slices.DeleteFunc(m.Objects, func(key string) bool { return strings.HasSuffix(key, ".br") })
	writeManifest(t, store, m)
	if report := collect(t, store, static.CollectOptions{}); report.Uploaded != len(m.Paths) {
		t.Errorf("%+v", report)
	}
}

func TestDamagedManifest(t *testing.T) {
	for name, damaged := range map[string]string{
		"empty": "", "text": "no JSON", "cut": `{"paths": {"favicon`, "other types": `{"paths": [], "objects": 3}`,
		"another program's": `{"version": "1.1", "paths": {"admin/a.css": "admin/a.1234.css"}}`,
		"huge":              strings.Repeat(" ", 2<<20),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := apptest.OpenLocal(t, t.TempDir())
			put(t, store, manifestKey, damaged)
			if report := collect(t, store, static.CollectOptions{DryRun: true}); report.Uploaded < 12 || report.Unchanged != 0 {
				t.Errorf("%+v", report)
			}
			if name == "cut" {
				collect(t, store, static.CollectOptions{Clear: true})
				wantCollected(t, store)
			}
		})
	}
}

// broken fails to store after so many objects.
type broken struct {
	blob.Store
	left atomic.Int32
}

var errBroken = errors.New("the store is broken")

// Put fails when nothing is left.
func (b *broken) Put(ctx context.Context, key string, r io.ReadSeeker, size int64, m blob.Meta) error {
	if b.left.Add(-1) < 0 {
		return errBroken
	}
	return b.Store.Put(ctx, key, r, size, m)
}

func TestFailingStoreLeavesTheOldManifestLive(t *testing.T) {
	t.Parallel()
	for _, after := range []int32{0, 2, 3} { // three forms of one file, then the manifest
		store := apptest.OpenLocal(t, t.TempDir())
		writeManifest(t, store, older(fill(t, store)))
		live := content(t, store, manifestKey)
		failing := &broken{Store: store}
		failing.left.Store(after)
		if _, err := static.New().Collect(t.Context(), failing,
			static.CollectOptions{Clear: true}); !errors.Is(err, errBroken) {
			t.Fatalf("after %d: %v", after, err)
		}
		if content(t, store, manifestKey) != live {
			t.Errorf("after %d: another manifest is live", after)
		}
		collect(t, store, static.CollectOptions{})
		wantCollected(t, store)
	}
}

func TestTwoCollectAtOnce(t *testing.T) {
	apptest.EachStore(t, "static", func(t *testing.T, store blob.Store) {
		writeManifest(t, store, older(fill(t, store)))
		var group sync.WaitGroup
		for range 2 {
			group.Go(func() {
				if _, err := static.New().Collect(t.Context(), store, static.CollectOptions{Clear: true}); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		wantCollected(t, store)
		if report := collect(t, store, static.CollectOptions{Clear: true}); report.Uploaded != 0 || report.Removed != 0 {
			t.Errorf("a third one: %+v", report)
		}
	})
}
