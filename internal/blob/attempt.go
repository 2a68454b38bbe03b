package blob

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/trance-0/notechondria/internal/problem"
)

// Requests are retried here and not in minio-go, whose limits and pauses are global to the process, and whose next
// attempt may read a body while the last one still does.

// attempt is one attempt at a request, which is given up when no bytes move for a while. A total time limit would
// depend on the size of the object and the speed of the connection.
type attempt struct {
	ctx      context.Context
	cancel   context.CancelCauseFunc
	patience time.Duration
	watchdog *time.Timer
}

func newAttempt(ctx context.Context, patience time.Duration) *attempt {
	ctx, cancel := context.WithCancelCause(ctx)
	watchdog := time.AfterFunc(patience, func() { cancel(stalledError{patience}) })
	return &attempt{ctx: ctx, cancel: cancel, patience: patience, watchdog: watchdog}
}

// moved is called whenever bytes have moved in either direction.
func (a *attempt) moved() { a.watchdog.Reset(a.patience) }

// pause stops the clock while we are the idle side.
func (a *attempt) pause() { a.watchdog.Stop() }

func (a *attempt) end() {
	a.watchdog.Stop()
	a.cancel(nil)
}

// reason is the error with which the attempt ended, or that it stalled.
func (a *attempt) reason(err error) error {
	var stalled stalledError
	if err != nil && errors.As(context.Cause(a.ctx), &stalled) {
		return stalled
	}
	return err
}

type stalledError struct{ patience time.Duration }

// Error implements error.
func (e stalledError) Error() string { return fmt.Sprintf("nothing moved for %s", e.patience) }

// sourceError is an error reading the data to store, which retrying can't fix.
type sourceError struct{ error }

// Unwrap returns the cause.
func (e sourceError) Unwrap() error { return e.error }

// try repeats something until it succeeds, can't succeed, or has failed too often.
func (s *s3) try(ctx context.Context, do func(a *attempt) error) error {
	return s.repeat(ctx, func() error {
		a := newAttempt(ctx, s.patience)
		defer a.end()
		return a.reason(do(a))
	})
}

// maxStalls is how often a server may stall: each time uses up the full patience, and a user is waiting.
const maxStalls = 2

func (s *s3) repeat(ctx context.Context, do func() error) error {
	stalls := 0
	for failures := 1; ; failures++ {
		err := do()
		if err == nil || ctx.Err() != nil || !isTransient(err) {
			return err
		}
		if errors.As(err, new(stalledError)) {
			stalls++
		}
		if failures >= s.attempts || stalls >= maxStalls {
			return &problem.Trouble{Err: fmt.Errorf("%w (tried %d times)", err, failures)}
		}
		if ended := wait(ctx, s.backoff(failures)); ended != nil {
			return fmt.Errorf("%w (the last answer: %w)", ended, err)
		}
	}
}

func wait(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// exponentialBackoff is randomised, so that clients that failed together do not retry together.
func exponentialBackoff(failures int) time.Duration {
	pause := min(200*time.Millisecond<<min(failures-1, 10), 5*time.Second)
	return pause/2 + rand.N(pause/2)
}

// isTransient reports whether retrying may help.
func isTransient(err error) bool {
	var answer minio.ErrorResponse
	if !errors.As(err, &answer) { // no response, or part of one
		var source sourceError
		var certificate *tls.CertificateVerificationError
		return !errors.As(err, &source) && !errors.As(err, &certificate)
	}
	permanent := []int{http.StatusNotImplemented, http.StatusHTTPVersionNotSupported}
	busy := []int{http.StatusRequestTimeout, http.StatusTooManyRequests}
	switch {
	case slices.Contains(permanent, answer.StatusCode):
		return false
	case answer.StatusCode >= http.StatusInternalServerError || slices.Contains(busy, answer.StatusCode):
		return true
	}
	// A single object of a batch has no status.
	return slices.Contains([]string{minio.InternalError, "SlowDown", "ServiceUnavailable", "RequestTimeout"}, answer.Code)
}

// upload is the body of one attempt to store something. The transport may continue reading it after the response has
// arrived, so end detaches it from the source, which the next attempt reads.
type upload struct {
	attempt *attempt

	mutex  sync.Mutex
	source io.Reader
	left   int64
	broken error
}

// Read reads the rest.
func (u *upload) Read(p []byte) (int, error) {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	switch {
	case u.source == nil:
		return 0, context.Canceled
	case u.broken != nil:
		return 0, u.broken
	case u.left == 0:
		return 0, io.EOF
	}
	u.attempt.moved()
	n, err := u.source.Read(p[:min(int64(len(p)), u.left)])
	u.left -= int64(n)
	if errors.Is(err, io.EOF) && u.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	if err != nil && !errors.Is(err, io.EOF) {
		u.broken = err
	}
	return n, err
}

// end returns the error of the source.
func (u *upload) end() error {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	u.source = nil
	return u.broken
}
