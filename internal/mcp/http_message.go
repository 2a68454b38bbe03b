package mcp

import (
	"encoding/json"
	"net/http"

	"github.com/trance-0/notechondria/internal/rest"
)

// message is what is looked at of a message before the SDK reads it.
type message struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
	Result  json.RawMessage `json:"result"`
	Error   json.RawMessage `json:"error"`
}

func (m message) isCall() bool { return len(m.ID) > 0 && string(m.ID) != "null" && m.Method != "" }

func (m message) isResponse() bool { return m.Method == "" && (m.Result != nil || m.Error != nil) }

// refusal is an error of JSON-RPC.
func refusal(status int, id json.RawMessage, code int64, text string) rest.Answer {
	if len(id) == 0 || !isScalar(id) {
		id = json.RawMessage("null")
	}
	body, _ := json.Marshal(map[string]any{ // made of what has been read as JSON: it never fails
		"jsonrpc": "2.0", "id": id, "error": map[string]any{"code": code, "message": text},
	})
	return rest.Answer{Status: status, Body: body,
		Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}}}
}

// isScalar reports whether an id is a text or a number, as ids must be.
func isScalar(id json.RawMessage) bool {
	return id[0] == '"' || id[0] == '-' || id[0] >= '0' && id[0] <= '9'
}
