package accounts

import (
	"context"
	"strconv"

	"github.com/trance-0/notechondria/internal/rest"
)

// AuthorJSON is an Author on the wire.
type AuthorJSON struct {
	ID          int64  `json:"id"`
	Username    string `json:"username"`
	DisplayName string `json:"display_name"`
	ImageURL    string `json:"image_url"`
}

// ToAuthorJSON writes an author as its client reads it.
func ToAuthorJSON(ctx context.Context, a Author) AuthorJSON {
	return AuthorJSON{ID: a.ID, Username: a.Username, DisplayName: a.Username, ImageURL: ImageURL(ctx, a.ID, a.AvatarPath)}
}

// ImageURL is the absolute address of a user's picture. Without an uploaded one (path is "") it is a generated picture,
// drawn on request: no file is stored for it.
func ImageURL(ctx context.Context, userID int64, path string) string {
	client := rest.ClientOf(ctx)
	if path != "" {
		return client.MediaURL(path)
	}
	return client.BaseURL() + generatedPictures + "user-" + strconv.FormatInt(userID, 10) + ".png"
}
