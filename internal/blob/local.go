package blob

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"strings"
	"syscall"
	"time"
)

const (
	// Another user's web server may serve the folder.
	fileMode   = 0o644
	folderMode = 0o755

	unfinishedAge  = 24 * time.Hour // no upload takes longer
	listedAtOnce   = 256
	placingRetries = 10
)

// local keeps each object in a file of its own, whose path is the key.
type local struct{ root *os.Root }

// OpenLocal opens a folder as a store, and creates it if necessary. It removes files that a crash left unfinished more
// than a day ago. A folder keeps no Meta, and can't hold both the keys "a" and "a/b". Links that lead out of the folder
// are not followed.
func OpenLocal(root string) (Store, error) {
	if err := os.MkdirAll(root, folderMode); err != nil {
		return nil, fmt.Errorf("making the folder of files: %w", err)
	}
	folder, err := os.OpenRoot(root)
	if err != nil {
		return nil, fmt.Errorf("opening the folder of files: %w", err)
	}
	s := &local{root: folder}
	err = s.root.Mkdir(unfinished, 0o700)
	if err == nil || errors.Is(err, fs.ErrExist) {
		err = s.Tidy(context.Background())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("preparing the folder of files: %w", err), folder.Close())
	}
	return s, nil
}

// Tidy removes files older than a day from the folder for files being written.
func (s *local) Tidy(ctx context.Context) error {
	before := time.Now().Add(-unfinishedAge)
	entries, err := fs.ReadDir(s.root.FS(), unfinished)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		name := path.Join(unfinished, entry.Name())
		info, err := s.root.Lstat(name)
		if err == nil && info.ModTime().Before(before) {
			err = s.root.Remove(name)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // another process may have finished or removed it
			return err
		}
	}
	return nil
}

// Put writes a temporary file, and moves it once it is safely on disk.
func (s *local) Put(ctx context.Context, key string, r io.ReadSeeker, size int64, _ Meta) error {
	if err := checkKeys(key); err != nil {
		return err
	}
	if size < 0 {
		return fmt.Errorf("storing %q: %w", key, errNegative)
	}
	temporary := path.Join(unfinished, rand.Text())
	err := s.write(temporary, contextReader{ctx, r}, size)
	if err == nil {
		err = s.place(temporary, key)
	}
	if err != nil {
		_ = s.root.Remove(temporary) // otherwise the next sweep removes it
		return fmt.Errorf("storing %q: %w", key, err)
	}
	return nil
}

func (s *local) write(name string, r io.Reader, size int64) error {
	file, err := s.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	if err := fill(file, r, size); err != nil {
		return errors.Join(err, file.Close())
	}
	return file.Close()
}

func fill(file *os.File, r io.Reader, size int64) error {
	if _, err := io.CopyN(file, r, size); errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	} else if err != nil {
		return err
	}
	if err := file.Chmod(fileMode); err != nil { // regardless of the process's umask
		return err
	}
	return file.Sync()
}

