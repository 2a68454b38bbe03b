package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/accounts/events"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/app"
)

// eventsShown is how many events `user show` ends with.
const eventsShown = 10

type userEventsCommand struct {
	theUser
	Limit int64 `default:"50" help:"How many to show, at most 100 (50)."`
	Skip  int64 `help:"Leave out so many of the newest."`
	JSON  bool  `help:"As JSON."`
}

func (*userEventsCommand) Help() string {
	return "Sign-ins and failures, keys, linked sign-ins, changes of password and address, and what operators did, the " +
		"newest first. Of a deleted account, by its id, it is kept that it was deleted."
}

func (cmd *userEventsCommand) Run(ctx context.Context, p *process) error {
	if cmd.Limit < 1 || cmd.Limit > events.MaxListed {
		return usageError{fmt.Errorf("--limit is between 1 and %d", events.MaxListed)}
	}
	return withApp(ctx, p, func(a *app.App) error {
		id, err := cmd.id(ctx, a)
		if err != nil {
			return err
		}
		if !cmd.JSON {
			return showEvents(ctx, p, a, id, cmd.Limit, cmd.Skip)
		}
		page, err := a.Accounts.EventsOf(ctx, actor.Operator(), id, cmd.Limit, cmd.Skip)
		if err != nil {
			return err
		}
		return writeJSON(p.Stdout, eventsToJSON(page.Events))
	})
}

// id is also that of an account which is gone.
func (cmd *userEventsCommand) id(ctx context.Context, a *app.App) (int64, error) {
	user, err := a.Accounts.FindUser(ctx, actor.Operator(), cmd.User)
	if errors.Is(err, accounts.ErrNoUser) {
		if id, notNumber := strconv.ParseInt(cmd.User, 10, 64); notNumber == nil {
			return id, nil
		}
	}
	if err != nil {
		return 0, fmt.Errorf("%q: %w", cmd.User, err)
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
		line(p.Stderr, "There are %d earlier ones: user events --skip %d", left, page.Offset+int64(len(page.Events)))
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
