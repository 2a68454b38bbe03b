package backup_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// wantOneLine fails the test unless a command fails with one line that contains the words, after the lines about its
// phases.
func (s site) wantOneLine(t *testing.T, words string, arguments ...string) {
	t.Helper()
	_, errors, code := s.run(t, arguments...)
	var lines []string
	for line := range strings.Lines(errors) {
		if !strings.HasSuffix(line, " ...\n") {
			lines = append(lines, line)
		}
	}
	if code != 1 || len(lines) != 1 || !strings.Contains(lines[0], words) {
		t.Errorf("%s ends with %d and %q, want one line with %q", strings.Join(arguments, " "), code, lines, words)
	}
}

// wantBrokenPipe fails the test unless a command says in its last line that nobody reads what it writes.
func (s site) wantBrokenPipe(t *testing.T, arguments ...string) {
	t.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_ = reader.Close() // it only had to be open once
	defer writer.Close()
	cmd := apptest.Program(t, s.environment, arguments...)
	var errors bytes.Buffer
	cmd.Stdout, cmd.Stderr = writer, &errors
	_ = cmd.Run() // its state tells more
	if code := cmd.ProcessState.ExitCode(); code != 1 || !strings.HasSuffix(errors.String(), "broken pipe\n") {
		t.Errorf("with a closed pipe, %v ends with %d: %s", arguments, code, errors.String())
	}
}

// TestTroubleIsOneLine also sees that nothing was changed.
func TestTroubleIsOneLine(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		folder := t.TempDir()
		path := func(name string) string { return filepath.Join(folder, name) }
		full := newSite(t, engine, "BACKUP_SCHEDULE=off")
		f := fill(t, apptest.Start(t, engine, full.environment...))
		full.must(t, "backup", "--files", "--output", path("good"))
		sealed := site{append(slices.Clone(full.environment), "BACKUP_PASSPHRASE=sixteen characters")}
		sealed.must(t, "backup", "--output", path("sealed"))

		good, err := os.ReadFile(path("good"))
		if err != nil {
			t.Fatal(err)
		}
		write := func(name string, content []byte) {
			if err := os.WriteFile(path(name), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		empty := newSite(t, engine, "BACKUP_SCHEDULE=off")
		for _, place := range []int{100, len(good) / 3, len(good) / 2, len(good) - 100, len(good) - 3} {
			write("cut", good[:place])
			empty.wantOneLine(t, "the archive is damaged", "restore", path("cut"))
		}
		// In one that is encrypted each byte counts; zstd has several ways to write the same content.
		locked, err := os.ReadFile(path("sealed"))
		if err != nil {
			t.Fatal(err)
		}
		unlocked := site{append(slices.Clone(empty.environment), "BACKUP_PASSPHRASE=sixteen characters")}
		for _, place := range []int{len(locked) / 3, len(locked) / 2, len(locked) - 100, len(locked) - 3} {
			flipped := slices.Clone(locked)
			flipped[place] ^= 4
			write("flipped", flipped)
			unlocked.wantOneLine(t, "the archive is damaged", "restore", path("flipped"))
		}
		full.wantBrokenPipe(t, "backup", "--output", "-")
		write("more", append(slices.Clone(good), "more"...))
		empty.wantOneLine(t, "the archive is damaged", "restore", path("more"))
		write("text", []byte("no archive at all"))
		empty.wantOneLine(t, "this is not a backup archive", "restore", path("text"))
		empty.wantOneLine(t, "no configured key decrypts it", "restore", path("sealed"))
		empty.wantOneLine(t, "no such file", "restore", path("nowhere"))
		empty.wantOneLine(t, "there is no backup", "restore", "latest")
		full.wantOneLine(t, "the database has accounts", "restore", path("good"))
		db := empty.open(t)
		if users := apptest.Value[int](t, db, "select count(*) from users"); users != 0 {
			t.Errorf("%d accounts were restored", users)
		}
		if out := empty.must(t, "restore", "--dry-run", path("good")); !strings.HasPrefix(out, "Nothing was changed") {
			t.Errorf("a dry run says %q", out)
		}
		// With its key it opens; it only names files, which are missing where they are restored.
		opened := site{append(slices.Clone(empty.environment), "BACKUP_PASSPHRASE=sixteen characters")}
		_, errors, code := opened.run(t, "restore", path("sealed"))
		if code != 0 || strings.Count(errors, "4 files that the database refers to are missing") != 1 {
			t.Errorf("restoring without files ends with %d: %s", code, errors)
		}
		if got := len(f.Files(t)); got != 4 {
			t.Errorf("%d files are left", got)
		}
	})
}
