package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/trance-0/notechondria/internal/config"
)

func TestSecretKeyIsGeneratedOnce(t *testing.T) {
	t.Parallel()
	const processes = 24
	dataDir := filepath.Join(t.TempDir(), "new", "data")
	start := make(chan struct{})
	keys := make([]string, processes)
	var group sync.WaitGroup
	for i := range processes {
		c := load(t, "DATA_DIR="+dataDir)
		group.Go(func() {
			<-start
			if err := c.EnsureSecretKey(); err != nil {
				t.Errorf("EnsureSecretKey: %v", err)
			}
			keys[i] = c.SecretKey
		})
	}
	close(start)
	group.Wait()

	for _, key := range keys {
		if key != keys[0] || len(key) < 50 {
			t.Fatalf("keys differ or are short: %q and %q", keys[0], key)
		}
	}
	entries, err := os.ReadDir(dataDir)
	if err != nil || len(entries) != 1 {
		t.Errorf("the data folder holds %v (%v), want the key's file alone", entries, err)
	}
	expect(t, "mode of the folder", mode(t, dataDir), os.FileMode(0o700))
	expect(t, "mode of the file", mode(t, filepath.Join(dataDir, "secret_key")), os.FileMode(0o600))

	again := load(t, "DATA_DIR="+dataDir)
	expect(t, "key at the next start", again.SecretKey, keys[0])
	expect(t, "shown", value(t, again, "SECRET_KEY"), config.Setting{
		Name: "SECRET_KEY", Value: "set, 64 characters", Origin: "generated (" + filepath.Join(dataDir, "secret_key") + ")",
	})
}

func mode(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func TestSecretKeyBeforeTheFirstStart(t *testing.T) {
	t.Parallel()
	dataDir := t.TempDir()
	c := load(t, "DATA_DIR="+dataDir)
	expect(t, "SecretKey", c.SecretKey, "")
	expect(t, "shown", value(t, c, "SECRET_KEY").Value, "generated at start")
	if entries, err := os.ReadDir(dataDir); err != nil || len(entries) > 0 {
		t.Errorf("Load or Effective left %v (%v) behind", entries, err)
	}
}

func TestConfiguredSecretKeyIsKept(t *testing.T) {
	t.Parallel()
	dataDir := filepath.Join(t.TempDir(), "data")
	c := load(t, "DATA_DIR="+dataDir, "SECRET_KEY=configured")
	if err := c.EnsureSecretKey(); err != nil {
		t.Fatal(err)
	}
	expect(t, "SecretKey", c.SecretKey, "configured")
	if _, err := os.Stat(dataDir); err == nil {
		t.Error("the data folder was created without need")
	}
}

func TestSecretKeyIsRequiredBesideADatabaseURL(t *testing.T) {
	t.Parallel()
	for _, variable := range []string{"DATABASE_URL=postgres://db/notes", "DATABASE_URL=sqlite:////srv/notes.db",
		"POSTGRE_HOST=db"} {
		got := problems(t, variable)
		if len(got) != 1 || !strings.HasPrefix(got[0], "SECRET_KEY is not set: ") ||
			!strings.Contains(got[0], "openssl rand") {
			t.Errorf("%s: problems %q", variable, got)
		}
	}
}

func TestEmptySecretKeyFileIsAProblem(t *testing.T) {
	t.Parallel()
	dataDir := t.TempDir()
	write(t, filepath.Join(dataDir, "secret_key"), "\n")
	if got := problems(t, "DATA_DIR="+dataDir); len(got) != 1 || !strings.Contains(got[0], "is empty") {
		t.Errorf("problems %q", got)
	}
}
