package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/problem"
)

// How calls end, in logs and metrics.
const (
	outcomeOK      = "ok"
	outcomeRefused = "refused" // the program is told why
	outcomeFailed  = "failed"  // by a fault of the server
)

// structured is the first version of the protocol in which results have a form beside their text.
const structured = "2025-06-18"

// callTool does what a program asks for.
func (f *Face) callTool(ctx context.Context, r *sdk.CallToolRequest, t *tool, plan *plan) (*sdk.CallToolResult, error) {
	c := callOf(ctx)
	if !c.view.shows(t) {
		return nil, &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: "There is no tool named " + t.Name + " here."}
	}
	start := time.Now()
	ctx, cancel := bounded(ctx)
	defer cancel()
	out, err := f.perform(ctx, c.who, t, plan, r.Params.Arguments)
	var text []byte
	if err == nil {
		text, err = encode(out)
	}
	if err != nil {
		result, outcome := f.failure(ctx, t.Name, err)
		f.log(ctx, t.Name, outcome, start)
		return result, nil
	}
	f.log(ctx, t.Name, outcomeOK, start)
	result := &sdk.CallToolResult{Content: []sdk.Content{&sdk.TextContent{Text: string(text)}}}
	if r.ProtocolVersion() >= structured {
		result.StructuredContent = json.RawMessage(text)
	}
	return result, nil
}

func (f *Face) perform(
	ctx context.Context, who actor.Actor, t *tool, plan *plan, arguments json.RawMessage,
) (any, error) {
	if lacks := missing(who, t.Scopes); len(lacks) > 0 {
		return nil, lacking(lacks)
	}
	return t.perform(ctx, who, plan, arguments)
}

// missing are those of the scopes that a credential does not open.
func missing(who actor.Actor, scopes []string) []string {
	return slices.DeleteFunc(slices.Clone(scopes), who.HasScope)
}

func lacking(scopes []string) error {
	return problem.Deny("", "This program was not granted "+strings.Join(scopes, " and ")+
		": the user can grant it by connecting the program again.")
}

// encode writes a result in one line.
func encode(out any) ([]byte, error) {
	var data bytes.Buffer
	encoder := json.NewEncoder(&data)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(out); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(data.Bytes(), []byte("\n")), nil
}

// failure tells the program why its call failed, so that it can do better. Such a result has no structure: what a
// tool's schema describes is its success.
func (f *Face) failure(ctx context.Context, name string, err error) (result *sdk.CallToolResult, outcome string) {
	var text string
	outcome = outcomeRefused
	var known *problem.Error
	var own *Failure
	switch {
	case errors.As(err, &own):
		data, _ := json.Marshal(own.Result) // a few texts: it never fails
		text = string(data)
	case errors.As(err, &known):
		text = known.Error()
	default:
		text, outcome = f.explain(ctx, name, err), outcomeFailed
	}
	return &sdk.CallToolResult{Content: []sdk.Content{&sdk.TextContent{Text: text}}, IsError: true}, outcome
}

// Failure is a problem that a tool tells in a form of its own.
type Failure struct{ Result map[string]string }

// Error is the text of the problem.
func (e *Failure) Error() string { return e.Result["error"] }

// explain logs an error of the server itself, and returns what its client is told.
func (f *Face) explain(ctx context.Context, what string, err error) string {
	f.options.Log.LogAttrs(ctx, slog.LevelError, "request failed", slog.String("tool", what),
		slog.String("request_id", requestID(ctx)), slog.String("error", err.Error()))
	trouble := problem.TroubleOf(err)
	switch {
	case trouble != nil && trouble.Full:
		return "The server has no space left to store this. Please try again later."
	case trouble != nil, errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return "The server is too busy or can't reach its data at present. Please try again."
	}
	return "The server could not do this, by a fault of its own. Its log tells more under " + requestID(ctx) + "."
}
