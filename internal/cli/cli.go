// Package cli is the command line: one file per command, each a thin call into package app. Flags override the
// configuration; the environment is read by package config alone.
package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/lmittmann/tint"
	"golang.org/x/term"

	"github.com/trance-0/notechondria/internal/app"
	"github.com/trance-0/notechondria/internal/config"
)

// Environment is what a process is given.
type Environment struct {
	Args      []string // without the program's name
	Variables []string // os.Environ() form
	Version   string
	Stdin     *os.File
	Stdout    *os.File
	Stderr    *os.File
}

// The exit codes.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2 // wrong flags, or a configuration that can't be used
)

// process is what commands work with.
type process struct {
	Environment
	dataDir, databaseURL string // flags of all commands
	understood           bool   // the arguments: what fails from then on is no wrong use
}

type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// report writes an error as clear lines, one for each problem, and chooses the exit code.
func (p *process) report(err error) int {
	var problems *config.Problems
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &problems):
		for _, text := range problems.List {
			fmt.Fprintln(p.Stderr, "notechondria: configuration:", text)
		}
		return exitUsage
	}
	fmt.Fprintln(p.Stderr, "notechondria:", oneLine(err))
	if errors.As(err, new(usageError)) {
		return exitUsage
	}
	return exitFailure
}

// oneLine joins the lines that some libraries' errors have.
func oneLine(err error) string {
	lines := strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\t' })
	for i, text := range lines {
		lines[i] = strings.TrimSpace(text)
	}
	return strings.ReplaceAll(strings.Join(slices.Compact(lines), "; "), ":;", ":")
}

// config reads the configuration; flags of the command are added to those of all commands.
func (p *process) config(flags map[string]string) (*config.Config, error) {
	overrides := map[string]string{"DATA_DIR": p.dataDir, "DATABASE_URL": p.databaseURL}
	for name, value := range flags {
		overrides[name] = value
	}
	c, err := config.Load(p.Variables, ".", overrides)
	if err != nil {
		return nil, err
	}
	if err := app.Check(c); err != nil {
		return nil, err
	}
	if c.WebConcurrency > 0 {
		runtime.GOMAXPROCS(min(c.WebConcurrency, runtime.NumCPU()))
	}
	return c, nil
}

// logger writes to standard error: coloured text on a terminal, JSON elsewhere, unless the configuration says
// otherwise.
func (p *process) logger(c *config.Config) *slog.Logger {
	terminal := term.IsTerminal(int(p.Stderr.Fd()))
	if c.LogFormat == "json" || c.LogFormat == "auto" && !terminal && !c.AccessLogForceColor {
		return slog.New(slog.NewJSONHandler(p.Stderr, &slog.HandlerOptions{Level: c.LogLevel}))
	}
	return slog.New(tint.NewTextHandler(p.Stderr, &tint.Options{
		Level: c.LogLevel, TimeFormat: "2006-01-02 15:04:05.000", NoColor: !terminal && !c.AccessLogForceColor}))
}

// moment is a time as lists show it, to the second; - for none.
func moment(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}

// printable is a text of somebody else on a terminal: nothing in it is a command to the terminal or breaks a column.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}

// writeJSON writes what a list holds for other programs.
func writeJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("writing JSON: %w", err)
	}
	return nil
}

func line(w io.Writer, format string, args ...any) {
	fmt.Fprintf(w, format+"\n", args...)
}
