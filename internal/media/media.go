// Package media serves uploaded files. They are public by address, since the apps load pictures without credentials; so
// whoever stores one gives it a name that can't be guessed. The package decides how a file is shown, never who may upload
// or delete one.
package media

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/trance-0/notechondria/internal/blob"
	"github.com/trance-0/notechondria/internal/rest"
)

// Prefix is the path under which files are served.
const Prefix = "/media/"

// Service serves the files of a store.
type Service struct {
	store blob.Store
}

// New makes the service.
func New(store blob.Store) *Service { return &Service{store: store} }

// Register adds the route of uploaded files.
func (s *Service) Register(api *rest.API) {
	api.Route(http.MethodGet, Prefix+"*", s.serve)
}

// serve streams a file, with ranges and conditional requests.
func (s *Service) serve(w http.ResponseWriter, r *http.Request) error {
	key, err := blob.CleanKey(strings.TrimPrefix(r.URL.Path, Prefix))
	if err != nil {
		return rest.PageNotFound()
	}
	reader, err := s.store.Open(r.Context(), key)
	if errors.Is(err, blob.ErrNotFound) {
		return rest.PageNotFound()
	}
	if err != nil {
		return fmt.Errorf("opening a media file: %w", err)
	}
	defer reader.Close()
	object := reader.Object()
	setHeaders(w.Header(), key, object)
	http.ServeContent(w, r, "", object.ModTime, reader)
	return nil
}

func setHeaders(h http.Header, key string, object blob.Object) {
	kind := object.ContentType
	if kind == "" {
		kind = typeByName(key)
	}
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "public, max-age=86400")
	if object.ETag != "" {
		h.Set("ETag", object.ETag)
	}
	h.Set("Content-Disposition", disposition(kind, path.Base(key)))
	if !shownInline(kind) {
		h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	}
}

// disposition says whether browsers show a file of that type or save it.
func disposition(kind, name string) string {
	how := "attachment"
	if shownInline(kind) {
		how = "inline"
	}
	return fmt.Sprintf("%s; filename*=UTF-8''%s", how, url.PathEscape(name))
}

// shownInline reports whether a type can do no harm when a browser shows it on this server's origin: HTML and SVG, which
// can hold scripts, are not among them.
func shownInline(kind string) bool {
	kind, _, _ = strings.Cut(kind, ";")
	switch kind {
	case "image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain":
		return true
	}
	return strings.HasPrefix(kind, "audio/") || strings.HasPrefix(kind, "video/")
}

// typeByName is the type of a file whose store keeps none.
func typeByName(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".webp":
		return "image/webp"
	case ".md":
		return "text/plain; charset=utf-8"
	}
	if kind := mime.TypeByExtension(strings.ToLower(path.Ext(name))); kind != "" {
		return kind
	}
	return "application/octet-stream"
}
