package cli_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/cli"
	"github.com/trance-0/notechondria/internal/config"
	"github.com/trance-0/notechondria/internal/database"
)

// result is what a command left behind.
type result struct {
	code           int
	stdout, stderr string
}

// run runs a command with that environment, and input on its standard input.
func run(t *testing.T, environment []string, input string, arguments ...string) result {
	t.Helper()
	folder := t.TempDir()
	file := func(name, content string) *os.File {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	stdin, stdout, stderr := file("stdin", input), file("stdout", ""), file("stderr", "")
	r := result{code: cli.Run(cli.Environment{Args: arguments, Variables: environment, Version: "1.2.3", Stdin: stdin,
		Stdout: stdout, Stderr: stderr})}
	for _, f := range []*os.File{stdin, stdout, stderr} {
		if err := f.Close(); err != nil && !errors.Is(err, os.ErrClosed) { // some commands close their input
			t.Fatal(err)
		}
	}
	read := func(name string) string {
		content, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	r.stdout, r.stderr = read("stdout"), read("stderr")
	return r
}

// want fails the test unless the command ended with that code and wrote the words to standard output.
func (r result) want(t *testing.T, code int, words ...string) result {
	t.Helper()
	if r.code != code {
		t.Fatalf("exit code %d, want %d\n%s%s", r.code, code, r.stdout, r.stderr)
	}
	wantWords(t, r.stdout, words...)
	return r
}

// wantError fails the test unless the command ended with that code and one line on standard error, with these words.
func (r result) wantError(t *testing.T, code int, words ...string) {
	t.Helper()
	r.want(t, code)
	var lines []string
	for line := range strings.Lines(r.stderr) {
		if !strings.HasPrefix(line, "{") { // the log
			lines = append(lines, line)
		}
	}
	if len(lines) != 1 || !strings.HasPrefix(lines[0], "notechondria: ") || r.stdout != "" {
		t.Fatalf("want one line on standard error alone, got:\n%s%s", r.stdout, r.stderr)
	}
	wantWords(t, r.stderr, words...)
}

func wantWords(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Fatalf("%q is missing:\n%s", word, text)
		}
	}
}

// environment names an empty database without tables. With a key of its own the server makes no sample courses.
func environment(t *testing.T, engine database.Engine) []string {
	t.Helper()
	variables := []string{"DATA_DIR=" + t.TempDir(), "SECRET_KEY=a-key-for-tests"}
	if engine == database.PostgreSQL {
		variables = append(variables, "DATABASE_URL="+apptest.EmptyDatabase(t, false))
	}
	return variables
}

func TestHelp(t *testing.T) {
	t.Parallel()
	commands := []string{"start", "serve", "migrate", "adopt", "bootstrap", "collectstatic", "createsuperuser", "user",
		"invite", "mcp", "backup", "restore", "check", "config", "version", "completion"}
	root := run(t, nil, "", "--help").want(t, 0, append(commands, "--data-dir DIR", "--port N",
		"docs/configuration.md")...)
	if again := run(t, nil, "", "help").want(t, 0); again.stdout != root.stdout {
		t.Errorf("help shows:\n%s", again.stdout)
	}
	for _, command := range append(commands, "user list", "user delete", "invite create", "backup make") {
		r := run(t, nil, "", append(strings.Fields(command), "--help")...).want(t, 0, "Usage:\n  notechondria "+command,
			"--database-url URL")
		if r.stderr != "" || strings.Contains(r.stdout, "noinput") {
			t.Errorf("%s: %s%s", command, r.stdout, r.stderr)
		}
		short := run(t, nil, "", append([]string{"help"}, strings.Fields(command)...)...).want(t, 0)
		if short.stdout != r.stdout {
			t.Errorf("help %s shows:\n%s", command, short.stdout)
		}
	}
}

func TestShellsCompleteCommandsFilesAndFolders(t *testing.T) {
	t.Parallel()
	run(t, nil, "", "completion", "bash").want(t, 0, "__start_notechondria")
	const files, nothing, folders = ":0\n", ":4\n", ":16\n"
	for words, want := range map[string]string{
		"user sho": "show\tShow an account", "user show ": nothing, "restore ": files, "backup --output ": files,
		"migrate --data-dir ": folders, "adopt --media ": folders, "collectstatic --no": nothing,
	} {
		r := run(t, nil, "", append([]string{"__complete"}, strings.Split(words, " ")...)...)
		r.want(t, 0, want)
		if strings.Contains(r.stdout, "noinput") {
			t.Errorf("%s: a hidden flag is proposed: %s", words, r.stdout)
		}
	}
}

