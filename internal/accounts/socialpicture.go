package accounts

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/trance-0/notechondria/internal/accounts/avatar"
	"github.com/trance-0/notechondria/internal/accounts/provider"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/jobs"
	"github.com/trance-0/notechondria/internal/outbound"
)

const copyPictureJob = "accounts.copy_picture"

// pictureToCopy is the picture that a provider has of a new user.
type pictureToCopy struct {
	UserID int64  `json:"user_id"`
	URL    string `json:"url"`
}

// copyPictureLater leaves a job that copies the picture: the apps load it from here, and signing in does not wait for it.
func (s *Service) copyPictureLater(ctx context.Context, tx *database.Tx, userID int64, identity provider.Identity) error {
	if identity.PictureURL == "" {
		return nil
	}
	return s.Queue.Enqueue(ctx, tx, copyPictureJob, pictureToCopy{userID, identity.PictureURL})
}

// errHasPicture says that there is a picture, or no such user, by now.
var errHasPicture = errors.New("the user needs no picture")

// copyPicture is the job. What can't be fetched or is no picture leaves the user with the generated one.
func (s *Service) copyPicture(ctx context.Context, payload []byte) error {
	var wanted pictureToCopy
	if err := json.Unmarshal(payload, &wanted); err != nil {
		return jobs.Permanent(fmt.Errorf("reading the job: %w", err))
	}
	found, err := s.Outbound.Get(ctx, wanted.URL, outbound.Request{Accept: "image/*", Limit: maxAvatarBytes})
	if errors.Is(err, outbound.ErrUnreachable) {
		return fmt.Errorf("fetching a picture: %w", err)
	}
	var picture avatar.Picture
	if err == nil {
		picture, err = s.shrink(ctx, bytes.NewReader(found.Body))
	}
	if ctx.Err() != nil { // no fault of the picture: it is tried again
		return fmt.Errorf("copying a picture: %w", ctx.Err())
	}
	if err != nil {
		s.Log.Warn("the picture of a provider is not copied", "user", wanted.UserID, "error", err)
		return nil
	}
	err = s.keepAvatar(ctx, wanted.UserID, picture, func(tx *database.Tx, key string) error {
		changed, err := database.Exec(ctx, tx, "update users set avatar_path = $1 where id = $2 and avatar_path = ''", key, wanted.UserID)
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
