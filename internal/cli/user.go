package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/app"
)

func newUserCommand(p *process) *cobra.Command {
	c := &cobra.Command{
		Use: "user", Short: "List, change and delete accounts.",
		Long: `List and change accounts, and delete them.

<user> is the id, the user name or the mail address of an account.`,
	}
	add(c, p, newUserListCommand, newUserShowCommand, newUserEventsCommand, newUserDisableCommand, newUserEnableCommand,
		newUserSetPasswordCommand, newUserGrantsCommand, newUserRevokeGrantCommand, newUserDeleteCommand)
	return c
}

type userListOptions struct {
	page accounts.UserPage
	json bool
}

func newUserListCommand(p *process) *cobra.Command {
	var o userListOptions
	c := &cobra.Command{
		Use: "list", Short: "List accounts.", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return listUsers(c.Context(), p, o) },
	}
	c.Flags().StringVar(&o.page.Search, "search", "", "List only accounts with `TEXT` in their user name or email "+
		"address.")
	c.Flags().IntVar(&o.page.Limit, "limit", 100, "Show at most `N`, up to 1000.")
	c.Flags().Int64Var(&o.page.After, "after", 0, "Continue after the account `ID`.")
	c.Flags().BoolVar(&o.json, "json", false, "As JSON.")
	return c
}

func listUsers(ctx context.Context, p *process, o userListOptions) error {
	if o.page.Limit < 1 || o.page.Limit > accounts.MaxUsersListed {
		return usageError{fmt.Errorf("--limit must be between 1 and %d", accounts.MaxUsersListed)}
	}
	return withApp(ctx, p, func(a *app.App) error {
		list, err := a.Accounts.ListUsers(ctx, actor.Operator(), o.page)
		if err != nil {
			return err
		}
		if o.json {
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
		if len(list) == o.page.Limit {
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

func newUserShowCommand(p *process) *cobra.Command {
	return &cobra.Command{
		Use: "show <user>", Short: "Show an account and the data it owns.", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return showUser(c.Context(), p, args[0]) },
	}
}

func showUser(ctx context.Context, p *process, name string) error {
	return withUser(ctx, p, name, func(a *app.App, user accounts.Account) error {
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

func newUserDisableCommand(p *process) *cobra.Command {
	var hide bool
	c := &cobra.Command{
		Use: "disable <user>", Short: "Disable an account: its sessions end and nobody can sign in to it.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return disableUser(c.Context(), p, args[0], hide) },
	}
	c.Flags().BoolVar(&hide, "hide", false, "Make everything the user has published private until the account is enabled.")
	return c
}

func disableUser(ctx context.Context, p *process, name string, hide bool) error {
	return withUser(ctx, p, name, func(a *app.App, user accounts.Account) error {
		disable := a.Accounts.DisableUser
		if hide {
			disable = a.Accounts.DisableAndHideUser
		}
		if err := disable(ctx, actor.Operator(), user.ID); err != nil {
			return err
		}
		line(p.Stdout, "The account %q is disabled; its sessions have ended.", user.Username)
		if hide {
			line(p.Stdout, "Everything it has published is hidden.")
		}
		return nil
	})
}

func newUserEnableCommand(p *process) *cobra.Command {
	return &cobra.Command{
		Use: "enable <user>", Short: "Enable a disabled account.", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return enableUser(c.Context(), p, args[0]) },
	}
}

func enableUser(ctx context.Context, p *process, name string) error {
	return withUser(ctx, p, name, func(a *app.App, user accounts.Account) error {
		if err := a.Accounts.EnableUser(ctx, actor.Operator(), user.ID); err != nil {
			return err
		}
		line(p.Stdout, "The account %q is enabled.", user.Username)
		return nil
	})
}

func newUserSetPasswordCommand(p *process) *cobra.Command {
	return &cobra.Command{
		Use: "set-password <user>", Args: cobra.ExactArgs(1),
		Short: "Set the password of an account; sessions, API key and other access end.",
		Long: `Give an account another password; sessions, API key and other access end.

The password is asked for without echo, or is the first line of standard input
where that is no terminal.`,
		RunE: func(c *cobra.Command, args []string) error { return setPassword(c.Context(), p, args[0]) },
	}
}

func setPassword(ctx context.Context, p *process, name string) error {
	return withUser(ctx, p, name, func(a *app.App, user accounts.Account) error {
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

func newUserDeleteCommand(p *process) *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use: "delete <user>", Short: "Delete an account and everything that belongs to it.", Args: cobra.ExactArgs(1),
		Long: `Delete an account with everything that belongs to it.

Notes of others in the user's courses stay, without a course. This can't be
undone: disable keeps everything.`,
		RunE: func(c *cobra.Command, args []string) error { return deleteUser(c.Context(), p, args[0], yes) },
	}
	c.Flags().BoolVarP(&yes, "yes", "y", false, "Do not ask for confirmation.")
	return c
}

func deleteUser(ctx context.Context, p *process, name string, yes bool) error {
	return withUser(ctx, p, name, func(a *app.App, user accounts.Account) error {
		if !yes {
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
		return usageError{errors.New("deleting can't be undone: confirm with --yes, since there is no terminal to ask on")}
	}
	data, err := a.Accounts.UserData(ctx, actor.Operator(), user.ID)
	if err != nil {
		return err
	}
	line(p.Stdout, "User %d, %q <%s>, and %s, will be permanently deleted.", user.ID, user.Username, printable(user.Email),
		describeUserData(data))
	answer, err := ask(ctx, p, bufio.NewReader(p.Stdin), true, "Type yes to continue", "no")
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
