package notes

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/patch"
)

// versioned is what versions keep of a note.
type versioned struct {
	Title       string
	Description *string
	Content     string
	Metadata    string `db:"metadata_json"`
	CustomMeta  string
	EditorMode  string
	CourseID    *int64
	IsPublic    bool
}

// The kinds of a version, each with places of its own.
const (
	manual    = "manual"    // somebody asked for it
	automatic = "automatic" // kept by the server before the note was overwritten
)

// automaticInterval is how often at most a note is kept before it is overwritten: the apps save every few seconds.
const automaticInterval = 5 * time.Minute

// ahead is how far the clocks of two instances may differ: a version of a later time was stored by a clock that was
// wrong, and puts no other off.
const ahead = time.Minute

// recentVersionExists finds versions of a note n of a kind, stored between two times.
const recentVersionExists = `select 1 from note_versions v
	where v.note_id = n.id and v.kind = $%d and v.created_at > $%d and v.created_at <= $%d`

// state is all of a note that requests of its author can change.
type state struct {
	ID       int64
	AuthorID int64
	versioned
	CoverPath        string
	DeletedAt        *time.Time
	UpdatedAt        time.Time
	Revision         int64 // counted by store
	HasRecentVersion bool  // an automatic version is younger than automaticInterval

	// What lists show of the content, as it is stored.
	Excerpt   string
	Preview   string `db:"preview_lines"`
	WordCount int

	byServer bool // written without its author's doing, so that it counts as no activity
}

const stateColumns = `n.id, n.author_id, n.title, n.description, n.content, n.metadata_json, n.custom_meta,
	n.editor_mode, n.course_id, n.cover_path, n.is_public, n.deleted_at, n.updated_at, n.revision,
	n.excerpt, n.preview_lines, n.word_count`

// lock reads a note, for which condition holds, and keeps it from changing until the transaction ends.
func lock(ctx context.Context, tx *database.Tx, condition string, args ...any) (state, error) {
	now, next := database.Now(), len(args)+1
	recent := fmt.Sprintf(recentVersionExists, next, next+1, next+2)
	args = append(args, automatic, now.Add(-automaticInterval), now.Add(ahead))
	n, err := database.One[state](ctx, tx, "select "+stateColumns+", exists ("+recent+") as has_recent_version"+
		" from notes n where "+condition+tx.Locking("for no key update of n"), args...)
	if err != nil && !errors.Is(err, database.ErrNotFound) {
		err = fmt.Errorf("locking a note: %w", err)
	}
	return n, err
}

// overwrites reports whether something of old, as versions remember it, is lost in n.
func (n state) overwrites(old state) bool {
	return n.Title != old.Title || !patch.Same(n.Description, old.Description) || n.Content != old.Content ||
		n.Metadata != old.Metadata || n.CustomMeta != old.CustomMeta || n.EditorMode != old.EditorMode ||
		!patch.Same(n.CourseID, old.CourseID) || n.IsPublic != old.IsPublic
}

// descriptionText is the description, "" for none.
func (n state) descriptionText() string {
	if n.Description == nil {
		return ""
	}
	return *n.Description
}

// touch moves the time of the last edit.
func (n *state) touch() { n.UpdatedAt = database.Now() }
