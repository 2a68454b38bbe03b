package static_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/blob"
	"github.com/trance-0/notechondria/internal/static"
)

// afterThreeVersions is a folder with the files of the version before, which is live, of earlier ones, and of this one,
// as if it had been collected long ago.
func afterThreeVersions(t *testing.T) (store blob.Store, folder string) {
	t.Helper()
	folder = t.TempDir()
	store = apptest.OpenLocal(t, folder)
	before := older(fill(t, store))
	for _, key := range before.Objects {
		put(t, store, key, content(t, store, keyOr(t, store, key)))
	}
	writeManifest(t, store, before)
	put(t, store, "docs/old.0123456789ab.js", "old")
	put(t, store, "deep/er/old.0123456789ab.css.gz", "old")
	for _, key := range keys(t, store) {
		age(t, folder, key, 48*time.Hour)
	}
	put(t, store, "docs/gone.0123456789ab.js", "named by the manifest before the last two")
	age(t, folder, "docs/gone.0123456789ab.js", 25*time.Hour)
	put(t, store, "docs/young.0123456789ab.js", "young")
	age(t, folder, "docs/young.0123456789ab.js", 23*time.Hour)
	return store, folder
}

// keyOr is the key itself, or that of a file whose content will do.
func keyOr(t *testing.T, store blob.Store, key string) string {
	t.Helper()
	if slices.Contains(keys(t, store), key) {
		return key
	}
	return readManifest(t, store).Paths[icon]
}

func age(t *testing.T, folder, key string, by time.Duration) {
	t.Helper()
	when := time.Now().Add(-by)
	if err := os.Chtimes(filepath.Join(folder, filepath.FromSlash(key)), when, when); err != nil {
		t.Fatal(err)
	}
}

var stale = []string{"deep/er/old.0123456789ab.css.gz", "docs/gone.0123456789ab.js", "docs/old.0123456789ab.js"}

func TestClearKeepsTheLastTwoVersionsAndYoungFiles(t *testing.T) {
	t.Parallel()
	store, folder := afterThreeVersions(t)
	before, there := readManifest(t, store), keys(t, store)
	report := collect(t, store, static.CollectOptions{Clear: true})
	if report.Uploaded != 3 || report.Removed != len(stale) {
		t.Errorf("%+v", report)
	}
	left := keys(t, store)
	for _, key := range there {
		if want := !slices.Contains(stale, key); slices.Contains(left, key) != want {
			t.Errorf("%s: kept is %v, want %v", key, !want, want)
		}
	}
	wantCollected(t, store)
	for _, key := range slices.Concat(before.Objects, readManifest(t, store).Objects) {
		if !slices.Contains(left, key) {
			t.Errorf("%s of the last two versions is gone", key)
		}
	}
	age(t, folder, "docs/young.0123456789ab.js", 25*time.Hour)
	if again := collect(t, store, static.CollectOptions{Clear: true}); again.Uploaded != 0 || again.Removed != 1 {
		t.Errorf("when it is old: %+v", again)
	}
}

func TestWithoutClearNothingIsRemoved(t *testing.T) {
	t.Parallel()
	store, _ := afterThreeVersions(t)
	there := keys(t, store)
	if report := collect(t, store, static.CollectOptions{}); report.Removed != 0 {
		t.Errorf("%+v", report)
	}
	for _, key := range there {
		if !slices.Contains(keys(t, store), key) {
			t.Errorf("%s is gone", key)
		}
	}
}

func TestClearWhereTheManifestIsNotWritten(t *testing.T) {
	t.Parallel()
	store, _ := afterThreeVersions(t)
	failing := &broken{Store: store}
	failing.left.Store(3)
	if _, err := static.New().Collect(t.Context(), failing, static.CollectOptions{Clear: true}); err == nil {
		t.Fatal("no error")
	}
	for _, key := range stale {
		if !slices.Contains(keys(t, store), key) {
			t.Errorf("%s was removed before the new manifest was live", key)
		}
	}
}

func TestDryRunChangesNothing(t *testing.T) {
	t.Parallel()
	dry := static.CollectOptions{Clear: true, DryRun: true,
		Progress: func(_, _ int, key string) { t.Errorf("%s is told as uploaded", key) }}
	store, _ := afterThreeVersions(t)
	before, live := keys(t, store), content(t, store, manifestKey)
	if report := collect(t, store, dry); report.Uploaded != 3 || report.Removed != len(stale) ||
		report.Unchanged != len(readManifest(t, store).Objects)-3 {
		t.Errorf("%+v", report)
	}
	if !slices.Equal(keys(t, store), before) || content(t, store, manifestKey) != live {
		t.Errorf("there is %q", keys(t, store))
	}
	empty := apptest.OpenLocal(t, t.TempDir())
	if report := collect(t, empty, dry); report.Uploaded < 12 || len(keys(t, empty)) != 0 {
		t.Errorf("%+v, %q", report, keys(t, empty))
	}
}

func TestClearInABucketKeepsWhatIsYoung(t *testing.T) {
	t.Parallel()
	server := apptest.StartS3(t)
	store := server.Store(t, "static")
	writeManifest(t, store, older(fill(t, store)))
	put(t, store, "docs/other.0123456789ab.js", "of another version that collects just now")
	there := keys(t, store)
	server.Forget()
	if report := collect(t, store, static.CollectOptions{Clear: true}); report.Removed != 0 {
		t.Errorf("%+v", report)
	}
	if !slices.Equal(keys(t, store), there) || len(server.Requests("DELETE"))+len(server.Requests("POST")) != 0 {
		t.Errorf("there is %q", keys(t, store))
	}
}
