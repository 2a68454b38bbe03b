package deployment_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const startScript = "deployment/render/scripts/render_backend_start.sh"

// render is a clean clone on a machine like Render's, with a service root in it.
type render struct {
	folder, serviceRoot, home, port string
}

func onRender(t *testing.T, serviceRoot string) render {
	t.Helper()
	r := render{folder: cleanCopy(t), home: t.TempDir(), port: freePort(t)}
	r.serviceRoot = filepath.Join(r.folder, serviceRoot)
	if err := os.MkdirAll(r.serviceRoot, 0o755); err != nil {
		t.Fatal(err)
	}
	return r
}

// script is the start command as the deployment document has it, for either service root.
func (r render) script(environment ...string) *exec.Cmd {
	path := startScript
	if r.serviceRoot != r.folder {
		path = "../" + startScript
	}
	cmd := exec.Command("bash", path)
	cmd.Dir = r.serviceRoot
	cmd.Env = append(basicEnvironment(r.home), "PORT="+r.port, "RENDER=true",
		"RENDER_EXTERNAL_HOSTNAME=notes.onrender.com",
		"RENDER_GIT_COMMIT=0123456789abcdef0123456789abcdef01234567", "SECRET_KEY="+strings.Repeat("k", 50),
		"DATABASE_URL=sqlite:///"+r.home+"/db.sqlite3", "DATA_DIR="+r.home)
	cmd.Env = append(cmd.Env, environment...)
	return cmd
}

func (r render) url(path string) string { return "http://127.0.0.1:" + r.port + path }

func TestStartScriptServes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ serviceRoot, program string }{
		"root of the repository":                  {".", "notechondria"},
		"service root below it":                   {"backend", "notechondria"},
		"program built in a service root":         {"backend", "backend/notechondria"},
		"program somewhere else, by its variable": {"backend", "bin/server"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := onRender(t, c.serviceRoot)
			program := filepath.Join(r.folder, c.program)
			if err := copyFile(theImage(t).program(), program); err != nil {
				t.Fatal(err)
			}
			var environment []string
			if c.program == "bin/server" {
				environment = []string{"NOTECHONDRIA_BINARY=../bin/server"}
			}
			server := start(t, r.script(environment...))
			server.answers(t, r.url("/readyz"))
			wantSteps(t, server.output.String())
			wantHandshake(t, r.url("/handshake/"))
			if running, err := os.Readlink("/proc/" + strconv.Itoa(server.Process.Pid) + "/exe"); err != nil ||
				running != program {
				t.Errorf("the process is %s (%v), not %s: the script did not make way for it", running, err, program)
			}
		})
	}
}

func TestStartScriptBuildsWhatWasNotBuilt(t *testing.T) {
	t.Parallel()
	r := onRender(t, "backend")
	cmd := r.script()
	cmd.Env = append(buildEnvironment(), cmd.Env[1:]...) // with the Go command and its caches
	cmd.Env = append(cmd.Env, "HOME="+os.Getenv("HOME"))
	server := start(t, cmd)
	server.answers(t, r.url("/readyz"))
	wantSteps(t, server.output.String())
}

func TestStartScriptNeedsAProgram(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ environment, want string }{
		"none and no Go": {"PATH=/usr/bin:/bin", "build command"},
		"a wrong one":    {"NOTECHONDRIA_BINARY=nothing-here", "NOTECHONDRIA_BINARY"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := start(t, onRender(t, ".").script(c.environment))
			if code := server.exit(t); code == 0 || !strings.Contains(server.output.String(), c.want) {
				t.Errorf("ended with %d: %s", code, server.output)
			}
		})
	}
}

// wantSteps wants all four steps in the output, in order, none of them failed.
func wantSteps(t *testing.T, output string) {
	t.Helper()
	rest := output
	for _, step := range []string{"1/4 migrate", "2/4 bootstrap", "3/4 collectstatic", "4/4 serve"} {
		_, after, found := strings.Cut(rest, step)
		if !found {
			t.Fatalf("%s is missing or out of order:\n%s", step, output)
		}
		rest = after
	}
	if strings.Contains(output, "failed") {
		t.Errorf("a step failed:\n%s", output)
	}
}

func wantHandshake(t *testing.T, url string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	text := body(t, response)
	for _, want := range []string{`"commit":"0123456789abcdef0123456789abcdef01234567"`, `"deploy_target":"render"`,
		`"version":"` + strings.TrimSpace(readFile(t, "VERSION")) + `"`, `"build_time":"20`} {
		if !strings.Contains(text, want) {
			t.Errorf("the handshake lacks %s: %s", want, text)
		}
	}
}

// A stand-in for the program notes how it is called, and fails in one step.
const standIn = `#!/bin/sh
echo "$* port=$PORT cores=$WEB_CONCURRENCY version=$BACKEND_VERSION." >>"$HOME/calls"
test "$1" != "$FAILING"
`

func TestStartScriptTolerance(t *testing.T) {
	t.Parallel()
	all := []string{"migrate", "bootstrap", "collectstatic --clear", "serve"}
	for failing, want := range map[string]struct {
		steps []string
		ok    bool
	}{
		"none":          {all, true},
		"migrate":       {all[:1], false},
		"bootstrap":     {all, true},
		"collectstatic": {all, true},
		"serve":         {all, false},
	} {
		t.Run(failing, func(t *testing.T) {
			t.Parallel()
			r := onRender(t, ".")
			write(t, filepath.Join(r.folder, "notechondria"), standIn, 0o755)
			write(t, filepath.Join(r.folder, "VERSION"), "7.8.9\r\n", 0o644)
			server := start(t, r.script("FAILING="+failing, "PORT="))
			if code := server.exit(t); (code == 0) != want.ok {
				t.Errorf("ended with %d: %s", code, server.output)
			}
			calls, err := os.ReadFile(filepath.Join(r.home, "calls"))
			if err != nil {
				t.Fatal(err)
			}
			var steps []string
			for line := range strings.Lines(string(calls)) {
				step, environment, _ := strings.Cut(line, " port=")
				steps = append(steps, step)
				if environment != "10000 cores=2 version=7.8.9.\n" {
					t.Errorf("%s got port=%s", step, environment)
				}
			}
			if !slices.Equal(steps, want.steps) {
				t.Errorf("steps %v, want %v", steps, want.steps)
			}
		})
	}
}

func TestStartScriptIsClean(t *testing.T) {
	t.Parallel()
	run(t, exec.Command("shellcheck", filepath.Join(cleanCopy(t), startScript)))
}

func write(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}
