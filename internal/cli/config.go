package cli

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/trance-0/notechondria/internal/config"
)

type configCommand struct {
	Reference bool `help:"Show the reference of all variables instead, as Markdown."`
}

func (cmd *configCommand) Run(_ context.Context, p *process) error {
	if cmd.Reference {
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
