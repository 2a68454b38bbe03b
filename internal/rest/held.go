package rest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/trance-0/notechondria/internal/blob"
)

// heldInMemory is how much of a body is kept in memory while its client sends it; a larger one goes to the disk.
const heldInMemory = 64 << 10

// hold receives a body to its end, or to one byte more than limit, and replaces r.Body by the buffered body, which
// returns the receive error at its end. Give the result to release when r is no longer read.
func (a *API) hold(r *http.Request, limit int64) (*blob.Spooled, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(r.Context(), operationTimeout)
	defer cancel()
	source := &endOf{source: io.LimitReader(r.Body, limit+1)}
	start, err := io.ReadAll(io.LimitReader(source, heldInMemory))
	if err != nil || len(start) < heldInMemory {
		r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(start), source))
		return nil, nil
	}
	spooled, err := blob.Spool(ctx, io.MultiReader(bytes.NewReader(start), source.untilError()), limit+1, "")
	if err != nil {
		return nil, err
	}
	if spooled.Size > limit {
		// So that the client sees the refusal instead of a cut connection. What happens to the rest can't change it.
		_, _ = io.CopyN(io.Discard, r.Body, drainLimit)
	}
	r.Body = io.NopCloser(io.MultiReader(spooled, source))
	return spooled, nil
}

func (a *API) release(held *blob.Spooled) {
	if held == nil {
		return
	}
	if err := held.Close(); err != nil {
		a.options.Log.Warn("deleting a buffered request body failed", "error", err)
	}
}

// endOf remembers how a body ended, for later reads.
type endOf struct {
	source io.Reader
	err    error
}

// Read reads from the body.
func (e *endOf) Read(p []byte) (int, error) {
	if e.err != nil {
		return 0, e.err
	}
	n, err := e.source.Read(p)
	e.err = err
	return n, err
}

// untilError ends where the body fails, as if that were its end.
func (e *endOf) untilError() io.Reader { return quietly{e} }

type quietly struct{ *endOf }

// Read reads from the body.
func (q quietly) Read(p []byte) (int, error) {
	n, err := q.endOf.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = io.EOF
	}
	return n, err
}
