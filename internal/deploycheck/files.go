package deploycheck

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	leastSpace = 200 << 20 // bytes
	mountTable = "/proc/self/mountinfo"
)

// files checks the bucket, or the folders used instead of it.
func (s *surroundings) files(ctx context.Context) []Result {
	if s.config.R2Bucket != "" {
		return s.bucket(ctx)
	}
	const name, remedy = "uploads", "Set the CLOUDFLARE_R2_ variables to keep uploads in a bucket."
	results := s.lasting(name, "Uploads are in "+s.config.MediaRoot, s.config.MediaRoot, remedy)
	results = append(results, s.folder("media folder", s.config.MediaRoot)...)
	return append(results, s.folder("static folder", s.config.StaticRoot)...)
}

// lasting says where data is stored, and whether it survives a restart.
func (s *surroundings) lasting(name, what, path, remedy string) []Result {
	switch {
	case s.outlivesRestarts(path):
		return []Result{ok(name, "%s.", what)}
	case s.config.OnRender:
		return []Result{fail(name, remedy, "%s, on a disk that Render wipes at every restart.", what)}
	}
	return []Result{warn(name, remedy+" Or mount a volume there.",
		"%s, in a container's own layer or in memory, and will be lost with it.", what)}
}

func (s *surroundings) outlivesRestarts(path string) bool {
	table, err := os.ReadFile(mountTable)
	if err != nil { // not Linux
		return !s.config.OnRender
	}
	return lasts(string(table), resolved(path), s.config.OnRender)
}

// lasts reports whether an absolute path survives a restart. On Render only a separate disk does.
func lasts(table, path string, needsMount bool) bool {
	point, kind := mounted(table, path)
	switch kind {
	case "overlay", "aufs", "tmpfs", "ramfs", "rootfs":
		return false
	}
	return !needsMount || point != "/" && point != ""
}

// mounted finds the file system of an absolute path in the kernel's mount table.
func mounted(table, path string) (point, kind string) {
	for line := range strings.Lines(table) {
		mount, system, _ := strings.Cut(line, " - ")
		fields, description := strings.Fields(mount), strings.Fields(system)
		if len(fields) < 5 || len(description) == 0 {
			continue
		}
		folder := strings.ReplaceAll(fields[4], `\040`, " ")
		if len(folder) >= len(point) && isBelow(path, folder) {
			point, kind = folder, description[0]
		}
	}
	return point, kind
}

func isBelow(path, folder string) bool {
	return folder == "/" || path == folder || strings.HasPrefix(path, strings.TrimSuffix(folder, "/")+"/")
}

// resolved follows links in the existing part of a path.
func resolved(path string) string {
	existing := nearest(path)
	rest, err := filepath.Rel(existing, path)
	real, linkErr := filepath.EvalSymlinks(existing)
	if err != nil || linkErr != nil {
		return path
	}
	return filepath.Join(real, rest)
}

// nearest is the folder itself, or the nearest existing folder above it.
func nearest(path string) string {
	for {
		_, err := os.Stat(path)
		parent := filepath.Dir(path)
		if !errors.Is(err, fs.ErrNotExist) || parent == path {
			return path
		}
		path = parent
	}
}

// folder writes a probe file into a folder, or where it will be created, and measures the free space.
func (s *surroundings) folder(name, path string) []Result {
	const remedy = "Give the server's user write permission there, or set another folder."
	where := nearest(path)
	if err := writeProbe(where); err != nil {
		return []Result{fail(name, remedy, "%s is not writable: %s.", path, s.reason(err))}
	}
	free, known := FreeSpace(where)
	if known && free < leastSpace {
		return []Result{warn(name, "Free up space, or set a folder on another disk.", "%s has %d MiB free.", path, free>>20)}
	}
	if known {
		return []Result{ok(name, "%s is writable, with %d MiB free.", path, free>>20)}
	}
	return []Result{ok(name, "%s is writable.", path)}
}

func writeProbe(folder string) error {
	file, err := os.CreateTemp(folder, ".deploycheck-*")
	if err != nil {
		return err
	}
	_, err = file.WriteString("probe")
	return errors.Join(err, file.Close(), os.Remove(file.Name()))
}
