package notes

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/courses"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/rest"
)

func (s *Service) registerVersions(api *rest.API) {
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodGet, Path: "/api/v1/notes/{id}/history/", Tag: "versions", Access: rest.Account,
		Summary:     "List the versions of a note, the newest first",
		Description: "At most twelve that were asked for, and twelve that were kept before the note was overwritten.",
	}, s.history)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/notes/{id}/snapshot/", Tag: "versions", Access: rest.Account, Status: http.StatusCreated,
		Summary: "Keep the note as it is as a version",
	}, s.snapshot)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/notes/{id}/restore/{version_id}/", Tag: "versions", Access: rest.Account,
		Summary: "Bring a note back to a version",
		Description: "What it is now becomes a version first. A version that was kept automatically also brings back publicity, " +
			"course and custom metadata.",
	}, s.restoreVersion)
}

// The kinds of a version, each with places of its own.
const (
	manual    = "manual"    // an app asked for it
	automatic = "automatic" // kept by the server before the note was overwritten
)

const (
	keptVersions      = 12 // of a kind
	automaticInterval = 5 * time.Minute
)

// Reasons that the server gives by itself; apps send others.
const (
	beforeSave    = "before_save"
	beforeRestore = "before_restore"
)

// Version is what a note once was.
type Version struct {
	ID           int64     `json:"id"`
	Title        string    `json:"title"`
	Description  *string   `json:"description"`
	Content      string    `json:"content"`
	MetadataJSON string    `json:"metadata_json" db:"metadata_json"`
	EditorMode   string    `json:"editor_mode"`
	Reason       string    `json:"reason"`
	Label        string    `json:"label" db:"-"`
	DateCreated  rest.Time `json:"date_created"`
}

const versionColumns = "id, title, description, content, metadata_json, editor_mode, reason, created_at as date_created"

// autosaveLabels are what the apps show for reasons that they send.
var autosaveLabels = map[string]string{"autosave_1m": "AutoSave-1m", "autosave_10m": "AutoSave-10m", "autosave_1h": "AutoSave-1h"}

func (v Version) labelled() Version {
	v.Label = autosaveLabels[strings.ToLower(v.Reason)]
	if v.Label == "" {
		v.Label = v.DateCreated.UTC().Format("2006-01-02 15:04")
	}
	return v
}

func (s *Service) history(ctx context.Context, in *numberInput) ([]Version, error) {
	if err := s.checkWriter(ctx, byID(in.ID), "Notes/history"); err != nil {
		return nil, err
	}
	versions, err := database.All[Version](ctx, s.DB.Read(), "select "+versionColumns+` from note_versions
		where note_id = $1 order by created_at desc, id desc limit $2`, in.ID, 2*keptVersions)
	if err != nil {
		return nil, fmt.Errorf("reading the versions of a note: %w", err)
	}
	for i := range versions {
		versions[i] = versions[i].labelled()
	}
	return versions, nil
}

type snapshotInput struct {
	ID int64 `path:"id"`
	rest.Problems
	Body struct {
		Reason rest.Optional[string] `json:"reason" nullable:"true" blank:"true" maxLength:"32"`
	}
}

func (s *Service) snapshot(ctx context.Context, in *snapshotInput) (Version, error) {
	reason := in.Body.Reason.Value
	if reason == "" {
		reason = manual
	}
	var version Version
	err := s.change(ctx, edit{key: byID(in.ID), operation: "Notes/snapshot", problems: in.Err()}, func(tx *database.Tx, n state) (err error) {
		id, err := s.keep(ctx, tx, n, manual, reason, "")
		if err != nil {
			return err
		}
		version, err = database.One[Version](ctx, tx, "select "+versionColumns+" from note_versions where id = $1", id)
		if err != nil {
			return fmt.Errorf("reading a new version: %w", err)
		}
		return nil
	})
	return version.labelled(), err
}

// keepAutomatic keeps what a locked note is before it is overwritten, unless an automatic version is younger than interval,
// or the newest version holds the same.
func (s *Service) keepAutomatic(ctx context.Context, tx *database.Tx, n state, interval time.Duration) error {
	const unlessKept = ` and not exists (
			select 1 from note_versions v where v.note_id = n.id and v.kind = $2 and v.created_at > $6)
		and not exists (
			select 1 from note_versions v
			where v.id = (select w.id from note_versions w where w.note_id = n.id order by w.created_at desc, w.id desc limit 1)
				and v.title = n.title and v.description is not distinct from n.description and v.content = $4
				and v.metadata_json = n.metadata_json and v.custom_meta = n.custom_meta and v.editor_mode = n.editor_mode
				and v.course_id is not distinct from n.course_id and v.is_public = n.is_public)`
	_, err := s.keep(ctx, tx, n, automatic, beforeSave, unlessKept, database.Now().Add(-interval))
	return err
}

