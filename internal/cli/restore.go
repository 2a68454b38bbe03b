package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"github.com/trance-0/notechondria/internal/backup"
)

type restoreOptions struct {
	source, identity string
	dryRun           bool
}

func newRestoreCommand(p *process) *cobra.Command {
	var o restoreOptions
	c := &cobra.Command{
		Use: "restore <source>", Short: "Fill an empty database from an archive.", Args: cobra.ExactArgs(1),
		Long: `Fill an empty database from an archive.

<source> is a file, - for standard input, the name of an archive as backup list
shows it, or latest.`,
		RunE: func(c *cobra.Command, args []string) error {
			o.source = args[0]
			return o.run(c.Context(), p)
		},
	}
	c.Flags().BoolVar(&o.dryRun, "dry-run", false,
		"Change nothing; check the archive and the database, and show what would be restored.")
	c.Flags().StringVar(&o.identity, "identity", "", "`FILE` with the age secret key that decrypts the archive.")
	completeFiles(c)
	return c
}

func (o *restoreOptions) run(ctx context.Context, p *process) error {
	return withBackups(ctx, p, func(s *backup.Service) error {
		if err := addIdentity(s, o.identity); err != nil {
			return err
		}
		shown := p.progress()
		source, err := o.open(ctx, p, s, shown.tell)
		if err != nil {
			shown.end()
			return err
		}
		defer source.Close()
		restore := s.Restore
		if o.dryRun {
			restore = s.DryRun
		}
		report, err := restore(ctx, source, shown.tell)
		shown.end()
		if err != nil {
			return err
		}
		did := "Restored"
		if o.dryRun {
			did = "Nothing was changed. This would be restored:"
		}
		line(p.Stdout, "%s %s, as of %s.", did, amount(report.Counts), moment(&report.Manifest.CreatedAt))
		if report.Missing > 0 {
			line(p.Stderr, "%d files that the database refers to are missing: %s", report.Missing,
				strings.Join(report.Examples, ", "))
		}
		return nil
	})
}

// open finds the archive. A file comes before an archive of the store of the same name.
func (o *restoreOptions) open(
	ctx context.Context, p *process, s *backup.Service, progress backup.Progress,
) (*backup.Source, error) {
	switch o.source {
	case "-":
		return backup.Spool(p.Stdin, "standard input")
	case "latest":
		source, there, err := s.Latest(ctx, progress)
		if err == nil && !there {
			err = errors.New("there is no backup to restore")
		}
		return source, err
	}
	source, err := backup.OpenFile(o.source)
	if !errors.Is(err, fs.ErrNotExist) || !backup.IsName(o.source) {
		return source, err
	}
	source, err = s.FromStore(ctx, o.source)
	if err != nil {
		return nil, fmt.Errorf("no such file and no such backup: %w", err)
	}
	return source, nil
}
