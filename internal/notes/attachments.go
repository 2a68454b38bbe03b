package notes

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/media"
	"github.com/trance-0/notechondria/internal/rest"
)

// maxContentType is how many bytes of a declared type are kept.
const maxContentType = 128

func (s *Service) registerAttachments(api *rest.API) {
	const byNumber, byUUIDPath = "/api/v1/notes/{id}/attachments/", "/api/v1/notes/uuid/{uuid}/attachments/"
	list := rest.Operation{Method: http.MethodGet, Path: byNumber, Tag: "attachments", Access: rest.Account, Summary: "List the attachments of a note, the newest first"}
	rest.LegacyHandle(api, list, func(ctx context.Context, in *numberInput) ([]Attachment, error) {
		return s.listAttachments(ctx, byID(in.ID))
	})
	list.Path, list.Summary = byUUIDPath, "List the attachments of a note by its UUID"
	rest.LegacyHandle(api, list, func(ctx context.Context, in *uuidInput) ([]Attachment, error) {
		return s.listAttachments(ctx, byUUID(in.UUID))
	})

	add := rest.Operation{
		Method: http.MethodPost, Path: byNumber, Tag: "attachments", Access: rest.Account, Status: http.StatusCreated, Summary: "Attach a file to a note",
		Description: "Files are public to who knows their address, which can't be guessed.", MaxFileBytes: s.MaxFileBytes,
	}
	rest.LegacyHandle(api, add, func(ctx context.Context, in *numberUpload) (Attachment, error) {
		return s.attach(ctx, byID(in.ID), &in.upload)
	})
	add.Path, add.Summary = byUUIDPath, "Attach a file to a note by its UUID"
	rest.LegacyHandle(api, add, func(ctx context.Context, in *uuidUpload) (Attachment, error) {
		return s.attach(ctx, byUUID(in.UUID), &in.upload)
	})

	remove := rest.Operation{
		Method: http.MethodDelete, Path: byNumber + "{attachment_id}/", Tag: "attachments", Access: rest.Account, Status: http.StatusNoContent,
		Summary: "Remove an attachment and its file",
	}
	rest.LegacyHandle(api, remove, func(ctx context.Context, in *numberAttachment) (rest.NoContent, error) {
		return s.detach(ctx, byID(in.ID), in.AttachmentID)
	})
	remove.Path, remove.Summary = byUUIDPath+"{attachment_id}/", "Remove an attachment of a note by its UUID"
	rest.LegacyHandle(api, remove, func(ctx context.Context, in *uuidAttachment) (rest.NoContent, error) {
		return s.detach(ctx, byUUID(in.UUID), in.AttachmentID)
	})
}

// Attachment is a file that belongs to a note.
type Attachment struct {
	ID               int64     `json:"id"`
	NoteID           int64     `json:"note_id"`
	OriginalFilename string    `json:"original_filename"`
	FileSize         int64     `json:"file_size" doc:"Bytes"`
	ContentType      string    `json:"content_type" doc:"As declared, or as the name says where nothing telling was"`
	URL              string    `json:"url"`
	DateCreated      rest.Time `json:"date_created"`
}

type attachmentRow struct {
	ID               int64
	NoteID           int64
	OriginalFilename string
	FileSize         int64
	ContentType      string
	Path             string
	CreatedAt        rest.Time
}

const attachmentColumns = "id, note_id, original_filename, file_size, content_type, path, created_at"

func (r attachmentRow) payload(ctx context.Context) Attachment {
	return Attachment{
		ID: r.ID, NoteID: r.NoteID, OriginalFilename: r.OriginalFilename, FileSize: r.FileSize, ContentType: r.ContentType,
		URL: rest.ClientOf(ctx).MediaURL(r.Path), DateCreated: r.CreatedAt,
	}
}

func (s *Service) listAttachments(ctx context.Context, k key) ([]Attachment, error) {
	note, err := find(ctx, s.DB.Read(), k)
	if err != nil {
		return nil, err
	}
	rows, err := database.All[attachmentRow](ctx, s.DB.Read(), "select "+attachmentColumns+
		" from attachments where note_id = $1 order by created_at desc, id desc limit $2", note.ID, maxListed)
	if err != nil {
		return nil, fmt.Errorf("listing attachments: %w", err)
	}
	list := make([]Attachment, 0, len(rows))
	for _, r := range rows {
		list = append(list, r.payload(ctx))
	}
	return list, nil
}

// upload is a file, and what is wrong with the request, which comes after the look at whose note it is.
type upload struct {
	rest.Problems
	Body struct {
		File rest.Optional[rest.File] `json:"file"`
	}
}

type numberUpload struct {
	numberInput
	upload
}

type uuidUpload struct {
	uuidInput
	upload
}

