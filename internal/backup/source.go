package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// Source is an archive that can be read more than once: first to see that it is whole, then to use it.
type Source struct {
	file *os.File
	name string // what people call it
	size int64
}

// OpenFile opens an archive that lies in a file.
func OpenFile(path string) (*Source, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the archive: %w", err)
	}
	info, err := file.Stat()
	if err == nil && info.Mode().IsRegular() {
		return &Source{file, path, info.Size()}, nil
	}
	defer file.Close()
	if err != nil {
		return nil, fmt.Errorf("opening the archive: %w", err)
	}
	if info.IsDir() {
		return nil, fmt.Errorf("opening the archive: %s is a folder", path)
	}
	return Spool(file, path)
}

// Spool copies an archive that can be read only once to a temporary file.
func Spool(r io.Reader, name string) (*Source, error) {
	file, err := temporary()
	if err != nil {
		return nil, err
	}
	size, err := io.Copy(file, r)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("copying the archive: %w", err), file.Close())
	}
	return &Source{file, name, size}, nil
}

// FromStore copies an archive of the store to a temporary file: a bucket is not asked twice for so much.
func (s *Service) FromStore(ctx context.Context, name string) (*Source, error) {
	if s.Store == nil {
		return nil, ErrNoStore
	}
	content, err := s.Store.Open(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("opening the backup: %w", err)
	}
	defer content.Close()
	return Spool(content, name)
}

// temporary is a file without a name, where the system allows it, which goes with the process.
func temporary() (*os.File, error) {
	file, err := os.CreateTemp("", "notechondria-backup-*")
	if err != nil {
		return nil, fmt.Errorf("making a temporary file: %w", err)
	}
	_ = os.Remove(file.Name()) // where that can't be, the system's own tidying finds it
	return file, nil
}

// Close closes the file.
func (s *Source) Close() error { return s.file.Close() }

// read reads the archive from its beginning.
func (s *Source) read(ctx context.Context, progress Progress, phase string) io.Reader {
	return &meter{ctx: ctx, r: io.NewSectionReader(s.file, 0, s.size), size: s.size, progress: progress, phase: phase}
}

// meter tells how much was read, and ends with its context.
type meter struct {
	ctx        context.Context
	r          io.Reader
	done, size int64
	progress   Progress
	phase      string
}

func (m *meter) Read(p []byte) (int, error) {
	if err := m.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := m.r.Read(p)
	m.done += int64(n)
	m.progress.tell(m.phase, m.done, m.size)
	return n, err
}
