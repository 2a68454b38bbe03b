package problem

import (
	"errors"
	"slices"
	"syscall"
)

// Trouble is an error of a part that may pass by itself: a database or a store that does not answer, a disk that is
// full. The server logs it and asks its client to come back.
type Trouble struct {
	Full bool // there is no space left
	Err  error
}

// Error is the text of the error.
func (t *Trouble) Error() string { return t.Err.Error() }

// Unwrap is the error itself.
func (t *Trouble) Unwrap() error { return t.Err }

// TroubleOf returns the trouble in an error, nil for none. Errors of the operating system count as some where space,
// files or the disk are short of what is needed.
func TroubleOf(err error) *Trouble {
	var trouble *Trouble
	if errors.As(err, &trouble) {
		return trouble
	}
	var code syscall.Errno
	if !errors.As(err, &code) {
		return nil
	}
	full := code == syscall.ENOSPC || code == syscall.EDQUOT
	passing := []syscall.Errno{syscall.EROFS, syscall.EIO, syscall.EMFILE, syscall.ENFILE, syscall.ESTALE}
	if full || slices.Contains(passing, code) {
		return &Trouble{Full: full, Err: err}
	}
	return nil
}
