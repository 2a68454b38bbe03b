package cli

type checkCommand struct{}

func (*checkCommand) Run(p *process) error {
	if _, err := p.config(nil); err != nil {
		return err
	}
	line(p.Stdout, "The configuration is valid.")
	return nil
}
