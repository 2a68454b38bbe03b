// Package media keeps and serves uploaded files. They are public by address, since the apps load pictures without
// credentials; so each gets a name that can't be guessed. The package decides how a file is named, shown and removed,
// never who may upload or delete one.
package media

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/trance-0/notechondria/internal/blob"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/jobs"
	"github.com/trance-0/notechondria/internal/rest"
)

// Prefix is the path under which files are served.
const Prefix = "/media/"

// Options are what media depend on.
type Options struct {
	Store blob.Store
	DB    *database.DB
	Queue *jobs.Queue
	Log   *slog.Logger
}

// Service is the uploaded files of one server.
type Service struct {
	Options
	columns []column
	names   []nameColumn
}

// New makes the service and registers its jobs.
func New(o Options) *Service {
	s := &Service{Options: o}
	o.Queue.Handle(removeJob, s.remove)
	o.Queue.EveryLong(sweepInterval, "media.sweep", s.sweep)
	return s
}

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
	kind, err := kindOf(key, object, content)
	if err != nil {
		return fmt.Errorf("reading a media file: %w", err)
	}
	setHeaders(w.Header(), object, metaOf(s.nameOf(r.Context(), key), kind))
	http.ServeContent(w, r, "", object.ModTime, content)
	return nil
}

// open does not open what is not read: from a bucket that would be sent in vain.
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

// kindOf is the type that was stored with a file, else that of its name, for text with the charset of its content.
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
		// What browsers need to show a file by itself.
		h.Set("Content-Security-Policy", "default-src 'none'; img-src 'self'; media-src 'self'; object-src 'self'; "+
			"style-src 'unsafe-inline'; frame-ancestors 'none'")
	} else {
		h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	}
}

// metaOf is what is said about a file, by this server and by whoever serves it straight from the bucket.
func metaOf(name, kind string) blob.Meta {
	return blob.Meta{
		ContentType: kind, ContentDisposition: disposition(kind, norm.NFC.String(name)), CacheControl: "public, max-age=86400",
	}
}

// disposition says whether browsers show a file of that type or save it, and under which name, as RFC 6266 and 8187 have it.
func disposition(kind, name string) string {
	how := "attachment"
	if shownInline(kind) {
		how = "inline"
	}
	escaped := strings.ReplaceAll(url.QueryEscape(name), "+", "%20") // leaves no character that the header's grammar excludes
	return how + "; filename*=UTF-8''" + escaped
}
