package media

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/jobs"
)

// key has a part with 130 random bits, so that a file is never replaced and its address can't be guessed.
func (u Upload) key() string {
	return ownFolder + path.Join(strconv.FormatInt(u.Owner, 10), string(u.Folder), strings.ToLower(rand.Text()), u.Name)
}

// discardTimeout limits the removal of a file whose row was not written.
const discardTimeout = 10 * time.Second

// Save stores a file, and then calls record to write its key in a transaction; it refuses to exceed the user's limit.
// If either step fails, nothing is left of the file, not even after a crash, since a sweep finds files without a row.
func (s *Service) Save(ctx context.Context, u Upload, record func(tx *database.Tx, key string) error) error {
	key := u.key()
	kind, err := TypeOfContent(u.Name, u.Content)
	if err == nil {
		err = s.Store.Put(ctx, key, u.Content, u.Size, metaOf(cmp.Or(u.ShownAs, u.Name), kind))
	}
	if err == nil {
		err = s.DB.Write(ctx, func(tx *database.Tx) error {
			if err := record(tx, key); err != nil {
				return err
			}
			if err := countPicture(ctx, tx, key, u); err != nil {
				return err
			}
			return s.CheckQuota(ctx, tx, u.Owner)
		})
	}
	if err != nil {
		s.discard(ctx, key)
	}
	return err
}

// discard removes a file immediately unless a row refers to it: a commit whose response was lost may have succeeded.
func (s *Service) discard(ctx context.Context, key string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), discardTimeout)
	defer cancel()
	named, err := s.named(ctx, []string{key})
	if err == nil && !named[key] {
		err = s.Store.Delete(ctx, key)
	}
	if err != nil {
		s.Log.Warn("deleting an unused file failed; the next sweep will retry", "key", key, "error", err)
	}
}

const removeJob = "media.remove"

// removedAtOnce limits the size of a job.
const removedAtOnce = 500

// Remove removes files after tx commits, not before, since a rolled back change still needs its files. Empty keys are
// skipped.
func (s *Service) Remove(ctx context.Context, tx *database.Tx, keys ...string) error {
	batch := make([]string, 0, min(len(keys), removedAtOnce))
	for i, key := range keys {
		if key != "" {
			batch = append(batch, key)
		}
		if len(batch) == removedAtOnce || i == len(keys)-1 && len(batch) > 0 {
			if err := s.discount(ctx, tx, batch); err != nil {
				return err
			}
			if err := s.Queue.Enqueue(ctx, tx, removeJob, batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	return nil
}

// remove is the job. A file that a row refers to again (for example after an undone change) stays.
func (s *Service) remove(ctx context.Context, payload []byte) error {
	var keys []string
	if err := json.Unmarshal(payload, &keys); err != nil {
		return jobs.Permanent(fmt.Errorf("reading the job: %w", err))
	}
	return s.removeUnnamed(ctx, keys)
}

func (s *Service) removeUnnamed(ctx context.Context, keys []string) error {
	named, err := s.named(ctx, keys)
	if err != nil {
		return err
	}
	unnamed := make([]string, 0, len(keys))
	for _, key := range keys {
		if !named[key] {
			unnamed = append(unnamed, key)
		}
	}
	if unnamed, err = s.letGo(ctx, unnamed); err != nil || len(unnamed) == 0 {
		return err
	}
	if err := s.Store.Delete(ctx, unnamed...); err != nil {
		return fmt.Errorf("removing files: %w", err)
	}
	return nil
}

// PutBack stores a file from a backup under its former key.
func (s *Service) PutBack(ctx context.Context, key string, content io.ReadSeeker, size int64) error {
	return s.Store.Put(ctx, key, content, size, metaOf(key, TypeOf(path.Base(key))))
}
