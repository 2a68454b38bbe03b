package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/trance-0/notechondria/internal/archive"
	"github.com/trance-0/notechondria/internal/blob"
	"github.com/trance-0/notechondria/internal/database"
)

const (
	keysAtOnce  = 500
	askedAtOnce = 16
)

// stored is a file as the store describes it, with its sum where that is known.
type stored struct {
	archive.File
	etag  string
	known bool
}

// writeFiles writes the files that rows of the snapshot name. A missing one is only noted: the rest of the server is
// still worth keeping.
func (s *snapshot) writeFiles(ctx context.Context, a *archive.Writer, data bool, progress Progress) error {
	keys, err := s.keys(ctx)
	if err != nil {
		return err
	}
	done, missing := int64(0), 0
	for batch := range slices.Chunk(keys, keysAtOnce) {
		found, err := s.look(ctx, batch)
		if err != nil {
			return err
		}
		for i := range found {
			progress.tell("reading files", done, int64(len(keys)))
			done++
			if err := s.writeFile(ctx, a, &found[i], data); err != nil {
				return err
			}
			if found[i].Missing {
				missing++
				s.Log.Warn("a file that the database refers to is missing", "key", found[i].Key)
			}
		}
		if err := s.remember(ctx, found); err != nil {
			return err
		}
	}
	if missing > 0 {
		s.Log.Warn("files are missing: the backup contains only their names", "number", missing)
	}
	return nil
}

// keys are the names of all files in rows, a hundred bytes each: a million files take a hundred MiB.
func (s *snapshot) keys(ctx context.Context) ([]string, error) {
	var selects []string
	for _, c := range s.Media.Columns() {
		if has(s.tables, c.Table, c.Column) {
			selects = append(selects, fmt.Sprintf("select %s as key from %s where %[1]s <> ''", c.Column, c.Table))
		}
	}
	if len(selects) == 0 {
		return nil, nil
	}
	keys, err := database.All[string](ctx, s.q, strings.Join(selects, " union "))
	if err != nil {
		return nil, fmt.Errorf("listing the files that rows name: %w", err)
	}
	slices.Sort(keys)
	return keys, nil
}

func has(list []database.Table, table, column string) bool {
	return slices.ContainsFunc(list, func(t database.Table) bool {
		return t.Name == table && slices.ContainsFunc(t.Columns, func(c database.Column) bool { return c.Name == column })
	})
}

// look asks the store about files, and takes sums that were computed before.
func (s *snapshot) look(ctx context.Context, keys []string) ([]stored, error) {
	type sumRow struct {
		Key, ETag, Sum string
		Size           int64
	}
	sums := map[string]sumRow{}
	if s.sums {
		rows, err := database.All[sumRow](ctx, s.q,
			"select key, etag as e_tag, size, sha256 as sum from backup_sums where "+s.DB.InTexts("key",
				1), database.Texts(keys))
		if err != nil {
			return nil, fmt.Errorf("reading the sums of files: %w", err)
		}
		for _, r := range rows {
			sums[r.Key] = r
		}
	}
	found := make([]stored, len(keys))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(askedAtOnce)
	for i, key := range keys {
		group.Go(func() error {
			object, err := s.Media.Store.Stat(ctx, key)
			f := stored{File: archive.File{Key: key, Size: object.Size}, etag: object.ETag}
			switch {
			case errors.Is(err, blob.ErrNotFound) || errors.Is(err, blob.ErrInvalidKey):
				f.Missing = true
			case err != nil:
				return err
			}
			if r, ok := sums[key]; ok && r.Size == f.Size && r.ETag == f.etag {
				f.SHA256, f.known = r.Sum, true
			}
			found[i] = f
			return nil
		})
	}
	return found, group.Wait()
}

func (s *snapshot) writeFile(ctx context.Context, a *archive.Writer, f *stored, data bool) error {
	if f.Missing || !data && f.known {
		return a.File(f.File, nil)
	}
	content, err := s.Media.Store.Open(ctx, f.Key)
	if errors.Is(err, blob.ErrNotFound) {
		f.Missing, f.Size = true, 0
		return a.File(f.File, nil)
	}
	if err != nil {
		return err
	}
	defer content.Close()
	if data {
		return a.File(f.File, content)
	}
	digest := sha256.New()
	n, err := io.Copy(digest, content)
	if err == nil && n != f.Size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return fmt.Errorf("reading the file %q: %w", f.Key, err)
	}
	f.SHA256 = hex.EncodeToString(digest.Sum(nil))
	return a.File(f.File, nil)
}

// remember stores new sums: another backup, or another attempt at this one, does not read these files again.
func (s *snapshot) remember(ctx context.Context, found []stored) error {
	type record struct {
		Key    string `json:"key"`
		ETag   string `json:"etag"`
		Size   int64  `json:"size"`
		SHA256 string `json:"sha256"`
	}
	var fresh []record
	for _, f := range found {
		if !f.known && !f.Missing && f.SHA256 != "" {
			fresh = append(fresh, record{f.Key, f.etag, f.Size, f.SHA256})
		}
	}
	if len(fresh) == 0 || !s.sums {
		return nil
	}
	records, err := database.JSON(fresh)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.ExecContext(ctx,
			"insert into backup_sums (key, etag, size, sha256) select key, etag, size, sha256 from "+
				s.DB.Records(1, "key text", "etag text", "size bigint", "sha256 text")+` r where true
			on conflict (key) do update set etag = excluded.etag, size = excluded.size, sha256 = excluded.sha256`, records)
		if err != nil {
			return fmt.Errorf("storing the sums of files: %w", err)
		}
		return nil
	})
}
