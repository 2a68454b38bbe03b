package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/trance-0/notechondria/internal/accounts/invitations"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/app"
)

type inviteCreateCommand struct {
	Label   string `help:"A note for yourself: whom it is for."`
	MaxUses int    `default:"1" placeholder:"N" help:"How many people may register with it (1)."`
	Expires string `placeholder:"WHEN" help:"When it expires: 12h, 30d, or a date such as 2027-01-31."`
	Code    string `help:"A code of your own, of at least 8 characters, instead of a random one."`
}

func (cmd *inviteCreateCommand) Help() string {
	return "The code is shown once and can't be read again. Registering stays closed to others when all invitations are " +
		"used up, expired or revoked."
}

func (cmd *inviteCreateCommand) Run(ctx context.Context, p *process) error {
	expires, err := expiry(cmd.Expires, time.Now())
	if err != nil {
		return usageError{err}
	}
	return withApp(ctx, p, func(a *app.App) error {
		code, err := a.Invitations.Create(ctx, actor.Operator(), invitations.Draft{
			Label: cmd.Label, MaxUses: cmd.MaxUses, ExpiresAt: expires, Code: cmd.Code,
		})
		if err != nil {
			return fmt.Errorf("making an invitation: %w", err)
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
		return nil, fmt.Errorf("--expires: %q is neither a time like 12h or 30d nor a day like 2027-01-31", text)
	}
	end := now.UTC().Truncate(time.Microsecond).Add(life)
	return &end, nil
}

type inviteListCommand struct {
	JSON bool `help:"As JSON."`
}

func (cmd *inviteListCommand) Run(ctx context.Context, p *process) error {
	return withApp(ctx, p, func(a *app.App) error {
		list, err := a.Invitations.List(ctx, actor.Operator())
		if err != nil {
			return err
		}
		if cmd.JSON {
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

type inviteRevokeCommand struct {
	ID int64 `arg:"" help:"Number of the invitation, as listed."`
}

func (cmd *inviteRevokeCommand) Run(ctx context.Context, p *process) error {
	return withApp(ctx, p, func(a *app.App) error {
		err := a.Invitations.Revoke(ctx, actor.Operator(), cmd.ID)
		if errors.Is(err, invitations.ErrNone) {
			return fmt.Errorf("invitation %d: %w", cmd.ID, err)
		}
		if err != nil {
			return err
		}
		line(p.Stdout, "Invitation %d is revoked.", cmd.ID)
		return nil
	})
}
