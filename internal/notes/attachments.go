package notes

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/blob"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/media"
	"github.com/trance-0/notechondria/internal/problem"
)

// maxContentType is how many bytes of a declared type are kept.
const maxContentType = 128

// Attachment is a file that belongs to a note.
type Attachment struct {
	ID               int64
	NoteID           int64
	OriginalFilename string
	FileSize         int64  // bytes
	ContentType      string // as declared, or as the name says where nothing telling was
	Path             string // in the media store
	CreatedAt        time.Time
}

// Attachments returns the attachments of a note that one may read, the newest first.
func (s *Service) Attachments(ctx context.Context, who actor.Actor, ref Ref) ([]Attachment, error) {
	note, err := s.summary(ctx, who, ref)
	if err != nil {
		return nil, err
	}
	list, err := database.All[Attachment](ctx, s.DB.Read(), `
		select id, note_id, original_filename, file_size, content_type, path, created_at from attachments
		where note_id = $1 order by created_at desc, id desc limit $2`, note.ID, maxListed)
	if err != nil {
		return nil, fmt.Errorf("listing attachments: %w", err)
	}
	return list, nil
}

// Attach adds a file to a note of the caller; nil stands for a request without a file.
func (s *Service) Attach(
	ctx context.Context, who actor.Actor, ref Ref, sent problem.Input[*blob.Upload],
) (Attachment, error) {
	if _, err := s.checkAuthor(ctx, who, ref, fileNotKept); err != nil { // before a large file goes to the store in vain
		return Attachment{}, err
	}
	file, err := sent.Check(checkFile(s.MaxFileBytes))
	if err != nil {
		return Attachment{}, err
	}
	name := media.StoredName(file.Name, file.Content.Head)
	a := Attachment{
		OriginalFilename: file.Name, FileSize: file.Content.Size, ContentType: file.ContentType, CreatedAt: database.Now(),
	}
	if a.ContentType == "" || a.ContentType == "application/octet-stream" {
		if a.ContentType, err = media.TypeOfContent(name, file.Content); err != nil {
			return Attachment{}, fmt.Errorf("reading an attachment: %w", err)
		}
	}
	a.ContentType = a.ContentType[:min(len(a.ContentType), maxContentType)]
	upload := media.Upload{
		Owner: who.UserID, Folder: media.Attachments, Name: name, ShownAs: file.Name, Content: file.Content,
		Size: file.Content.Size,
	}
	err = s.Media.Save(ctx, upload, func(tx *database.Tx, path string) error {
		a.Path = path
		return changeIn(ctx, tx, who, edit{ref: ref}, func(tx *database.Tx, n state) error {
			return s.insertAttachment(ctx, tx, n, &a)
		})
	})
	if err != nil {
		return Attachment{}, err
	}
	return a, nil
}

// checkFile refuses a request without a file, and one that was too large.
func checkFile(limit int64) func(sent **blob.Upload, problems *problem.Fields) error {
	return func(sent **blob.Upload, _ *problem.Fields) error {
		switch file := *sent; {
		case file == nil:
			return problem.Refuse(fileNotKept, "the form has no such file")
		case file.TooLarge():
			return problem.Refuse(fileNotKept, "it is larger than "+problem.Bytes(limit))
		}
		return nil
	}
}

// insertAttachment gives the attachment its id, and that of the note.
func (s *Service) insertAttachment(ctx context.Context, tx *database.Tx, n state, a *Attachment) (err error) {
	if err := checkNumber(ctx, tx, n); err != nil {
		return err
	}
	a.NoteID = n.ID
	a.ID, err = database.One[int64](ctx, tx, `
		insert into attachments (note_id, owner_id, path, original_filename, file_size, content_type, created_at)
		values ($1, $2, $3, $4, $5, $6, $7) returning id`,
		a.NoteID, n.AuthorID, a.Path, a.OriginalFilename, a.FileSize, a.ContentType, a.CreatedAt)
	if err != nil {
		return fmt.Errorf("storing an attachment: %w", err)
	}
	return nil
}

// checkNumber refuses one file too many of a note. Its author is locked, so that uploads at once are counted together.
func checkNumber(ctx context.Context, tx *database.Tx, n state) error {
	if err := accounts.Lock(ctx, tx, n.AuthorID); err != nil {
		return err
	}
	number, err := database.One[int](ctx, tx, "select count(*) from attachments where note_id = $1", n.ID)
	if err != nil {
		return fmt.Errorf("counting attachments: %w", err)
	}
	if number >= maxListed {
		return problem.Refuse(fileNotKept, fmt.Sprintf("the note already has %d attachments", maxListed))
	}
	return nil
}

// Detach removes an attachment, with its file, from a note of the caller.
func (s *Service) Detach(ctx context.Context, who actor.Actor, ref Ref, id int64) error {
	return s.change(ctx, who, edit{ref: ref}, func(tx *database.Tx, n state) error {
		path, err := database.One[string](ctx, tx,
			"delete from attachments where id = $1 and note_id = $2 returning path", id, n.ID)
		if errors.Is(err, database.ErrNotFound) {
			return problem.NoSuch("NoteAttachment")
		}
		if err != nil {
			return fmt.Errorf("deleting an attachment: %w", err)
		}
		return s.Media.Remove(ctx, tx, path)
	})
}
