package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/trance-0/notechondria/internal/rest"
)

// plainVersions are the versions of the protocol in which a call is one request and one answer. A request that names
// none has the second one.
var plainVersions = []string{"", "2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"}

// direct answers the call of a tool by itself: nine in ten requests are such. The SDK makes a session for each, and
// writes what a tool returns several times, which takes three times the processor time. What is out of the ordinary is
// left to it.
func (e *endpoint) direct(r *http.Request, m message) (rest.Answer, bool) {
	var params struct {
		Name      string          `json:"name"`
		Arguments json.RawMessage `json:"arguments"`
		Meta      map[string]any  `json:"_meta"`
	}
	version := r.Header.Get("Mcp-Protocol-Version")
	if m.Method != "tools/call" || !m.isCall() || !isScalar(m.ID) || !slices.Contains(plainVersions, version) ||
		r.Header.Get("Last-Event-ID") != "" || json.Unmarshal(m.Params, &params) != nil || ofLaterVersions(params.Meta) {
		return rest.Answer{}, false
	}
	ctx := r.Context()
	t := e.tools[params.Name]
	if t == nil || !callOf(ctx).filter.shows(t) {
		return rest.Answer{}, false
	}
	return rest.Answer{
		Status: http.StatusOK, Body: e.written(ctx, t, m.ID, params.Arguments, version >= structured),
		Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}, "Cache-Control": {"no-store"}},
	}, true
}

// ofLaterVersions reports whether a call says of itself what sessions said before.
func ofLaterVersions(meta map[string]any) bool {
	for key := range meta {
		if strings.HasPrefix(key, "io.modelcontextprotocol/") {
			return true
		}
	}
	return false
}

// written is the answer to a call. The result stands in it as a structure and as a text, in this order, so that it is
// written once and read from there.
func (e *endpoint) written(ctx context.Context, t *tool, id, arguments json.RawMessage, hasStructure bool) []byte {
	const (
		start     = `{"jsonrpc":"2.0","id":`
		structure = `"structuredContent":`
		content   = `"content":[{"type":"text","text":`
		end       = `}]`
	)
	body := append(append([]byte(start), id...), `,"result":{`...)
	begun := len(body)
	if hasStructure {
		body = append(body, structure...)
	}
	at := len(body)
	body, failed := e.run(ctx, t, arguments, body)
	text := body[at:]
	switch {
	case failed:
		quoted, _ := json.Marshal(string(text)) // a text never fails
		body = append(append(append(body[:begun:begun], content...), quoted...), end+`,"isError":true`...)
	case hasStructure:
		body = append(appendQuoted(append(body, ","+content...), text), end...)
	default:
		body = append(appendQuoted(append(body[:begun:begun], content...), text), end...)
	}
	return append(body, "}}"...)
}

// appendQuoted appends JSON as a text of JSON: there are no characters in it that must be written otherwise but two.
func appendQuoted(to, text []byte) []byte {
	to = append(to, '"')
	for len(text) > 0 {
		run := bytes.IndexAny(text, `"\`)
		if run < 0 {
			run = len(text)
		}
		to = append(to, text[:run]...)
		if text = text[run:]; len(text) > 0 {
			to, text = append(to, '\\', text[0]), text[1:]
		}
	}
	return append(to, '"')
}
