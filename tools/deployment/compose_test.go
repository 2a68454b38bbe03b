package deployment_test

import (
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

var composeSecrets = []string{"SECRET_KEY=0123456789012345678901234567890123456789012345678901",
	"POSTGRE_PASSWORD=p@ss/word:1"}

func loadCompose(t *testing.T, environment ...string) (*types.Project, error) {
	t.Helper()
	root, err := repository()
	if err != nil {
		t.Fatal(err)
	}
	options, err := cli.NewProjectOptions([]string{filepath.Join(root, "deployment/docker/compose.yaml")},
		cli.WithEnv(environment))
	if err != nil {
		t.Fatal(err)
	}
	return options.LoadProject(t.Context())
}

func compose(t *testing.T, environment ...string) *types.Project {
	t.Helper()
	project, err := loadCompose(t, append(slices.Clone(composeSecrets), environment...)...)
	if err != nil {
		t.Fatal(err)
	}
	return project
}

func TestComposeAsksForItsSecrets(t *testing.T) {
	t.Parallel()
	for i, missing := range []string{"SECRET_KEY", "POSTGRE_PASSWORD"} {
		_, err := loadCompose(t, composeSecrets[1-i])
		if err == nil || !strings.Contains(err.Error(), missing) {
			t.Errorf("without %s: %v", missing, err)
		}
	}
}

func TestComposeServicesAreConfined(t *testing.T) {
	t.Parallel()
	project := compose(t)
	if names := project.ServiceNames(); !slices.Equal(slices.Sorted(slices.Values(names)),
		[]string{"app", "db", "nginx"}) {
		t.Fatalf("services: %v", names)
	}
	for name, service := range project.Services {
		if !service.ReadOnly || !slices.Contains(service.SecurityOpt, "no-new-privileges:true") ||
			!slices.Contains(service.CapDrop, "ALL") {
			t.Errorf("%s: read-only %v, options %v, dropped %v", name, service.ReadOnly, service.SecurityOpt, service.CapDrop)
		}
		if name != "db" && len(service.CapAdd) > 0 {
			t.Errorf("%s gets %v", name, service.CapAdd)
		}
		if service.Privileged || service.NetworkMode == "host" {
			t.Errorf("%s has the host's rights", name)
		}
	}
	if image := project.Services["db"].Image; image != "postgres:15" {
		t.Errorf("the database is %s", image)
	}
}

func TestComposePublishesNginxAlone(t *testing.T) {
	t.Parallel()
	for want, environment := range map[string][]string{"9080": nil, "8888": {"APP_HOST_PORT=8888"}} {
		project := compose(t, environment...)
		for name, service := range project.Services {
			if name != "nginx" && len(service.Ports) > 0 {
				t.Errorf("%s publishes %v", name, service.Ports)
			}
		}
		ports := project.Services["nginx"].Ports
		if len(ports) != 1 || ports[0].Published != want || ports[0].Target != 80 {
			t.Errorf("nginx publishes %v, want %s:80", ports, want)
		}
	}
}

// mounts maps the places of a service's volumes to their names; "ro " comes before those that it can't write to.
func mounts(service types.ServiceConfig) map[string]string {
	list := map[string]string{}
	for _, volume := range service.Volumes {
		if volume.Type != types.VolumeTypeVolume {
			continue
		}
		list[volume.Target] = volume.Source
		if volume.ReadOnly {
			list[volume.Target] = "ro " + volume.Source
		}
	}
	return list
}

func TestComposeKeepsFilesInVolumes(t *testing.T) {
	t.Parallel()
	project := compose(t)
	for name, want := range map[string]map[string]string{
		"app":   {"/data": "data", "/data/static": "static", "/data/media": "media"},
		"nginx": {"/data/static": "ro static", "/data/media": "ro media"},
		"db":    {"/var/lib/postgresql/data": "database"},
	} {
		if got := mounts(project.Services[name]); !maps.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	environment := project.Services["app"].Environment
	for name, want := range map[string]string{"STATIC_ROOT": "/data/static", "MEDIA_ROOT": "/data/media",
		"DATA_DIR": "/data"} {
		if got := environment[name]; got == nil || *got != want {
			t.Errorf("%s is %v, want %s", name, got, want)
		}
	}
}

func TestComposeSetsNoObjectStore(t *testing.T) {
	t.Parallel()
	for _, service := range compose(t).Services {
		for name := range service.Environment {
			if strings.Contains(name, "R2") {
				t.Errorf("%s sets %s", service.Name, name)
			}
		}
	}
}

func TestComposeWaitsForWhatIsHealthy(t *testing.T) {
	t.Parallel()
	services := compose(t).Services
	if got := services["app"].DependsOn["db"].Condition; got != types.ServiceConditionHealthy {
		t.Errorf("app waits for db: %q", got)
	}
	if _, ok := services["nginx"].DependsOn["app"]; !ok ||
		services["nginx"].DependsOn["app"].Condition != types.ServiceConditionStarted {
		t.Error("nginx does not start after app, or waits for a health that it has not")
	}
	if services["app"].HealthCheck != nil {
		t.Error("app has a health check, but nothing that could run it")
	}
	for name, want := range map[string]string{"db": "pg_isready", "nginx": "http://127.0.0.1/readyz"} {
		check := services[name].HealthCheck
		if check == nil || check.Test[0] != "CMD" || !slices.Contains(check.Test, want) {
			t.Errorf("%s is checked by %+v", name, check)
		}
	}
	if grace := services["app"].StopGracePeriod; grace == nil || time.Duration(*grace) <= 25*time.Second {
		t.Errorf("app has %v to stop", grace)
	}
}

func TestComposeFitsTheImageAndNginx(t *testing.T) {
	t.Parallel()
	services := compose(t).Services
	conf := readFile(t, nginxConf)
	upstream := regexp.MustCompile(`(?m)^\s*server (\S+):(\d+)`).FindStringSubmatch(conf)
	if port := services["app"].Environment["PORT"]; upstream[1] != "app" || port == nil || upstream[2] != *port {
		t.Errorf("nginx asks %v, app listens on %v", upstream[1:], port)
	}
	user := commands[*instructions.UserCommand](finalStage(t))[0].User
	if services["nginx"].User != user {
		t.Errorf("nginx runs as %s, app as %s", services["nginx"].User, user)
	}
	if build := services["app"].Build; !strings.HasSuffix(filepath.Join(build.Context, build.Dockerfile), dockerfile) {
		t.Errorf("app is built from %s in %s", build.Dockerfile, build.Context)
	}
}

// The program refuses a configuration with a wrong value, and one with half of what it needs.
func TestComposeEnvironmentIsAccepted(t *testing.T) {
	t.Parallel()
	known := reference(t)
	home := t.TempDir()
	check := exec.Command(theImage(t).program(), "config")
	check.Dir, check.Env = home, basicEnvironment(home)
	for name, value := range compose(t).Services["app"].Environment {
		if _, ok := known[name]; !ok {
			t.Errorf("app gets %s, which docs/configuration.md does not know", name)
		}
		check.Env = append(check.Env, name+"="+*value)
	}
	settings := run(t, check)
	for _, want := range []string{`(?m)^DATABASE_URL +postgres://notechondria:\S*@db:5432/notechondria`,
		`(?m)^TRUSTED_PROXIES +10\.0\.0\.0/8`} {
		if !regexp.MustCompile(want).MatchString(settings) {
			t.Errorf("the settings lack %s:\n%s", want, settings)
		}
	}
}
