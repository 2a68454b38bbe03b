package deployment_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// image is what the Dockerfile makes, built by running its instructions on this machine instead of in a container.
type image struct {
	folder      string // of the root file system
	environment map[string]string
	start       []string // entry point and command
	uid, gid    int
}

func (i image) program() string { return filepath.Join(i.folder, i.start[0]) }

var workspace string // of the image; removed by TestMain

func TestMain(m *testing.M) {
	code := m.Run()
	if err := os.RemoveAll(workspace); err != nil {
		fmt.Fprintln(os.Stderr, "removing the image:", err)
	}
	os.Exit(code)
}

// builtImage is built once for all tests.
var builtImage = sync.OnceValues(func() (built image, err error) {
	root, err := repository()
	if err != nil {
		return built, err
	}
	if workspace, err = os.MkdirTemp("", "notechondria-image"); err != nil {
		return built, err
	}
	list, err := stages(root)
	if err != nil {
		return built, err
	}
	if len(list) != 2 {
		return built, fmt.Errorf("the Dockerfile has %d stages, not 2", len(list))
	}
	b := builder{root: root, work: filepath.Join(workspace, "build"), image: filepath.Join(workspace, "image")}
	if err := b.build(list[0]); err != nil {
		return built, err
	}
	return b.assemble(list[1])
})

func theImage(t *testing.T) image {
	t.Helper()
	built, err := builtImage()
	if err != nil {
		t.Fatal(err)
	}
	return built
}

// builder runs a Dockerfile. Only work stands for a folder of the build stage, its working folder; other paths there
// are those of this machine.
type builder struct {
	root, work, image string
	workdir           string // the path in the build stage that work stands for
}

func (b *builder) build(stage instructions.Stage) error {
	environment := append(buildEnvironment(), "TARGETOS="+runtime.GOOS, "TARGETARCH="+runtime.GOARCH)
	for _, command := range stage.Commands {
		var err error
		switch c := command.(type) {
		case *instructions.WorkdirCommand:
			b.workdir, err = c.Path, os.MkdirAll(b.work, 0o755)
		case *instructions.ArgCommand: // set above
		case *instructions.CopyCommand:
			err = b.copyContext(c)
		case *instructions.RunCommand:
			shell := exec.Command("sh", "-c", strings.Join(c.CmdLine, " "))
			shell.Dir, shell.Env = b.work, environment
			var output []byte
			if output, err = shell.CombinedOutput(); err != nil {
				err = fmt.Errorf("%w\n%s", err, output)
			}
		default:
			err = errors.New("the test does not know this instruction")
		}
		if err != nil {
			return fmt.Errorf("%v: %w", command, err)
		}
	}
	return nil
}

// copyContext copies the whole context, or single files of it.
func (b *builder) copyContext(c *instructions.CopyCommand) error {
	names, err := buildContext(b.root)
	if err != nil {
		return err
	}
	if !slices.Equal(c.SourcePaths, []string{"."}) {
		for _, wanted := range c.SourcePaths {
			if !slices.Contains(names, wanted) {
				return fmt.Errorf("%s is not in the build context", wanted)
			}
		}
		names = c.SourcePaths
	}
	return copyTo(b.work, b.root, names)
}

func (b *builder) assemble(stage instructions.Stage) (image, error) {
	built := image{folder: b.image, environment: environmentOf(stage)}
	if err := os.MkdirAll(b.image, 0o755); err != nil {
		return built, err
	}
	for _, c := range commands[*instructions.CopyCommand](stage) {
		if err := b.copyStage(c); err != nil {
			return built, fmt.Errorf("%v: %w", c, err)
		}
	}
	for _, c := range commands[*instructions.EntrypointCommand](stage) {
		built.start = c.CmdLine
	}
	for _, c := range commands[*instructions.CmdCommand](stage) {
		built.start = append(slices.Clone(built.start), c.CmdLine...)
	}
	for _, c := range commands[*instructions.UserCommand](stage) {
		var err error
		if built.uid, built.gid, err = numericUser(c.User); err != nil {
			return built, err
		}
	}
	return built, nil
}

// copyStage copies out of the build stage; a folder's contents, as COPY does.
func (b *builder) copyStage(c *instructions.CopyCommand) error {
	owner := func(string) error { return nil }
	if c.Chown != "" && os.Geteuid() == 0 { // only root can give files away; else all belong to the user of the tests
		uid, gid, err := numericUser(c.Chown)
		if err != nil {
			return err
		}
		owner = func(name string) error {
			if name == b.image {
				return nil
			}
			return os.Chown(name, uid, gid)
		}
	}
	from := c.SourcePaths[0]
	if relative, inside := strings.CutPrefix(from, b.workdir+"/"); inside {
		from = filepath.Join(b.work, relative)
	}
	to := c.DestPath
	if strings.HasSuffix(to, "/") && !strings.HasSuffix(c.SourcePaths[0], "/") {
		to = path.Join(to, path.Base(from))
	}
	return copyTree(from, filepath.Join(b.image, to), owner)
}

func numericUser(user string) (uid, gid int, err error) {
	first, second, _ := strings.Cut(user, ":")
	if uid, err = strconv.Atoi(first); err != nil {
		return 0, 0, fmt.Errorf("the user %q is no number", user)
	}
	if gid, err = strconv.Atoi(second); err != nil {
		return 0, 0, fmt.Errorf("the group of %q is no number", user)
	}
	return uid, gid, nil
}

// variables is the image's environment with some variables changed, as a process takes it.
func (i image) variables(changes map[string]string) []string {
	all := maps.Clone(i.environment)
	maps.Copy(all, changes)
	list := make([]string, 0, len(all))
	for name, value := range all {
		list = append(list, name+"="+value)
	}
	return list
}
