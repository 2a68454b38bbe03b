package accounts

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/trance-0/notechondria/internal/accounts/avatar"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/media"
	"github.com/trance-0/notechondria/internal/problem"
)

// Picture is a picture that somebody uploads. Its content decides what it is, not its name.
type Picture struct {
	Content io.ReadSeeker
	Size    int64 // bytes
}

// MaxPictureBytes is the size of the largest picture that is looked at.
const MaxPictureBytes = 20 << 20

// checkPicture makes a small picture of an uploaded one.
func (s *Service) checkPicture(
	ctx context.Context, p Picture, problems *problem.Fields,
) (small avatar.Picture, err error) {
	switch {
	case problems.Has("avatar"):
		return avatar.Picture{}, nil
	case p.Size > MaxPictureBytes:
		problems.Add("avatar", fmt.Sprintf("Ensure the picture has no more than %d MiB.", MaxPictureBytes>>20))
		return avatar.Picture{}, nil
	case p.Size == 0:
		problems.Add("avatar", "The submitted file is empty.")
		return avatar.Picture{}, nil
	}
	small, err = s.shrink(ctx, p.Content)
	switch {
	case errors.Is(err, avatar.ErrNotAPicture):
		problems.Add("avatar", "Upload a valid image. The file you uploaded was either not an image or a corrupted image.")
	case errors.Is(err, avatar.ErrTooManyPixels):
		problems.Add("avatar", "Upload a smaller image: "+err.Error()+".")
	case err != nil:
		return avatar.Picture{}, err
	}
	return small, nil
}

// shrink makes a small picture of any. It does one at a time: decoded pictures are large.
func (s *Service) shrink(ctx context.Context, content io.ReadSeeker) (avatar.Picture, error) {
	select {
	case s.decoding <- struct{}{}:
		defer func() { <-s.decoding }()
		return avatar.Shrink(ctx, content)
	case <-ctx.Done():
		return avatar.Picture{}, ctx.Err()
	}
}

// keepPicture stores a picture and has record write its key in a transaction.
func (s *Service) keepPicture(
	ctx context.Context, userID int64, p avatar.Picture, record func(tx *database.Tx, key string) error,
) error {
	return s.Media.Save(ctx, media.Upload{
		Owner: userID, Folder: media.Avatars, Name: "picture" + p.Extension, Content: bytes.NewReader(p.Data),
		Size: int64(len(p.Data)),
	}, record)
}

// ErrUnusablePicture says that a picture can't be read.
var ErrUnusablePicture = errors.New("the picture can't be used")

// errHasPicture says that there is a picture, or no such user, by now.
var errHasPicture = errors.New("the user needs no picture")

// GivePicture sets the picture of a user without one.
func (s *Service) GivePicture(ctx context.Context, userID int64, content io.ReadSeeker) error {
	picture, err := s.shrink(ctx, content)
	if ctx.Err() != nil { // no fault of the picture
		return fmt.Errorf("reading a picture: %w", ctx.Err())
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnusablePicture, err)
	}
	err = s.keepPicture(ctx, userID, picture, func(tx *database.Tx, key string) error {
		changed, err := database.Exec(ctx, tx,
			"update users set avatar_path = $1 where id = $2 and avatar_path = ''", key, userID)
		if err != nil {
			return fmt.Errorf("storing a picture: %w", err)
		}
		if changed == 0 {
			return errHasPicture
		}
		return nil
	})
	if errors.Is(err, errHasPicture) {
		return nil
	}
	return err
}
