package notelist

import (
	"context"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/rest"
)

// NoteJSON is a Note on the wire.
type NoteJSON struct {
	ID             int64               `json:"id"`
	UUID           string              `json:"uuid"`
	Title          string              `json:"title"`
	Description    *string             `json:"description"`
	Excerpt        string              `json:"excerpt"`
	PreviewLines   []string            `json:"preview_lines"`
	EditorMode     string              `json:"editor_mode" enum:"G,B,P"`
	NoteType       string              `json:"note_type" enum:"N,C"`
	IsPublic       bool                `json:"is_public"`
	LastEdit       rest.Time           `json:"last_edit"`
	DateCreated    rest.Time           `json:"date_created"`
	CourseID       *int64              `json:"course_id"`
	Course         *CourseJSON         `json:"course"`
	Author         accounts.AuthorJSON `json:"author"`
	SourceNoteUUID *string             `json:"source_note_uuid"`
	CoverImageURL  string              `json:"cover_image_url"`
}

// CourseJSON is where a note is filed.
type CourseJSON struct {
	ID    int64  `json:"id"`
	Title string `json:"title"`
	Slug  string `json:"slug"`
}

// ToJSON writes a note as its client reads it.
func ToJSON(ctx context.Context, n Note) NoteJSON {
	wire := NoteJSON{
		ID: n.ID, UUID: n.UUID, Title: n.Title, Description: n.Description, Excerpt: n.Excerpt,
		PreviewLines: n.PreviewLines(), EditorMode: n.EditorMode, NoteType: n.NoteType, IsPublic: n.IsPublic,
		LastEdit:    rest.Time{Time: n.UpdatedAt},
		DateCreated: rest.Time{Time: n.CreatedAt}, CourseID: n.CourseID, Author: accounts.ToAuthorJSON(ctx, n.Author()),
		SourceNoteUUID: n.SourceUUID, CoverImageURL: rest.ClientOf(ctx).MediaURL(n.CoverPath),
	}
	if n.CourseID != nil && n.CourseTitle != nil && n.CourseSlug != nil {
		wire.Course = &CourseJSON{ID: *n.CourseID, Title: *n.CourseTitle, Slug: *n.CourseSlug}
	}
	return wire
}

// ListToJSON writes a list, which is never null.
func ListToJSON(ctx context.Context, notes []Note) []NoteJSON {
	list := make([]NoteJSON, 0, len(notes))
	for _, n := range notes {
		list = append(list, ToJSON(ctx, n))
	}
	return list
}
