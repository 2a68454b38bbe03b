package cli_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
)

// collected is what the command prints, with its numbers.
var collected = regexp.MustCompile(`^(\d+) uploaded, (\d+) unchanged, (\d+) removed\.\n$`)

// wantCollected fails the test unless the command ended well, having uploaded something or nothing, and removed so
// many.
func wantCollected(t *testing.T, r result, uploads bool, removed string) {
	t.Helper()
	r.want(t, 0)
	match := collected.FindStringSubmatch(r.stdout)
	if match == nil || (match[1] != "0") != uploads || (match[2] != "0") == uploads || match[3] != removed ||
		r.stderr != "" {
		t.Errorf("got:\n%s%s", r.stdout, r.stderr)
	}
}

func fileCount(t *testing.T, folder string) int {
	t.Helper()
	entries, err := filepath.Glob(filepath.Join(folder, "docs", "*.js*"))
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func TestCollectStatic(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "a", "static")
	e := []string{"DATA_DIR=" + t.TempDir(), "STATIC_ROOT=" + folder}
	wantCollected(t, run(t, e, "", "collectstatic"), true, "0")
	wantCollected(t, run(t, e, "", "collectstatic", "--noinput"), false, "0")
	old := filepath.Join(folder, "docs", "old.0123456789ab.js")
	if err := os.WriteFile(old, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	then := time.Now().Add(-48 * time.Hour)
	if err := os.Chtimes(old, then, then); err != nil {
		t.Fatal(err)
	}
	run(t, e, "", "collectstatic", "--clear", "--dry-run").want(t, 0, "Nothing was changed: 0 would be uploaded, ",
		"1 would be removed.")
	wantCollected(t, run(t, e, "", "collectstatic"), false, "0")
	wantCollected(t, run(t, e, "", "collectstatic", "--clear"), false, "1")
	if n := fileCount(t, folder); n != 6 {
		t.Errorf("%d scripts are left, want two in three forms each", n)
	}
}

func TestCollectStaticNeedsNoDatabase(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	e := []string{"DATA_DIR=" + folder, "DATABASE_URL=postgres://nobody:secret@127.0.0.1:1/none",
		"SECRET_KEY=a-key-for-tests"}
	wantCollected(t, run(t, e, "", "collectstatic"), true, "0")
	if n := fileCount(t, filepath.Join(folder, "static")); n != 6 {
		t.Errorf("%d scripts are in the folder of the default", n)
	}
}

func TestCollectStaticDryRunMakesNoFiles(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	r := run(t, []string{"DATA_DIR=" + folder}, "", "collectstatic", "--dry-run").want(t, 0, "Nothing was changed: ",
		" 0 are unchanged, 0 would be removed.")
	if strings.Contains(r.stdout, " 0 would be uploaded") || fileCount(t, filepath.Join(folder, "static")) != 0 {
		t.Errorf("got %s", r.stdout)
	}
}

func TestCollectStaticFails(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, []string{"DATA_DIR=" + t.TempDir(), "STATIC_ROOT=" + file}, "",
		"collectstatic").wantError(t, 1, "opening the folder of static files", file)
	run(t, []string{"DATA_DIR=" + t.TempDir()}, "", "collectstatic", "--nothing").wantError(t, 2, "--nothing")
}

func TestCollectStaticIntoABucket(t *testing.T) {
	t.Parallel()
	server := apptest.StartS3(t)
	e := append(server.Environment(), "DATA_DIR="+t.TempDir())
	wantCollected(t, runProgram(t, e, "collectstatic", "--noinput"), true, "0")
	server.Forget()
	wantCollected(t, runProgram(t, e, "collectstatic", "--noinput"), false, "0")
	if gets, puts := len(server.Requests("GET")), len(server.Requests("PUT")); gets != 1 || puts != 0 {
		t.Errorf("an unchanged collection costs %d GET and %d PUT", gets, puts)
	}
	wrong := append(slices.Clone(e), "CLOUDFLARE_R2_SECRET_ACCESS_KEY=another-secret")
	refused := runProgram(t, wrong, "collectstatic")
	refused.wantError(t, 1, "opening the manifest of static files", "403")
	if strings.Contains(refused.stderr, "another-secret") {
		t.Errorf("the secret is shown: %s", refused.stderr)
	}
}

func TestCollectStaticShowsProgressOnATerminal(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	e := []string{"DATA_DIR=" + folder}
	term := inTerminal(t, e, "collectstatic")
	term.wantExit(t, 0, " uploaded, 0 unchanged, 0 removed.")
	lines := strings.Split(strings.TrimSpace(term.screen.String()), "\r\n")
	all, _, _ := strings.Cut(lines[len(lines)-1], " ")
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "\x1b[K1/"+all+" docs/") ||
		!strings.Contains(lines[0], "\r\x1b[K"+all+"/"+all+" ") {
		t.Errorf("the screen is %q", lines)
	}
	script, err := filepath.Glob(filepath.Join(folder, "static", "docs", "init.*.js"))
	if err != nil || len(script) != 1 {
		t.Fatalf("%q, %v", script, err)
	}
	manifest := filepath.Join(folder, "static", "staticfiles.json")
	data, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	name := "docs/" + filepath.Base(script[0])
	if err := os.WriteFile(manifest, []byte(strings.ReplaceAll(string(data), name, "docs/init.0.js")), 0o600); err != nil {
		t.Fatal(err)
	}
	again := inTerminal(t, e, "collectstatic")
	again.wantExit(t, 0, "3/3 "+name+".br\r\n3 uploaded, ")
	quiet := inTerminal(t, e, "collectstatic")
	quiet.wantExit(t, 0, "0 uploaded, "+all+" unchanged, 0 removed.")
	if strings.Contains(quiet.screen.String(), "\x1b") {
		t.Errorf("the screen is %q", quiet.screen.String())
	}
}
