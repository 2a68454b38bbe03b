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
)

// reply is an answer that is ready to be sent, at the pace at which its client takes it.
type reply struct {
	status int
	etag   string
	body   io.Reader // nil for none
	size   int
	close  func() // gives back what body takes
}

// reply writes an answer as JSON. A large one takes a part of a bounded memory, or, where that is used up by clients who take
// their time, goes to the disk.
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
	data, err := marshal(out)
	if err != nil {
		return nil, err
	}
	r.body, r.size = bytes.NewReader(data), len(data)
	if len(data) <= smallAnswer {
		return r, nil
	}
	if weight := int64(len(data)); a.answers.TryAcquire(weight) {
		r.close = func() { a.answers.Release(weight) }
		return r, nil
	}
	file, err := spill(data)
	if err != nil {
		return nil, err
	}
	r.body, r.close = file, func() { _ = closeSpilled(file) } // the system removes what stays behind
	return r, nil
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

// marshal writes compact UTF-8 JSON.
func marshal(body any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		return nil, fmt.Errorf("writing the answer as JSON: %w", err)
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n")), nil
}

// setJSON names the charset, since old clients read Latin-1 without. Answers depend on who asks, and are kept by no cache
// unless their operation says otherwise.
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