// place moves a finished file to its key. A concurrent deletion may remove the folder just before, so it is retried.
func (s *local) place(temporary, key string) error {
	folder := path.Dir(key)
	for range placingRetries {
		err := s.root.Rename(temporary, key)
		if err == nil {
			return s.sync(folder)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err := s.makeFolders(folder); err != nil {
			return err
		}
	}
	return errors.New("its folder keeps being deleted")
}

func (s *local) makeFolders(folder string) error {
	parent := "."
	for name := range strings.SplitSeq(folder, "/") {
		child := path.Join(parent, name)
		err := s.root.Mkdir(child, folderMode)
		if err == nil {
			err = errors.Join(s.root.Chmod(child, folderMode), s.sync(parent))
		}
		if err != nil && !errors.Is(err, fs.ErrExist) && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		parent = child
	}
	return nil
}

// sync makes the names in a folder survive a power cut.
func (s *local) sync(folder string) error {
	file, err := s.root.Open(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // removed meanwhile, with its contents
	}
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// Open opens the file of an object.
func (s *local) Open(_ context.Context, key string) (Reader, error) {
	if err := checkKeys(key); err != nil {
		return nil, err
	}
	if _, err := s.stat(key); err != nil { // before opening, since opening some special files blocks
		return nil, fmt.Errorf("opening %q: %w", key, err)
	}
	file, err := s.root.Open(key)
	if err != nil {
		return nil, fmt.Errorf("opening %q: %w", key, missing(err))
	}
	info, err := file.Stat() // of exactly the file that is open
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening %q: %w", key, err), file.Close())
	}
	return &localReader{File: file, object: describe(key, info)}, nil
}

// Stat describes the file of an object.
func (s *local) Stat(_ context.Context, key string) (Object, error) {
	if err := checkKeys(key); err != nil {
		return Object{}, err
	}
	info, err := s.stat(key)
	if err != nil {
		return Object{}, fmt.Errorf("looking for %q: %w", key, err)
	}
	return describe(key, info), nil
}

func (s *local) stat(key string) (fs.FileInfo, error) {
	info, err := s.root.Stat(key)
	if err != nil {
		return nil, missing(err)
	}
	if !info.Mode().IsRegular() {
		return nil, ErrNotFound
	}
	return info, nil
}

// missing distinguishes absence from other errors: a file where the key has a folder counts as absence, too, and so
// does a link that leads out of the folder. Go itself refuses the latter, without a system error.
func missing(err error) error {
	var system syscall.Errno
	refused := errors.As(err, new(*fs.PathError)) && !errors.As(err, &system)
	if refused || errors.Is(err, fs.ErrNotExist) || system == syscall.ENOTDIR || system == syscall.ELOOP {
		return ErrNotFound
	}
	return err
}

func describe(key string, info fs.FileInfo) Object {
	modified := info.ModTime().UTC()
	etag := fmt.Sprintf(`"%x-%x"`, modified.UnixNano(), info.Size())
	return Object{Key: key, Size: info.Size(), ETag: etag, ModTime: modified}
}

// Delete removes files, and folders that become empty.
func (s *local) Delete(ctx context.Context, keys ...string) error {
	if err := checkKeys(keys...); err != nil {
		return err
	}
	for _, key := range keys {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.remove(key); err != nil {
			return fmt.Errorf("deleting %q: %w", key, err)
		}
	}
	return nil
}

func (s *local) remove(key string) error {
	info, err := s.root.Lstat(key)
	if err == nil && info.IsDir() {
		return nil // a folder is not an object
	}
	if err == nil {
		err = s.root.Remove(key)
	}
	if err = missing(err); err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	for folder := path.Dir(key); folder != "."; folder = path.Dir(folder) {
		if err := s.root.Remove(folder); err != nil {
			return nil // not empty, the usual case
		}
	}
	return nil
}

// List walks the folders that can contain such keys.
func (s *local) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		folder := "."
		if slash := strings.LastIndex(prefix, "/"); slash >= 0 {
			folder = prefix[:slash]
			if checkKeys(folder) != nil {
				return // no key begins like that
			}
		}
		s.walk(ctx, folder, prefix, yield)
	}
}

// walk returns false if the listing is to end.
func (s *local) walk(ctx context.Context, folder, prefix string, yield func(Object, error) bool) bool {
	fail := func(err error) bool {
		if errors.Is(missing(err), ErrNotFound) {
			return true // the folder does not exist, or was removed meanwhile
		}
		yield(Object{}, fmt.Errorf("listing %q: %w", prefix, err))
		return false
	}
	opened, err := s.root.Open(folder)
	if err != nil {
		return fail(err)
	}
	defer opened.Close()
	for {
		if err := ctx.Err(); err != nil {
			return fail(err)
		}
		entries, err := opened.ReadDir(listedAtOnce)
		for _, entry := range entries {
			if !s.visit(ctx, path.Join(folder, entry.Name()), prefix, yield) {
				return false
			}
		}
		if errors.Is(err, io.EOF) {
			return true
		}
		if err != nil {
			return fail(err)
		}
	}
}

// visit skips files that have no valid key: files put there by others, and files being written.
func (s *local) visit(ctx context.Context, key, prefix string, yield func(Object, error) bool) bool {
	if !strings.HasPrefix(key, prefix) || checkKeys(key) != nil {
		return true
	}
	info, err := s.root.Lstat(key)
	switch {
	case err != nil && errors.Is(missing(err), ErrNotFound):
		return true
	case err != nil:
		yield(Object{}, fmt.Errorf("listing %q: %w", prefix, err))
		return false
	case info.IsDir():
		return s.walk(ctx, key, prefix, yield)
	case info.Mode().IsRegular():
		return yield(describe(key, info), nil)
	}
	return true
}

type localReader struct {
	*os.File
	object Object
}

// Object describes the object being read.
func (r *localReader) Object() Object { return r.object }
