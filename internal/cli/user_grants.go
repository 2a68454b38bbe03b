package cli

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/app"
	"github.com/trance-0/notechondria/internal/oauth"
)

type userGrantsCommand struct {
	theUser
	JSON bool `help:"As JSON."`
}

// grantJSON is a grant in the output of commands.
type grantJSON struct {
	ID         int64      `json:"id"`
	ClientID   string     `json:"client_id"`
	ClientName string     `json:"client_name"`
	LeadsTo    string     `json:"leads_to"`
	Scopes     []string   `json:"scopes"`
	Resource   string     `json:"resource"`
	CreatedAt  time.Time  `json:"created_at"`
	LastUsedAt *time.Time `json:"last_used_at"`
	ExpiresAt  time.Time  `json:"expires_at"`
}

func (cmd *userGrantsCommand) Run(ctx context.Context, p *process) error {
	return cmd.with(ctx, p, func(a *app.App, user accounts.Account) error {
		grants, err := a.OAuth.ListGrants(ctx, actor.Operator(), user.ID)
		if err != nil {
			return err
		}
		if cmd.JSON {
			wire := make([]grantJSON, 0, len(grants))
			for _, g := range grants {
				wire = append(wire, grantJSON{
					g.ID, g.ClientID, g.ClientName, oauth.Destination(g.RedirectURI), g.Scopes, g.Resource, g.CreatedAt,
					g.LastUsedAt, g.ExpiresAt,
				})
			}
			return writeJSON(p.Stdout, wire)
		}
		table := tabwriter.NewWriter(p.Stdout, 0, 8, 2, ' ', 0)
		line(table, "ID\tCALLS ITSELF\tLEADS TO\tSCOPES\tSINCE\tLAST USE")
		for _, g := range grants {
			line(table, "%d\t%s\t%s\t%s\t%s\t%s", g.ID, printable(g.ClientName), printable(oauth.Destination(g.RedirectURI)),
				strings.Join(g.Scopes, " "), moment(&g.CreatedAt), moment(g.LastUsedAt))
		}
		return table.Flush()
	})
}

type userRevokeGrantCommand struct {
	theUser
	ID int64 `arg:"" help:"Id of the grant, as grants shows it."`
}

func (cmd *userRevokeGrantCommand) Run(ctx context.Context, p *process) error {
	return cmd.with(ctx, p, func(a *app.App, user accounts.Account) error {
		if err := a.OAuth.RevokeGrant(ctx, actor.Operator(), user.ID, cmd.ID); err != nil {
			return fmt.Errorf("grant %d of %q: %w", cmd.ID, user.Username, err)
		}
		line(p.Stdout, "The grant %d of %q has ended.", cmd.ID, user.Username)
		return nil
	})
}
