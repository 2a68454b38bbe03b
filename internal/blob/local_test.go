package blob_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/blob"
)

func TestLocalFilesAreReadableByOthers(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "new/files")
	put(t, apptest.OpenLocal(t, root), "a/b/c.txt", "x")
	for name, want := range map[string]fs.FileMode{"": 0o755, "a": 0o755, "a/b": 0o755, "a/b/c.txt": 0o644,
		".unfinished": 0o700} {
		info, err := os.Stat(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != want {
			t.Errorf("%q has the mode %o, want %o", name, info.Mode().Perm(), want)
		}
	}
}

func TestLocalDeleteRemovesEmptiedFolders(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	s := apptest.OpenLocal(t, root)
	put(t, s, "a/b/c/d", "x")
	put(t, s, "a/e", "x")
	wantFolder := func(name string, want bool) {
		t.Helper()
		if _, err := os.Stat(filepath.Join(root, name)); (err == nil) != want {
			t.Fatalf("%q: %v", name, err)
		}
	}
	if err := s.Delete(t.Context(), "a/b/c/d"); err != nil {
		t.Fatal(err)
	}
	wantFolder("a/b", false)
	wantFolder("a", true)
	if err := s.Delete(t.Context(), "a/e"); err != nil {
		t.Fatal(err)
	}
	wantFolder("a", false)
	wantFolder("", true)
	put(t, s, "a/b/again", "x")
}

func TestLocalHidesAndSweepsWhatIsUnfinished(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	s := apptest.OpenLocal(t, root)
	fresh, stale := filepath.Join(root, ".unfinished/FRESH"), filepath.Join(root, ".unfinished/STALE")
	for _, name := range []string{fresh, stale} {
		if err := os.WriteFile(name, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	yesterday := time.Now().Add(-25 * time.Hour)
	if err := os.Chtimes(stale, yesterday, yesterday); err != nil {
		t.Fatal(err)
	}
	wantKeys(t, s, "")
	wantKeys(t, s, ".unfinished/")
	apptest.OpenLocal(t, root)
	if _, err := os.Stat(stale); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("the stale file: %v", err)
	}
	if _, err := os.Stat(fresh); err != nil {
		t.Fatal(err)
	}
}

func TestLocalFailedPutKeepsWhatWasThere(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	s := apptest.OpenLocal(t, root)
	put(t, s, "a", "old")
	if err := s.Put(t.Context(), "a", strings.NewReader("new"), 4, blob.Meta{}); err == nil {
		t.Fatal("a short source is accepted")
	}
	if err := s.Put(t.Context(), "a/b", strings.NewReader("new"), 3, blob.Meta{}); err == nil {
		t.Fatal("a file holds files")
	}
	if content := get(t, s, "a"); content != "old" {
		t.Fatalf("read %q", content)
	}
	if left, err := os.ReadDir(filepath.Join(root, ".unfinished")); err != nil || len(left) != 0 {
		t.Fatalf("%v lie around, %v", left, err)
	}
}

func TestLocalStaysInItsFolder(t *testing.T) {
	t.Parallel()
	root, outside := t.TempDir(), t.TempDir()
	s := apptest.OpenLocal(t, root)
	secret := filepath.Join(outside, "secret")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"file": secret, "folder": outside} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Skipf("the system makes no links: %v", err)
		}
	}
	for _, key := range []string{"file", "folder/secret"} {
		if _, err := s.Open(t.Context(), key); !errors.Is(err, blob.ErrNotFound) {
			t.Errorf("opening %s: %v", key, err)
		}
	}
	if err := s.Put(t.Context(), "folder/new", strings.NewReader("x"), 1, blob.Meta{}); err == nil {
		t.Error("a file can be put outside")
	}
	wantKeys(t, s, "")
	if err := s.Delete(t.Context(), "file"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(secret); err != nil {
		t.Fatal(err)
	}
}

func TestLocalNeedsAFolder(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := blob.OpenLocal(file); err == nil {
		t.Fatal("a file can be opened as a folder")
	}
}