func TestWrongUse(t *testing.T) {
	t.Parallel()
	tests := []struct{ arguments, word string }{
		{"fly", "fly"},
		{"--fast", "--fast"},
		{"migrate --fast", "--fast"},
		{"start --port=high", "high"},
		{"version 2", "2"},
		{"migrate --check --status", "together"},
		{"config --data-dir", "--data-dir"},
		{"migrate --data-dir --check", "flag needs an argument: --data-dir; see notechondria migrate --help\n"},
		{"adopt --report --dry-run=true", "flag needs an argument: --report"},
		{"migarte --check", "\"migarte\": did you mean migrate?; see notechondria --help\n"},
		{"user", "delete, disable, enable, events, grants, list, revoke-grant, set-password, show"},
		{"user shwo --json", "\"shwo\": did you mean show?; see notechondria user --help\n"},
		{"user show", "see notechondria user show --help\n"},
		{"user show alice bob", "see notechondria user show --help\n"},
		{"user revoke-grant alice first", "\"first\""},
		{"backup shelf", "shelf"},
		{"mcp --user alice --tools=", "--tools"},
		{"completion", "bash"},
		{"completion bash twice", "twice"},
		{"help fly", "fly"},
	}
	for _, command := range []string{"start", "serve", "migrate", "adopt", "bootstrap", "collectstatic", "createsuperuser",
		"user list", "user show alice", "user events alice", "user disable alice", "user enable alice",
		"user set-password alice", "user grants alice", "user revoke-grant alice 1", "user delete alice",
		"invite create", "invite list", "invite revoke 1", "mcp --user alice", "backup make", "backup list",
		"backup verify shelf", "backup prune", "restore latest", "check", "config", "version"} {
		tests = append(tests, struct{ arguments, word string }{command + " more", "--help\n"})
	}
	for _, test := range tests {
		t.Run(test.arguments, func(t *testing.T) {
			t.Parallel()
			run(t, []string{"DATA_DIR=" + t.TempDir()}, "", strings.Fields(test.arguments)...).wantError(t, 2, test.word)
		})
	}
}

func TestConfigurationErrorsEndEveryCommand(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"start", "serve", "migrate", "bootstrap", "createsuperuser", "check", "config"} {
		run(t, []string{"DATA_DIR=" + t.TempDir(), "PORT=none"}, "", command).wantError(t, 2, "configuration: PORT:", "none")
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	run(t, []string{"DATA_DIR=" + folder}, "", "check").want(t, 0, "valid")
	if entries, err := os.ReadDir(folder); err != nil || len(entries) > 0 {
		t.Errorf("it left behind %v, %v", entries, err)
	}
	r := run(t, []string{"DATA_DIR=" + folder, "SMTP_PORT=mail", "CLOUDFLARE_R2_BUCKET_NAME=shelf", "LOG_FORMAT=loud",
		"DATABASE_URL=postgres://me:hunter2@db/notes"}, "", "check").want(t, 2)
	wantWords(t, r.stderr, "SMTP_PORT", "CLOUDFLARE_R2_ACCOUNT_ID", "LOG_FORMAT", "SECRET_KEY")
	if n := strings.Count(r.stderr, "\n"); n != 4 || strings.Contains(r.stderr, "hunter2") {
		t.Errorf("want a line for each problem:\n%s", r.stderr)
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	run(t, nil, "", "version").want(t, 0, "notechondria 1.2.3 (go")
}

func TestConfigShowsValuesAndOrigins(t *testing.T) {
	t.Parallel()
	const secret = "hunter2-hunter2"
	folder := t.TempDir()
	r := run(t, []string{"DATA_DIR=elsewhere", "DJANGO_SECRET_KEY=" + secret, "SMTP_PASSWORD=" + secret,
		"SMTP_HOST=mail.example.org",
		"DATABASE_URL=postgres://me:" + secret + "@db/notes"}, "", "config", "--data-dir", folder).want(t, 0)
	if strings.Contains(r.stdout+r.stderr, secret) {
		t.Errorf("a secret is shown:\n%s%s", r.stdout, r.stderr)
	}
	shown := map[string]string{}
	for line := range strings.Lines(r.stdout) {
		columns := strings.Fields(line)
		shown[columns[0]] = strings.Join(columns[1:], " ")
	}
	for name, want := range map[string]string{
		"VARIABLE":      "VALUE FROM",
		"DATA_DIR":      folder + " flag",
		"SECRET_KEY":    "set, 15 characters environment (as DJANGO_SECRET_KEY)",
		"SMTP_HOST":     "mail.example.org environment",
		"SMTP_PASSWORD": "set, 15 characters environment",
		"SMTP_PORT":     "587 default",
		"DATABASE_URL":  "postgres://me:xxxxx@db/notes environment",
	} {
		if shown[name] != want {
			t.Errorf("%s: got %q, want %q", name, shown[name], want)
		}
	}
}

func TestConfigReference(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	r := run(t, []string{"PORT=none"}, "", "config", "--reference").want(t, 0)
	if r.stdout != string(content) || r.stdout != config.Reference() {
		t.Error("docs/configuration.md is stale: go run . config --reference > docs/configuration.md")
	}
}

func TestFlagsBeatTheEnvironment(t *testing.T) {
	t.Parallel()
	ignored, used := t.TempDir(), t.TempDir()
	run(t, []string{"DATA_DIR=" + ignored}, "", "migrate", "--data-dir="+used).want(t, 0)
	if _, err := os.Stat(filepath.Join(used, "notechondria.sqlite3")); err != nil {
		t.Error(err)
	}
	if entries, err := os.ReadDir(ignored); err != nil || len(entries) > 0 {
		t.Errorf("DATA_DIR holds %v, %v", entries, err)
	}
	file := filepath.Join(t.TempDir(), "other.sqlite3")
	environment := []string{"DATA_DIR=" + ignored, "SECRET_KEY=k", "DATABASE_URL=postgres://nobody@127.0.0.1:1/none"}
	run(t, environment, "", "--database-url=sqlite:///"+file, "migrate").want(t, 0)
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
}

func TestEnvFileInTheWorkingDirectory(t *testing.T) {
	t.Parallel()
	cmd := apptest.Program(t, []string{"SMTP_HOST=environment.example.org"}, "config")
	content := "SMTP_HOST=file.example.org\nDATA_DIR=kept here\n"
	if err := os.WriteFile(filepath.Join(cmd.Dir, ".env"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	wantWords(t, strings.Join(strings.Fields(string(output)), " "), "SMTP_HOST environment.example.org environment",
		"DATA_DIR "+cmd.Dir+"/kept here .env")
}
