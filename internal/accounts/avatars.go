package accounts

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"github.com/trance-0/notechondria/internal/accounts/avatar"
	"github.com/trance-0/notechondria/internal/rest"
)

const avatarFolder = "/media/avatars/"

func (s *Service) registerAvatars(api *rest.API) {
	api.Route(http.MethodGet, avatarFolder+"user-{id:[0-9]{1,19}}.png", s.generatedAvatar)
}

// ImageURL is the absolute address of a user's picture. Who has uploaded none has a generated one, which is drawn when
// it is asked for: no file is stored for it.
func ImageURL(ctx context.Context, userID int64) string {
	return rest.ClientOf(ctx).BaseURL() + avatarFolder + "user-" + strconv.FormatInt(userID, 10) + ".png"
}

// generatedAvatar draws the picture of any id: whether there is such a user is nobody's business.
func (s *Service) generatedAvatar(w http.ResponseWriter, r *http.Request) error {
	id := chi.URLParam(r, "id")
	h := w.Header()
	etag := `"avatar-1-` + id + `"`
	h.Set("ETag", etag)
	h.Set("Cache-Control", "public, max-age=604800")
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
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
