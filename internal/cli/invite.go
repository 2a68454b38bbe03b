package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/trance-0/notechondria/internal/accounts/invitations"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/app"
)

func newInviteCommand(p *process) *cobra.Command {
	c := &cobra.Command{Use: "invite", Short: "Create, list and revoke invitations."}
	add(c, p, newInviteCreateCommand, newInviteListCommand, newInviteRevokeCommand)
	return c
}

func newInviteCreateCommand(p *process) *cobra.Command {
	var draft invitations.Draft
	var expires string
	c := &cobra.Command{
		Use: "create", Short: "Create an invitation. Once there is one, registration requires an invitation.",
		Long: `Create an invitation. Once there is one, registration requires an invitation.

The code is shown once and can't be read again. Registering stays closed to
others when all invitations are used up, expired or revoked.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return createInvitation(c.Context(), p, draft, expires) },
	}
	c.Flags().StringVar(&draft.Label, "label", "", "A `TEXT` for yourself, such as who it is for.")
	c.Flags().IntVar(&draft.MaxUses, "max-uses", 1, "How many people `N` may register with it.")
	c.Flags().StringVar(&expires, "expires", "", "`WHEN` it expires: 12h, 30d, or a date such as 2027-01-31.")
	c.Flags().StringVar(&draft.Code, "code", "",
		"Use this `CODE`, of at least 8 characters, instead of a random one.")
	return c
}

func createInvitation(ctx context.Context, p *process, draft invitations.Draft, expires string) error {
	var err error
	if draft.ExpiresAt, err = expiry(expires, time.Now()); err != nil {
		return usageError{err}
	}
	return withApp(ctx, p, func(a *app.App) error {
		code, err := a.Invitations.Create(ctx, actor.Operator(), draft)
		if err != nil {
			return fmt.Errorf("creating an invitation: %w", err)
		}
		line(p.Stdout, "%s", code)
		return nil
	})
}

const day = 24 * time.Hour

// expiry reads the end of an invitation: a time from now, or a day, at whose end (UTC) it expires; nil for "".
func expiry(text string, now time.Time) (*time.Time, error) {
	if text == "" {
		return nil, nil
	}
	if date, err := time.Parse(time.DateOnly, text); err == nil {
		end := date.Add(day)
		return &end, nil
	}
	var life time.Duration
	var err error
	if count, ok := strings.CutSuffix(text, "d"); ok {
		var days int
		days, err = strconv.Atoi(count)
		life = time.Duration(min(days, 36_500)) * day
	} else {
		life, err = time.ParseDuration(text)
	}
	if err != nil || life <= 0 {
		return nil, fmt.Errorf("--expires: %q is neither a duration such as 12h or 30d nor a date such as 2027-01-31", text)
	}
	end := now.UTC().Truncate(time.Microsecond).Add(life)
	return &end, nil
}

func newInviteListCommand(p *process) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "list", Short: "List invitations, newest first.", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return listInvitations(c.Context(), p, asJSON) },
	}
	c.Flags().BoolVar(&asJSON, "json", false, "As JSON.")
	return c
}

func listInvitations(ctx context.Context, p *process, asJSON bool) error {
	return withApp(ctx, p, func(a *app.App) error {
		list, err := a.Invitations.List(ctx, actor.Operator())
		if err != nil {
			return err
		}
		if asJSON {
			return writeJSON(p.Stdout, invitationsToJSON(list))
		}
		table := tabwriter.NewWriter(p.Stdout, 0, 8, 2, ' ', 0)
		line(table, "ID\tSTATE\tUSED\tEXPIRES\tCREATED\tLABEL")
		for _, i := range list {
			line(table, "%d\t%s\t%d of %d\t%s\t%s\t%s",
				i.ID, i.State(), i.TimesUsed, i.MaxUses, moment(i.ExpiresAt), moment(&i.CreatedAt), printable(i.Label))
		}
		return table.Flush()
	})
}

// invitationJSON is an invitation in the output of commands.
type invitationJSON struct {
	ID        int64      `json:"id"`
	Label     string     `json:"label"`
	MaxUses   int        `json:"max_uses"`
	TimesUsed int        `json:"times_used"`
	ExpiresAt *time.Time `json:"expires_at"`
	RevokedAt *time.Time `json:"revoked_at"`
	CreatedAt time.Time  `json:"created_at"`
}

func invitationsToJSON(list []invitations.Invitation) []invitationJSON {
	wire := make([]invitationJSON, 0, len(list))
	for _, i := range list {
		wire = append(wire, invitationJSON(i))
	}
	return wire
}

func newInviteRevokeCommand(p *process) *cobra.Command {
	return &cobra.Command{
		Use: "revoke <id>", Short: "Revoke an invitation; accounts created with it stay.", Args: cobra.ExactArgs(1),
		Long: `Revoke an invitation; accounts created with it stay.

<id> is the number of the invitation, as listed.`,
		RunE: func(c *cobra.Command, args []string) error {
			id, err := wholeNumber(args[0])
			if err != nil {
				return err
			}
			return revokeInvitation(c.Context(), p, id)
		},
	}
}

func revokeInvitation(ctx context.Context, p *process, id int64) error {
	return withApp(ctx, p, func(a *app.App) error {
		err := a.Invitations.Revoke(ctx, actor.Operator(), id)
		if errors.Is(err, invitations.ErrNone) {
			return fmt.Errorf("invitation %d: %w", id, err)
		}
		if err != nil {
			return err
		}
		line(p.Stdout, "Invitation %d is revoked.", id)
		return nil
	})
}
