package notes

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/patch"
	"github.com/trance-0/notechondria/internal/problem"
)

// MaxReason is the length, in characters, of the reason for a version.
const MaxReason = 32

// Version is what a note once was.
type Version struct {
	ID          int64
	Title       string
	Description *string
	Content     string
	Metadata    string `db:"metadata_json"`
	EditorMode  string
	Reason      string // for which it was kept: what an app said, or what the server gives by itself
	CreatedAt   time.Time
}

const versionColumns = "id, title, description, content, metadata_json, editor_mode, reason, created_at"

// Versions returns the versions of a note of the caller, the newest first: at most twelve that were asked for, and
// twelve that were kept before the note was overwritten.
func (s *Service) Versions(ctx context.Context, who actor.Actor, ref Ref) ([]Version, error) {
	id, err := s.checkAuthor(ctx, who, ref, versionsNotShown)
	if err != nil {
		return nil, err
	}
	versions, err := database.All[Version](ctx, s.DB.Read(), "select "+versionColumns+` from note_versions
		where note_id = $1 order by created_at desc, id desc limit $2`, id, 2*keptVersions)
	if err != nil {
		return nil, fmt.Errorf("reading the versions of a note: %w", err)
	}
	return versions, nil
}

// Snapshot keeps the present state of a note of the caller as a version. Without a reason, a person asked for it.
func (s *Service) Snapshot(
	ctx context.Context, who actor.Actor, ref Ref, reason problem.Input[string],
) (v Version, err error) {
	text, wrong := reason.Check(func(text *string, problems *problem.Fields) error {
		problems.CheckText("reason", *text, 0, MaxReason)
		return nil
	})
	if text == "" {
		text = manual
	}
	err = s.change(ctx, who, edit{ref: ref, problems: wrong}, func(tx *database.Tx, n state) error {
		id, err := keepVersion(ctx, tx, n, manual, text, "")
		if err != nil {
			return err
		}
		v, err = database.One[Version](ctx, tx, "select "+versionColumns+" from note_versions where id = $1", id)
		if err != nil {
			return fmt.Errorf("reading a new version: %w", err)
		}
		return nil
	})
	return v, err
}

// RestoreVersion brings a note of the caller back to a version, after keeping its present state as another one.
func (s *Service) RestoreVersion(
	ctx context.Context, who actor.Actor, ref Ref, versionID int64, revisions []int64,
) (stored Note, err error) {
	err = s.change(ctx, who, edit{ref: ref, revisions: revisions}, func(tx *database.Tx, old state) error {
		n, err := stateOf(ctx, tx, old, versionID)
		if err != nil {
			return err
		}
		if _, err := keepVersion(ctx, tx, old, automatic, beforeRestore, ""); err != nil {
			return err
		}
		n.touch()
		if stored, err = s.save(ctx, tx, old, n); err != nil {
			return err
		}
		stored.Blocks, err = s.replaceBlocks(ctx, tx, n.ID, s.cutter.Cut(n.Content))
		return err
	})
	return stored, err
}

// stateOf is what a version makes of a note. One that was asked for restores the text and its metadata, as in the
// former system; an automatic one restores all that a save can have overwritten, and the course if the author may still
// file there.
func stateOf(ctx context.Context, tx *database.Tx, n state, versionID int64) (state, error) {
	v, err := database.One[struct {
		Kind string
		versioned
	}](ctx, tx, `
		select kind, title, description, content, metadata_json, custom_meta, editor_mode, course_id, is_public
		from note_versions where id = $1 and note_id = $2`, versionID, n.ID)
	if errors.Is(err, database.ErrNotFound) {
		return state{}, problem.NoSuch("NoteVersion")
	}
	if err != nil {
		return state{}, fmt.Errorf("reading a version: %w", err)
	}
	n.Title, n.Description, n.Content = v.Title, v.Description, v.Content
	n.Metadata, n.EditorMode = v.Metadata, v.EditorMode
	if v.Kind != automatic {
		return n, nil
	}
	n.CustomMeta, n.IsPublic = v.CustomMeta, v.IsPublic
	if v.CourseID == nil || patch.Same(v.CourseID, n.CourseID) {
		return n, nil
	}
	err = checkFiling(ctx, tx, n, *v.CourseID)
	if problem.IsKind(err, problem.NotFound) {
		return n, nil
	}
	n.CourseID = v.CourseID
	return n, err
}
