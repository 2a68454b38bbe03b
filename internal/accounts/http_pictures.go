package accounts

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"github.com/trance-0/notechondria/internal/accounts/avatar"
	"github.com/trance-0/notechondria/internal/rest"
)

const generatedPictures = "/media/avatars/"

func (s *Service) registerPictures(api *rest.API) {
	api.Route(http.MethodGet, generatedPictures+"user-{id:[0-9]{1,19}}.png", serveGeneratedPicture)
}

// serveGeneratedPicture draws the picture of any id, so as not to tell whether there is such a user.
func serveGeneratedPicture(w http.ResponseWriter, r *http.Request) error {
	id := chi.URLParam(r, "id")
	if id == "" { // which the router lets through
		return rest.PageNotFound()
	}
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
