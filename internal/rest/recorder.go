package rest

import "net/http"

// recorder notes what is answered.
type recorder struct {
	http.ResponseWriter
	status  int // 0 while none is written
	written int64
}

// Status is that of the answer, 0 while it has none.
func (r *recorder) Status() int { return r.status }

// WriteHeader notes the status, unless more of them follow.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && (status >= http.StatusOK || status == http.StatusSwitchingProtocols) {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write counts bytes.
func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(p)
	r.written += int64(n)
	return n, err
}

// Unwrap is for http.ResponseController.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
