package cli

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func add(group *cobra.Command, p *process, constructors ...func(*process) *cobra.Command) {
	for _, newCommand := range constructors {
		group.AddCommand(newCommand(p))
	}
}

// addTitled adds commands, which the help lists under a title.
func addTitled(group *cobra.Command, p *process, title string, constructors ...func(*process) *cobra.Command) {
	group.AddGroup(&cobra.Group{ID: title, Title: title})
	for _, newCommand := range constructors {
		c := newCommand(p)
		c.GroupID = title
		group.AddCommand(c)
	}
}

// setDefault makes a group run c when no command of the group is named.
func setDefault(group, c *cobra.Command) {
	group.RunE = c.RunE
	group.Flags().AddFlagSet(c.Flags())
}

// requireSubcommand makes groups refuse unknown commands, and a missing one unless they have a default: cobra would
// show the help and exit with success.
func requireSubcommand(c *cobra.Command) {
	if !c.HasSubCommands() {
		return
	}
	c.Args = knownCommand
	if !c.Runnable() {
		c.RunE = missingCommand
	}
	for _, sub := range c.Commands() {
		requireSubcommand(sub)
	}
}

func knownCommand(group *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	group.SuggestionsMinimumDistance = 2 // cobra's own default
	meant := ""
	if near := group.SuggestionsFor(args[0]); len(near) > 0 {
		meant = ": did you mean " + strings.Join(near, " or ") + "?"
	}
	return fmt.Errorf("unknown command %q%s", args[0], meant)
}

func missingCommand(group *cobra.Command, _ []string) error {
	var names []string
	for _, c := range group.Commands() {
		names = append(names, c.Name())
	}
	return usageError{fmt.Errorf("expected one of %s", strings.Join(names, ", "))}
}

// wrongFlag reports the unknown command instead of the unknown flag if both are wrong: the flag may be one of the
// command that was meant.
func wrongFlag(c *cobra.Command, err error) error {
	if c.HasSubCommands() {
		if unknown := knownCommand(c, c.Flags().Args()); unknown != nil {
			return unknown
		}
	}
	return err
}

// checkMissingValue refuses a flag that was read as the value of the flag before it: adopt --report --dry-run would
// write.
func checkMissingValue(c *cobra.Command) (err error) {
	c.Flags().Visit(func(f *pflag.Flag) {
		word, _, _ := strings.Cut(f.Value.String(), "=")
		name, is := strings.CutPrefix(word, "--")
		if is && c.Flags().Lookup(name) != nil {
			err = fmt.Errorf("flag needs an argument: --%s", f.Name)
		}
	})
	return err
}

// addHelp adds cobra's help command, and makes it refuse unknown commands.
func addHelp(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	for _, c := range root.Commands() {
		if c.Name() == "help" {
			c.Args = knownTopic
		}
	}
}

func knownTopic(help *cobra.Command, args []string) error {
	topic, rest, err := help.Root().Find(args)
	if err != nil {
		return err
	}
	return knownCommand(topic, rest)
}

// wholeNumber parses an argument.
func wholeNumber(text string) (int64, error) {
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, usageError{fmt.Errorf("%q is not a whole number", text)}
	}
	return number, nil
}

// completeFiles makes shells complete flags and arguments of a command, and of its subcommands, with file names.
func completeFiles(c *cobra.Command) {
	c.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveDefault)
}
