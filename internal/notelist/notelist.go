// Package notelist is a note as lists show it, without its content: what it is read from, which notes a list holds, and
// in which order. Courses, notes, activity and the front page share it. It reads the tables of package notes, and must
// not write them.
package notelist

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/database"
)

// Note is a note without its content.
type Note struct {
	ID             int64
	UUID           string
	Title          string
	Description    *string
	Excerpt        string
	Preview        string `db:"preview_lines"` // one line of the text a line
	CoverPath      string // of its picture in the media store; "" for none
	EditorMode     string // see accounts.EditorMode
	NoteType       string // N for a note, C for a comment
	IsPublic       bool
	UpdatedAt      time.Time
	CreatedAt      time.Time
	AuthorID       int64
	AuthorUsername string
	AuthorAvatar   string
	CourseID       *int64 // nil for none
	CourseTitle    *string
	CourseSlug     *string
	CourseOwner    *int64
	SourceUUID     *string // of the note that this one comments on
}

// Author is who wrote the note.
func (n Note) Author() accounts.Author {
	return accounts.Author{ID: n.AuthorID, Username: n.AuthorUsername, AvatarPath: n.AuthorAvatar}
}

// PreviewLines are the first lines of the text, without their Markdown.
func (n Note) PreviewLines() []string {
	if n.Preview == "" {
		return []string{}
	}
	return strings.Split(n.Preview, "\n")
}

// Columns are the columns of Note, read from notes n and Joins.
const Columns = `n.id, n.uuid, n.title, n.description, n.excerpt, n.preview_lines, n.cover_path, n.editor_mode,
	n.note_type, n.is_public, n.updated_at, n.created_at, n.author_id, a.username as author_username,
	a.avatar_path as author_avatar, n.course_id, k.title as course_title, k.slug as course_slug,
	k.owner_id as course_owner, source.uuid as source_uuid`

// Joins bring in what Columns need beside notes n.
const Joins = `
	join users a on a.id = n.author_id
	left join courses k on k.id = n.course_id
	left join notes source on source.id = n.source_note_id`

// Visible is the condition under which the user with the id of parameter $1 may read a note n.
const Visible = "n.deleted_at is null and (n.is_public or n.author_id = $1)"

// public is the condition under which everybody may read a note n. The look at the sharing id, which every note has,
// keeps SQLite from answering out of the index of all notes of a course instead of the one of its public notes.
const public = "n.is_public and n.deleted_at is null and n.sharing_id <> ''"

// ShownToAll is the condition under which everybody sees a note n in its course, whose alias is given: public notes of
// the course's owner, or of anybody where it has none. Nobody publishes in the course of somebody else.
func ShownToAll(course string) string {
	return fmt.Sprintf("%[1]s and (%[2]s.owner_id is null or n.author_id = %[2]s.owner_id)", public, course)
}

// shownToMember is ShownToAll for the viewer with the id of parameter $1, who sees their own notes, too, and as the
// owner the public ones of all who have filed there.
func shownToMember(course string) string {
	return fmt.Sprintf(`n.deleted_at is null and (n.author_id = $1 or n.is_public and
		(%[1]s.owner_id is null or %[1]s.owner_id in (n.author_id, $1)))`, course)
}

// HideCourse leaves the course to those who may see the note in it: its author, the course's owner, and everybody where
// these are one. A course that is private by now would be known by the public notes of its subscribers. Whoever reads a
// Note by its columns calls it for who will see it.
func (n *Note) HideCourse(viewer int64) {
	owner := n.CourseOwner
	if owner == nil || *owner == n.AuthorID || viewer == n.AuthorID || viewer == *owner {
		return
	}
	n.CourseID, n.CourseTitle, n.CourseSlug = nil, nil, nil
}

func hideCourses(viewer int64, notes []Note) []Note {
	for i := range notes {
		notes[i].HideCourse(viewer)
	}
	return notes
}

// NewestFirst is the order of lists; ids break ties, so that pages neither repeat nor skip.
const NewestFirst = "n.updated_at desc, n.id desc"

// Scope is whose notes a list holds.
type Scope int

// The scopes, as the viewer sees them.
const (
	Own        Scope = iota // one's own
	OwnPrivate              // those of them that only oneself may read
	OwnPublic               // and those that everybody may read
	Readable                // one's own, and the public ones of everybody
)

// Filter says which notes a list holds. Deleted ones are in none.
type Filter struct {
	Viewer int64 // id of the user; 0 for nobody
	Scope  Scope
	Course *int64 // nil for all
}

// Where is the condition on notes n, and its parameters from $1 on.
func (f Filter) Where() (condition string, args []any) {
	condition, args = "n.deleted_at is null and "+f.owned(), []any{f.Viewer}
	if f.Course == nil {
		return condition, args
	}
	condition, args = condition+" and n.course_id = $2", append(args, *f.Course)
	if f.Scope == Readable {
		condition += ` and (n.author_id = $1 or exists (
			select 1 from courses c where c.id = $2 and (c.owner_id is null or c.owner_id in (n.author_id, $1))))`
	}
	return condition, args
}

