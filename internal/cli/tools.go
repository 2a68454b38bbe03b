package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/app"
	"github.com/trance-0/notechondria/internal/mcp"
)

type mcpOptions struct {
	user, url string
	selection mcp.Selection
}

func newMCPCommand(p *process) *cobra.Command {
	var o mcpOptions
	c := &cobra.Command{
		Use: "mcp", Short: "Connect an AI assistant to a user's notes (MCP).", Args: cobra.NoArgs,
		Long: `Connect an AI assistant to a user's notes, or to those on a server, with the
Model Context Protocol (MCP) over standard input and output.`,
		RunE: func(c *cobra.Command, _ []string) error {
			if c.Flags().Changed("tools") && len(o.selection.Sets) == 0 {
				return usageError{errors.New("--tools must name at least one set")}
			}
			return serveTools(c.Context(), p, o)
		},
	}
	c.Flags().StringVar(&o.user, "user", "", "`USER` whose notes to use: id, user name or email address.")
	c.Flags().StringVar(&o.url, "url", "", "Use the server at `URL`, with the API key in MCP_KEY.")
	c.Flags().BoolVar(&o.selection.ReadOnly, "read-only", false, "Offer only tools that change nothing.")
	c.Flags().StringSliceVar(&o.selection.Sets, "tools", nil,
		"Offer only these `SETS` of tools: notes, courses, planner, calendars, activity, account.")
	return c
}

func serveTools(ctx context.Context, p *process, o mcpOptions) error {
	if (o.user == "") == (o.url == "") {
		return usageError{errors.New("use either --user (whose notes) or --url (which server)")}
	}
	if o.url != "" {
		c, err := p.config(nil)
		if err != nil {
			return err
		}
		relay := mcp.Relay{URL: o.url, Key: c.MCPKey, Version: p.Version, Selection: o.selection}
		return relay.Run(ctx, p.input(ctx), p.Stdout)
	}
	return withApp(ctx, p, func(a *app.App) error {
		who, err := a.Accounts.ActAs(ctx, actor.Operator(), o.user)
		if err != nil {
			return fmt.Errorf("%q: %w", o.user, err)
		}
		return a.Tools(p.Version).ServeIO(ctx, who, o.selection, p.input(ctx), p.Stdout)
	})
}

// input is standard input, which is closed when ctx is done: nothing else ends reading from it.
func (p *process) input(ctx context.Context) *os.File {
	context.AfterFunc(ctx, func() { _ = p.Stdin.Close() })
	return p.Stdin
}
