package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/go-chi/chi/v5"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/mcp/paths"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/rest"
)

// Register serves the face over HTTP.
func (f *Face) Register(api *rest.API) {
	e := &endpoint{Face: f, api: api, handler: sync.OnceValue(f.sdkHandler)}
	api.RouteForPrograms(http.MethodPost, paths.Root+"/",
		func(w http.ResponseWriter, r *http.Request) error { return e.serve(w, r, toolFilter{}) })
	api.RouteForPrograms(http.MethodPost, paths.Root+paths.ReadOnly+"/",
		func(w http.ResponseWriter, r *http.Request) error { return e.serve(w, r, toolFilter{readOnly: true}) })
	api.RouteForPrograms(http.MethodPost, paths.Root+"/x/{sets}/", func(w http.ResponseWriter, r *http.Request) error {
		v, err := setsIn(chi.URLParam(r, "sets"))
		if err != nil {
			return &problem.Error{Kind: problem.NotFound, Cause: err.Error()}
		}
		return e.serve(w, r, v)
	})
}

func (e *endpoint) serve(w http.ResponseWriter, r *http.Request, f toolFilter) error {
	if err := e.api.CheckOrigin(r); err != nil {
		return err
	}
	err := e.api.Exchange(w, r, rest.Exchange{
		Authenticate: func(ctx context.Context, scheme, key string) (actor.Actor, error) {
			return e.options.Authenticate(ctx, r.URL.Path, scheme, key)
		},
		Begin: func(who actor.Actor) error { return e.begin(r, who) },
		Do: func(ctx context.Context, who actor.Actor, body []byte) rest.Answer {
			return e.answer(r.WithContext(with(ctx, who, f)), who, body)
		},
	})
	if problem.IsKind(err, problem.Unauthenticated) {
		failure := ""
		if _, key := rest.Credentials(r.Header.Get("Authorization")); key != "" {
			failure = "invalid_token"
		}
		w.Header().Set("WWW-Authenticate", e.challenge(r, failure, ""))
	}
	return err
}

// begin refuses requests before they are read.
func (e *endpoint) begin(r *http.Request, who actor.Actor) error {
	if err := e.limits.take(who, 1); err != nil {
		return err
	}
	switch {
	case who.Anonymous(), who.By == actor.Session:
		return &problem.Error{Kind: problem.Unauthenticated, Cause: "An API key is required, sent as a Bearer token."}
	case !strings.Contains(strings.ToLower(r.Header.Get("Content-Type")), "json"):
		return rest.Detail(http.StatusUnsupportedMediaType, "The body must be JSON.")
	}
	return nil
}

// challenge tells a client how to get a token, and with which scopes if its own has too few. These include the scopes
// that it has, which it would lose otherwise.
func (e *endpoint) challenge(r *http.Request, failure, scopes string) string {
	parameters := []string{`realm="Notechondria"`,
		`resource_metadata="` + e.options.Metadata(r.Context(), r.URL.Path) + `"`}
	if failure != "" {
		parameters = append(parameters, `error="`+failure+`"`)
	}
	if scopes != "" {
		parameters = append(parameters, `scope="`+scopes+`"`)
	}
	return "Bearer " + strings.Join(parameters, ", ")
}

// maxBatch is how many messages one request may carry, in those versions of the protocol that allow for several.
const maxBatch = 20

// answer looks at a request, and has the SDK answer it unless it is none.
func (e *endpoint) answer(r *http.Request, who actor.Actor, body []byte) rest.Answer {
	var m message
	if trimmed := bytes.TrimSpace(body); len(trimmed) > 0 && trimmed[0] == '[' {
		return e.answerBatch(r, who, trimmed)
	} else if err := json.Unmarshal(body, &m); err != nil {
		if json.Valid(body) {
			return refusal(http.StatusBadRequest, nil, jsonrpc.CodeInvalidRequest, "The message is not a JSON-RPC 2.0 message.")
		}
		return refusal(http.StatusBadRequest, nil, jsonrpc.CodeParseError, "The body is not JSON.")
	}
	if m.Version != "2.0" || m.Method == "" && !m.isResponse() {
		return refusal(http.StatusBadRequest, m.ID, jsonrpc.CodeInvalidRequest, "The message is not a JSON-RPC 2.0 message.")
	}
	if m.Method == "initialize" && len(m.Params) == 0 {
		body = withParams(m)
	}
	if m.Method == "tools/call" {
		if scopes := e.lackingScopes(who, m.Params); len(scopes) > 0 {
			a := refusal(http.StatusForbidden, m.ID, jsonrpc.CodeInvalidRequest, lacking(scopes).Error())
			a.Header.Set("WWW-Authenticate",
				e.challenge(r, "insufficient_scope", strings.Join(slices.Concat(who.Scopes, scopes), " ")))
			return a
		}
	}
	if a, ok := e.direct(r, m); ok {
		return a
	}
	a := e.serveWithSDK(r, body)
	if text := plainText(a); text != "" {
		return explained(m, a.Status, text)
	}
	return a
}

// withParams is a request to begin as programs have sent it that say nothing of themselves.
func withParams(m message) []byte {
	body, _ := json.Marshal(map[string]any{ // made of what has been read as JSON: it never fails
		"jsonrpc": "2.0", "id": m.ID, "method": m.Method, "params": map[string]any{
			"protocolVersion": "2025-03-26", "capabilities": map[string]any{},
			"clientInfo": map[string]any{"name": "", "version": ""},
		},
	})
	return body
}

func (e *endpoint) answerBatch(r *http.Request, who actor.Actor, body []byte) rest.Answer {
	var messages []json.RawMessage
	if json.Unmarshal(body, &messages) != nil {
		return refusal(http.StatusBadRequest, nil, jsonrpc.CodeParseError, "The body is not JSON.")
	}
	if len(messages) == 0 || len(messages) > maxBatch {
		return refusal(http.StatusBadRequest, nil, jsonrpc.CodeInvalidRequest, "A batch must have 1 to 20 messages.")
	}
	if err := e.limits.take(who, len(messages)-1); err != nil {
		return refusal(http.StatusTooManyRequests, nil, jsonrpc.CodeInvalidRequest, err.Error())
	}
	a := e.serveWithSDK(r, body)
	if text := plainText(a); text != "" {
		return refusal(http.StatusBadRequest, nil, jsonrpc.CodeInvalidRequest, text)
	}
	return a
}

// lackingScopes are the scopes that a call needs and its credential lacks.
func (e *endpoint) lackingScopes(who actor.Actor, params json.RawMessage) []string {
	var named struct {
		Name string `json:"name"`
	}
	if who.Scopes == nil || json.Unmarshal(params, &named) != nil || e.tools[named.Name] == nil {
		return nil
	}
	return missing(who, e.tools[named.Name].Scopes)
}
