package mcp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// The programs of others, below clients.
const (
	driver      = "drive.mjs" // drives the official TypeScript client
	inspector   = "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js"
	conformance = "node_modules/@modelcontextprotocol/conformance/dist/index.js"
)

// node runs one of them, and returns what it writes. Where they are not installed the test is skipped, unless
// MCP_CLIENTS says that they are.
func node(t *testing.T, input any, script string, arguments ...string) string {
	t.Helper()
	folder, err := filepath.Abs("clients")
	if err != nil {
		t.Fatal(err)
	}
	found, _ := filepath.Glob(filepath.Join(folder, "node_modules/node-linux-*/bin/node"))
	if len(found) == 0 {
		if os.Getenv("MCP_CLIENTS") != "" {
			t.Fatal("scripts/clients.sh has not installed the programs that speak MCP")
		}
		t.Skip("scripts/clients.sh installs the programs that speak MCP")
	}
	data, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, found[0], append([]string{filepath.Join(folder, script)}, arguments...)...)
	home := t.TempDir() // some keep settings there
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home, "NO_COLOR=1", "LOG_LEVEL=ERROR")
	cmd.Dir = home
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(data), &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s\n%s", script, arguments, err, out, stderr.String())
	}
	return string(out)
}

// over has a test reach one site over HTTP, over standard input and output on the same data, and passed on from there.
func over(t *testing.T, test func(t *testing.T, s *site, reach []string)) {
	t.Helper()
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		for _, way := range []string{"HTTP", "stdio", "relay"} {
			t.Run(way, func(t *testing.T) {
				environment := append(apptest.Environment(t, engine),
					"SECRET_KEY=a-key-for-tests-of-at-least-fifty-characters-0123456789", "MCP_CALLS_PER_MINUTE=100000")
				s := newSite(t, engine, environment...)
				program := apptest.Program(t, nil).Path
				switch way {
				case "HTTP":
					test(t, s, []string{"http", s.URL + endpoint, s.alice.key})
				case "stdio":
					test(t, s, append([]string{"stdio", "env"}, append(environment, "LOG_LEVEL=ERROR", program, "mcp",
						"--user", "alice")...))
				case "relay":
					test(t, s, []string{"stdio", "env", "MCP_KEY=" + s.alice.key, program, "mcp", "--url", s.URL})
				}
			})
		}
	})
}

func TestOfficialClient(t *testing.T) {
	over(t, func(t *testing.T, s *site, reach []string) {
		b := s.furnish(t)
		calls := []object{}
		for _, u := range uses(b) {
			arguments := u.arguments
			if arguments == nil {
				arguments = object{}
			}
			calls = append(calls, object{"name": u.tool, "arguments": arguments})
		}
		var told struct {
			Instructions, Read, Prompt, Version             string
			Tools, Resources, Templates, Prompts, Completed []string
			Calls                                           []struct {
				Name, Text string
				Failed     bool
			}
		}
		if err := json.Unmarshal([]byte(node(t, calls, driver, reach...)), &told); err != nil {
			t.Fatal(err)
		}
		if want := slices.Sorted(maps.Keys(s.tools(t))); !slices.Equal(slices.Sorted(slices.Values(told.Tools)), want) {
			t.Errorf("the tools are %q, want %q", told.Tools, want)
		}
		if !strings.Contains(told.Instructions, "Notechondria") || !strings.Contains(told.Read, secret) ||
			!strings.Contains(told.Prompt, secret) || !slices.Contains(told.Completed, b["uuid"].(string)) ||
			len(told.Prompts) != 3 {
			t.Errorf("the client is told %+v", told)
		}
		for _, call := range told.Calls {
			if call.Failed {
				t.Errorf("%s failed: %s", call.Name, call.Text)
			}
		}
	})
}

// TestInspector has the command line of the Inspector call every tool, one process each.
func TestInspector(t *testing.T) {
	t.Parallel()
	if os.Getenv("MCP_CLIENTS") == "" {
		t.Skip("it starts a process for each tool: scripts/test has the time for it")
	}
	for _, way := range []string{"HTTP", "stdio"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			environment := append(apptest.Environment(t, database.SQLite),
				"SECRET_KEY=a-key-for-tests-of-at-least-fifty-characters-0123456789", "MCP_CALLS_PER_MINUTE=100000")
			s := newSite(t, database.SQLite, environment...)
			reach := []string{"--cli", s.URL + endpoint, "--transport", "http", "--header",
				"Authorization: Bearer " + s.alice.key}
			if way == "stdio" {
				reach = append([]string{"--cli", "--transport", "stdio", "env"}, append(environment, apptest.Program(t, nil).Path,
					"mcp", "--user", "alice")...)
			}
			b := s.furnish(t)
			inspect := func(arguments ...string) string {
				t.Helper()
				return node(t, nil, inspector, slices.Concat(reach, arguments)...)
			}
			if listed := inspect("--method", "tools/list"); strings.Count(listed, `"inputSchema"`) != len(s.tools(t)) {
				t.Errorf("these are listed: %s", listed)
			}
			for _, u := range uses(b) {
				call := []string{"--method", "tools/call", "--tool-name", u.tool}
				for name, value := range u.arguments {
					text, isText := value.(string)
					if data, err := json.Marshal(value); err == nil && !isText {
						text = string(data)
					}
					call = append(call, "--tool-arg", name+"="+text)
				}
				if got := inspect(call...); strings.Contains(got, `"isError": true`) {
					t.Errorf("%s failed: %s", u.tool, got)
				}
			}
		})
	}
}

// TestConformanceSuite runs the official suite. What of it does not apply, and why, stands in clients/conformance.yml.
func TestConformanceSuite(t *testing.T) {
	t.Parallel()
	s := newSite(t, database.SQLite, "MCP_CALLS_PER_MINUTE=100000")
	target, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { // the suite has no place for a key
		r.SetURL(target)
		r.Out.Host = r.In.Host
		r.Out.Header.Set("Authorization", "Bearer "+s.alice.key)
	}}
	server := httptest.NewServer(http.Handler(proxy))
	defer server.Close()
	expected, err := filepath.Abs("clients/conformance.yml")
	if err != nil {
		t.Fatal(err)
	}
	out := node(t, nil, conformance, "server", "--url", server.URL+"/mcp", "--expected-failures", expected)
	if !strings.Contains(out, "server-initialize") {
		t.Errorf("the suite says %s", out)
	}
}
