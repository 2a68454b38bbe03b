package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/accounts/events"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/app"
)

// eventsShown is how many events `user show` ends with.
const eventsShown = 10

type userEventsOptions struct {
	limit, skip int64
	json        bool
}

func newUserEventsCommand(p *process) *cobra.Command {
	var o userEventsOptions
	c := &cobra.Command{
		Use: "events <user>", Short: "Show the events of an account (sign-ins, changes, keys).", Args: cobra.ExactArgs(1),
		Long: `Show what happened to an account.

Sign-ins and failures, keys, linked sign-ins, changes of password and address, and
what operators did, the newest first. Of a deleted account, by its id, it is kept
that it was deleted.`,
		RunE: func(c *cobra.Command, args []string) error { return listEvents(c.Context(), p, args[0], o) },
	}
	c.Flags().Int64Var(&o.limit, "limit", 50, "Show at most `N`, up to 100.")
	c.Flags().Int64Var(&o.skip, "skip", 0, "Skip the `N` newest.")
	c.Flags().BoolVar(&o.json, "json", false, "As JSON.")
	return c
}

func listEvents(ctx context.Context, p *process, name string, o userEventsOptions) error {
	if o.limit < 1 || o.limit > events.MaxListed {
		return usageError{fmt.Errorf("--limit must be between 1 and %d", events.MaxListed)}
	}
	return withApp(ctx, p, func(a *app.App) error {
		id, err := idOf(ctx, a, name)
		if err != nil {
			return err
		}
		if !o.json {
			return showEvents(ctx, p, a, id, o.limit, o.skip)
		}
		page, err := a.Accounts.EventsOf(ctx, actor.Operator(), id, o.limit, o.skip)
		if err != nil {
			return err
		}
		return writeJSON(p.Stdout, eventsToJSON(page.Events))
	})
}

// idOf finds an account, also one that is gone.
func idOf(ctx context.Context, a *app.App, name string) (int64, error) {
	user, err := a.Accounts.FindUser(ctx, actor.Operator(), name)
	if errors.Is(err, accounts.ErrNoUser) {
		if id, notNumber := strconv.ParseInt(name, 10, 64); notNumber == nil {
			return id, nil
		}
	}
	if err != nil {
		return 0, fmt.Errorf("%q: %w", name, err)
	}
	return user.ID, nil
}

// showEvents prints a table of events; nothing where there are none.
func showEvents(ctx context.Context, p *process, a *app.App, userID, limit, skip int64) error {
	page, err := a.Accounts.EventsOf(ctx, actor.Operator(), userID, limit, skip)
	if err != nil || len(page.Events) == 0 {
		return err
	}
	table := tabwriter.NewWriter(p.Stdout, 0, 8, 2, ' ', 0)
	line(table, "TIME\tEVENT\tDETAIL\tBY\tDEVICE\tCLIENT\tTIMES")
	for _, e := range page.Events {
		line(table, "%s\t%s\t%s\t%s\t%s\t%s\t%d", moment(&e.LastAt), e.Kind, printable(e.Detail), e.Actor, e.DeviceLabel,
			e.ShownKey(), e.Times)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if left := page.Total - page.Offset - int64(len(page.Events)); left > 0 {
		line(p.Stderr, "%d earlier ones: user events --skip %d", left, page.Offset+int64(len(page.Events)))
	}
	return nil
}

// eventJSON is an event in the output of commands.
type eventJSON struct {
	ID          int64     `json:"id"`
	Event       string    `json:"event"`
	Detail      string    `json:"detail"`
	Actor       string    `json:"actor"`
	DeviceLabel string    `json:"device_label"`
	UserAgent   string    `json:"user_agent"`
	Client      string    `json:"client"`
	Times       int       `json:"times"`
	CreatedAt   time.Time `json:"created_at"`
	LastAt      time.Time `json:"last_at"`
}

func eventsToJSON(list []events.Event) []eventJSON {
	wire := make([]eventJSON, 0, len(list))
	for _, e := range list {
		wire = append(wire, eventJSON{
			e.ID, string(e.Kind), e.Detail, e.Actor, e.DeviceLabel, e.UserAgent, e.ShownKey(), e.Times, e.CreatedAt, e.LastAt,
		})
	}
	return wire
}
