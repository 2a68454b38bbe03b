package cli_test

import (
	"encoding/json"
	"errors"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/deploycheck"
)

// runProgram runs the built program.
func runProgram(t *testing.T, environment []string, arguments ...string) result {
	t.Helper()
	cmd := apptest.Program(t, environment, arguments...)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	return result{code: cmd.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
}

func TestCheckDeploy(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	environment := []string{"DATA_DIR=" + folder, "SECRET_KEY=xkT8vQ2nLr7WmZp4YbH9sDfGjK3aEcUo6RiV1tMw5yNqBzPe0X"}
	line := regexp.MustCompile(`^(ok    |warn  |fail  )[A-Za-z -]+: \S.*\S$`)
	wantLines := func(r result) {
		t.Helper()
		for _, text := range strings.Split(strings.TrimSuffix(r.stdout, "\n"), "\n") {
			if !line.MatchString(text) {
				t.Errorf("odd line: %q", text)
			}
		}
	}

	fine := runProgram(t, environment, "check", "--deploy").want(t, 0, "ok    secret key: It has 50 characters.\n",
		"warn  mail: ", "RESEND_API_KEY")
	wantLines(fine)
	if fine.stderr != "" {
		t.Errorf("standard error: %s", fine.stderr)
	}

	failing := append([]string{"DEBUG=true"}, environment...)
	bad := runProgram(t, failing, "check", "--deploy").want(t, 1, "fail  debug mode: ", "Remove DEBUG.\n")
	wantLines(bad)
	wantWords(t, bad.stderr, "notechondria: 1 of ", "checks failed\n")

	var results []deploycheck.Result
	asJSON := runProgram(t, failing, "check", "--deploy", "--json").want(t, 1, `"level": "fail"`)
	if err := json.Unmarshal([]byte(asJSON.stdout), &results); err != nil ||
		len(results) != strings.Count(bad.stdout, "\n") {
		t.Errorf("%d results, %v:\n%s", len(results), err, asJSON.stdout)
	}

	unreadable := append([]string{"PORT=high"}, environment...)
	runProgram(t, unreadable, "check", "--deploy", "--json").wantError(t, 2, "PORT", "high")
	runProgram(t, environment, "check", "--json").wantError(t, 2, "--json requires --deploy")
	runProgram(t, environment, "check").want(t, 0, "The configuration is valid.\n")
}

// What check accepts, start begins with; what start can't use, check refuses with the same words.
func TestCheckAndStartSayTheSame(t *testing.T) {
	t.Parallel()
	r2 := func(more ...string) []string {
		return append([]string{"CLOUDFLARE_R2_BUCKET_NAME=notes", "CLOUDFLARE_R2_ACCESS_KEY_ID=a",
			"CLOUDFLARE_R2_SECRET_ACCESS_KEY=b"}, more...)
	}
	for _, wrong := range [][]string{
		{"DATABASE_URL=postgres://db/notes?sslmod=require"}, {"DATABASE_URL=postgres://db/notes?sslmode=sometimes"},
		{"DATABASE_URL=postgres://db/notes?connect_timeout=soon"}, {"DATABASE_URL=postgres://db:port/notes"},
		{"DATABASE_URL=postgres://db/notes?sslrootcert=/nowhere/ca.pem&sslmode=verify-full"}, {"DATA_DIR=~you"},
		r2("CLOUDFLARE_R2_ENDPOINT_URL=https://s3.example.org/other"),
		r2("CLOUDFLARE_R2_ENDPOINT_URL=https://me:pw@s3.example.org"),
		append([]string{"CLOUDFLARE_R2_BUCKET_NAME=No Bucket"}, r2("CLOUDFLARE_R2_ACCOUNT_ID=acc")...), {"SMTP_HOST=a b"},
		{"SMTP_HOST=mail.example.org", "SMTP_FROM_EMAIL=nobody"}, {"METRICS_ADDRESS=here"},
		{"METRICS_ADDRESS=localhost:99999"},
	} {
		environment := append([]string{"DATA_DIR=" + t.TempDir(), "SECRET_KEY=k",
			"PORT=" + strconv.Itoa(apptest.FreePort(t))}, wrong...)
		if wrong[0][:8] == "DATA_DIR" {
			environment = environment[1:]
		}
		checked := run(t, environment, "", "check")
		if checked.code != 2 {
			t.Errorf("check accepts %s", wrong)
			continue
		}
		for _, command := range []string{"start", "check --deploy", "migrate", "config"} {
			if other := run(t, environment, "", strings.Fields(command)...).want(t, 2); other.stderr != checked.stderr {
				t.Errorf("%s: check says %s%s says %s", wrong, checked.stderr, command, other.stderr)
			}
		}
	}
}

func TestParametersOfOtherPrograms(t *testing.T) {
	t.Parallel()
	e := environment(t, database.PostgreSQL)
	for i, setting := range e {
		if strings.HasPrefix(setting, "DATABASE_URL=") {
			e[i] += "&pgbouncer=true&keepalives=1&keepalives_idle=30&schema=public&conn_max_age=600&client_encoding=auto"
		}
	}
	for _, name := range []string{"pgbouncer", "keepalives", "keepalives_idle", "conn_max_age", "client_encoding"} {
		run(t, e, "", "check").want(t, 0, "Note: the parameter "+name+" of DATABASE_URL is ignored",
			"The configuration is valid.")
	}
	run(t, e, "", "migrate").want(t, 0, "up to date")
	run(t, e, "", "check", "--deploy").want(t, 1,
		"warn  configuration: The parameter pgbouncer of DATABASE_URL is ignored")
}
