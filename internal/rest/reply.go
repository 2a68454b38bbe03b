package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"

	"golang.org/x/sync/semaphore"
)

// reply is an answer that is ready to be sent, at the pace at which its client takes it.
type reply struct {
	status int
	etag   string
	body   io.Reader // nil for none
	size   int
	close  func() // gives back what body takes
}

// reply writes an answer as JSON. A large one takes a share of a bounded memory, or goes to the disk when slow clients
// have used that up.
func (a *API) reply(status int, out any) (*reply, error) {
	r := &reply{status: status, close: func() {}}
	if own, ok := out.(replier); ok {
		own, etag, body := own.reply()
		if r.etag, out = etag, body; own != 0 {
			r.status = own
		}
	}
	if variant, ok := out.(Variant); ok {
		out = variant.Payload()
	}
	if _, ok := out.(NoContent); ok {
		return r, nil
	}
	body := &answerBody{answers: a.answers}
	if err := encode(body, out); err != nil {
		return nil, errors.Join(err, body.close())
	}
	r.body, r.size = body.reader(), body.size
	r.close = func() { _ = body.close() } // the system removes what stays behind
	return r, nil
}

// answerBody takes an answer from its encoder, which writes it at once.
type answerBody struct {
	answers *semaphore.Weighted
	size    int
	memory  []byte
	counted int64    // bytes of answers
	file    *os.File // instead of memory
}

// Write keeps an answer that is small, or for which there is memory; any other goes to a temporary file.
func (b *answerBody) Write(p []byte) (int, error) {
	if err := b.take(p[:len(p)-len("\n")]); err != nil { // with which the encoder ends
		return 0, err
	}
	b.memory = bytes.Clone(b.memory) // the encoder uses its own again
	return len(p), nil
}

// take is Write for an answer that nobody else uses.
func (b *answerBody) take(p []byte) (err error) {
	b.size = len(p)
	switch weight := int64(len(p)); {
	case len(p) <= smallAnswer:
		b.memory = p
	case b.answers.TryAcquire(weight):
		b.counted, b.memory = weight, p
	default:
		b.file, err = spill(p)
	}
	return err
}

func (b *answerBody) reader() io.Reader {
	if b.file != nil {
		return b.file
	}
	return bytes.NewReader(b.memory)
}

func (b *answerBody) close() error {
	if b.counted > 0 {
		b.answers.Release(b.counted)
	}
	if b.file != nil {
		return closeSpilled(b.file)
	}
	return nil
}

const (
	smallAnswer  = 256 << 10 // bytes of an answer that is not counted
	largeAnswers = 32 << 20  // bytes of all others together, in memory
)

func (r *reply) send(w http.ResponseWriter) error {
	h := w.Header()
	if r.etag != "" {
		h.Set("ETag", r.etag)
	}
	h.Set("Vary", addToList(h.Get("Vary"), "Accept"))
	if r.body == nil {
		w.WriteHeader(r.status)
		return nil
	}
	setJSON(h, r.size)
	w.WriteHeader(r.status)
	_, _ = io.Copy(w, r.body) // the client may be gone
	return nil
}

// encode writes compact UTF-8 JSON, in one piece.
func encode(w io.Writer, body any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		return fmt.Errorf("writing the answer as JSON: %w", err)
	}
	return nil
}

// setJSON names the charset, since old clients read Latin-1 without it. Answers depend on the caller, so no cache keeps
// them unless their operation says otherwise.
func setJSON(h http.Header, size int) {
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(size))
}

// spill puts data into a temporary file, to be read from its beginning.
func spill(data []byte) (*os.File, error) {
	file, err := os.CreateTemp("", "answer-*")
	if err != nil {
		return nil, fmt.Errorf("making a temporary file: %w", err)
	}
	_ = os.Remove(file.Name()) // where the system lets the name go at once; elsewhere closeSpilled does it
	if _, err = file.Write(data); err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("writing a temporary file: %w", err), closeSpilled(file))
	}
	return file, nil
}

func closeSpilled(file *os.File) error {
	err := file.Close()
	if removal := os.Remove(file.Name()); !errors.Is(removal, os.ErrNotExist) {
		err = errors.Join(err, removal)
	}
	return err
}
