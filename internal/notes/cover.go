package notes

import (
	"context"
	"net/http"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/media"
	"github.com/trance-0/notechondria/internal/notelist"
	"github.com/trance-0/notechondria/internal/rest"
)

const maxCoverBytes = 5 << 20

func (s *Service) registerCovers(api *rest.API) {
	const path = "/api/v1/notes/{id}/cover/"
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPost, Path: path, Tag: "notes", Access: rest.Account, Summary: "Set the cover picture of a note", MaxFileBytes: maxCoverBytes,
	}, s.setCover)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodDelete, Path: path, Tag: "notes", Access: rest.Account, Summary: "Remove the cover picture of a note",
	}, s.clearCover)
}

type coverInput struct {
	numberInput
	precondition
	rest.Problems
	Body struct {
		Cover rest.Optional[rest.File] `json:"cover" doc:"PNG, JPEG, GIF or WebP of at most 5 MiB"`
	}
}

func (s *Service) setCover(ctx context.Context, in *coverInput) (notelist.NoteJSON, error) {
	const operation = "Notes/cover"
	if err := s.checkWriter(ctx, byID(in.ID), operation); err != nil {
		return notelist.NoteJSON{}, err
	}
	file, err := uploaded(in.Body.Cover, maxCoverBytes, operation)
	if err != nil {
		return notelist.NoteJSON{}, err
	}
	extension := media.PictureExtension(file.Content.Head)
	if extension == "" {
		return notelist.NoteJSON{}, rest.Refusal(http.StatusBadRequest, "Cover not set", "Notes."+operation, "it is not a PNG, JPEG, GIF or WebP picture")
	}
	e := edit{key: byID(in.ID), operation: operation, ifMatch: in.IfMatch}
	err = s.Media.Keep(ctx, media.Upload{
		Owner: rest.CallerID(ctx), Folder: media.Covers, Name: "cover" + extension, Content: file.Content, Size: file.Content.Size,
	}, func(tx *database.Tx, path string) error {
		return s.changeIn(ctx, tx, e, func(tx *database.Tx, n state) error { return s.saveCover(ctx, tx, n, path) })
	})
	if err != nil {
		return notelist.NoteJSON{}, s.explain(ctx, e.key, err)
	}
	return s.summary(ctx, e.key)
}

// saveCover has the picture that is replaced removed after the commit.
func (s *Service) saveCover(ctx context.Context, tx *database.Tx, n state, path string) error {
	if err := s.Media.Remove(ctx, tx, n.CoverPath); err != nil {
		return err
	}
	old := n
	n.CoverPath = path
	n.touch()
	return s.save(ctx, tx, old, n)
}

type coverRemoval struct {
	numberInput
	precondition
}

// clearCover writes nothing when there is no cover.
func (s *Service) clearCover(ctx context.Context, in *coverRemoval) (notelist.NoteJSON, error) {
	e := edit{key: byID(in.ID), operation: "Notes/cover", ifMatch: in.IfMatch}
	err := s.change(ctx, e, func(tx *database.Tx, n state) error {
		if n.CoverPath == "" {
			return nil
		}
		return s.saveCover(ctx, tx, n, "")
	})
	if err != nil {
		return notelist.NoteJSON{}, err
	}
	return s.summary(ctx, e.key)
}

func (s *Service) summary(ctx context.Context, k key) (notelist.NoteJSON, error) {
	r, err := find(ctx, s.DB.Read(), k)
	return notelist.ToJSON(ctx, r.Note), err
}
