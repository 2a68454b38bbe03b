package social

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/accounts/social/provider"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/jobs"
	"github.com/trance-0/notechondria/internal/outbound"
)

const copyPictureJob = "accounts.copy_picture" // as jobs of earlier versions are called

// pictureToCopy is the picture that a provider has of a new user.
type pictureToCopy struct {
	UserID int64  `json:"user_id"`
	URL    string `json:"url"`
}

// copyPictureLater leaves a job that copies the picture: the apps load it from here, and signing in does not wait for
// it.
func (s *Service) copyPictureLater(ctx context.Context, tx *database.Tx, userID int64, i provider.Identity) error {
	if i.PictureURL == "" {
		return nil
	}
	return s.Queue.Enqueue(ctx, tx, copyPictureJob, pictureToCopy{userID, i.PictureURL})
}

// copyPicture is the job. What can't be fetched or is no picture leaves the user with the generated one.
func (s *Service) copyPicture(ctx context.Context, payload []byte) error {
	var wanted pictureToCopy
	if err := json.Unmarshal(payload, &wanted); err != nil {
		return jobs.Permanent(fmt.Errorf("reading the job: %w", err))
	}
	found, err := s.Outbound.Get(ctx, wanted.URL, outbound.Request{Accept: "image/*", Limit: accounts.MaxPictureBytes})
	switch {
	case err == nil:
		err = s.Accounts.GivePicture(ctx, wanted.UserID, bytes.NewReader(found.Body))
		if err == nil || !errors.Is(err, accounts.ErrUnusablePicture) {
			return err
		}
	case errors.Is(err, outbound.ErrUnreachable):
		return fmt.Errorf("fetching a picture: %w", err)
	case ctx.Err() != nil: // no fault of the picture: it is tried again
		return fmt.Errorf("copying a picture: %w", ctx.Err())
	}
	s.Log.Warn("copying a user's picture from the sign-in provider failed", "user", wanted.UserID, "error", err)
	return nil
}
