package deployment_test

import (
	"debug/elf"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

func finalStage(t *testing.T) instructions.Stage {
	t.Helper()
	root, err := repository()
	if err != nil {
		t.Fatal(err)
	}
	list, err := stages(root)
	if err != nil {
		t.Fatal(err)
	}
	return list[len(list)-1]
}

func TestImageIsEmptyButForTheServer(t *testing.T) {
	t.Parallel()
	stage := finalStage(t)
	if stage.BaseName != "scratch" {
		t.Errorf("the final stage begins with %s", stage.BaseName)
	}
	if n := len(commands[*instructions.RunCommand](stage)); n > 0 {
		t.Errorf("the final stage runs %d commands; it has no shell", n)
	}
	if n := len(commands[*instructions.HealthCheckCommand](stage)); n > 0 {
		t.Error("the final stage has nothing that could check its health")
	}
}

func TestImageKeepsItsDataInAVolume(t *testing.T) {
	t.Parallel()
	stage := finalStage(t)
	var volumes []string
	for _, c := range commands[*instructions.VolumeCommand](stage) {
		volumes = append(volumes, c.Volumes...)
	}
	if !slices.Equal(volumes, []string{"/data"}) {
		t.Errorf("volumes: %v", volumes)
	}
	environment := environmentOf(stage)
	for _, name := range []string{"DATA_DIR", "STATIC_ROOT", "MEDIA_ROOT", "TMPDIR"} {
		if folder := environment[name] + "/"; !strings.HasPrefix(folder, "/data/") {
			t.Errorf("%s is %s", name, folder)
		}
	}
	for name := range environment {
		if strings.HasPrefix(name, "CLOUDFLARE_") || strings.Contains(name, "SECRET") {
			t.Errorf("the image sets %s", name)
		}
	}
}

func TestImageIsBuiltWithTheModulesGo(t *testing.T) {
	t.Parallel()
	root, err := repository()
	if err != nil {
		t.Fatal(err)
	}
	list, err := stages(root)
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(readFile(t, "go.mod"))[1]
	if list[0].BaseName != "golang:"+version {
		t.Errorf("the build stage begins with %s, go.mod has %s", list[0].BaseName, version)
	}
}

func TestBuildContextHasOnlySources(t *testing.T) {
	t.Parallel()
	folder := cleanCopy(t)
	for _, name := range []string{".env", "internal/.env", "deployment/docker/.env", "notes.sqlite3"} {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run(t, &exec.Cmd{Path: gitPath(t), Args: []string{"git", "init", "-q"}, Dir: folder})
	if err := os.WriteFile(filepath.Join(folder, ".gitignore"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	names, err := buildContext(folder)
	if err != nil {
		t.Fatal(err)
	}
	allowed := regexp.MustCompile(`^(go\.mod|go\.sum|main\.go|VERSION|internal/.*)$`)
	for _, name := range names {
		if !allowed.MatchString(name) || strings.HasSuffix(name, ".env") || strings.HasSuffix(name, "_test.go") {
			t.Errorf("%s would go into the build", name)
		}
	}
	if len(names) < 20 {
		t.Errorf("only %v would go into the build", names)
	}
}

func gitPath(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestImageProgramIsStatic(t *testing.T) {
	t.Parallel()
	file, err := elf.Open(theImage(t).program())
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, part := range file.Progs {
		if part.Type == elf.PT_INTERP {
			t.Error("the program needs a loader, which the image has not")
		}
	}
}

func TestImageHasCertificatesAndTimeZones(t *testing.T) {
	t.Parallel()
	built := theImage(t)
	for _, name := range []string{"/etc/ssl/certs/ca-certificates.crt", built.environment["ZONEINFO"]} {
		info, err := os.Stat(filepath.Join(built.folder, name))
		if err != nil || info.Size() < 100_000 {
			t.Errorf("%s: %v %v", name, info, err)
		}
	}
}

// inside runs the image's program with nothing but the image's files, as the image's user.
func (i image) inside(t *testing.T, changes map[string]string, arguments ...string) *exec.Cmd {
	t.Helper()
	if i.uid == 0 || i.gid == 0 {
		t.Fatalf("the image runs as %d:%d", i.uid, i.gid)
	}
	attributes := &syscall.SysProcAttr{Chroot: i.folder,
		Credential: &syscall.Credential{Uid: uint32(i.uid), Gid: uint32(i.gid)}}
	if os.Geteuid() != 0 { // changing the root needs a user namespace then
		attributes.Cloneflags = syscall.CLONE_NEWUSER
		attributes.UidMappings = []syscall.SysProcIDMap{{ContainerID: i.uid, HostID: os.Geteuid(), Size: 1}}
		attributes.GidMappings = []syscall.SysProcIDMap{{ContainerID: i.gid, HostID: os.Getegid(), Size: 1}}
		attributes.Credential.NoSetGroups = true
	}
	return &exec.Cmd{Path: i.start[0], Args: append([]string{i.start[0]}, arguments...), Dir: "/",
		Env: i.variables(changes), SysProcAttr: attributes}
}

func TestImageShowsItsVersion(t *testing.T) {
	t.Parallel()
	built := theImage(t)
	want := "notechondria " + strings.TrimSpace(readFile(t, "VERSION")) + " "
	if got := run(t, built.inside(t, nil, "version")); !strings.HasPrefix(got, want) {
		t.Errorf("version: %q, want %q", got, want)
	}
}

func TestImageServes(t *testing.T) {
	t.Parallel()
	built := theImage(t)
	port := freePort(t)
	server := start(t, built.inside(t, map[string]string{"PORT": port}, built.start[1:]...))
	server.answers(t, "http://127.0.0.1:"+port+"/readyz")
	response, err := http.Get("http://127.0.0.1:" + port + "/handshake/")
	if err != nil {
		t.Fatal(err)
	}
	if text := body(t, response); !strings.Contains(text, `"deploy_target":"docker"`) {
		t.Errorf("handshake: %s", text)
	}
	if err := server.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := server.exit(t); code != 0 {
		t.Errorf("stopping it ended with %d", code)
	}
}
