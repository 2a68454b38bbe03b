package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/trance-0/notechondria/internal/adopt"
	"github.com/trance-0/notechondria/internal/app"
	"github.com/trance-0/notechondria/internal/config"
	"github.com/trance-0/notechondria/internal/database"
)

type adoptOptions struct {
	from, media, report string
	dryRun, dropOld     bool
}

func newAdoptCommand(p *process) *cobra.Command {
	var o adoptOptions
	c := &cobra.Command{
		Use: "adopt", Short: "Migrate data and files of the former (Django) server.", Args: cobra.NoArgs,
		Long: `Migrate data and files of the former (Django) server.

Everything happens in one transaction. The old tables stay beside the new ones
until --drop-old. Running it again takes over what the former server has written
since, unless it was changed here. See docs/deployment/adopt.md.`,
		RunE: func(c *cobra.Command, _ []string) error { return o.run(c.Context(), p) },
	}
	c.Flags().StringVar(&o.from, "from", "", "The old database, a `URL|FILE`: postgres://…, sqlite:///…, or an SQLite "+
		"file. Default: the configured database.")
	c.Flags().StringVar(&o.media, "media", "",
		"Folder `DIR` with the files of the former server; they are copied to where this server keeps its files.")
	c.Flags().BoolVar(&o.dryRun, "dry-run", false, "Change nothing; report what would be done.")
	c.Flags().BoolVar(&o.dropOld, "drop-old", false,
		"Afterwards remove the old tables from the configured database, permanently.")
	c.Flags().StringVar(&o.report, "report", "", "Write the report to `FILE` as JSON; - for standard output.")
	completeFiles(c)
	_ = c.MarkFlagDirname("media") // there is that flag
	return c
}

func (o *adoptOptions) run(ctx context.Context, p *process) error {
	if o.dropOld && (o.dryRun || o.from != "") {
		return usageError{errors.New(
			"--drop-old removes tables of the configured database: it can't be used with --from or --dry-run")}
	}
	return withDatabase(ctx, p, func(c *config.Config, db *database.DB) error {
		if !o.dryRun {
			if err := db.Migrate(ctx, p.logger(c)); err != nil {
				return err
			}
		}
		report, err := o.adopt(ctx, p, c, db)
		if err != nil {
			return err
		}
		if err := o.tell(p, report); err != nil || !o.dropOld {
			return err
		}
		dropped, err := adopt.Drop(ctx, db)
		if err != nil {
			return err
		}
		line(p.Stdout, "%d old tables were removed.", dropped)
		return nil
	})
}

func (o *adoptOptions) adopt(
	ctx context.Context, p *process, c *config.Config, db *database.DB,
) (report *adopt.Report, err error) {
	options, err := app.AdoptOptions(c, p.logger(c), db)
	if err != nil {
		return nil, err
	}
	options.DryRun = o.dryRun
	if o.media != "" {
		if options.Folder, err = filepath.Abs(o.media); err != nil {
			return nil, fmt.Errorf("finding the folder of files: %w", err)
		}
		if info, err := os.Stat(options.Folder); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("--media %s is not a folder", o.media)
		}
	}
	if o.from != "" {
		from, name, err := o.open(ctx, c)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, from.Close()) }()
		options.From, options.Name = from, name
	}
	return adopt.Run(ctx, options)
}

// open opens the old database for reading. Its name in the report has no password.
func (o *adoptOptions) open(ctx context.Context, c *config.Config) (db *database.DB, name string, err error) {
	options := database.Options{
		PoolSize: 1, StatementCache: database.StatementCache(c.DatabaseStatementCache), ReadOnly: true,
	}
	address, err := url.Parse(o.from)
	switch {
	case err == nil && (address.Scheme == "postgres" || address.Scheme == "postgresql"):
		options.URL, name = o.from, address.Redacted()
	case strings.HasPrefix(o.from, "sqlite:///"):
		if options.SQLitePath, err = url.PathUnescape(strings.TrimPrefix(o.from, "sqlite:///")); err != nil {
			return nil, "", fmt.Errorf("reading --from: %w", err)
		}
	default:
		options.SQLitePath = o.from
	}
	if options.SQLitePath != "" {
		if name, err = filepath.Abs(options.SQLitePath); err != nil {
			return nil, "", fmt.Errorf("reading --from: %w", err)
		}
		if _, err := os.Stat(name); err != nil {
			return nil, "", fmt.Errorf("there is no old database at %s: %w", name, err)
		}
		options.SQLitePath = name
	}
	if db, err = database.Open(ctx, options); err != nil {
		return nil, "", fmt.Errorf("opening the old database: %w", err)
	}
	return db, name, nil
}

func (o *adoptOptions) tell(p *process, report *adopt.Report) error {
	switch o.report {
	case "-":
		return writeJSON(p.Stdout, report)
	case "":
	default:
		file, err := os.OpenFile(o.report, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err != nil {
			return fmt.Errorf("writing the report: %w", err)
		}
		if err := errors.Join(writeJSON(file, report), file.Close()); err != nil {
			return err
		}
	}
	report.Write(p.Stdout)
	return nil
}
