package mcp

import (
	"bytes"
	"net/http"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/trance-0/notechondria/internal/rest"
)

// endpoint is the face on one API.
type endpoint struct {
	*Face
	api     *rest.API
	handler func() http.Handler
}

// sdkHandler serves the protocol with the SDK.
func (f *Face) sdkHandler() http.Handler {
	return sdk.NewStreamableHTTPHandler(func(*http.Request) *sdk.Server { return f.server() }, &sdk.StreamableHTTPOptions{
		Stateless: true, JSONResponse: true, PropagateRequestCancellation: true,
		DisableLocalhostProtection: true, // it refuses servers behind a local proxy; CheckOrigin guards this one
		MaxRequestBodyBytes:        -1,   // rest has limited it
	})
}

// serveWithSDK has the SDK answer. Headers that it demands without need are filled in, since clients may send nothing
// but JSON.
func (e *endpoint) serveWithSDK(r *http.Request, body []byte) rest.Answer {
	r.Body = http.NoBody
	r = r.Clone(r.Context())
	r.Body = readCloser{bytes.NewReader(body)}
	r.ContentLength = int64(len(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	w := &answerWriter{header: http.Header{}}
	e.handler().ServeHTTP(w, r)
	if w.status == 0 {
		w.status = http.StatusOK
	}
	w.header.Set("Cache-Control", "no-store")
	if strings.HasPrefix(w.header.Get("Content-Type"), "application/json") {
		w.header.Set("Content-Type", "application/json; charset=utf-8")
	}
	return rest.Answer{Status: w.status, Header: w.header, Body: w.body.Bytes()}
}

type readCloser struct{ *bytes.Reader }

// Close does nothing.
func (readCloser) Close() error { return nil }

// answerWriter keeps an answer.
type answerWriter struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header are the headers of the answer.
func (w *answerWriter) Header() http.Header { return w.header }

// WriteHeader keeps the status.
func (w *answerWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

// Write keeps a part of the body.
func (w *answerWriter) Write(p []byte) (int, error) { return w.body.Write(p) }

// Flush does nothing: the answer is sent when it is complete.
func (w *answerWriter) Flush() {}

// plainText is the text with which the SDK refuses what it takes for no message of the protocol; "" for other answers.
func plainText(a rest.Answer) string {
	if a.Status < 400 || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/plain") {
		return ""
	}
	return strings.TrimSpace(string(a.Body))
}

// explained gives a refusal of the SDK, which is plain text, the form of the protocol. Nobody waits for an answer to a
// notification.
func explained(m message, status int, text string) rest.Answer {
	switch {
	case !m.isCall() && status == http.StatusBadRequest && !strings.Contains(text, "protocol version"):
		return rest.Answer{Status: http.StatusAccepted, Header: http.Header{}}
	case slices.Contains([]string{"", "null"}, string(m.ID)):
		return refusal(status, nil, jsonrpc.CodeInvalidRequest, text)
	case strings.HasSuffix(text, "unsupported"):
		return refusal(http.StatusOK, m.ID, jsonrpc.CodeMethodNotFound, "Unknown method.")
	case strings.Contains(text, "params"):
		return refusal(http.StatusOK, m.ID, jsonrpc.CodeInvalidParams, text)
	}
	return refusal(status, m.ID, jsonrpc.CodeInvalidRequest, text)
}
