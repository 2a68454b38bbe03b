package cli

import (
	"context"

	"github.com/trance-0/notechondria/internal/app"
	"github.com/trance-0/notechondria/internal/config"
	"github.com/trance-0/notechondria/internal/database"
)

type bootstrapCommand struct {
	WithSampleContent bool `help:"Create the sample courses, whatever BOOTSTRAP_SAMPLES says."`
}

func (cmd *bootstrapCommand) Run(ctx context.Context, p *process) error {
	return withApp(ctx, p, func(a *app.App) error {
		if cmd.WithSampleContent {
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
