package accounts

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"github.com/trance-0/notechondria/internal/accounts/avatar"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/media"
	"github.com/trance-0/notechondria/internal/rest"
)

const (
	avatarFolder   = "/media/avatars/"
	maxAvatarBytes = 10 << 20
)

func (s *Service) registerAvatars(api *rest.API) {
	api.Route(http.MethodGet, avatarFolder+"user-{id:[0-9]{1,19}}.png", s.generatedAvatar)
}

// generatedAvatar draws the picture of any id: whether there is such a user is nobody's business.
func (s *Service) generatedAvatar(w http.ResponseWriter, r *http.Request) error {
	id := chi.URLParam(r, "id")
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=604800")
	if rest.NotModified(w, r, `"avatar-1-`+id+`"`) {
		return nil
	}
	var picture bytes.Buffer
	if err := avatar.Draw(&picture, "user-"+id, avatar.DefaultSize); err != nil {
		return fmt.Errorf("drawing the picture of user %s: %w", id, err)
	}
	h.Set("Content-Type", "image/png")
	h.Set("Content-Length", strconv.Itoa(picture.Len()))
	_, _ = w.Write(picture.Bytes()) // the client may be gone
	return nil
}

// uploadedAvatar makes a small picture of an uploaded one; problem is what is wrong with it. The content decides what it
// is, not its name.
func (s *Service) uploadedAvatar(ctx context.Context, file rest.File) (picture avatar.Picture, problem string, err error) {
	switch {
	case file.TooLarge():
		return picture, fmt.Sprintf("Ensure the picture has no more than %d MiB.", maxAvatarBytes>>20), nil
	case file.Content.Size == 0:
		return picture, "The submitted file is empty.", nil
	}
	picture, err = s.shrink(ctx, file.Content)
	switch {
	case errors.Is(err, avatar.ErrNotAPicture):
		return picture, "Upload a valid image. The file you uploaded was either not an image or a corrupted image.", nil
	case errors.Is(err, avatar.ErrTooManyPixels):
		return picture, "Upload a smaller image: this one has too many pixels.", nil
	}
	return picture, "", err
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

// keepAvatar stores a picture and has record write its key in a transaction.
func (s *Service) keepAvatar(ctx context.Context, userID int64, p avatar.Picture, record func(tx *database.Tx, key string) error) error {
	return s.Media.Keep(ctx, media.Upload{
		Owner: userID, Folder: media.Avatars, Name: "picture" + p.Extension, Content: bytes.NewReader(p.Data), Size: int64(len(p.Data)),
	}, record)
}
