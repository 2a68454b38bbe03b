package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
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

// callTool does what a program asks for through the SDK.
func (f *Face) callTool(ctx context.Context, r *sdk.CallToolRequest, t *tool) (*sdk.CallToolResult, error) {
	if !callOf(ctx).filter.shows(t) {
		return nil, &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: noTool}
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	text, failed := f.run(ctx, t, r.Params.Arguments, nil)
	result := &sdk.CallToolResult{Content: []sdk.Content{&sdk.TextContent{Text: string(text)}}, IsError: failed}
	if !failed && r.ProtocolVersion() >= structured {
		result.StructuredContent = json.RawMessage(text)
	}
	return result, nil
}

const noTool = "Unknown tool."

// run does what a program asks for, and appends to a text its result as JSON, or why it failed. A failure has no
// structured content: the schema of a tool describes success only.
func (f *Face) run(ctx context.Context, t *tool, arguments json.RawMessage, to []byte) (text []byte, failed bool) {
	start := time.Now()
	out, err := f.perform(ctx, callOf(ctx).who, t, arguments)
	if err == nil {
		text, err = appendJSON(to, out)
	}
	outcome := outcomeOK
	if err != nil {
		var why string
		why, outcome = f.failure(ctx, t.Name, err)
		text, failed = append(to, why...), true
	}
	f.log(ctx, t.Name, outcome, start)
	return text, failed
}

func (f *Face) perform(ctx context.Context, who actor.Actor, t *tool, arguments json.RawMessage) (any, error) {
	if lacks := missing(who, t.Scopes); len(lacks) > 0 {
		return nil, lacking(lacks)
	}
	return t.perform(ctx, who, t.plan(), arguments)
}

// missing returns the scopes that a credential lacks.
func missing(who actor.Actor, scopes []string) []string {
	return slices.DeleteFunc(slices.Clone(scopes), who.HasScope)
}

func lacking(scopes []string) error {
	return problem.Deny("", "This program lacks the scope "+strings.Join(scopes, " and ")+
		": the user can grant it by connecting the program again.")
}

// appendJSON appends a result in one line.
func appendJSON(to []byte, out any) ([]byte, error) {
	data := appender(to)
	encoder := json.NewEncoder(&data)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(out); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(data, []byte("\n")), nil
}

// appender is a text to which what is written is appended.
type appender []byte

// Write appends, with place for what a result is repeated in.
func (a *appender) Write(p []byte) (int, error) {
	if free := cap(*a) - len(*a); free < len(p) {
		*a = slices.Grow(*a, 5*len(p)/2)
	}
	*a = append(*a, p...)
	return len(p), nil
}

// failure tells the program why its call failed, so that it can do better.
func (f *Face) failure(ctx context.Context, name string, err error) (text, outcome string) {
	var known *problem.Error
	var own *Failure
	switch {
	case errors.As(err, &own):
		data, _ := json.Marshal(own.Result) // a few texts: it never fails
		return string(data), outcomeRefused
	case errors.As(err, &known):
		return known.Error(), outcomeRefused
	}
	return f.explain(ctx, name, err), outcomeFailed
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
		return "The server is too busy or can't reach its data at the moment. Please try again."
	}
	return "Internal error. See request " + requestID(ctx) + " in the server log."
}

// wire words an error in the protocol's own form, for what is no tool.
func (f *Face) wire(ctx context.Context, what string, err error) error {
	var known *problem.Error
	if errors.As(err, &known) {
		return invalid(known.Error())
	}
	return &jsonrpc.Error{Code: jsonrpc.CodeInternalError, Message: f.explain(ctx, what, err)}
}

func invalid(text string) error {
	return &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: text}
}

// log writes the line of a call. What was sent and answered is in none.
func (f *Face) log(ctx context.Context, name, outcome string, start time.Time) {
	took := time.Since(start)
	level := slog.LevelInfo
	if outcome == outcomeFailed {
		level = slog.LevelError
	}
	who := callOf(ctx).who
	f.options.Log.LogAttrs(ctx, level, "tool call",
		slog.String("tool", name), slog.String("outcome", outcome),
		slog.String("took", fmt.Sprintf("%.1fms", float64(took.Microseconds())/1000)),
		slog.Int64("user", who.UserID), slog.String("request_id", requestID(ctx)))
	if f.options.Observe != nil {
		f.options.Observe(name, outcome, took)
	}
}
