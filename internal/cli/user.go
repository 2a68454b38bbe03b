package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/term"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/app"
)

// theUser is the argument that names an account.
type theUser struct {
	User string `arg:"" help:"Id, user name or mail address."`
}

// with runs work on the account.
func (u theUser) with(ctx context.Context, p *process, work func(a *app.App, user accounts.Account) error) error {
	return withApp(ctx, p, func(a *app.App) error {
		user, err := a.Accounts.FindUser(ctx, actor.Operator(), u.User)
		if err != nil {
			return fmt.Errorf("%q: %w", u.User, err)
		}
		return work(a, user)
	})
}

type userListCommand struct {
	Search string `placeholder:"TEXT" help:"Only those with this in their user name or mail address."`
	Limit  int    `default:"100" help:"How many to show, at most 1000 (100)."`
	After  int64  `placeholder:"ID" help:"Continue after this id."`
	JSON   bool   `help:"As JSON."`
}

func (cmd *userListCommand) Run(ctx context.Context, p *process) error {
	if cmd.Limit < 1 || cmd.Limit > accounts.MaxUsersListed {
		return usageError{fmt.Errorf("--limit is between 1 and %d", accounts.MaxUsersListed)}
	}
	return withApp(ctx, p, func(a *app.App) error {
		list, err := a.Accounts.ListUsers(ctx, actor.Operator(), accounts.UserPage{
			Search: cmd.Search, After: cmd.After, Limit: cmd.Limit,
		})
		if err != nil {
			return err
		}
		if cmd.JSON {
			return writeJSON(p.Stdout, usersToJSON(list))
		}
		table := tabwriter.NewWriter(p.Stdout, 0, 8, 2, ' ', 0)
		line(table, "ID\tUSER NAME\tMAIL ADDRESS\tSTATE\tROLE\tJOINED\tLAST SIGN-IN")
		for _, u := range list {
			line(table, "%d\t%s\t%s\t%s\t%s\t%s\t%s", u.ID, printable(u.Username), printable(u.Email), u.State(), role(u),
				moment(&u.DateJoined), moment(u.LastLoginAt))
		}
		if err := table.Flush(); err != nil {
			return err
		}
		if len(list) == cmd.Limit {
			line(p.Stderr, "There may be more: --after %d", list[len(list)-1].ID)
		}
		return nil
	})
}

// userJSON is an account in the output of commands.
type userJSON struct {
	ID          int64      `json:"id"`
	Username    string     `json:"username"`
	Email       string     `json:"email"`
	IsActive    bool       `json:"is_active"`
	IsStaff     bool       `json:"is_staff"`
	IsSuperuser bool       `json:"is_superuser"`
	DateJoined  time.Time  `json:"date_joined"`
	LastLoginAt *time.Time `json:"last_login_at"`
	DisabledAt  *time.Time `json:"disabled_at"`
	HiddenAt    *time.Time `json:"hidden_at"`
}

func usersToJSON(list []accounts.Account) []userJSON {
	wire := make([]userJSON, 0, len(list))
	for _, u := range list {
		wire = append(wire, userJSON(u))
	}
	return wire
}

func role(u accounts.Account) string {
	switch {
	case u.IsSuperuser:
		return "administrator"
	case u.IsStaff:
		return "staff"
	}
	return "-"
}

type userShowCommand struct{ theUser }

func (cmd *userShowCommand) Run(ctx context.Context, p *process) error {
	return cmd.with(ctx, p, func(a *app.App, user accounts.Account) error {
		data, err := a.Accounts.UserData(ctx, actor.Operator(), user.ID)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(p.Stdout, 0, 8, 2, ' ', 0)
		line(table, "id\t%d\nuser name\t%s\nmail address\t%s\nstate\t%s\nrole\t%s", user.ID, printable(user.Username),
			printable(user.Email), user.State(), role(user))
		line(table, "joined\t%s\nlast sign-in\t%s", moment(&user.DateJoined), moment(user.LastLoginAt))
		line(table, "disabled\t%s\nhidden\t%s", moment(user.DisabledAt), moment(user.HiddenAt))
		for _, count := range data.Counts {
			line(table, "%s\t%d", count.What, count.Number)
		}
		line(table, "files\t%d", len(data.Files))
		if err := table.Flush(); err != nil {
			return err
		}
		return showEvents(ctx, p, a, user.ID, eventsShown, 0)
	})
}

