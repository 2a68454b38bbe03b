// Package notesummary is a note as lists show it: its wire form, the columns it is read from, and the newest notes of
// courses. Courses, notes, activity and the front page share it. It decides nothing about who sees which note: that is
// in the conditions that its callers pass.
package notesummary

import (
	"context"
	"fmt"
	"strings"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

// Summary is a note without its content.
type Summary struct {
	ID             int64           `json:"id"`
	UUID           string          `json:"uuid"`
	Title          string          `json:"title"`
	Description    *string         `json:"description"`
	Excerpt        string          `json:"excerpt"`
	PreviewLines   []string        `json:"preview_lines"`
	EditorMode     string          `json:"editor_mode" enum:"G,B,P"`
	NoteType       string          `json:"note_type" enum:"N,C"`
	IsPublic       bool            `json:"is_public"`
	LastEdit       rest.Time       `json:"last_edit"`
	DateCreated    rest.Time       `json:"date_created"`
	CourseID       *int64          `json:"course_id"`
	Course         *Course         `json:"course"`
	Author         accounts.Author `json:"author"`
	SourceNoteUUID *string         `json:"source_note_uuid"`
	CoverImageURL  string          `json:"cover_image_url"`
}

// Course is where a note is filed.
type Course struct {
	ID    int64  `json:"id"`
	Title string `json:"title"`
	Slug  string `json:"slug"`
}

// Row is what a summary is made of.
type Row struct {
	ID             int64
	UUID           string
	Title          string
	Description    *string
	Excerpt        string
	PreviewLines   string // one a line
	CoverPath      string
	EditorMode     string
	NoteType       string
	IsPublic       bool
	UpdatedAt      rest.Time
	CreatedAt      rest.Time
	AuthorID       int64
	AuthorUsername string
	AuthorAvatar   string
	CourseID       *int64
	CourseTitle    *string
	CourseSlug     *string
	SourceUUID     *string
}

// Columns are the columns of Row, read from notes n and Joins.
const Columns = `n.id, n.uuid, n.title, n.description, n.excerpt, n.preview_lines, n.cover_path, n.editor_mode, n.note_type, n.is_public,
	n.updated_at, n.created_at, n.author_id, a.username as author_username, a.avatar_path as author_avatar,
	n.course_id, k.title as course_title, k.slug as course_slug, source.uuid as source_uuid`

// Joins bring in what Columns need beside notes n.
const Joins = `
	join users a on a.id = n.author_id
	left join courses k on k.id = n.course_id
	left join notes source on source.id = n.source_note_id`

// The conditions under which a note n is shown.
const (
	// Visible: the user with the id of parameter $1 may read it. Where few are public, many private ones of others are looked at.
	Visible = "n.deleted_at is null and (n.is_public or n.author_id = $1)"
	// Public: everybody may read it. The look at the sharing id, which every note has, keeps SQLite from answering out of the
	// index of all notes of a course instead of the one of its public notes.
	Public = "n.is_public and n.deleted_at is null and n.sharing_id <> ''"
)

// Newest first; ids break ties, so that pages neither repeat nor skip.
const NewestFirst = "n.updated_at desc, n.id desc"

// Summary makes the wire form. It reads nothing.
func (r Row) Summary(ctx context.Context) Summary {
	s := Summary{
		ID: r.ID, UUID: r.UUID, Title: r.Title, Description: r.Description, Excerpt: r.Excerpt, PreviewLines: []string{},
		EditorMode: r.EditorMode, NoteType: r.NoteType, IsPublic: r.IsPublic, LastEdit: r.UpdatedAt, DateCreated: r.CreatedAt,
		CourseID: r.CourseID, Author: accounts.NewAuthor(ctx, r.AuthorID, r.AuthorUsername, r.AuthorAvatar), SourceNoteUUID: r.SourceUUID,
		CoverImageURL: rest.ClientOf(ctx).MediaURL(r.CoverPath),
	}
	if r.PreviewLines != "" {
		s.PreviewLines = strings.Split(r.PreviewLines, "\n")
	}
	if r.CourseID != nil && r.CourseTitle != nil && r.CourseSlug != nil {
		s.Course = &Course{ID: *r.CourseID, Title: *r.CourseTitle, Slug: *r.CourseSlug}
	}
	return s
}

// Summaries makes the wire form of a list.
func Summaries(ctx context.Context, rows []Row) []Summary {
	list := make([]Summary, 0, len(rows))
	for _, r := range rows {
		list = append(list, r.Summary(ctx))
	}
	return list
}

// recentPerCourse is how many notes a course shows.
const recentPerCourse = 5

// RecentVisible returns the newest notes of each course that the viewer may read, for courses in which the viewer may have
// private ones, in one query.
func RecentVisible(ctx context.Context, db *database.DB, courseIDs []int64, viewer int64) (map[int64][]Summary, error) {
	return recent(ctx, db, Visible, courseIDs, viewer)
}

// RecentPublic returns the newest public notes of each course, in one query that reads a handful of index entries per
// course.
func RecentPublic(ctx context.Context, db *database.DB, courseIDs []int64) (map[int64][]Summary, error) {
	return recent(ctx, db, Public, courseIDs)
}

func recent(ctx context.Context, db *database.DB, condition string, courseIDs []int64, args ...any) (map[int64][]Summary, error) {
	byCourse := map[int64][]Summary{}
	if len(courseIDs) == 0 {
		return byCourse, nil
	}
	newest := fmt.Sprintf(`select n.* from notes n where n.course_id = c.id and %s order by %s limit %d`, condition, NewestFirst, recentPerCourse)
	from := "courses c cross join lateral (" + newest + ") n"
	if db.Engine() == database.SQLite { // has no lateral joins, and looks the ids up by itself
		from = "courses c join notes n on n.id in (" + fmt.Sprintf(
			`select n.id from notes n where n.course_id = c.id and %s order by %s limit %d`, condition, NewestFirst, recentPerCourse) + ")"
	}
	rows, err := database.All[Row](ctx, db.Read(), "select "+Columns+" from "+from+Joins+
		" where "+db.In("c.id", len(args)+1)+" order by "+NewestFirst, append(args, database.List(courseIDs))...)
	if err != nil {
		return nil, fmt.Errorf("reading the newest notes of courses: %w", err)
	}
	for _, r := range rows {
		byCourse[*r.CourseID] = append(byCourse[*r.CourseID], r.Summary(ctx))
	}
	return byCourse, nil
}
