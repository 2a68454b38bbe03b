package systemtest_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/app"
	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/config"
	"github.com/trance-0/notechondria/internal/database"
)

const (
	instances = 3
	notesPath = "/api/v1/notes/"
	secretKey = "SECRET_KEY=a-key-for-tests-of-at-least-fifty-characters-0123456789"
)

type object = map[string]any

// deployment is instances on one PostgreSQL database behind nginx, each with its own port and no disk in common.
type deployment struct {
	environment []string
	ports       []int
	processes   []*apptest.Process // the newest one on each port
	front       *apptest.Server    // nginx; its Mail gets what the instances send
	database    *database.DB
}

// newDeployment starts nginx on an empty database that is not migrated, and no instance yet.
func newDeployment(t *testing.T, settings ...string) *deployment {
	t.Helper()
	d := &deployment{
		environment: []string{"DATABASE_URL=" + apptest.EmptyDatabase(t, false), secretKey, "TRUSTED_PROXIES=127.0.0.1",
			"LOG_FORMAT=json"},
		processes: make([]*apptest.Process, instances),
	}
	for range instances {
		d.ports = append(d.ports, apptest.FreePort(t))
	}
	mailbox := apptest.NewMailbox(t)
	d.environment = slices.Concat(d.environment, mailbox.Environment(), settings)
	d.front = &apptest.Server{URL: startNginx(t, d.ports), Mail: mailbox}
	d.database = openDatabase(t, d.environment)
	return d
}

func openDatabase(t *testing.T, environment []string) *database.DB {
	t.Helper()
	c, err := config.Load(append([]string{"DATA_DIR=" + t.TempDir()}, environment...), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	db, err := app.OpenDatabase(t.Context(), c, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// launch starts an instance without waiting.
func (d *deployment) launch(t *testing.T, instance int) *apptest.Process {
	t.Helper()
	environment := append(slices.Clone(d.environment), "DATA_DIR="+t.TempDir(), fmt.Sprintf("PORT=%d", d.ports[instance]))
	d.processes[instance] = apptest.LaunchProcess(t, environment, "start")
	return d.processes[instance]
}

// listen waits until an instance that was launched listens. A connection of somebody else may have got its port: then
// it is launched again until that one has ended.
func (d *deployment) listen(t *testing.T, instance int) *apptest.Process {
	t.Helper()
	p := d.processes[instance]
	apptest.Eventually(t, "the instance listens", func() bool {
		if p.Listens() {
			return true
		}
		if !strings.Contains(p.Output.String(), "address already in use") {
			t.Fatalf("the instance did not start:\n%s", p.Output)
		}
		p = d.launch(t, instance)
		return false
	})
	return p
}

// start starts all instances at once, and waits until each is ready.
func (d *deployment) start(t *testing.T) {
	t.Helper()
	for i := range instances {
		d.launch(t, i)
	}
	for i := range instances {
		waitUntilReady(t, d.listen(t, i).Server())
	}
}

func (d *deployment) kill(t *testing.T, instance int) {
	t.Helper()
	_ = d.processes[instance].Process.Kill() // it may have ended already
	d.processes[instance].Exit(t)
}

func waitUntilReady(t testing.TB, s *apptest.Server) {
	t.Helper()
	apptest.Eventually(t, "the server is ready", func() bool {
		response, err := http.Get(s.URL + "/readyz")
		if err != nil {
			return false
		}
		_ = response.Body.Close() // only its status counts
		return response.StatusCode == http.StatusOK
	})
}

// A request goes to another instance only while none has got it, or where twice is as good as once: that is what nginx
// does by itself.
const nginxConf = `
daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr error;
events { worker_connections 512; }
http {
    access_log            off;
    client_body_temp_path body;
    proxy_temp_path       proxy;
    fastcgi_temp_path     fastcgi;
    uwsgi_temp_path       uwsgi;
    scgi_temp_path        scgi;
    upstream instances {
%s        keepalive 8;
    }
    server {
        listen 127.0.0.1:%d;
        location / {
            proxy_pass          http://instances;
            proxy_next_upstream error timeout;
            proxy_http_version  1.1;
            proxy_set_header    Connection      "";
            proxy_set_header    Host            $http_host;
            proxy_set_header    X-Forwarded-For $proxy_add_x_forwarded_for;
        }
    }
}
`

// startNginx puts nginx in front of ports of this machine until the test ends, and returns its address.
func startNginx(t *testing.T, ports []int) string {
	t.Helper()
	program, err := exec.LookPath("nginx")
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/nginx"); err != nil { // outside the path of ordinary users
			t.Skip("nginx is not installed: scripts/test installs it")
		}
	}
	folder, port, upstreams := t.TempDir(), apptest.FreePort(t), ""
	for _, p := range ports {
		upstreams += fmt.Sprintf("        server 127.0.0.1:%d max_fails=0;\n", p)
	}
	conf := filepath.Join(folder, "nginx.conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, nginxConf, upstreams, port), 0o600); err != nil {
		t.Fatal(err)
	}
	arguments := []string{"-p", folder, "-c", conf, "-e", "stderr"}
	if os.Geteuid() == 0 { // the folder of a test belongs to its user alone
		arguments = append(arguments, "-g", "user root;")
	}
	output := &apptest.Logs{}
	cmd := exec.Command(program, arguments...)
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting nginx: %v", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // has it end its workers, too
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("output of nginx:\n%s", output)
		}
	})
	url := fmt.Sprintf("http://127.0.0.1:%d", port)
	apptest.Eventually(t, "nginx listens", func() bool {
		response, err := http.Get(url)
		if err != nil {
			return false
		}
		return response.Body.Close() == nil // whatever it answers
	})
	return url
}
