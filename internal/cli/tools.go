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
		Use: "mcp", Short: "Offer somebody's notes to a program of artificial intelligence.", Args: cobra.NoArgs,
		Long: `Offer somebody's notes, or those on a server, to a program of artificial
intelligence, over standard input and output.`,
		RunE: func(c *cobra.Command, _ []string) error {
			if c.Flags().Changed("tools") && len(o.selection.Sets) == 0 {
				return usageError{errors.New("--tools names no set")}
			}
			return serveTools(c.Context(), p, o)
		},
	}
	c.Flags().StringVar(&o.user, "user", "", "The `USER` whose notes these are: id, user name or mail address.")
	c.Flags().StringVar(&o.url, "url", "", "Pass on to the server at `URL`, with the API key in MCP_KEY.")
	c.Flags().BoolVar(&o.selection.ReadOnly, "read-only", false, "Only tools that change nothing.")
	c.Flags().StringSliceVar(&o.selection.Sets, "tools", nil,
		"Only these `SETS` of tools: notes, courses, planner, calendars, activity, account.")
	return c
}

func serveTools(ctx context.Context, p *process, o mcpOptions) error {
	if (o.user == "") == (o.url == "") {
		return usageError{errors.New("say either whose notes (--user) or which server (--url)")}
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
