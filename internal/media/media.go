// Package media serves uploaded files. They are public by address, since the apps load pictures without credentials; so
// whoever stores one gives it a name that can't be guessed. The package decides how a file is shown, never who may upload
// or delete one.
package media

import (
	"errors"
	"fmt"
	"io"
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
	object, content, err := s.open(r, key)
	if errors.Is(err, blob.ErrNotFound) {
		return rest.PageNotFound()
	}
	if err != nil {
		return fmt.Errorf("opening a media file: %w", err)
	}
	defer content.Close()
	setHeaders(w.Header(), key, object)
	http.ServeContent(w, r, "", object.ModTime, content)
	return nil
}

// open does not open what is not read: from a bucket that would be sent in vain.
func (s *Service) open(r *http.Request, key string) (blob.Object, io.ReadSeekCloser, error) {
	if r.Method == http.MethodHead {
		object, err := s.store.Stat(r.Context(), key)
		return object, unread{io.NewSectionReader(nil, 0, object.Size)}, err
	}
	reader, err := s.store.Open(r.Context(), key)
	if err != nil {
		return blob.Object{}, nil, err
	}
	return reader.Object(), reader, nil
}

// unread has a size and no content.
type unread struct{ *io.SectionReader }

// Close does nothing.
func (unread) Close() error { return nil }

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
	escaped := strings.ReplaceAll(url.QueryEscape(name), "+", "%20") // leaves no character that the header's grammar excludes
	return how + "; filename*=UTF-8''" + escaped
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

// typeByName is the type of a file whose store keeps none. What the apps show is named here: other types come from the
// machine's own list, which containers lack.
func typeByName(name string) string {
	extension := strings.ToLower(path.Ext(name))
	switch extension {
	case ".txt", ".md":
		return "text/plain; charset=utf-8"
	case ".webp":
		return "image/webp"
	case ".mp3":
		return "audio/mpeg"
	case ".m4a":
		return "audio/mp4"
	case ".ogg", ".opus":
		return "audio/ogg"
	case ".wav":
		return "audio/wav"
	case ".mp4":
		return "video/mp4"
	case ".webm":
		return "video/webm"
	case ".mov":
		return "video/quicktime"
	}
	if kind := mime.TypeByExtension(extension); kind != "" {
		return kind
	}
	return "application/octet-stream"
}
