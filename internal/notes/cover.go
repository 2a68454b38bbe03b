package notes

import (
	"context"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/blob"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/media"
	"github.com/trance-0/notechondria/internal/notelist"
	"github.com/trance-0/notechondria/internal/problem"
)

// MaxCoverBytes is the size of the largest cover.
const MaxCoverBytes = 5 << 20

// SetCover gives a note of the caller a cover picture: PNG, JPEG, GIF or WebP. nil stands for a request without a file.
func (s *Service) SetCover(
	ctx context.Context, who actor.Actor, ref Ref, revisions []int64, sent problem.Input[*blob.Upload],
) (notelist.Note, error) {
	if _, err := s.checkAuthor(ctx, who, ref, coverNotSet); err != nil {
		return notelist.Note{}, err
	}
	file, err := sent.Check(checkFile(MaxCoverBytes))
	if err != nil {
		return notelist.Note{}, err
	}
	extension := media.PictureExtension(file.Content.Head)
	if extension == "" {
		return notelist.Note{}, problem.Refuse(coverNotSet, "it is not a PNG, JPEG, GIF or WebP picture")
	}
	upload := media.Upload{
		Owner: who.UserID, Folder: media.Covers, Name: "cover" + extension, Content: file.Content, Size: file.Content.Size,
	}
	err = s.Media.Save(ctx, upload, func(tx *database.Tx, path string) error {
		return changeIn(ctx, tx, who, edit{ref: ref, revisions: revisions}, func(tx *database.Tx, n state) error {
			return s.saveCover(ctx, tx, n, path)
		})
	})
	if err != nil {
		return notelist.Note{}, s.explain(ctx, who, ref, err)
	}
	return s.summary(ctx, who, ref)
}

// ClearCover removes the cover picture of a note of the caller, if it has one.
func (s *Service) ClearCover(ctx context.Context, who actor.Actor, ref Ref, revisions []int64) (notelist.Note, error) {
	err := s.change(ctx, who, edit{ref: ref, revisions: revisions}, func(tx *database.Tx, n state) error {
		if n.CoverPath == "" {
			return nil
		}
		return s.saveCover(ctx, tx, n, "")
	})
	if err != nil {
		return notelist.Note{}, err
	}
	return s.summary(ctx, who, ref)
}

// saveCover has the picture that is replaced removed after the commit.
func (s *Service) saveCover(ctx context.Context, tx *database.Tx, n state, path string) error {
	if err := s.Media.Remove(ctx, tx, n.CoverPath); err != nil {
		return err
	}
	old := n
	n.CoverPath = path
	n.touch()
	_, err := s.save(ctx, tx, old, n)
	return err
}
