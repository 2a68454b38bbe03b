package notelist

import "github.com/trance-0/notechondria/internal/mcp"

// ToolNote is a Note in the result of a tool.
type ToolNote struct {
	ID          int64    `json:"id"`
	UUID        string   `json:"uuid"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	IsPublic    bool     `json:"is_public"`
	EditorMode  string   `json:"editor_mode" doc:"G (live preview), B (blocks) or P (plain text)"`
	NoteType    string   `json:"note_type" doc:"N for a note, C for a comment on one"`
	CourseID    *int64   `json:"course_id" doc:"Where it is filed"`
	LastEdit    mcp.Time `json:"last_edit"`
	DateCreated mcp.Time `json:"date_created"`
}

// ToTool writes a note as programs read it.
func ToTool(n Note) ToolNote {
	wire := ToolNote{
		ID: n.ID, UUID: n.UUID, Title: n.Title, IsPublic: n.IsPublic, EditorMode: n.EditorMode, NoteType: n.NoteType,
		CourseID: n.CourseID, LastEdit: mcp.Time{Time: n.UpdatedAt}, DateCreated: mcp.Time{Time: n.CreatedAt},
	}
	if n.Description != nil {
		wire.Description = *n.Description
	}
	return wire
}

// ListToTool writes a list, which is never null.
func ListToTool(notes []Note) []ToolNote {
	list := make([]ToolNote, 0, len(notes))
	for _, n := range notes {
		list = append(list, ToTool(n))
	}
	return list
}
