package media

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/trance-0/notechondria/internal/blob"
	"github.com/trance-0/notechondria/internal/rest"
)

// Register adds the route of uploaded files.
func (s *Service) Register(api *rest.API) {
	api.Route(http.MethodGet, rest.MediaPath+"*", s.serve)
}

// serve streams a file, with ranges and conditional requests.
func (s *Service) serve(w http.ResponseWriter, r *http.Request) error {
	key, err := blob.CleanKey(strings.TrimPrefix(r.URL.Path, rest.MediaPath))
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
	kind, err := kindOf(key, object, content)
	if err != nil {
		return fmt.Errorf("reading a media file: %w", err)
	}
	setHeaders(w.Header(), object, metaOf(s.nameOf(r.Context(), key), kind))
	http.ServeContent(w, r, "", object.ModTime, content)
	return nil
}

// open does not open a file that is not read, since a bucket would send it in vain. For texts in a folder it detects
// the charset.
func (s *Service) open(r *http.Request, key string) (blob.Object, io.ReadSeekCloser, error) {
	if r.Method == http.MethodHead {
		object, err := s.Store.Stat(r.Context(), key)
		if err != nil || object.ContentType != "" || !isText(TypeOf(key)) {
			return object, unread{io.NewSectionReader(nil, 0, object.Size)}, err
		}
	}
	reader, err := s.Store.Open(r.Context(), key)
	if err != nil {
		return blob.Object{}, nil, err
	}
	return reader.Object(), reader, nil
}

// unread has a size and no content.
type unread struct{ *io.SectionReader }

// Close does nothing.
func (unread) Close() error { return nil }

// kindOf is the type that was stored with a file, or else that of its name, for text with the charset of its content.
func kindOf(key string, object blob.Object, content io.ReadSeeker) (string, error) {
	if object.ContentType != "" {
		return object.ContentType, nil
	}
	return TypeOfContent(key, content)
}

func setHeaders(h http.Header, object blob.Object, meta blob.Meta) {
	h.Set("Content-Type", meta.ContentType)
	h.Set("Cache-Control", meta.CacheControl)
	h.Set("Content-Disposition", meta.ContentDisposition)
	if object.ETag != "" {
		h.Set("ETag", object.ETag)
	}
	if shownInline(meta.ContentType) {
		// Browsers need this to show a file by itself.
		h.Set("Content-Security-Policy", "default-src 'none'; img-src 'self'; media-src 'self'; object-src 'self'; "+
			"style-src 'unsafe-inline'; frame-ancestors 'none'")
	} else {
		h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	}
}
