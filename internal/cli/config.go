package cli

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/trance-0/notechondria/internal/config"
)

func newConfigCommand(p *process) *cobra.Command {
	var reference bool
	c := &cobra.Command{
		Use: "config", Short: "Show the effective configuration and where each value came from.", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return showConfig(p, reference) },
	}
	c.Flags().BoolVar(&reference, "reference", false, "Show the reference of all variables as Markdown instead.")
	return c
}

func showConfig(p *process, reference bool) error {
	if reference {
		_, err := fmt.Fprint(p.Stdout, config.Reference())
		return err
	}
	c, err := p.config(nil)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(p.Stdout, 0, 8, 2, ' ', 0)
	line(table, "VARIABLE\tVALUE\tFROM")
	for _, setting := range c.Effective() {
		line(table, "%s\t%s\t%s", setting.Name, setting.Value, setting.Origin)
	}
	return table.Flush()
}
