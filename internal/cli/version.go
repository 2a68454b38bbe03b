package cli

import "runtime"

type versionCommand struct{}

func (*versionCommand) Run(p *process) error {
	line(p.Stdout, "notechondria %s (%s, %s/%s)", p.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}
