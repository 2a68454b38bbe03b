package notes

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notes/blocks"
)

// keptVersions is how many there are of a kind.
const keptVersions = 12

// Reasons that the server gives by itself; apps send others.
const (
	beforeSave    = "before_save"
	beforeRestore = "before_restore"
)

// keepNow keeps what a locked note is, however young the last version is.
func keepNow(ctx context.Context, tx *database.Tx, n state) error {
	return keepAutomatic(ctx, tx, n, 0)
}

// keepText is keepNow for a note with text, even if only in blocks, before all of it goes.
func keepText(ctx context.Context, tx *database.Tx, n state) error {
	text, err := textOf(ctx, tx, n)
	if err != nil || text == "" {
		return err
	}
	return keepNow(ctx, tx, n)
}

// keepAutomatic keeps what a locked note is before it is overwritten, unless an automatic version is younger than
// interval, or the newest version holds the same.
func keepAutomatic(ctx context.Context, tx *database.Tx, n state, interval time.Duration) error {
	const unlessKept = ` and not exists (
			select 1 from note_versions v where v.note_id = n.id and v.kind = $2 and v.created_at > $6 and v.created_at <= $7)
		and not exists (
			select 1 from note_versions v
			where v.id = (select w.id from note_versions w where w.note_id = n.id order by w.created_at desc, w.id desc limit 1)
				and v.title = n.title and v.description is not distinct from n.description and v.content = $4
				and v.metadata_json = n.metadata_json and v.custom_meta = n.custom_meta and v.editor_mode = n.editor_mode
				and v.course_id is not distinct from n.course_id and v.is_public = n.is_public)`
	now := database.Now()
	_, err := keepVersion(ctx, tx, n, automatic, beforeSave, unlessKept, now.Add(-interval), now.Add(ahead))
	return err
}

// keepVersion stores a version of a locked note, if a further condition holds, and drops the oldest one that has no
// place any more. It returns the version's id, 0 for none.
func keepVersion(
	ctx context.Context, tx *database.Tx, n state, kind, reason, condition string, args ...any,
) (int64, error) {
	content, err := textOf(ctx, tx, n)
	if err != nil {
		return 0, err
	}
	id, err := database.One[int64](ctx, tx, `
		insert into note_versions (note_id, kind, reason, title, description, course_id, is_public, editor_mode, content,
			metadata_json, custom_meta, created_at)
		select n.id, cast($2 as text), cast($3 as text), n.title, n.description, n.course_id, n.is_public, n.editor_mode,
			cast($4 as text), n.metadata_json, n.custom_meta, $5
		from notes n where n.id = $1`+condition+" returning id",
		append([]any{n.ID, kind, reason, content, database.Now()}, args...)...)
	if errors.Is(err, database.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("keeping a version: %w", err)
	}
	_, err = tx.ExecContext(ctx, `
		delete from note_versions where note_id = $1 and kind = $2 and id not in (
			select id from note_versions where note_id = $1 and kind = $2 order by created_at desc, id desc limit $3)`,
		n.ID, kind, keptVersions)
	if err != nil {
		return 0, fmt.Errorf("dropping the oldest version: %w", err)
	}
	return id, nil
}

// textOf is the content of a note for a version. If an app has sent only blocks, it is put together from those.
func textOf(ctx context.Context, tx *database.Tx, n state) (string, error) {
	if n.Content != "" {
		return n.Content, nil
	}
	list, err := blocksOf(ctx, tx, n.ID)
	if err != nil || len(list) == 0 {
		return "", err
	}
	content, _ := blocks.NewCutter().Compose(n.Title, list.plain())
	return content, nil
}
