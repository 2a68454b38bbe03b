package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/trance-0/notechondria/internal/deploycheck"
)

type checkOptions struct{ deploy, json bool }

func newCheckCommand(p *process) *cobra.Command {
	var o checkOptions
	c := &cobra.Command{
		Use: "check", Short: "Read and validate the configuration.", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return check(c.Context(), p, o) },
	}
	c.Flags().BoolVar(&o.deploy, "deploy", false,
		"Also check what the server depends on: keys, host names, database, files or bucket, mail, sign-in.")
	c.Flags().BoolVar(&o.json, "json", false, "Print the results of --deploy as JSON.")
	return c
}

func check(ctx context.Context, p *process, o checkOptions) error {
	if o.json && !o.deploy {
		return usageError{errors.New("--json requires --deploy")}
	}
	c, err := p.config(nil)
	if err != nil {
		return err
	}
	if !o.deploy {
		for _, note := range deploycheck.Notes(c) {
			line(p.Stdout, "Note: %s.", note)
		}
		line(p.Stdout, "The configuration is valid.")
		return nil
	}
	results := deploycheck.Run(ctx, c, deploycheck.Dependencies{})
	if err := writeResults(p.Stdout, results, o.json); err != nil {
		return fmt.Errorf("writing the results: %w", err)
	}
	failed := 0
	for _, r := range results {
		if r.Level == deploycheck.Fail {
			failed++
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d checks failed", failed, len(results))
	}
	return nil
}

func writeResults(out *os.File, results []deploycheck.Result, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(results)
	}
	for _, r := range results {
		line(out, "%s", r)
	}
	return nil
}