type userDisableCommand struct {
	theUser
	Hide bool `help:"Make what they have published private, until the account is enabled."`
}

func (cmd *userDisableCommand) Run(ctx context.Context, p *process) error {
	return cmd.with(ctx, p, func(a *app.App, user accounts.Account) error {
		disable := a.Accounts.DisableUser
		if cmd.Hide {
			disable = a.Accounts.DisableAndHideUser
		}
		if err := disable(ctx, actor.Operator(), user.ID); err != nil {
			return err
		}
		line(p.Stdout, "The account %q is switched off; its sessions have ended.", user.Username)
		if cmd.Hide {
			line(p.Stdout, "What it has published is hidden.")
		}
		return nil
	})
}

type userEnableCommand struct{ theUser }

func (cmd *userEnableCommand) Run(ctx context.Context, p *process) error {
	return cmd.with(ctx, p, func(a *app.App, user accounts.Account) error {
		if err := a.Accounts.EnableUser(ctx, actor.Operator(), user.ID); err != nil {
			return err
		}
		line(p.Stdout, "The account %q is switched on.", user.Username)
		return nil
	})
}

type userSetPasswordCommand struct{ theUser }

func (*userSetPasswordCommand) Help() string {
	return "The password is asked for without echo, or is the first line of standard input where that is no terminal."
}

func (cmd *userSetPasswordCommand) Run(ctx context.Context, p *process) error {
	return cmd.with(ctx, p, func(a *app.App, user accounts.Account) error {
		plain, err := askPassword(ctx, p, bufio.NewReader(p.Stdin), term.IsTerminal(int(p.Stdin.Fd())))
		if err != nil {
			return err
		}
		if err := a.Accounts.SetPassword(ctx, actor.Operator(), user.ID, plain); err != nil {
			return fmt.Errorf("setting the password of %q: %w", user.Username, err)
		}
		line(p.Stdout, "The account %q has the new password; its sessions, API key and other access have ended.",
			user.Username)
		return nil
	})
}

type userDeleteCommand struct {
	theUser
	Yes bool `short:"y" help:"Do not ask for confirmation."`
}

func (*userDeleteCommand) Help() string {
	return "Notes of others in the user's courses stay, without a course. This can't be undone: disable keeps everything."
}

func (cmd *userDeleteCommand) Run(ctx context.Context, p *process) error {
	return cmd.with(ctx, p, func(a *app.App, user accounts.Account) error {
		if !cmd.Yes {
			if err := confirmDeletion(ctx, p, a, user); err != nil {
				return err
			}
		}
		gone, err := a.Accounts.DeleteUser(ctx, actor.Operator(), user.ID)
		if err != nil {
			return fmt.Errorf("deleting %q: %w", user.Username, err)
		}
		line(p.Stdout, "The account %q is deleted, with %s.", user.Username, describeUserData(gone))
		return nil
	})
}

func confirmDeletion(ctx context.Context, p *process, a *app.App, user accounts.Account) error {
	if !term.IsTerminal(int(p.Stdin.Fd())) {
		return usageError{errors.New("deleting can't be undone: --yes confirms it where nobody can be asked")}
	}
	data, err := a.Accounts.UserData(ctx, actor.Operator(), user.ID)
	if err != nil {
		return err
	}
	line(p.Stdout, "User %d, %q <%s>, and %s, will be deleted for good.", user.ID, user.Username, printable(user.Email),
		describeUserData(data))
	answer, err := ask(ctx, p, bufio.NewReader(p.Stdin), true, "Type yes to go on", "no")
	if err != nil {
		return err
	}
	if answer != "yes" {
		return errors.New("nothing was deleted")
	}
	return nil
}

// describeUserData is "3 notes, 1 courses, 2 files".
func describeUserData(h accounts.UserData) string {
	var parts []string
	for _, count := range h.Counts {
		parts = append(parts, fmt.Sprintf("%d %s", count.Number, count.What))
	}
	return strings.Join(append(parts, fmt.Sprintf("%d files", len(h.Files))), ", ")
}
