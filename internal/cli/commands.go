package cli

import (
	"context"
	"fmt"
	"io"
	"os/signal"
	"syscall"

	"github.com/trance-0/notechondria/internal/cmdline"
)

// Run runs the command that the arguments name, and returns the exit code.
func Run(e Environment) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	p := &process{Environment: e, flags: &globalFlags{}}
	invocation, err := cmdline.Parse(program(p.flags), e.Args)
	if err != nil {
		return p.report(usageError{err})
	}
	if invocation.Help != "" {
		_, err := io.WriteString(p.Stdout, invocation.Help)
		return p.report(err)
	}
	command, ok := invocation.Command.Into.(runner)
	if !ok {
		return p.report(fmt.Errorf("%s is no command", invocation.Command.Name))
	}
	return p.report(command.Run(ctx, p))
}

// runner is a command: a struct of its flags and arguments.
type runner interface {
	Run(ctx context.Context, p *process) error
}

func one(name string, run runner, help string) *cmdline.Command {
	return &cmdline.Command{Name: name, Help: help, Into: run}
}

func group(name, help string, commands ...*cmdline.Command) *cmdline.Command {
	return &cmdline.Command{Name: name, Help: help, Commands: commands}
}

func program(flags *globalFlags) *cmdline.Command {
	root := group("notechondria", "Backend of notes, courses and planner. Settings come from the environment and .env: "+
		"see docs/configuration.md, or the config command.",
		one("start", &startCommand{}, "Migrate, bootstrap, collect static files, serve."),
		one("serve", &serveCommand{}, "Serve; the schema must be current."),
		one("migrate", &migrateCommand{}, "Bring the database schema up to date."),
		one("adopt", &adoptCommand{}, "Take over data and files of the Django server."),
		one("bootstrap", &bootstrapCommand{}, "Create the administrator and the sample courses."),
		one("collectstatic", &collectStaticCommand{}, "Copy the static files to their folder or bucket."),
		one("createsuperuser", &createSuperuserCommand{}, "Create an administrator."),
		userCommands(), inviteCommands(),
		one("mcp", &mcpCommand{}, "Offer somebody's notes, or those on a server, to a program of artificial intelligence, "+
			"over standard input and output."),
		backupCommands(),
		one("restore", &restoreCommand{}, "Fill an empty database from an archive."),
		one("check", &checkCommand{}, "Read and validate the configuration."),
		one("config", &configCommand{}, "Show the effective configuration and where each value came from."),
		one("version", &versionCommand{}, "Show the version."))
	root.Into, root.Default = flags, root.Commands[0]
	return root
}

func userCommands() *cmdline.Command {
	return group("user", "List and change accounts, and delete them.",
		one("list", &userListCommand{}, "List accounts."),
		one("show", &userShowCommand{}, "Show an account and the data it owns."),
		one("events", &userEventsCommand{}, "Show what happened to an account."),
		one("disable", &userDisableCommand{}, "Disable an account: its sessions end, and nobody can sign in to it."),
		one("enable", &userEnableCommand{}, "Enable a disabled account."),
		one("set-password", &userSetPasswordCommand{},
			"Give an account another password; sessions, API key and other access end."),
		one("grants", &userGrantsCommand{}, "List the programs that may use an account."),
		one("revoke-grant", &userRevokeGrantCommand{}, "End a program's access to an account."),
		one("delete", &userDeleteCommand{}, "Delete an account with everything that belongs to it."))
}

func inviteCommands() *cmdline.Command {
	return group("invite", "Create, list and revoke invitations.",
		one("create", &inviteCreateCommand{},
			"Create an invitation. Once there is one, registration requires an invitation."),
		one("list", &inviteListCommand{}, "List invitations, the newest first."),
		one("revoke", &inviteRevokeCommand{}, "Revoke an invitation; accounts created with it stay."))
}

func backupCommands() *cmdline.Command {
	c := group("backup", "Back up the whole server; list, verify, prune backups.",
		one("make", &backupMakeCommand{}, "Make an archive (the default)."),
		one("list", &backupListCommand{}, "List the archives that are kept, the newest first."),
		one("verify", &backupVerifyCommand{}, "Read all of an archive and compare its sums."),
		one("prune", &backupPruneCommand{}, "Remove archives but seven daily, four weekly and six monthly ones."))
	c.Default = c.Commands[0]
	return c
}
