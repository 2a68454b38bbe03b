package deployment_test

import (
	"bytes"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// blueprint is the part of Render's format that render.yaml uses; what is not here does not parse.
type blueprint struct {
	Services []struct {
		Type            string
		Name            string
		Runtime         string
		Plan            string
		BuildCommand    string `yaml:"buildCommand"`
		StartCommand    string `yaml:"startCommand"`
		HealthCheckPath string `yaml:"healthCheckPath"`
		EnvVars         []struct {
			Key           string
			Value         string
			Sync          *bool
			GenerateValue bool `yaml:"generateValue"`
			FromDatabase  struct {
				Name     string
				Property string
			} `yaml:"fromDatabase"`
		} `yaml:"envVars"`
	}
	Databases []struct {
		Name                 string
		Plan                 string
		PostgresMajorVersion string `yaml:"postgresMajorVersion"`
		DatabaseName         string `yaml:"databaseName"`
		User                 string
	}
}

func readBlueprint(t *testing.T) blueprint {
	t.Helper()
	var b blueprint
	decoder := yaml.NewDecoder(bytes.NewReader([]byte(readFile(t, "render.yaml"))))
	decoder.KnownFields(true)
	if err := decoder.Decode(&b); err != nil {
		t.Fatal(err)
	}
	if len(b.Services) != 1 || len(b.Databases) != 1 {
		t.Fatalf("the Blueprint has %d services and %d databases", len(b.Services), len(b.Databases))
	}
	return b
}

func TestBlueprintIsFree(t *testing.T) {
	t.Parallel()
	b := readBlueprint(t)
	service, database := b.Services[0], b.Databases[0]
	if service.Type != "web" || service.Runtime != "go" || service.Plan != "free" || database.Plan != "free" {
		t.Errorf("service %s %s %s, database %s", service.Type, service.Runtime, service.Plan, database.Plan)
	}
	if service.HealthCheckPath != "/readyz" {
		t.Errorf("health is checked at %s", service.HealthCheckPath)
	}
}

func TestBlueprintDeclaresTheDocumentedVariables(t *testing.T) {
	t.Parallel()
	b := readBlueprint(t)
	known := reference(t)
	var declared []string
	for _, v := range b.Services[0].EnvVars {
		definition, ok := known[v.Key]
		if !ok {
			t.Errorf("%s is not in docs/configuration.md", v.Key)
		}
		if slices.Contains(declared, v.Key) {
			t.Errorf("%s is declared twice", v.Key)
		}
		declared = append(declared, v.Key)
		asked := v.Sync != nil && !*v.Sync
		fromDatabase := v.FromDatabase.Name == b.Databases[0].Name && v.FromDatabase.Property == "connectionString"
		if v.Value == "" && !asked && !v.GenerateValue && !fromDatabase {
			t.Errorf("%s gets its value from nowhere", v.Key)
		}
		if definition.secret && v.Value != "" {
			t.Errorf("the secret %s stands in the file", v.Key)
		}
		if want := v.Key == "SECRET_KEY"; v.GenerateValue != want {
			t.Errorf("%s is generated: %v", v.Key, v.GenerateValue)
		}
		if want := v.Key == "DATABASE_URL"; fromDatabase != want {
			t.Errorf("%s comes from the database: %v", v.Key, fromDatabase)
		}
	}
	for _, name := range documented {
		if !slices.Contains(declared, name) {
			t.Errorf("%s is not declared", name)
		}
	}
}

// The commands of the Blueprint, in a clean clone. SQLite takes the place of Render's database.
func TestBlueprintBuildsAndStarts(t *testing.T) {
	t.Parallel()
	service := readBlueprint(t).Services[0]
	folder := cleanCopy(t)
	build := exec.Command("bash", "-c", service.BuildCommand)
	build.Dir, build.Env = folder, buildEnvironment()
	run(t, build)

	port, home := freePort(t), t.TempDir()
	command := exec.Command("bash", "-c", "exec "+service.StartCommand)
	command.Dir, command.Env = folder, append(basicEnvironment(home), "RENDER=true",
		"RENDER_EXTERNAL_HOSTNAME=notes.onrender.com")
	for _, v := range service.EnvVars {
		switch {
		case v.Key == "PORT":
			command.Env = append(command.Env, "PORT="+port)
		case v.GenerateValue:
			command.Env = append(command.Env, v.Key+"="+strings.Repeat("k", 50))
		case v.FromDatabase.Name != "":
			command.Env = append(command.Env, v.Key+"=sqlite:///"+home+"/db.sqlite3")
		default: // what is asked for is left empty
			command.Env = append(command.Env, v.Key+"="+v.Value)
		}
	}
	start(t, command).answers(t, "http://127.0.0.1:"+port+service.HealthCheckPath)
}

func TestGuideHasTheBlueprintsCommands(t *testing.T) {
	t.Parallel()
	guide := readFile(t, "docs/deployment/render.md")
	service := readBlueprint(t).Services[0]
	fromBelow := strings.Replace(service.BuildCommand, "go build", "go build -C ..", 1)
	for _, command := range []string{service.BuildCommand, fromBelow, service.StartCommand,
		"bash deployment/render/scripts/render_backend_start.sh",
		"bash ../deployment/render/scripts/render_backend_start.sh"} {
		if !regexp.MustCompile(`(?m)^    ` + regexp.QuoteMeta(command) + `$`).MatchString(guide) {
			t.Errorf("docs/deployment/render.md does not show: %s", command)
		}
	}
	if !strings.Contains(readFile(t, "README.md"), "https://render.com/deploy") {
		t.Error("README.md has no button for Render")
	}
}
