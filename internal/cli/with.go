package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/app"
	"github.com/trance-0/notechondria/internal/config"
	"github.com/trance-0/notechondria/internal/database"
)

// withDatabase runs work on the configured database, and closes it afterwards.
func withDatabase(ctx context.Context, p *process, work func(c *config.Config, db *database.DB) error) error {
	c, err := p.config(nil)
	if err != nil {
		return err
	}
	db, err := app.OpenDatabase(ctx, c, p.logger(c), 0)
	if err != nil {
		return err
	}
	return errors.Join(work(c, db), db.Close())
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

// withUser runs work on the account of that id, user name or mail address.
func withUser(
	ctx context.Context, p *process, name string, work func(a *app.App, user accounts.Account) error,
) error {
	return withApp(ctx, p, func(a *app.App) error {
		user, err := a.Accounts.FindUser(ctx, actor.Operator(), name)
		if err != nil {
			return fmt.Errorf("%q: %w", name, err)
		}
		return work(a, user)
	})
}
