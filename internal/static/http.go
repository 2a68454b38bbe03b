package static

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/trance-0/notechondria/internal/rest"
)

// Register serves the copies inside the binary.
func (f *Files) Register(api *rest.API) {
	api.Route(http.MethodGet, Prefix+"*", f.serve)
}

// serve answers under hashed and plain names, to every origin.
func (f *Files) serve(w http.ResponseWriter, r *http.Request) error {
	s, err := f.load()
	if err != nil {
		return err
	}
	name := strings.TrimPrefix(r.URL.Path, Prefix)
	found, cache := s.byHashed[name], cacheForever
	if found == nil {
		found, cache = s.byName[name], cacheShortly
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	if found == nil {
		return rest.PageNotFound()
	}
	w.Header().Set("Cache-Control", cache)
	w.Header().Set("Content-Type", contentType(found.name))
	w.Header().Set("Vary", "Accept-Encoding")
	return found.serve(w, r)
}

func (f *file) serve(w http.ResponseWriter, r *http.Request) error {
	if rest.NotModified(w, r, `W/"`+f.hashedName+`"`) { // weak: the same for the plain and the compressed form
		return nil
	}
	body := f.gzipped
	if body != nil && acceptsGzip(strings.Join(r.Header.Values("Accept-Encoding"), ",")) {
		w.Header().Set("Content-Encoding", "gzip")
	} else {
		var err error
		if body, err = f.content(); err != nil {
			return err
		}
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // the client may be gone
	return nil
}

// acceptsGzip reads an Accept-Encoding: "gzip;q=0" refuses it.
func acceptsGzip(codings string) bool {
	for item := range strings.SplitSeq(codings, ",") {
		coding, parameter, weighted := strings.Cut(item, ";")
		if !strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			continue
		}
		weight, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(parameter), "q="), 64)
		return !weighted || err == nil && weight > 0
	}
	return false
}
