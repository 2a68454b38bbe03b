package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/trance-0/notechondria/internal/deploycheck"
)

type checkCommand struct {
	Deploy bool `help:"Also check what the server depends on: keys, host names, database, files or bucket, mail, sign-in."`
	JSON   bool `help:"Print the results of --deploy as JSON."`
}

func (cmd *checkCommand) Run(ctx context.Context, p *process) error {
	if cmd.JSON && !cmd.Deploy {
		return usageError{errors.New("--json needs --deploy")}
	}
	c, err := p.config(nil)
	if err != nil {
		return err
	}
	if !cmd.Deploy {
		for _, note := range deploycheck.Notes(c) {
			line(p.Stdout, "Note: %s.", note)
		}
		line(p.Stdout, "The configuration is valid.")
		return nil
	}
	results := deploycheck.Run(ctx, c, deploycheck.Dependencies{})
	if err := writeResults(p.Stdout, results, cmd.JSON); err != nil {
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
