package rest

import (
	"io"
	"net/http"
	"time"
)

// silence is how long a client may send nothing more of its request, or take nothing more of its answer. A client that
// is slow but steady gets the whole answer.
const silence = 30 * time.Second

// writtenAtOnce is how much of an answer a client must take within silence, in bytes.
const writtenAtOnce = 32 << 10

// withTransferLimits sets the deadlines of each request's connection, and takes them back: they belong to the
// connection, on which others follow, and one that passes while a request is worked on cancels it and all that come
// after it.
func withTransferLimits(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := &answerWriter{ResponseWriter: w, connection: http.NewResponseController(w)}
		answer.setWriteDeadline(time.Time{}) // of the answer before
		if r.Body != nil && r.Body != http.NoBody {
			body := &requestBody{ReadCloser: r.Body, connection: answer.connection, until: time.Now().Add(operationTimeout)}
			body.extend() // also where nobody reads it: the server looks for its end
			r.Body = body
		}
		next.ServeHTTP(answer, r)
	})
}

// requestBody fails when the client pauses for too long or takes too long in all.
type requestBody struct {
	io.ReadCloser
	connection *http.ResponseController
	until      time.Time
	ended      bool
}

// Read reads from the body. At its end net/http takes the deadline back, and listens whether the client is still there.
func (b *requestBody) Read(p []byte) (int, error) {
	if b.ended {
		return 0, io.EOF
	}
	b.extend()
	n, err := b.ReadCloser.Read(p)
	b.ended = err == io.EOF
	return n, err
}

func (b *requestBody) extend() {
	deadline := time.Now().Add(silence)
	if deadline.After(b.until) {
		deadline = b.until
	}
	_ = b.connection.SetReadDeadline(deadline) // not every writer has deadlines: a test's recorder has none
}

// answerWriter gives up on clients that take nothing.
type answerWriter struct {
	http.ResponseWriter
	connection *http.ResponseController
}

// Unwrap is for http.ResponseController.
func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader sends the header.
func (w *answerWriter) WriteHeader(status int) {
	w.setWriteDeadline(time.Now().Add(silence))
	w.ResponseWriter.WriteHeader(status)
}

// Write sends a part of the body.
func (w *answerWriter) Write(p []byte) (written int, err error) {
	for {
		part := p[written:min(written+writtenAtOnce, len(p))]
		w.setWriteDeadline(time.Now().Add(silence))
		n, err := w.ResponseWriter.Write(part)
		if written += n; err != nil || written == len(p) {
			return written, err
		}
	}
}

// Flush sends what was written so far.
func (w *answerWriter) Flush() {
	w.setWriteDeadline(time.Now().Add(silence))
	_ = w.connection.Flush() // what fails here fails at the next write
}

func (w *answerWriter) setWriteDeadline(t time.Time) { _ = w.connection.SetWriteDeadline(t) }
