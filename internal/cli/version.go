package cli

import (
	"runtime"

	"github.com/spf13/cobra"
)

func newVersionCommand(p *process) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Show the version.", Args: cobra.NoArgs,
		Run: func(*cobra.Command, []string) {
			line(p.Stdout, "notechondria %s (%s, %s/%s)", p.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
		},
	}
}
