package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/trance-0/notechondria/internal/backup"
)

type restoreCommand struct {
	Source   string `arg:"" help:"A file, - for standard input, the name of an archive as backup list shows it, or latest."`
	DryRun   bool   `help:"Change nothing; check the archive and the database, and tell what would be restored."`
	Identity string `placeholder:"FILE" help:"File with a secret key of age that opens the archive."`
}

func (cmd *restoreCommand) Run(ctx context.Context, p *process) error {
	return withBackups(ctx, p, func(s *backup.Service) error {
		if err := addIdentity(s, cmd.Identity); err != nil {
			return err
		}
		shown := p.progress()
		source, err := cmd.open(ctx, p, s, shown.tell)
		if err != nil {
			shown.end()
			return err
		}
		defer source.Close()
		restore := s.Restore
		if cmd.DryRun {
			restore = s.DryRun
		}
		report, err := restore(ctx, source, shown.tell)
		shown.end()
		if err != nil {
			return err
		}
		did := "Restored"
		if cmd.DryRun {
			did = "Nothing was changed. This would be restored:"
		}
		line(p.Stdout, "%s %s, as of %s.", did, amount(report.Counts), moment(&report.Manifest.CreatedAt))
		if report.Missing > 0 {
			line(p.Stderr, "%d files that rows name are missing: %s", report.Missing, strings.Join(report.Examples, ", "))
		}
		return nil
	})
}

// open finds the archive. A file comes before an archive of the store of the same name.
func (cmd *restoreCommand) open(
	ctx context.Context, p *process, s *backup.Service, progress backup.Progress,
) (*backup.Source, error) {
	switch cmd.Source {
	case "-":
		return backup.Spool(p.Stdin, "standard input")
	case "latest":
		source, there, err := s.Latest(ctx, progress)
		if err == nil && !there {
			err = errors.New("there is no backup to restore")
		}
		return source, err
	}
	source, err := backup.OpenFile(cmd.Source)
	if !errors.Is(err, fs.ErrNotExist) || !backup.IsName(cmd.Source) {
		return source, err
	}
	source, err = s.FromStore(ctx, cmd.Source)
	if err != nil {
		return nil, fmt.Errorf("there is no such file, and no such backup: %w", err)
	}
	return source, nil
}
