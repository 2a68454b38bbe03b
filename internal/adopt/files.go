package adopt

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/trance-0/notechondria/internal/blob"
)

// shownNames is how many files a report names.
const shownNames = 100

// files are the uploaded files of the former system, by the hashes of their keys: there may be many.
type files struct {
	store   blob.Store       // nil where files are not looked at
	stored  map[uint64]int64 // sizes
	named   map[uint64]bool
	missing map[uint64]bool
	planned []string // that a dry run would copy
	report  *Files
}

// oldFolders are where the former system kept its files.
var oldFolders = []string{"user_upload/", "course_media/", "profile_pic/"}

// openFiles copies the files of the folder, unless it is a dry run, and lists what is in the store then.
func (o Options) openFiles(ctx context.Context, report *Files) (*files, error) {
	if o.Folder == "" || o.Store == nil {
		return listFiles(ctx, o.Store, report)
	}
	if !o.DryRun {
		copied, err := copyFiles(ctx, o.Folder, o.Store, o.Describe)
		if err != nil {
			return nil, err
		}
		report.Copied = copied
		return listFiles(ctx, o.Store, report)
	}
	f, err := listFiles(ctx, o.Store, report)
	if err != nil {
		return nil, err
	}
	err = newFiles(ctx, o.Folder, o.Store, func(_, key string, size int64) error {
		f.plan(key, size)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("looking at the files in %s: %w", o.Folder, err)
	}
	return f, nil
}

// listFiles lists what is in the store.
func listFiles(ctx context.Context, store blob.Store, report *Files) (*files, error) {
	f := &files{store: store, stored: map[uint64]int64{}, report: report}
	f.reset()
	if store == nil {
		return f, nil
	}
	report.Checked = true
	for _, folder := range oldFolders {
		for object, err := range store.List(ctx, folder) {
			if err != nil {
				return nil, fmt.Errorf("listing the uploaded files: %w", err)
			}
			f.stored[keyHash(object.Key)] = object.Size
			report.Stored++
		}
	}
	return f, nil
}

// plan counts a file that a dry run would copy as one that is stored.
func (f *files) plan(key string, size int64) {
	f.report.Copied++
	if !slices.ContainsFunc(oldFolders, func(folder string) bool { return strings.HasPrefix(key, folder) }) {
		return
	}
	hash := keyHash(key)
	if _, there := f.stored[hash]; !there {
		f.planned = append(f.planned, key)
		f.report.Stored++
	}
	f.stored[hash] = size
}

// reset forgets which files rows name: a transaction may begin again.
func (f *files) reset() {
	f.named, f.missing = map[uint64]bool{}, map[uint64]bool{}
	f.report.Named, f.report.Missing, f.report.MissingIDs = 0, 0, nil
}

func keyHash(key string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(key)) // never fails
	return h.Sum64()
}

// key is a path as the former system stored it, in the form in which it served it; "" for none, and for what no store
// can hold.
func (f *files) key(old string, t *Table, id int64) string {
	key := strings.ReplaceAll(old, `\`, "/")
	for strings.Contains(key, "//") {
		key = strings.ReplaceAll(key, "//", "/")
	}
	key = strings.TrimPrefix(strings.TrimPrefix(key, "./"), "/")
	if key == "" {
		return ""
	}
	if _, err := blob.CleanKey(key); err != nil {
		t.note("a path that leads nowhere is left out", fmt.Sprintf("%d %.120q", id, old))
		return ""
	}
	if key != old {
		t.note("a path was written in another way: as it was served", id)
	}
	return key
}

// exists reports whether a file is there, as far as that is known.
func (f *files) exists(key string) bool {
	_, there := f.stored[keyHash(key)]
	return there || f.store == nil || len(f.stored) == 0
}

// name remembers that a row names a file.
func (f *files) name(key string) {
	if key == "" || f.store == nil {
		return
	}
	if hash := keyHash(key); !f.named[hash] {
		f.named[hash] = true
		f.report.Named++
		if _, there := f.stored[hash]; !there {
			f.miss(key)
		}
	}
}

// miss remembers that a file is not there.
func (f *files) miss(key string) {
	hash := keyHash(key)
	if f.store == nil || f.missing[hash] {
		return
	}
	f.missing[hash] = true
	f.report.Missing++
	if len(f.report.MissingIDs) < shownNames {
		f.report.MissingIDs = append(f.report.MissingIDs, key)
	}
}

// kept is the path of a file of a row that stays whether the file is there or not.
func (f *files) kept(old string, t *Table, id int64) string {
	key := f.key(old, t, id)
	f.name(key)
	return key
}

// finish looks for files that no row names.
func (f *files) finish(ctx context.Context) error {
	if f.store == nil {
		return nil
	}
	f.report.Unnamed, f.report.UnnamedIDs = 0, nil
	for _, folder := range oldFolders {
		for object, err := range f.store.List(ctx, folder) {
			if err != nil {
				return fmt.Errorf("listing the uploaded files: %w", err)
			}
			f.unlessNamed(object.Key)
		}
	}
	for _, key := range f.planned {
		f.unlessNamed(key)
	}
	return nil
}

func (f *files) unlessNamed(key string) {
	if f.named[keyHash(key)] {
		return
	}
	f.report.Unnamed++
	if len(f.report.UnnamedIDs) < shownNames {
		f.report.UnnamedIDs = append(f.report.UnnamedIDs, key)
	}
}

// copyFiles copies the files of a folder into the store, under the same names. It returns how many.
func copyFiles(
	ctx context.Context, folder string, store blob.Store, describe func(key string) blob.Meta,
) (copied int64, err error) {
	err = newFiles(ctx, folder, store, func(name, key string, size int64) error {
		file, err := os.Open(filepath.Join(folder, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		defer file.Close()
		if err := store.Put(ctx, key, file, size, describe(key)); err != nil {
			return err
		}
		copied++
		return nil
	})
	if err != nil {
		return copied, fmt.Errorf("copying the uploaded files from %s: %w", folder, err)
	}
	return copied, nil
}

// newFiles gives f the files of a folder, with their keys, but those that the store has already with the same size.
func newFiles(
	ctx context.Context, folder string, store blob.Store, f func(name, key string, size int64) error,
) error {
	root := os.DirFS(folder)
	return fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !entry.Type().IsRegular() || strings.HasPrefix(name, ".") {
			return err
		}
		key := path.Clean(filepath.ToSlash(name))
		if _, err := blob.CleanKey(key); err != nil {
			return nil // no store holds it, and nobody was served it
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		there, err := store.Stat(ctx, key)
		if err == nil && there.Size == info.Size() {
			return nil
		}
		if err != nil && !errors.Is(err, blob.ErrNotFound) {
			return err
		}
		return f(name, key, info.Size())
	})
}