func (f Filter) owned() string {
	switch {
	case f.Viewer == 0 && f.Scope == Readable:
		return "n.is_public and n.author_id <> $1" // nobody has the id 0
	case f.Scope == Readable:
		return "(n.author_id = $1 or n.is_public)"
	case f.Scope == OwnPrivate:
		return "n.author_id = $1 and not n.is_public"
	case f.Scope == OwnPublic:
		return "n.author_id = $1 and n.is_public"
	}
	return "n.author_id = $1"
}

// List returns notes, the newest edit first, from number offset on and limit at most.
func List(ctx context.Context, q database.Querier, f Filter, limit, offset int64) ([]Note, error) {
	where, args := f.Where()
	notes, err := list(ctx, q, where, args, limit, offset)
	return hideCourses(f.Viewer, notes), err
}

// InCourse returns the notes of a course that a viewer sees there; member says that they may have notes of their own in
// it.
func InCourse(
	ctx context.Context, q database.Querier, courseID, viewer int64, member bool, limit, offset int64,
) ([]Note, error) {
	if member {
		return list(ctx, q, shownToMember("k")+" and n.course_id = $2", []any{viewer, courseID}, limit, offset)
	}
	return list(ctx, q, ShownToAll("k")+" and n.course_id = $1", []any{courseID}, limit, offset)
}

// Newest returns the public notes of everybody that were edited last, as a viewer (0 for nobody) sees them.
func Newest(ctx context.Context, q database.Querier, viewer, limit int64) ([]Note, error) {
	notes, err := list(ctx, q, "n.is_public and n.deleted_at is null", nil, limit, 0)
	return hideCourses(viewer, notes), err
}

func list(ctx context.Context, q database.Querier, where string, args []any, limit, offset int64) ([]Note, error) {
	page, args := pageOf(limit, offset, args)
	notes, err := database.All[Note](ctx, q, fmt.Sprintf("select %s from notes n %s where %s order by %s %s",
		Columns, Joins, where, NewestFirst, page), args...)
	if err != nil {
		return nil, fmt.Errorf("listing notes: %w", err)
	}
	return notes, nil
}

// usualLimits are the lengths of most lists. They stand in the statement: PostgreSQL expects a tenth of all rows where
// the limit is a parameter, by which its general plan looks so dear that it plans anew each time, at three to nine
// times what the list itself costs. Other lengths are parameters, so that statements stay few.
var usualLimits = []int64{10, 12, 20, 25, 30, 50, 100}

// pageOf is the end of a statement whose other parameters are given, and all of its parameters.
func pageOf(limit, offset int64, args []any) (string, []any) {
	if offset == 0 && slices.Contains(usualLimits, limit) {
		return fmt.Sprintf("limit %d", limit), args
	}
	return fmt.Sprintf("limit $%d offset $%d", len(args)+1, len(args)+2), append(args, limit, offset)
}

// Count returns how many notes there are.
func Count(ctx context.Context, q database.Querier, f Filter) (int64, error) {
	where, args := f.Where()
	n, err := database.One[int64](ctx, q, "select count(*) from notes n where "+where, args...)
	if err != nil {
		return 0, fmt.Errorf("counting notes: %w", err)
	}
	return n, nil
}

// recentPerCourse is how many notes a course shows.
const recentPerCourse = 5

// RecentVisible returns the newest notes of each course that the viewer sees there, for courses in which the viewer may
// have notes of their own, in one query.
func RecentVisible(ctx context.Context, db *database.DB, courseIDs []int64, viewer int64) (map[int64][]Note, error) {
	return recent(ctx, db, shownToMember("c"), courseIDs, viewer)
}

// RecentPublic returns the newest notes of each course that everybody sees there, in one query that reads a handful of
// index entries per course.
func RecentPublic(ctx context.Context, db *database.DB, courseIDs []int64) (map[int64][]Note, error) {
	return recent(ctx, db, ShownToAll("c"), courseIDs)
}

func recent(
	ctx context.Context, db *database.DB, condition string, courseIDs []int64, args ...any,
) (map[int64][]Note, error) {
	byCourse := map[int64][]Note{}
	if len(courseIDs) == 0 {
		return byCourse, nil
	}
	newest := fmt.Sprintf("from notes n where n.course_id = c.id and %s order by %s limit %d",
		condition, NewestFirst, recentPerCourse)
	from := "courses c cross join lateral (select n.* " + newest + ") n"
	if db.Engine() == database.SQLite { // has no lateral joins, and looks the ids up by itself
		from = "courses c join notes n on n.id in (select n.id " + newest + ")"
	}
	notes, err := database.All[Note](ctx, db.Read(), "select "+Columns+" from "+from+Joins+
		" where "+db.In("c.id", len(args)+1)+" order by "+NewestFirst, append(args, database.List(courseIDs))...)
	if err != nil {
		return nil, fmt.Errorf("reading the newest notes of courses: %w", err)
	}
	for _, n := range notes {
		byCourse[*n.CourseID] = append(byCourse[*n.CourseID], n)
	}
	return byCourse, nil
}
