package rest

import (
	"net/http"
	"strconv"
	"strings"
)

// ETag is the entity tag of a revision of something.
func ETag(revision int64) string { return strconv.Quote(strconv.FormatInt(revision, 10)) }

// Matches tells whether an If-Match header allows a write to what has this entity tag. No header allows it, as does "*".
// A weak tag counts like a strong one: proxies weaken the tags of answers that they compress, and clients send those back.
func Matches(ifMatch, etag string) bool {
	if strings.TrimSpace(ifMatch) == "" {
		return true
	}
	for tag := range strings.SplitSeq(ifMatch, ",") {
		tag = strings.TrimSpace(tag)
		if tag == "*" || strings.TrimPrefix(tag, "W/") == etag {
			return true
		}
	}
	return false
}

// PreconditionFailed refuses a write with 412 because its If-Match names another revision than the present one, which the
// answer shows under "current", so that the client can merge and try again.
func PreconditionFailed(text, etag string, current any) *Error {
	return &Error{
		Status: http.StatusPreconditionFailed,
		body:   map[string]any{"detail": text, "current": current},
		header: map[string]string{"ETag": etag},
	}
}
