package cli

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// Run runs the command that the arguments name, and returns the exit code.
func Run(e Environment) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	p := &process{Environment: e}
	command, err := newProgram(p).ExecuteContextC(ctx)
	if err != nil && !p.understood {
		err = usageError{err}
	}
	if errors.As(err, new(usageError)) {
		err = fmt.Errorf("%w; see %s --help", err, command.CommandPath())
	}
	return p.report(err)
}

func newProgram(p *process) *cobra.Command {
	root := &cobra.Command{
		Use:   "notechondria",
		Short: "Backend of notes, courses and planner.",
		Long: `Backend of notes, courses and planner. Without a command, runs start.

Settings come from the environment and .env: see docs/configuration.md, or the
config command.`,
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			err := checkMissingValue(c)
			p.understood = err == nil
			return err
		},
		SilenceErrors: true, // Run reports them
		SilenceUsage:  true,
	}
	root.SetIn(p.Stdin)
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	root.SetArgs(append([]string{}, p.Args...)) // cobra reads nil as those of the operating system
	root.SetFlagErrorFunc(wrongFlag)
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)

	flags := root.PersistentFlags()
	flags.StringVar(&p.dataDir, "data-dir", "", "Folder `DIR` for everything kept on disk (DATA_DIR).")
	flags.StringVar(&p.databaseURL, "database-url", "", "`URL` of the database (DATABASE_URL).")
	_ = root.MarkPersistentFlagDirname("data-dir") // there is that flag

	setDefault(root, newStartCommand(p))
	addTitled(root, p, "Server:", newStartCommand, newServeCommand, newMigrateCommand, newBootstrapCommand,
		newCollectStaticCommand, newCheckCommand, newConfigCommand)
	addTitled(root, p, "Accounts:", newCreateSuperuserCommand, newUserCommand, newInviteCommand)
	addTitled(root, p, "Data:", newAdoptCommand, newBackupCommand, newRestoreCommand)
	add(root, p, newMCPCommand, newVersionCommand)
	root.InitDefaultCompletionCmd()
	requireSubcommand(root)
	addHelp(root)
	return root
}
