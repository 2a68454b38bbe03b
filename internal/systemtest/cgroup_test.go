package systemtest_test

import (
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
)

// memoryGroup is a cgroup with a memory limit, in either version; without a folder where none could be made.
type memoryGroup struct {
	limit    int64 // bytes
	folder   string
	peakFile string
}

// goLimit is what Go may take: the rest is for what it does not count.
func (g memoryGroup) goLimit() int64 { return g.limit - max(g.limit/5, min(g.limit*3/4, 72<<20)) }

// newMemoryGroup makes a group, where this machine lets it. It can be removed once its processes have ended.
func newMemoryGroup(t *testing.T, bytes int64) memoryGroup {
	t.Helper()
	const root = "/sys/fs/cgroup"
	name := "notechondria-test-" + strings.ToLower(rand.Text())
	limit := strconv.FormatInt(bytes, 10)
	// Where the root has no such file, or the controller is on already, the limit below tells.
	_ = os.WriteFile(filepath.Join(root, "cgroup.subtree_control"), []byte("+memory"), 0)
	for _, v := range []struct{ folder, limit, swap, noSwap, peak string }{
		{filepath.Join(root, name), "memory.max", "memory.swap.max", "0", "memory.peak"},
		{filepath.Join(root, "memory", name), "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", limit,
			"memory.max_usage_in_bytes"},
	} {
		if _, err := os.Stat(filepath.Join(filepath.Dir(v.folder), "cgroup.procs")); err != nil ||
			os.Mkdir(v.folder, 0o755) != nil {
			continue
		}
		if err := setExisting(filepath.Join(v.folder, v.limit), limit); err != nil {
			_ = os.Remove(v.folder) // the next version may do
			continue
		}
		_ = setExisting(filepath.Join(v.folder, v.swap), v.noSwap) // absent where swap is not counted
		return memoryGroup{limit: bytes, folder: v.folder, peakFile: v.peak}
	}
	t.Log("no memory cgroup can be made here: what is resident is compared with the limit instead")
	return memoryGroup{limit: bytes}
}

func setExisting(path, value string) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if _, err := file.WriteString(value); err != nil {
		_ = file.Close() // the first error counts
		return err
	}
	return file.Close()
}

// enter has a command begin inside the group; without one it is told the limit.
func (g memoryGroup) enter(cmd *exec.Cmd) {
	if g.folder == "" {
		cmd.Env = append(cmd.Env, fmt.Sprintf("GOMEMLIMIT=%d", g.goLimit()))
		return
	}
	cmd.Args = append([]string{"sh", "-c", `echo $$ > "$0" && exec "$@"`, filepath.Join(g.folder, "cgroup.procs"),
		cmd.Path}, cmd.Args[1:]...)
	cmd.Path = "/bin/sh"
}

// wantKnown fails the test unless the process has taken its limit from the group.
func (g memoryGroup) wantKnown(t *testing.T, output *apptest.Logs) {
	t.Helper()
	if len(output.Find(`"memory is limited"`, fmt.Sprintf(`"bytes":%d`, g.goLimit()))) != 1 {
		t.Errorf("the process does not know its limit of %d bytes", g.goLimit())
	}
}

// peak describes the most memory that the group used at once, buffers of files included.
func (g memoryGroup) peak(t *testing.T) string {
	t.Helper()
	if g.folder == "" {
		return "no group"
	}
	data, err := os.ReadFile(filepath.Join(g.folder, g.peakFile))
	if err != nil {
		return "the group does not tell" // kernels before 5.19
	}
	peak, err := strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("the group used at most %.1f MiB of %d", float64(peak)/(1<<20), g.limit>>20)
}

func (g memoryGroup) remove(t *testing.T) {
	t.Helper()
	if g.folder == "" {
		return
	}
	if err := os.Remove(g.folder); err != nil {
		t.Errorf("removing the group: %v", err)
	}
}
