package app

import (
	"fmt"
	"net"

	"github.com/trance-0/notechondria/internal/config"
	"github.com/trance-0/notechondria/internal/database"
)

// Check says what the parts of a server would refuse of a configuration, each in its own reading of it. It connects to
// nothing. Every command makes it, so that none accepts what another one fails with.
func Check(c *config.Config) error {
	problems := &config.Problems{}
	note := func(err error) {
		if err != nil {
			problems.List = append(problems.List, err.Error())
		}
	}
	if c.SQLitePath() == "" {
		note(database.CheckURL(c.DatabaseURL))
	}
	if c.R2Bucket != "" {
		_, err := MediaStore(c)
		note(err)
	}
	_, err := newMailer(c)
	note(err)
	note(checkAddress(c.MetricsAddress))
	if len(problems.List) > 0 {
		return problems
	}
	return nil
}

// checkAddress refuses what can't be listened on.
func checkAddress(address string) error {
	if address == "" {
		return nil
	}
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = net.ResolveTCPAddr("tcp", net.JoinHostPort("", port))
	}
	if err != nil {
		return fmt.Errorf("METRICS_ADDRESS: %q is not an address; accepted: host:port", address)
	}
	return nil
}
