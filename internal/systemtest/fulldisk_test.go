package systemtest_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// smallDisk is a disk of so many MiB, as long as the test runs.
func smallDisk(t *testing.T, size int) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "disk-*")
	if err != nil {
		t.Fatal(err)
	}
	err = syscall.Mount("tmpfs", folder, "tmpfs", 0, fmt.Sprintf("size=%dm,mode=0777", size))
	if err != nil {
		_ = os.Remove(folder)
		if errors.Is(err, syscall.EPERM) {
			t.Skip("a disk can't be mounted here: the test needs root")
		}
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
		_ = os.Remove(folder)
	})
	return folder
}

// fill leaves no byte on a disk until release is called.
func fill(t *testing.T, disk string) (release func()) {
	t.Helper()
	path := filepath.Join(disk, "filler")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for size := 1 << 20; size > 0; size /= 2 {
		for err = nil; err == nil; {
			_, err = file.Write(make([]byte, size))
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAFullDisk(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		var s *storing
		var disk string
		if engine == database.SQLite {
			disk = smallDisk(t, 24)
			s = &storing{Server: apptest.Start(t, engine, "DATA_DIR="+disk, "MAX_JSON_BYTES=8 MiB")}
		} else {
			disk = smallDisk(t, 160)
			s = &storing{Server: apptest.Start(t, engine,
				"DATABASE_URL="+apptest.URL("postgres", apptest.StartCluster(t, disk)))}
		}
		s.account = s.SignUp(t, "alice")
		s.store(t)
		release := fill(t, disk)
		for range 50 { // what is allocated already may hold a few more
			s.store(t)
		}
		// Large ones find no place for certain.
		refused := s.Call(t, "POST", "/api/v1/notes/", s.account.Token,
			map[string]any{"title": "large", "content": string(bytes.Repeat([]byte("word "), 200_000))})
		if refused.Status != http.StatusInsufficientStorage || refused.Header.Get("Retry-After") == "" {
			t.Errorf("status %d on a full disk, want 507 with Retry-After: %s", refused.Status, refused.Text)
		}
		s.wantAll(t)
		release()
		s.waitUntilStoring(t, "there is space again")
		s.wantAll(t)
	})
}
