package cli

import (
	"context"
	"runtime"
)

type versionCommand struct{}

func (*versionCommand) Run(_ context.Context, p *process) error {
	line(p.Stdout, "notechondria %s (%s, %s/%s)", p.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}
