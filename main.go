// Notechondria is the backend of a notes, courses and planner product: one binary that serves its HTTP API from SQLite
// or PostgreSQL. See README.md.
package main

import (
	_ "embed"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/trance-0/notechondria/internal/cli"
)

//go:embed VERSION
var version string

func main() {
	cobra.MousetrapHelpText = "" // on Windows, a double click starts the server instead of cobra's advice against it
	os.Exit(cli.Run(cli.Environment{
		Args: os.Args[1:], Variables: os.Environ(), Version: strings.TrimSpace(version),
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
	}))
}
