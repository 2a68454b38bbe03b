package deploycheck

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/config"
)

func TestDisksThatLast(t *testing.T) {
	t.Parallel()
	const container = "21 1 0:1 / / rw - overlay overlay rw\n30 21 0:2 / /proc rw - proc proc rw\n40 21 8:1 / /data rw " +
		"- ext4 /dev/sda1 rw\n" +
		"50 40 0:9 / /data/cache rw - tmpfs tmpfs rw\n60 21 8:1 / /my\\040disk rw - ext4 /dev/sda1 rw\n"
	const machine = "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n30 21 0:2 / /proc rw - proc proc rw\n"
	for _, test := range []struct {
		table, path   string
		onRender, yes bool
	}{
		{container, "/srv/notes", false, false},
		{container, "/data", false, true},
		{container, "/data/media", true, true},
		{container, "/database", false, false},
		{container, "/data/cache/media", false, false},
		{container, "/my disk/media", false, true},
		{machine, "/srv/notes", false, true},
		{machine, "/srv/notes", true, false},
		{"garbage\n - \n", "/srv/notes", false, true},
		{"", "/srv/notes", true, false},
	} {
		if got := lasts(test.table, test.path, test.onRender); got != test.yes {
			t.Errorf("%s, on Render: %v: %v", test.path, test.onRender, got)
		}
	}
}

func TestDatabasesOnNetworks(t *testing.T) {
	t.Parallel()
	for kind, network := range map[string]bool{
		"nfs4": true, "cifs": true, "smb3": true, "fuse.sshfs": true, "fuse.rclone": true, "9p": true, "ceph": true,
		"ext4": false, "xfs": false, "overlay": false, "btrfs": false, "fuseblk": false, "fuse.ntfs-3g": false,
		"virtiofs": false,
	} {
		table := filepath.Join(t.TempDir(), "mounts")
		line := "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n30 21 0:2 / /data rw - " + kind + " server:/data rw\n"
		if err := os.WriteFile(table, []byte(line), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, c := range []*config.Config{{DataDir: "/data/notes"}, {DatabaseURL: "sqlite:////data/notes.db"}} {
			if note := onNetwork(c, table); strings.Contains(note, kind) != network {
				t.Errorf("%s: %q", kind, note)
			}
		}
		for _, c := range []*config.Config{{DataDir: "/srv/notes"}, {DatabaseURL: "postgres://db/notes", DataDir: "/data"}} {
			if note := onNetwork(c, table); note != "" {
				t.Errorf("%s elsewhere: %q", kind, note)
			}
		}
	}
}

func TestRenderWipesItsDisk(t *testing.T) {
	t.Parallel()
	s := &surroundings{config: &config.Config{OnRender: true}}
	if r := s.lasting("uploads", "They lie in /notechondria", "/notechondria", "Get a bucket.")[0]; r.Level != Fail ||
		r.Remedy != "Get a bucket." {
		t.Errorf("got %s", r)
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		theirs, took time.Duration
		level        Level
	}{
		{0, 0, OK}, {4 * time.Second, 0, OK}, {-4 * time.Second, 0, OK},
		{6 * time.Second, 0, Warn}, {-6 * time.Second, 0, Warn},
		{61 * time.Second, 0, Fail}, {-61 * time.Second, 0, Fail},
		{6 * time.Second, 7 * time.Second, OK}, // the latest possible time of the response
	} {
		if r := clockResult(now.Add(test.theirs), now, now.Add(test.took)); r.Level != test.level {
			t.Errorf("%s apart: got %s", test.theirs, r)
		}
	}
}

func TestVersionOfPostgreSQL(t *testing.T) {
	t.Parallel()
	for version, level := range map[int]Level{11: Fail, 12: Warn, 13: OK, 17: OK} {
		if r := versionOf(facts{Version: version}); r.Level != level {
			t.Errorf("%d: got %s", version, r)
		}
	}
}

func TestEncryptionOfTheDatabase(t *testing.T) {
	t.Parallel()
	for address, level := range map[string]Level{
		"postgres://me@db.example.org/notes?sslmode=require":     OK,
		"postgres://me@db.example.org/notes?sslmode=verify-full": OK,
		"postgres://me@db.example.org/notes":                     Warn,
		"postgres://me@db.example.org/notes?sslmode=allow":       Warn,
		"postgres://me@db.example.org/notes?sslmode=disable":     Warn,
		"postgres://me@203.0.113.9/notes?sslmode=disable":        Warn,
		"postgres://me@localhost/notes?sslmode=disable":          OK,
		"postgres://me@[::1]/notes?sslmode=disable":              OK,
		"postgres://me@10.1.2.3/notes?sslmode=disable":           OK,
		"postgres://me@db/notes?sslmode=disable":                 OK,
		"postgres:///notes?host=/run/postgresql&sslmode=disable": OK,
	} {
		s := &surroundings{config: &config.Config{DatabaseURL: address}}
		if r := s.encryption(); r.Level != level {
			t.Errorf("%s: got %s", address, r)
		}
	}
}
