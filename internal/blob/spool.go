package blob

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// headBytes is how much http.DetectContentType examines.
const headBytes = 512

// Spooled is an upload in a temporary file.
type Spooled struct {
	Size   int64
	SHA256 [sha256.Size]byte
	Head   []byte // the first 512 bytes, or fewer

	file *os.File
}

// Upload is an uploaded file.
type Upload struct {
	Name        string   // the sender's name, without folders and control characters
	ContentType string   // as declared by the sender, without parameters; the apps never declare a correct one
	Content     *Spooled // nil if the file was too large, and therefore discarded
}

// TooLarge reports whether the file exceeded the limit.
func (u Upload) TooLarge() bool { return u.Content == nil }

// Spool copies r to a temporary file in dir ("" for the system's folder), whose Close removes it. More than limit bytes
// fail with ErrTooLarge; only one byte beyond the limit is read. Errors of r are wrapped.
func Spool(ctx context.Context, r io.Reader, limit int64, dir string) (*Spooled, error) {
	file, err := os.CreateTemp(dir, "upload-*")
	if err != nil {
		return nil, fmt.Errorf("making a temporary file: %w", err)
	}
	// If the system allows removing the name immediately, not even a crash leaves the file behind; elsewhere Close
	// removes it.
	_ = os.Remove(file.Name())
	s := &Spooled{file: file}
	if err := s.fill(contextReader{ctx, r}, limit); err != nil {
		return nil, errors.Join(fmt.Errorf("spooling an upload: %w", err), s.Close())
	}
	return s, nil
}

func (s *Spooled) fill(r io.Reader, limit int64) error {
	digest := sha256.New()
	var err error
	if s.Size, err = io.Copy(io.MultiWriter(s.file, digest), io.LimitReader(r, limit+1)); err != nil {
		return err
	}
	if s.Size > limit {
		return ErrTooLarge
	}
	digest.Sum(s.SHA256[:0])
	s.Head = make([]byte, min(s.Size, headBytes))
	if _, err := s.file.ReadAt(s.Head, 0); err != nil {
		return err
	}
	_, err = s.file.Seek(0, io.SeekStart)
	return err
}

// Read reads the upload, starting at its beginning.
func (s *Spooled) Read(p []byte) (int, error) { return s.file.Read(p) }

// ReadAt reads the upload from any position.
func (s *Spooled) ReadAt(p []byte, offset int64) (int, error) { return s.file.ReadAt(p, offset) }

// Seek sets where Read continues.
func (s *Spooled) Seek(offset int64, whence int) (int64, error) { return s.file.Seek(offset, whence) }

// Close removes the temporary file.
func (s *Spooled) Close() error {
	err := s.file.Close()
	if removal := os.Remove(s.file.Name()); !errors.Is(removal, fs.ErrNotExist) {
		err = errors.Join(err, removal)
	}
	if err != nil {
		return fmt.Errorf("removing a temporary file: %w", err)
	}
	return nil
}
