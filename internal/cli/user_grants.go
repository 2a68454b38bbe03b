package cli

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/app"
	"github.com/trance-0/notechondria/internal/oauth"
)

func newUserGrantsCommand(p *process) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "grants <user>", Short: "List the programs that may use an account.", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return listGrants(c.Context(), p, args[0], asJSON) },
	}
	c.Flags().BoolVar(&asJSON, "json", false, "As JSON.")
	return c
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

func listGrants(ctx context.Context, p *process, name string, asJSON bool) error {
	return withUser(ctx, p, name, func(a *app.App, user accounts.Account) error {
		grants, err := a.OAuth.ListGrants(ctx, actor.Operator(), user.ID)
		if err != nil {
			return err
		}
		if asJSON {
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

func newUserRevokeGrantCommand(p *process) *cobra.Command {
	return &cobra.Command{
		Use: "revoke-grant <user> <id>", Short: "Revoke a program's access to an account.", Args: cobra.ExactArgs(2),
		Long: `End a program's access to an account.

<id> is that of the grant, as grants shows it.`,
		RunE: func(c *cobra.Command, args []string) error {
			id, err := wholeNumber(args[1])
			if err != nil {
				return err
			}
			return revokeGrant(c.Context(), p, args[0], id)
		},
	}
}

func revokeGrant(ctx context.Context, p *process, name string, id int64) error {
	return withUser(ctx, p, name, func(a *app.App, user accounts.Account) error {
		if err := a.OAuth.RevokeGrant(ctx, actor.Operator(), user.ID, id); err != nil {
			return fmt.Errorf("grant %d of %q: %w", id, user.Username, err)
		}
		line(p.Stdout, "Revoked grant %d of %q.", id, user.Username)
		return nil
	})
}
