package notelist

import (
	"context"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/rest"
)

// NoteSummaryJSON is a Note on the wire.
type NoteSummaryJSON struct {
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
	Course         *CourseLabelJSON    `json:"course"`
	Author         accounts.AuthorJSON `json:"author"`
	SourceNoteUUID *string             `json:"source_note_uuid"`
	CoverImageURL  string              `json:"cover_image_url"`
}

// CourseLabelJSON is where a note is filed.
type CourseLabelJSON struct {
	ID    int64  `json:"id"`
	Title string `json:"title"`
	Slug  string `json:"slug"`
}

// ToJSON writes a note as its client reads it.
func ToJSON(ctx context.Context, n Note) NoteSummaryJSON {
	wire := NoteSummaryJSON{
		ID: n.ID, UUID: n.UUID, Title: n.Title, Description: n.Description, Excerpt: n.Excerpt,
		PreviewLines: n.PreviewLines(), EditorMode: n.EditorMode, NoteType: n.NoteType, IsPublic: n.IsPublic,
		LastEdit: rest.Time{Time: n.UpdatedAt}, DateCreated: rest.Time{Time: n.CreatedAt},
		CourseID: n.CourseID, Author: accounts.ToAuthorJSON(ctx, n.Author()),
		SourceNoteUUID: n.SourceUUID, CoverImageURL: rest.ClientOf(ctx).MediaURL(n.CoverPath),
	}
	if n.CourseID != nil && n.CourseTitle != nil && n.CourseSlug != nil {
		wire.Course = &CourseLabelJSON{ID: *n.CourseID, Title: *n.CourseTitle, Slug: *n.CourseSlug}
	}
	return wire
}

// ListToJSON writes a list, which is never null.
func ListToJSON(ctx context.Context, notes []Note) []NoteSummaryJSON {
	list := make([]NoteSummaryJSON, 0, len(notes))
	for _, n := range notes {
		list = append(list, ToJSON(ctx, n))
	}
	return list
}
