package media

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/trance-0/notechondria/internal/blob"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
)

// pictureBytes are counted here; attachments and calendars are counted by the packages that own their tables.
const pictureBytes = "(select coalesce(sum(size), 0) from picture_files where owner_id = $1)"

// CountAlso adds an SQL expression to the quota: the bytes stored by the user with the id $1. Packages whose tables
// hold users' data call it before the service is used.
func (s *Service) CountAlso(expression string) { s.counted = append(s.counted, expression) }

// CheckQuota fails if what tx has just stored exceeds its owner's limit. It locks the owner, so that concurrent uploads
// are counted together.
func (s *Service) CheckQuota(ctx context.Context, tx *database.Tx, owner int64) error {
	if s.MaxStorageBytes == 0 {
		return nil
	}
	if err := s.LockOwner(ctx, tx, owner); err != nil {
		return err
	}
	kept, err := database.One[int64](ctx, tx, "select "+strings.Join(s.counted, " + "), owner)
	if err != nil {
		return fmt.Errorf("counting what a person keeps: %w", err)
	}
	if kept > s.MaxStorageBytes {
		return problem.Refuse("Storage is full",
			"your files, pictures and calendars would take up more than "+problem.Bytes(s.MaxStorageBytes))
	}
	return nil
}

// countPicture records the size of a picture, which its own table does not.
func countPicture(ctx context.Context, tx *database.Tx, key string, u Upload) error {
	if u.Folder == Attachments {
		return nil
	}
	_, err := tx.ExecContext(ctx, "insert into picture_files (path, owner_id, size) values ($1, $2, $3)", key,
		u.Owner, u.Size)
	if err != nil {
		return fmt.Errorf("counting a picture: %w", err)
	}
	return nil
}

// discount removes the records of deleted pictures.
func (s *Service) discount(ctx context.Context, tx *database.Tx, keys []string) error {
	_, err := tx.ExecContext(ctx, "delete from picture_files where "+s.DB.InTexts("path", 1), database.Texts(keys))
	if err != nil {
		return fmt.Errorf("counting pictures that are removed: %w", err)
	}
	return nil
}

type pictureRecord struct {
	Path    string `json:"path"`
	OwnerID int64  `json:"owner_id"`
	Size    int64  `json:"size"`
}

// countUncounted counts pictures stored by a version that did not count them.
func (s *Service) countUncounted(ctx context.Context, objects []blob.Object) error {
	var records []pictureRecord
	for _, object := range objects {
		if owner, ok := ownerOfPicture(object.Key); ok {
			records = append(records, pictureRecord{object.Key, owner, object.Size})
		}
	}
	if len(records) == 0 {
		return nil
	}
	list, err := database.JSON(records)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, `
			insert into picture_files (path, owner_id, size)
			select r.path, u.id, r.size
			from `+s.DB.Records(1, "path text", "owner_id bigint", "size bigint")+` r join users u on u.id = r.owner_id
			where true on conflict do nothing`, list)
		if err != nil {
			return fmt.Errorf("counting pictures: %w", err)
		}
		return nil
	})
}

// ownerOfPicture reads the owner from the key, as Upload makes it. Attachments are not pictures.
func ownerOfPicture(key string) (int64, bool) {
	id, rest, _ := strings.Cut(strings.TrimPrefix(key, ownFolder), "/")
	owner, err := strconv.ParseInt(id, 10, 64)
	return owner, err == nil && !strings.HasPrefix(rest, string(Attachments)+"/")
}
