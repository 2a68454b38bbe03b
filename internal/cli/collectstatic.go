package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/trance-0/notechondria/internal/app"
	"github.com/trance-0/notechondria/internal/static"
)

func newCollectStaticCommand(p *process) *cobra.Command {
	var o static.CollectOptions
	c := &cobra.Command{
		Use: "collectstatic", Short: "Copy the static files to their folder or bucket.", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return collectStatic(c.Context(), p, o) },
	}
	c.Flags().BoolVar(&o.Clear, "clear", false,
		"Afterwards delete files older than a day that the last two runs did not collect.")
	c.Flags().BoolVar(&o.DryRun, "dry-run", false, "Change nothing; show what would be done.")
	// The former system's command asked first; scripts that were written for it say that it must not.
	c.Flags().Bool("noinput", false, "Accepted and ignored.")
	_ = c.Flags().MarkHidden("noinput") // there is that flag
	return c
}

func collectStatic(ctx context.Context, p *process, options static.CollectOptions) error {
	c, err := p.config(nil)
	if err != nil {
		return err
	}
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
	if options.DryRun {
		text = "Nothing was changed: %d would be uploaded, %d are unchanged, %d would be removed."
	}
	line(p.Stdout, text, report.Uploaded, report.Unchanged, report.Removed)
	return nil
}
