package apptest

import (
	"errors"
	"io"
	"net/http"
)

// S3Fault is how one request to an S3 server goes wrong.
type S3Fault func(w http.ResponseWriter, r *http.Request, server http.Handler)

// S3Status answers with an error. The codes are those of R2.
func S3Status(status int) S3Fault {
	codes := map[int]string{
		http.StatusInternalServerError: "InternalError", http.StatusServiceUnavailable: "ServiceUnavailable",
		http.StatusTooManyRequests: "TooManyRequests", http.StatusForbidden: "AccessDenied",
		http.StatusUnauthorized:        "Unauthorized",
		http.StatusInsufficientStorage: "InsufficientStorage",
	}
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		s3Error(w, status, codes[status], "Failed on purpose.")
	}
}

// S3Hang takes the request and does not answer until the client gives up.
func S3Hang() S3Fault {
	return func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
		_, _ = io.Copy(io.Discard, r.Body) // only then is noticed that the client went
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	}
}

// S3CutUpload breaks the connections, to the client and to the server behind, after so many bytes of the request's
// body.
func S3CutUpload(after int64) S3Fault {
	return func(w http.ResponseWriter, r *http.Request, server http.Handler) {
		r.Body = cutBody{io.LimitReader(r.Body, after), r.Body}
		server.ServeHTTP(w, r)
		panic(http.ErrAbortHandler)
	}
}

// S3CutAnswer lets the server do what is asked, and breaks the connection after so many bytes of the answer's body; an
// answer that is shorter is lost as a whole.
func S3CutAnswer(after int64) S3Fault {
	return func(w http.ResponseWriter, r *http.Request, server http.Handler) {
		server.ServeHTTP(&cutWriter{ResponseWriter: w, left: after}, r)
		panic(http.ErrAbortHandler)
	}
}

type cutBody struct {
	io.Reader
	io.Closer
}

// Read fails where the limit ends.
func (b cutBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

type cutWriter struct {
	http.ResponseWriter
	left int64
}

// Write passes on what is left, and breaks the connection.
func (w *cutWriter) Write(p []byte) (int, error) {
	if int64(len(p)) <= w.left {
		w.left -= int64(len(p))
		return w.ResponseWriter.Write(p)
	}
	_, _ = w.ResponseWriter.Write(p[:w.left]) // the connection ends anyway
	_ = http.NewResponseController(w.ResponseWriter).Flush()
	panic(http.ErrAbortHandler)
}
