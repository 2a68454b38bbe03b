package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/trance-0/notechondria/internal/app"
	"github.com/trance-0/notechondria/internal/config"
	"github.com/trance-0/notechondria/internal/database"
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

// withApp runs work on the parts of a server that does not serve; the schema is brought up to date first.
func withApp(ctx context.Context, p *process, work func(a *app.App) error) error {
	return withDatabase(ctx, p, func(c *config.Config, db *database.DB) error {
		if err := c.EnsureSecretKey(); err != nil {
			return err
		}
		log := p.logger(c)
		if err := db.Migrate(ctx, log); err != nil {
			return err
		}
		a, err := app.New(c, log, db, app.WithVersion(p.Version))
		if err != nil {
			return err
		}
		return work(a)
	})
}
