// Package blob stores bytes under keys, in a local folder or in a bucket of an S3 server, behind one interface. It must
// not know whose the bytes are, who may read them, or under which URL they are served.
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
	ETag        string    // changes with the content; with its quotes, as the HTTP header is written
	ModTime     time.Time // UTC
}

// Meta is sent along by whoever serves an object straight from the bucket. A local folder does not keep it.
type Meta struct {
	ContentType, ContentDisposition, CacheControl, ContentEncoding string
}

// Store keeps objects. It may be used by many goroutines at once; keys are what CleanKey accepts, other ones fail with
// ErrInvalidKey.
type Store interface {
	// Put stores the next size bytes of r under the key, whole or not at all, and replaces what was there. Fewer bytes
	// fail with io.ErrUnexpectedEOF, further ones are left unread. r is read several times when the server has trouble,
	// and may be used again when Put has returned.
	Put(ctx context.Context, key string, r io.ReadSeeker, size int64, m Meta) error

	// Open returns an object for reading, or ErrNotFound. The context holds until the reader is closed.
	Open(ctx context.Context, key string) (Reader, error)

	// Stat describes an object, or fails with ErrNotFound.
	Stat(ctx context.Context, key string) (Object, error)

	// Delete removes objects, many with one request. Absent ones are no error. After an error some may be gone.
	Delete(ctx context.Context, keys ...string) error

	// List goes through the objects whose keys begin with the prefix, in no particular order, with at most a thousand in
	// memory at once. It ends with the first error. Objects that come or go meanwhile may be missed; deleting those seen
	// is safe.
	List(ctx context.Context, prefix string) iter.Seq2[Object, error]

	// Tidy removes what uploads that were cut off more than a day ago have left behind.
	Tidy(ctx context.Context) error
}

// Reader reads one object, and takes the same little memory however large that is; http.ServeContent can serve ranges
// from it. It is for one goroutine.
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
