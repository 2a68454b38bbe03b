package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/app"
	"github.com/trance-0/notechondria/internal/mcp"
)

type mcpCommand struct {
	User     string   `placeholder:"USER" help:"Whose notes these are: id, user name or mail address."`
	URL      string   `placeholder:"URL" help:"Pass on to the server at this address, with the API key in MCP_KEY."`
	ReadOnly bool     `help:"Only tools that change nothing."`
	Tools    []string `placeholder:"SETS" help:"Only these tools: notes, courses, planner, calendars, activity, account."`
}

func (cmd *mcpCommand) Run(ctx context.Context, p *process) error {
	if (cmd.User == "") == (cmd.URL == "") {
		return usageError{errors.New("say either whose notes (--user) or which server (--url)")}
	}
	selection := mcp.Selection{ReadOnly: cmd.ReadOnly, Sets: cmd.Tools}
	if cmd.URL != "" {
		c, err := p.config(nil)
		if err != nil {
			return err
		}
		relay := mcp.Relay{URL: cmd.URL, Key: c.MCPKey, Version: p.Version, Selection: selection}
		return relay.Run(ctx, p.input(ctx), p.Stdout)
	}
	return withApp(ctx, p, func(a *app.App) error {
		who, err := a.Accounts.ActAs(ctx, actor.Operator(), cmd.User)
		if err != nil {
			return fmt.Errorf("%q: %w", cmd.User, err)
		}
		return a.Tools(p.Version).ServeIO(ctx, who, selection, p.input(ctx), p.Stdout)
	})
}

// input is standard input, which is closed when ctx is done: nothing else ends reading from it.
func (p *process) input(ctx context.Context) *os.File {
	context.AfterFunc(ctx, func() { _ = p.Stdin.Close() })
	return p.Stdin
}
