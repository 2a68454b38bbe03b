package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"

	"github.com/minio/minio-go/v7"
)

// skippable is how many bytes are cheaper to read and discard than a new request or even a new connection.
const skippable = 64 << 10

// s3Reader reads the server's response only as far as needed, and makes a new request only if reading continues
// elsewhere or the connection broke.
type s3Reader struct {
	ctx    context.Context
	store  *s3
	name   string
	object Object
	offset int64 // where the next Read begins

	closed bool

	body       io.ReadCloser // nil when there is none
	bodyOffset int64
	attempt    *attempt // of the body
}

// Open requests the whole object: the response describes it, and reading all of it needs no second request. Bytes that
// nobody reads are not sent, except those that the connection buffers.
func (s *s3) Open(ctx context.Context, key string) (Reader, error) {
	name, err := s.name(key)
	if err != nil {
		return nil, err
	}
	r := &s3Reader{ctx: ctx, store: s, name: name, object: Object{Key: key}}
	if err := s.repeat(ctx, r.request); err != nil {
		return nil, explain("opening", key, err)
	}
	return r, nil
}

// Object describes the object being read.
func (r *s3Reader) Object() Object { return r.object }

// Seek sends no request.
func (r *s3Reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		offset += r.offset
	case io.SeekEnd:
		offset += r.object.Size
	default:
		return 0, errors.New("seeking: unknown origin")
	}
	if offset < 0 {
		return 0, errors.New("seeking: before the beginning")
	}
	r.offset = offset
	return offset, nil
}

// Read continues reading. After a broken connection it makes a new request, for the same version of the object.
func (r *s3Reader) Read(p []byte) (int, error) {
	if r.closed {
		return 0, fs.ErrClosed
	}
	if r.offset >= r.object.Size {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	var n int
	err := r.store.repeat(r.ctx, func() (err error) {
		n, err = r.readOn(p)
		return err
	})
	if err != nil {
		return n, explain("reading", r.object.Key, err)
	}
	return n, nil
}

// readOn reads at least one byte or fails.
func (r *s3Reader) readOn(p []byte) (int, error) {
	r.approach()
	if r.body == nil {
		if err := r.request(); err != nil {
			return 0, err
		}
	}
	n, err := r.readBody(p)
	r.offset += int64(n)
	if err != nil || r.bodyOffset == r.object.Size {
		err = r.attempt.reason(err)
		r.drop()
	}
	switch {
	case n > 0:
		return n, nil // if the connection broke, the next call finds out
	case errors.Is(err, io.EOF):
		return 0, io.ErrUnexpectedEOF
	}
	return 0, err
}

func (r *s3Reader) readBody(p []byte) (int, error) {
	r.attempt.moved()
	defer r.attempt.pause()
	n, err := r.body.Read(p[:min(int64(len(p)), r.object.Size-r.bodyOffset)])
	r.bodyOffset += int64(n)
	return n, err
}

// approach closes a body that is not just before the offset.
func (r *s3Reader) approach() {
	if r.body == nil || r.bodyOffset == r.offset {
		return
	}
	ahead := r.offset - r.bodyOffset
	if ahead < 0 || ahead > skippable || r.skip(ahead) != nil {
		r.drop()
	}
}

func (r *s3Reader) skip(bytes int64) error {
	r.attempt.moved()
	defer r.attempt.pause()
	n, err := io.CopyN(io.Discard, r.body, bytes)
	r.bodyOffset += n
	return err
}

// drop reads a short rest, so that the connection can be used again.
func (r *s3Reader) drop() {
	if r.body == nil {
		return
	}
	if rest := r.object.Size - r.bodyOffset; rest <= skippable {
		_ = r.skip(rest) // only to reuse the connection
	}
	_ = r.body.Close() // ignored: the body is no longer used
	r.attempt.end()
	r.body = nil
}

// request requests the object from the offset on.
func (r *s3Reader) request() error {
	a := newAttempt(r.ctx, r.store.patience)
	options := minio.GetObjectOptions{}
	first := r.object.ETag == ""
	if !first {
		options.Set("If-Match", r.object.ETag)
		options.Set("Range", fmt.Sprintf("bytes=%d-", r.offset))
	}
	body, info, header, err := r.store.client.GetObject(a.ctx, r.store.bucket, r.name, options)
	if err == nil {
		if err = r.accept(first, info, header); err != nil {
			_ = body.Close() // unread
		}
	}
	if err != nil {
		err = a.reason(err)
		a.end()
		return err
	}
	a.pause()
	r.body, r.bodyOffset, r.attempt = body, r.offset, a
	return nil
}

// accept refuses responses without position and length.
func (r *s3Reader) accept(first bool, info minio.ObjectInfo, header http.Header) error {
	if first {
		if info.Size < 0 || info.ETag == "" {
			return errors.New("the S3 server sent the object without its size or ETag")
		}
		r.object = object(r.object.Key, info)
		return nil
	}
	if !strings.HasPrefix(header.Get("Content-Range"), fmt.Sprintf("bytes %d-", r.offset)) {
		return errors.New("the S3 server sent a different range than requested")
	}
	return nil
}

// Close releases the connection.
func (r *s3Reader) Close() error {
	r.drop()
	r.closed = true
	return nil
}