// keep stores a version of a locked note, if a further condition holds, and drops the oldest one that has no place any
// more. It returns the version's id, 0 for none.
func (s *Service) keep(ctx context.Context, tx *database.Tx, n state, kind, reason, condition string, args ...any) (int64, error) {
	content, err := s.textOf(ctx, tx, n)
	if err != nil {
		return 0, err
	}
	id, err := database.One[int64](ctx, tx, `
		insert into note_versions (note_id, kind, reason, title, description, course_id, is_public, editor_mode, content,
			metadata_json, custom_meta, created_at)
		select n.id, cast($2 as text), cast($3 as text), n.title, n.description, n.course_id, n.is_public, n.editor_mode, cast($4 as text),
			n.metadata_json, n.custom_meta, $5
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
			select id from note_versions where note_id = $1 and kind = $2 order by created_at desc, id desc limit $3)`, n.ID, kind, keptVersions)
	if err != nil {
		return 0, fmt.Errorf("dropping the oldest version: %w", err)
	}
	return id, nil
}

// textOf is the content of a note for a version: put together from the blocks when an app has sent nothing but those.
func (s *Service) textOf(ctx context.Context, tx *database.Tx, n state) (string, error) {
	if n.Content != "" {
		return n.Content, nil
	}
	rows, err := blockRowsOf(ctx, tx, n.ID)
	if err != nil || len(rows) == 0 {
		return "", err
	}
	content, _ := compose(n.Title, rows)
	return content, nil
}

type versionTarget struct {
	ID        int64 `path:"id"`
	VersionID int64 `path:"version_id"`
	precondition
}

func (s *Service) restoreVersion(ctx context.Context, in *versionTarget) (rest.Reply[Detail], error) {
	err := s.change(ctx, edit{key: byID(in.ID), operation: "Notes/restore", ifMatch: in.IfMatch}, func(tx *database.Tx, old state) error {
		n, err := stateOf(ctx, tx, old, in.VersionID)
		if err != nil {
			return err
		}
		if _, err := s.keep(ctx, tx, old, automatic, beforeRestore, ""); err != nil {
			return err
		}
		n.touch()
		if err := s.save(ctx, tx, old, n); err != nil {
			return err
		}
		return s.replaceBlocks(ctx, tx, n.ID, s.cut(n.Content))
	})
	if err != nil {
		return rest.Reply[Detail]{}, err
	}
	return s.show(ctx, byID(in.ID))
}

// stateOf is what a version makes of a note. One that was asked for brings back the text and its metadata, as in the old
// system; an automatic one all that a save can have taken away, and the course if the author may still file there.
func stateOf(ctx context.Context, tx *database.Tx, n state, versionID int64) (state, error) {
	type version struct {
		Kind         string
		Title        string
		Description  *string
		Content      string
		MetadataJSON string `db:"metadata_json"`
		CustomMeta   string
		EditorMode   string
		CourseID     *int64
		IsPublic     bool
	}
	v, err := database.One[version](ctx, tx, `
		select kind, title, description, content, metadata_json, custom_meta, editor_mode, course_id, is_public
		from note_versions where id = $1 and note_id = $2`, versionID, n.ID)
	if errors.Is(err, database.ErrNotFound) {
		return state{}, rest.NotFound("NoteVersion")
	}
	if err != nil {
		return state{}, fmt.Errorf("reading a version: %w", err)
	}
	n.Title, n.Description, n.Content, n.MetadataJSON, n.EditorMode = v.Title, v.Description, v.Content, v.MetadataJSON, v.EditorMode
	if v.Kind != automatic {
		return n, nil
	}
	n.CustomMeta, n.IsPublic = v.CustomMeta, v.IsPublic
	if v.CourseID == nil || same(v.CourseID, n.CourseID) {
		return n, nil
	}
	err = courses.CheckFiling(ctx, tx, n.AuthorID, *v.CourseID)
	if problem.IsKind(err, problem.NotFound) {
		return n, nil
	}
	n.CourseID = v.CourseID
	return n, err
}
