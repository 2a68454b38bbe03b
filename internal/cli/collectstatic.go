package cli

import (
	"context"
	"fmt"

	"golang.org/x/term"

	"github.com/trance-0/notechondria/internal/app"
	"github.com/trance-0/notechondria/internal/static"
)

type collectStaticCommand struct {
	Clear  bool `help:"Then delete files older than a day that neither of the last two runs collected."`
	DryRun bool `help:"Change nothing; show what would be done."`
	// The old system's command asked first; scripts that were written for it say that it must not.
	NoInput bool `name:"noinput" hidden:"" help:"Accepted and ignored."`
}

func (cmd *collectStaticCommand) Run(ctx context.Context, p *process) error {
	c, err := p.config(nil)
	if err != nil {
		return err
	}
	options := static.CollectOptions{Clear: cmd.Clear, DryRun: cmd.DryRun}
	shown := false
	if term.IsTerminal(int(p.Stdout.Fd())) {
		options.Progress = func(done, total int, key string) {
			shown = true
			fmt.Fprintf(p.Stdout, "\r\x1b[K%d/%d %s", done, total, key)
		}
	}
	report, err := app.CollectStatic(ctx, c, options)
	if shown {
		line(p.Stdout, "")
	}
	if err != nil {
		return err
	}
	text := "%d uploaded, %d unchanged, %d removed."
	if cmd.DryRun {
		text = "Nothing was changed: %d would be uploaded, %d are unchanged, %d would be removed."
	}
	line(p.Stdout, text, report.Uploaded, report.Unchanged, report.Removed)
	return nil
}
