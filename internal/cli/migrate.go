package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/trance-0/notechondria/internal/config"
	"github.com/trance-0/notechondria/internal/database"
)

type migrateOptions struct{ check, status bool }

func newMigrateCommand(p *process) *cobra.Command {
	var o migrateOptions
	c := &cobra.Command{
		Use: "migrate", Short: "Bring the database schema up to date.", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return migrate(c.Context(), p, o) },
	}
	c.Flags().BoolVar(&o.check, "check", false, "Change nothing; exit with status 1 if migrations are pending.")
	c.Flags().BoolVar(&o.status, "status", false, "Change nothing; list applied and pending migrations.")
	return c
}

func migrate(ctx context.Context, p *process, o migrateOptions) error {
	if o.check && o.status {
		return usageError{errors.New("--check and --status can't be used together")}
	}
	return withDatabase(ctx, p, func(c *config.Config, db *database.DB) error {
		switch {
		case o.check:
			return checkMigrations(ctx, p, db)
		case o.status:
			return showMigrations(ctx, p, db)
		}
		if err := db.Migrate(ctx, p.logger(c)); err != nil {
			return err
		}
		line(p.Stdout, "The database schema is up to date.")
		return nil
	})
}

func checkMigrations(ctx context.Context, p *process, db *database.DB) error {
	status, err := db.Status(ctx)
	if err != nil {
		return err
	}
	if err := status.Err(); err != nil {
		return err
	}
	if n := len(status.Pending); n > 0 {
		return fmt.Errorf("%d migrations are pending", n)
	}
	line(p.Stdout, "The database schema is up to date.")
	return nil
}

func showMigrations(ctx context.Context, p *process, db *database.DB) error {
	status, err := db.Status(ctx)
	if err != nil {
		return err
	}
	for _, version := range status.Applied {
		line(p.Stdout, "%05d  applied", version)
	}
	for _, m := range status.Pending {
		line(p.Stdout, "%05d  pending  %s", m.Version, m.Name)
	}
	return status.Err()
}
