package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/trance-0/notechondria/internal/app"
	"github.com/trance-0/notechondria/internal/archive"
	"github.com/trance-0/notechondria/internal/backup"
	"github.com/trance-0/notechondria/internal/config"
	"github.com/trance-0/notechondria/internal/database"
)

func newBackupCommand(p *process) *cobra.Command {
	c := &cobra.Command{
		Use: "backup", Short: "Back up the whole server; list, verify and prune backups.",
		Long: `Back up the whole server; list, verify and prune backups. Without a command, make
a backup.`,
	}
	completeFiles(c)
	setDefault(c, newBackupMakeCommand(p))
	add(c, p, newBackupMakeCommand, newBackupListCommand, newBackupVerifyCommand, newBackupPruneCommand)
	return c
}

type backupMakeOptions struct {
	output string
	files  bool
}

func newBackupMakeCommand(p *process) *cobra.Command {
	var o backupMakeOptions
	c := &cobra.Command{
		Use: "make", Short: "Make a backup (the default).", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return makeBackup(c.Context(), p, o) },
	}
	c.Flags().StringVarP(&o.output, "output", "o", "",
		"Write the archive to `FILE` (- for standard output) instead of where backups are kept.")
	c.Flags().BoolVar(&o.files, "files", false, "Include the contents of uploaded files, not only their names.")
	return c
}

func makeBackup(ctx context.Context, p *process, o backupMakeOptions) error {
	return withBackups(ctx, p, func(s *backup.Service) error {
		shown := p.progress()
		if o.output == "" {
			made, err := s.Make(ctx, o.files, shown.tell)
			shown.end()
			if err != nil {
				return err
			}
			line(p.Stdout, "Made and verified %s: %s, %d bytes.", made.Name, amount(made.Counts), made.Size)
			return nil
		}
		var counts archive.Counts
		write := func(w io.Writer) (err error) {
			counts, err = s.Export(ctx, w, o.files, shown.tell)
			return err
		}
		err := writeTo(p.Stdout, o.output, write)
		shown.end()
		if err != nil {
			return err
		}
		line(p.Stderr, "Wrote %s.", amount(counts))
		return nil
	})
}

// writeTo writes a file that is there when it is complete, and not before.
func writeTo(stdout *os.File, path string, write func(w io.Writer) error) error {
	if path == "-" {
		if term.IsTerminal(int(stdout.Fd())) {
			return usageError{errors.New("refusing to write a binary archive to a terminal: redirect stdout or name a file")}
		}
		signal.Ignore(syscall.SIGPIPE) // a reader that goes away is an error like others, not a silent end
		return write(stdout)
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("writing the archive: %w", err)
	}
	if err = write(file); err == nil {
		err = file.Sync()
	}
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

func amount(c archive.Counts) string {
	return fmt.Sprintf("%d rows of %d tables, %d files", c.Rows(), len(c.Tables), c.Files)
}

func newBackupListCommand(p *process) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "list", Short: "List backups, newest first.", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return listBackups(c.Context(), p, asJSON) },
	}
	c.Flags().BoolVar(&asJSON, "json", false, "As JSON.")
	return c
}

// backupJSON is an archive in a list for other programs.
type backupJSON struct {
	Name      string    `json:"name"`
	MadeAt    time.Time `json:"made_at"`
	Size      int64     `json:"size"`
	Verified  bool      `json:"verified"`
	Encrypted bool      `json:"encrypted"`
}

func listBackups(ctx context.Context, p *process, asJSON bool) error {
	return withBackups(ctx, p, func(s *backup.Service) error {
		list, err := s.List(ctx)
		if err != nil {
			return err
		}
		if asJSON {
			rows := make([]backupJSON, 0, len(list))
			for _, e := range list {
				rows = append(rows, backupJSON{e.Name, e.Time, e.Size, e.Verified, e.Encrypted})
			}
			return writeJSON(p.Stdout, rows)
		}
		table := tabwriter.NewWriter(p.Stdout, 0, 8, 2, ' ', 0)
		line(table, "NAME\tMADE\tBYTES\tVERIFIED\tENCRYPTED")
		for _, e := range list {
			line(table, "%s\t%s\t%d\t%t\t%t", e.Name, moment(&e.Time), e.Size, e.Verified, e.Encrypted)
		}
		return table.Flush()
	})
}