func (s *Service) attach(ctx context.Context, k key, in *upload) (Attachment, error) {
	const operation = "Attachments/create"
	if err := s.checkWriter(ctx, k, operation); err != nil { // before a large file goes to the store in vain
		return Attachment{}, err
	}
	file, err := uploaded(in.Body.File, s.MaxFileBytes, operation)
	if err != nil {
		return Attachment{}, err
	}
	name := media.StoredName(file.Name, file.Content.Head)
	r := attachmentRow{OriginalFilename: file.Name, FileSize: file.Content.Size, ContentType: file.ContentType, CreatedAt: rest.Time{Time: database.Now()}}
	if r.ContentType == "" || r.ContentType == "application/octet-stream" {
		r.ContentType = media.TypeOf(name)
	}
	r.ContentType = r.ContentType[:min(len(r.ContentType), maxContentType)]
	err = s.Media.Keep(ctx, media.Upload{
		Owner: rest.CallerID(ctx), Folder: media.Attachments, Name: name, Content: file.Content, Size: file.Content.Size,
	}, func(tx *database.Tx, path string) error {
		return s.changeIn(ctx, tx, edit{key: k, operation: operation}, func(tx *database.Tx, n state) error {
			r.NoteID, r.Path = n.ID, path
			if err := s.checkQuota(ctx, tx, n, r.FileSize); err != nil {
				return err
			}
			r.ID, err = database.One[int64](ctx, tx, `
				insert into attachments (note_id, owner_id, path, original_filename, file_size, content_type, created_at)
				values ($1, $2, $3, $4, $5, $6, $7) returning id`,
				r.NoteID, n.AuthorID, r.Path, r.OriginalFilename, r.FileSize, r.ContentType, r.CreatedAt)
			if err != nil {
				return fmt.Errorf("storing an attachment: %w", err)
			}
			return nil
		})
	})
	if err != nil {
		return Attachment{}, err
	}
	return r.payload(ctx), nil
}

// uploaded returns the file of a form, or the refusals that the apps know.
func uploaded(sent rest.Optional[rest.File], limit int64, operation string) (rest.File, error) {
	refuse := func(cause string) (rest.File, error) {
		return rest.File{}, rest.Refusal(http.StatusBadRequest, "File not kept", "Notes."+operation, cause)
	}
	switch {
	case !sent.Set:
		return refuse("the form has no such file")
	case sent.Value.TooLarge():
		return refuse("it is larger than " + rest.Bytes(limit))
	}
	return sent.Value, nil
}

// checkWriter refuses who may not change the note, without locking it.
func (s *Service) checkWriter(ctx context.Context, k key, operation string) error {
	n, err := database.One[struct {
		AuthorID int64
		IsPublic bool
	}](ctx, s.DB.Read(), "select n.author_id, n.is_public from notes n where n.deleted_at is null and "+k.condition, k.value)
	if errors.Is(err, database.ErrNotFound) {
		return rest.NotFound("Note")
	}
	if err != nil {
		return fmt.Errorf("looking whose note it is: %w", err)
	}
	return checkOwner(ctx, n.AuthorID, n.IsPublic, operation)
}

// checkQuota refuses one file too many of a note, and more bytes than a person may keep. Their author is locked, so that
// uploads at once are counted together.
func (s *Service) checkQuota(ctx context.Context, tx *database.Tx, n state, size int64) error {
	if err := accounts.Lock(ctx, tx, n.AuthorID); err != nil {
		return err
	}
	kept, err := database.One[struct{ Number, Bytes int64 }](ctx, tx, `
		select (select count(*) from attachments where note_id = $1) as number,
			(select coalesce(sum(file_size), 0) from attachments where owner_id = $2) as bytes`, n.ID, n.AuthorID)
	refuse := func(cause string) error {
		return rest.Refusal(http.StatusBadRequest, "File not kept", "Notes.Attachments/create", cause)
	}
	switch {
	case err != nil:
		return fmt.Errorf("counting attachments: %w", err)
	case kept.Number >= maxListed:
		return refuse(fmt.Sprintf("the note has %d attachments already", maxListed))
	case s.MaxStorageBytes > 0 && kept.Bytes+size > s.MaxStorageBytes:
		return refuse("your files would take more than " + rest.Bytes(s.MaxStorageBytes))
	}
	return nil
}

type attachmentInput struct {
	AttachmentID int64 `path:"attachment_id"`
}

type numberAttachment struct {
	numberInput
	attachmentInput
}

type uuidAttachment struct {
	uuidInput
	attachmentInput
}

func (s *Service) detach(ctx context.Context, k key, id int64) (rest.NoContent, error) {
	return rest.NoContent{}, s.change(ctx, edit{key: k, operation: "Attachments/delete"}, func(tx *database.Tx, n state) error {
		path, err := database.One[string](ctx, tx, "delete from attachments where id = $1 and note_id = $2 returning path", id, n.ID)
		if errors.Is(err, database.ErrNotFound) {
			return rest.NotFound("NoteAttachment")
		}
		if err != nil {
			return fmt.Errorf("deleting an attachment: %w", err)
		}
		return s.Media.Remove(ctx, tx, path)
	})
}
