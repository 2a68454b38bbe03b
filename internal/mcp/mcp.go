// Package mcp is the face for AI assistants: it offers the use cases of features as tools, notes as resources, and some
// prompts, in the Model Context Protocol, over HTTP and over standard input and output. The official SDK speaks the
// protocol; this package owns which tools there are for whom, how arguments are read and checked, how results and
// problems are written, limits, and what is logged. It knows no feature and no table, and holds no rule of any:
// features register tools (in their tools*.go) that call the use cases which the HTTP API calls too.
package mcp

import (
	"context"
	"log/slog"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/trance-0/notechondria/internal/actor"
)

// The scopes that a program may have been granted. API keys, and people who run the server, have all of them.
const (
	ReadNotes    = "notes:read"
	WriteNotes   = "notes:write"
	ReadPlanner  = "planner:read"
	WritePlanner = "planner:write"
	ReadAccount  = "account:read"
	WriteAccount = "account:write"
)

// Options are what the face depends on.
type Options struct {
	Log     *slog.Logger
	Version string // of the program

	CallsPerMinute int // that a user's programs may send

	// Instructions returns what the user wants programs to know; "" for nothing.
	Instructions func(ctx context.Context, who actor.Actor) (string, error)

	// Authenticate finds out whose credentials these are at a path of the face: they are a key, or a token for that path.
	Authenticate func(ctx context.Context, path, scheme, key string) (actor.Actor, error)

	// Metadata is the address of the document that says where programs get tokens for a path.
	Metadata func(ctx context.Context, path string) string

	// Observe is told of each call of a tool; nil tells nobody.
	Observe func(tool, outcome string, took time.Duration)
}

// Face collects tools, resources and prompts, and serves them. Collecting is cheap: what the SDK needs is made when the
// first request comes.
type Face struct {
	options   Options
	tools     map[string]*tool
	resources *Resources
	prompts   []Prompt
	server    func() *sdk.Server
	limits    limits
}
