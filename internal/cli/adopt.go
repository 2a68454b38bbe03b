package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/trance-0/notechondria/internal/adopt"
	"github.com/trance-0/notechondria/internal/app"
	"github.com/trance-0/notechondria/internal/config"
	"github.com/trance-0/notechondria/internal/database"
)

type adoptCommand struct {
	From    string `placeholder:"URL|FILE" help:"The old database: postgres://…, sqlite:///…, or an SQLite file; without, the configured database itself."`
	Media   string `placeholder:"DIR" help:"Folder with the files of the former system, to be copied to where this one keeps its own."`
	DryRun  bool   `help:"Write nothing; report what would be done."`
	DropOld bool   `help:"Remove the old tables of the configured database afterwards, for good."`
	Report  string `placeholder:"FILE" help:"Write the report to this file as JSON, - for standard output."`
}

func (cmd *adoptCommand) Help() string {
	return "All of it is one transaction; the old tables stay beside the new ones until --drop-old. Running it again " +
		"takes over what the former system wrote since, where nothing of that was changed here. See docs/deployment/adopt.md."
}

func (cmd *adoptCommand) Run(ctx context.Context, p *process) error {
	if cmd.DropOld && (cmd.DryRun || cmd.From != "") {
		return usageError{errors.New(
			"--drop-old removes tables of the configured database: it goes with neither --from nor --dry-run")}
	}
	return withDatabase(ctx, p, func(c *config.Config, db *database.DB) error {
		if !cmd.DryRun {
			if err := db.Migrate(ctx, p.logger(c)); err != nil {
				return err
			}
		}
		report, err := cmd.adopt(ctx, p, c, db)
		if err != nil {
			return err
		}
		if err := cmd.tell(p, report); err != nil || !cmd.DropOld {
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

func (cmd *adoptCommand) adopt(
	ctx context.Context, p *process, c *config.Config, db *database.DB,
) (report *adopt.Report, err error) {
	options, err := app.AdoptOptions(c, p.logger(c), db)
	if err != nil {
		return nil, err
	}
	options.DryRun = cmd.DryRun
	if cmd.Media != "" {
		if options.Folder, err = filepath.Abs(cmd.Media); err != nil {
			return nil, fmt.Errorf("finding the folder of files: %w", err)
		}
		if info, err := os.Stat(options.Folder); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("--media %s is no folder", cmd.Media)
		}
	}
	if cmd.From != "" {
		from, name, err := cmd.open(ctx, c)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, from.Close()) }()
		options.From, options.Name = from, name
	}
	return adopt.Run(ctx, options)
}

// open opens the old database for reading. Its name in the report has no password.
func (cmd *adoptCommand) open(ctx context.Context, c *config.Config) (db *database.DB, name string, err error) {
	o := database.Options{PoolSize: 1, StatementCache: database.StatementCache(c.DatabaseStatementCache), ReadOnly: true}
	address, err := url.Parse(cmd.From)
	switch {
	case err == nil && (address.Scheme == "postgres" || address.Scheme == "postgresql"):
		o.URL, name = cmd.From, address.Redacted()
	case strings.HasPrefix(cmd.From, "sqlite:///"):
		if o.SQLitePath, err = url.PathUnescape(strings.TrimPrefix(cmd.From, "sqlite:///")); err != nil {
			return nil, "", fmt.Errorf("reading --from: %w", err)
		}
	default:
		o.SQLitePath = cmd.From
	}
	if o.SQLitePath != "" {
		if name, err = filepath.Abs(o.SQLitePath); err != nil {
			return nil, "", fmt.Errorf("reading --from: %w", err)
		}
		if _, err := os.Stat(name); err != nil {
			return nil, "", fmt.Errorf("there is no old database at %s: %w", name, err)
		}
		o.SQLitePath = name
	}
	if db, err = database.Open(ctx, o); err != nil {
		return nil, "", fmt.Errorf("opening the old database: %w", err)
	}
	return db, name, nil
}

func (cmd *adoptCommand) tell(p *process, report *adopt.Report) error {
	switch cmd.Report {
	case "-":
		return writeJSON(p.Stdout, report)
	case "":
	default:
		file, err := os.OpenFile(cmd.Report, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
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
