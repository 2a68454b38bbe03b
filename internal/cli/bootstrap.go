package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/trance-0/notechondria/internal/app"
)

func newBootstrapCommand(p *process) *cobra.Command {
	var samples bool
	c := &cobra.Command{
		Use: "bootstrap", Short: "Create the administrator and the sample courses.", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return bootstrap(c.Context(), p, samples) },
	}
	c.Flags().BoolVar(&samples, "with-sample-content", false,
		"Create the sample courses regardless of BOOTSTRAP_SAMPLES.")
	return c
}

func bootstrap(ctx context.Context, p *process, samples bool) error {
	return withApp(ctx, p, func(a *app.App) error {
		if samples {
			a.Config.BootstrapSamples = true
		}
		return a.Bootstrap(ctx)
	})
}