func newBackupVerifyCommand(p *process) *cobra.Command {
	var identity string
	c := &cobra.Command{
		Use: "verify <name>", Short: "Read a whole backup and compare its checksums.", Args: cobra.ExactArgs(1),
		Long: `Read a whole backup and compare its checksums.

<name> is the name of a backup as shown by backup list.`,
		RunE: func(c *cobra.Command, args []string) error { return verifyBackup(c.Context(), p, args[0], identity) },
	}
	c.Flags().StringVar(&identity, "identity", "", "`FILE` with the age secret key that decrypts it.")
	return c
}

func verifyBackup(ctx context.Context, p *process, name, identity string) error {
	return withBackups(ctx, p, func(s *backup.Service) error {
		if err := addIdentity(s, identity); err != nil {
			return err
		}
		shown := p.progress()
		report, err := s.Verify(ctx, name, shown.tell)
		shown.end()
		if err != nil {
			return err
		}
		line(p.Stdout, "%s is good: %s.", name, amount(report.Counts))
		return nil
	})
}

func newBackupPruneCommand(p *process) *cobra.Command {
	var identity string
	c := &cobra.Command{
		Use: "prune", Short: "Delete old backups, keeping seven daily, four weekly and six monthly ones.", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return pruneBackups(c.Context(), p, identity) },
	}
	c.Flags().StringVar(&identity, "identity", "",
		"`FILE` with the age secret key that decrypts the newest backup, which is verified first.")
	return c
}

func pruneBackups(ctx context.Context, p *process, identity string) error {
	return withBackups(ctx, p, func(s *backup.Service) error {
		if err := addIdentity(s, identity); err != nil {
			return err
		}
		shown := p.progress()
		removed, err := s.PruneChecked(ctx, shown.tell)
		shown.end()
		if err != nil {
			return err
		}
		line(p.Stdout, "%d removed.", removed)
		return nil
	})
}

func addIdentity(s *backup.Service, path string) error {
	if path == "" {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading the secret key: %w", err)
	}
	s.Keys.Identities = append(s.Keys.Identities, string(text))
	return nil
}

// withBackups runs work on the backups of the configured server, whose schema stays as it is.
func withBackups(ctx context.Context, p *process, work func(s *backup.Service) error) error {
	return withDatabase(ctx, p, func(c *config.Config, db *database.DB) error {
		if err := c.EnsureSecretKey(); err != nil {
			return err
		}
		a, err := app.New(c, p.logger(c), db, app.WithVersion(p.Version))
		if err != nil {
			return err
		}
		return work(a.Backups)
	})
}

// shownProgress shows on standard error how far something is: in one line on a terminal, elsewhere a line for each
// phase.
type shownProgress struct {
	out      *os.File
	terminal bool
	phase    string
	last     time.Time
}

func (p *process) progress() *shownProgress {
	return &shownProgress{out: p.Stderr, terminal: term.IsTerminal(int(p.Stderr.Fd()))}
}

func (s *shownProgress) tell(phase string, done, of int64) {
	const interval = 100 * time.Millisecond
	isNew := phase != s.phase
	if !isNew && (!s.terminal || time.Since(s.last) < interval) {
		return
	}
	s.phase, s.last = phase, time.Now()
	switch {
	case !s.terminal:
		line(s.out, "%s ...", phase)
	case of > 0:
		fmt.Fprintf(s.out, "\r\x1b[K%s: %d%%", phase, 100*done/of)
	default:
		fmt.Fprintf(s.out, "\r\x1b[K%s", phase)
	}
}

func (s *shownProgress) end() {
	if s.terminal && s.phase != "" {
		fmt.Fprint(s.out, "\r\x1b[K")
	}
}
