package mcp

import (
	"context"
	"strings"
	"unicode/utf8"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/trance-0/notechondria/internal/formats"
)

// newServer makes the one server of the SDK that all requests share. What differs between users stands in the contexts
// of requests, and is filled in by middleware.
func (f *Face) newServer() *sdk.Server {
	options := &sdk.ServerOptions{
		Capabilities: &sdk.ServerCapabilities{Tools: &sdk.ToolCapabilities{}},
		SetCacheable: func(_ context.Context, _ sdk.Request, c *sdk.Cacheable) { c.CacheScope = "private" },
	}
	if len(f.prompts) > 0 {
		options.Capabilities.Prompts = &sdk.PromptCapabilities{}
	}
	if f.resources != nil {
		options.Capabilities.Resources = &sdk.ResourceCapabilities{}
		options.CompletionHandler = f.complete
	}
	server := sdk.NewServer(&sdk.Implementation{Name: "notechondria-mcp", Title: "Notechondria",
		Version: f.options.Version}, options)
	for _, t := range f.tools {
		server.AddTool(t.describe(), func(ctx context.Context, r *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
			return f.callTool(ctx, r, t)
		})
	}
	for _, p := range f.prompts {
		server.AddPrompt(p.describe(), func(ctx context.Context, r *sdk.GetPromptRequest) (*sdk.GetPromptResult, error) {
			return f.getPrompt(ctx, r, p)
		})
	}
	if f.resources != nil {
		server.AddResourceTemplate(f.resources.describe(), f.readResource)
	}
	server.AddReceivingMiddleware(f.personal)
	return server
}

// personal answers for the calling user: instructions, the tools that their program has chosen, and their
// resources.
func (f *Face) personal(next sdk.MethodHandler) sdk.MethodHandler {
	return func(ctx context.Context, method string, r sdk.Request) (sdk.Result, error) {
		if request, ok := r.(*sdk.ListResourcesRequest); ok && f.resources != nil {
			return f.listResources(ctx, request)
		}
		result, err := next(ctx, method, r)
		if err != nil {
			return result, err
		}
		switch result := result.(type) {
		case *sdk.ListToolsResult:
			result.Tools = f.visible(callOf(ctx), result.Tools)
		case *sdk.InitializeResult:
			result.Instructions, err = f.instructions(ctx)
		case *sdk.DiscoverResult:
			result.Instructions, err = f.instructions(ctx)
		}
		if err != nil {
			return nil, f.wire(ctx, method, err)
		}
		return result, nil
	}
}

// visible are the tools that the program has asked for, and for which its credential has the scopes.
func (f *Face) visible(c call, all []*sdk.Tool) []*sdk.Tool {
	shown := make([]*sdk.Tool, 0, len(all))
	for _, t := range all {
		if known := f.tools[t.Name]; c.filter.shows(known) && len(missing(c.who, known.Scopes)) == 0 {
			shown = append(shown, t)
		}
	}
	return shown
}

const (
	// maxInstructions bounds what a user tells programs, in characters: it is sent with every conversation.
	maxInstructions = 8000

	// safeInstructionLength is how much of instructions all clients keep; several cut there.
	safeInstructionLength = 512
)

// about is said where the user says nothing.
const about = "Notechondria keeps the user's notes (Markdown), the courses they are filed in, and a planner with " +
	"events, deadlines and calendars. Search before you create. Change a note with edit_note or append_to_note instead " +
	"of rewriting it. Deleted notes stay in the recycle bin for 30 days. Ask before you delete, publish, or empty " +
	"the bin."

// truncationNotice stands before instructions that are longer than what all clients keep.
const truncationNotice = "What the user wants you to know about using Notechondria follows. It is long: if it is cut " +
	"off, get_profile returns all of it as mcp_skill_md.\n\n"

func (f *Face) instructions(ctx context.Context) (string, error) {
	if f.options.Instructions == nil {
		return about, nil
	}
	text, err := f.options.Instructions(ctx, callOf(ctx).who)
	if err != nil {
		return "", err
	}
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return about, nil
	case utf8.RuneCountInString(text) <= safeInstructionLength:
		return text, nil
	}
	return truncationNotice + shortened(text, maxInstructions), nil
}

// shortened cuts a text at the end of a line or word.
func shortened(text string, most int) string {
	short := formats.Truncate(text, most)
	if short == text {
		return text
	}
	for _, end := range []string{"\n", " "} {
		if at := strings.LastIndex(short, end); at > len(short)/2 {
			short = short[:at]
			break
		}
	}
	return strings.TrimSpace(short) + " …"
}
