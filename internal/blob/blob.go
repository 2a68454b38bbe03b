// Package blob stores bytes under keys, in a local folder or in a bucket of an S3 server, behind one interface. It must
// not know who owns the bytes, who may read them, or under which URL they are served.
package blob

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"
)

// Errors that callers tell apart with errors.Is.
var (
	ErrNotFound   = errors.New("no such object")
	ErrTooLarge   = errors.New("larger than allowed")
	ErrInvalidKey = errors.New("not a valid key")
)

var errNegative = errors.New("a negative size")

// Object describes what is stored under a key.
type Object struct {
	Key         string
	Size        int64
	ContentType string    // as given to Put; "" from a local folder and from List
	ETag        string    // changes with the content; includes the quotes of the HTTP header
	ModTime     time.Time // UTC
}

// Meta is sent when an object is served straight from the bucket. A local folder does not keep it.
type Meta struct {
	ContentType, ContentDisposition, CacheControl, ContentEncoding string
}

// Store keeps objects. It may be used by many goroutines at once. Keys that CleanKey does not accept fail with
// ErrInvalidKey.
type Store interface {
	// Put stores the next size bytes of r under the key, completely or not at all, and replaces any existing object.
	// Fewer bytes fail with io.ErrUnexpectedEOF, further ones are left unread. r may be read several times if the
	// server has trouble, and is free for other use when Put has returned.
	Put(ctx context.Context, key string, r io.ReadSeeker, size int64, m Meta) error

	// Open returns an object for reading, or ErrNotFound. The context applies until the reader is closed.
	Open(ctx context.Context, key string) (Reader, error)

	// Stat describes an object, or fails with ErrNotFound.
	Stat(ctx context.Context, key string) (Object, error)

	// Delete removes objects, many per request. Missing ones are not an error. After an error some may have been
	// removed.
	Delete(ctx context.Context, keys ...string) error

	// List iterates over the objects whose keys begin with the prefix, in no particular order, with at most a thousand
	// in memory at once. It ends with the first error. Objects that are added or removed meanwhile may be missed;
	// deleting listed ones is safe.
	List(ctx context.Context, prefix string) iter.Seq2[Object, error]

	// Tidy removes what uploads interrupted more than a day ago have left behind.
	Tidy(ctx context.Context) error
}

// Reader reads one object, with the same small amount of memory whatever its size; http.ServeContent can serve ranges
// from it. It must be used by one goroutine only.
type Reader interface {
	io.ReadSeekCloser
	Object() Object
}

// contextReader stops reading when its context ends.
type contextReader struct {
	ctx    context.Context
	source io.Reader
}

// Read reads from the source.
func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.source.Read(p)
}
