package rest

import (
	"iter"
	"net/http"
	"strconv"
	"strings"
)

// ETag is the entity tag of a revision of something.
func ETag(revision int64) string { return strconv.Quote(strconv.FormatInt(revision, 10)) }

// Revisions are those that an If-Match header allows a write to replace; nil means any, as when the header is absent or
// "*". A tag that ETag did not make stands for a revision that nothing has.
func Revisions(ifMatch string) []int64 {
	if strings.TrimSpace(ifMatch) == "" {
		return nil
	}
	revisions := []int64{}
	for tag := range tags(ifMatch) {
		if tag == "*" {
			return nil
		}
		unquoted, err := strconv.Unquote(tag)
		if err != nil {
			continue
		}
		if n, err := strconv.ParseInt(unquoted, 10, 64); err == nil && ETag(n) == tag {
			revisions = append(revisions, n)
		}
	}
	return revisions
}

// NotModified gives an answer its entity tag, and reports whether the client has that state already: then it has been
// told so, and nothing else is to be written.
func NotModified(w http.ResponseWriter, r *http.Request, etag string) bool {
	w.Header().Set("ETag", etag)
	strong := strings.TrimPrefix(etag, "W/")
	for tag := range tags(strings.Join(r.Header.Values("If-None-Match"), ",")) {
		if tag == "*" || tag == strong {
			w.WriteHeader(http.StatusNotModified)
			return true
		}
	}
	return false
}

// tags are the entity tags of a header. A weak one counts like a strong one: proxies weaken the tags of answers that
// they compress, and clients send those back.
func tags(header string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for tag := range strings.SplitSeq(header, ",") {
			if tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/"); tag != "" && !yield(tag) {
				return
			}
		}
	}
}
