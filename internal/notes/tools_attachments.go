package notes

import (
	"context"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/mcp"
)

func (s *Service) attachmentTools(face *mcp.Face) {
	mcp.Add(face, mcp.Tool{
		Name: "list_attachments", Title: "List the attachments of a note", Set: mcp.Notes, Scopes: toolReads,
		Description: "Lists the files attached to a note, newest first. Files are uploaded in the app.",
	}, s.toolAttachments)
	mcp.Add(face, mcp.Tool{
		Name: "delete_attachment", Title: "Delete an attachment", Set: mcp.Notes, Scopes: toolWrites, Effect: mcp.Deletes,
		Description: "Permanently deletes a file attached to one of the user's notes. Ask the user first.",
	}, s.toolDetach)
}

type toolAttachment struct {
	ID          int64    `json:"id"`
	Filename    string   `json:"original_filename"`
	Size        int64    `json:"file_size" doc:"Bytes"`
	Type        string   `json:"content_type"`
	DateCreated mcp.Time `json:"date_created"`
}

type attachmentsResult struct {
	NoteID      int64            `json:"note_id"`
	Attachments []toolAttachment `json:"attachments"`
}

func (s *Service) toolAttachments(ctx context.Context, who actor.Actor, in *toolNote) (attachmentsResult, error) {
	attachments, err := s.Attachments(ctx, who, in.ref())
	result := attachmentsResult{in.ID, make([]toolAttachment, 0, len(attachments))}
	for _, a := range attachments {
		result.Attachments = append(result.Attachments, toolAttachment{
			a.ID, a.OriginalFilename, a.FileSize, a.ContentType, mcp.Time{Time: a.CreatedAt},
		})
	}
	return result, err
}

type toolDetachInput struct {
	toolNote
	AttachmentID int64 `json:"attachment_id" required:"true"`
}

type detachedResult struct {
	Deleted      bool  `json:"deleted"`
	NoteID       int64 `json:"note_id"`
	AttachmentID int64 `json:"attachment_id"`
}

func (s *Service) toolDetach(ctx context.Context, who actor.Actor, in *toolDetachInput) (detachedResult, error) {
	return detachedResult{true, in.ID, in.AttachmentID}, s.Detach(ctx, who, in.ref(), in.AttachmentID)
}
