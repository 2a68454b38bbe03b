package cli

import (
	"context"
	"math"
	"strconv"
	"strings"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/spf13/cobra"

	"github.com/trance-0/notechondria/internal/app"
	"github.com/trance-0/notechondria/internal/config"
	"github.com/trance-0/notechondria/internal/deploycheck"
)

func newStartCommand(p *process) *cobra.Command {
	phases := app.Phases{Migrate: true, Bootstrap: true, CollectStatic: true}
	return newServingCommand(p, "start", "Migrate, bootstrap, collect static files, then serve.", phases)
}

func newServeCommand(p *process) *cobra.Command {
	return newServingCommand(p, "serve", "Serve; the schema must be up to date.", app.Phases{})
}

func newServingCommand(p *process, name, help string, phases app.Phases) *cobra.Command {
	var port int
	c := &cobra.Command{
		Use: name, Short: help, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return serve(c.Context(), p, port, phases) },
	}
	c.Flags().IntVar(&port, "port", 0, "Port `N` to listen on, on every interface (PORT).")
	return c
}

func serve(ctx context.Context, p *process, port int, phases app.Phases) error {
	flags := map[string]string{}
	if port != 0 {
		flags["PORT"] = strconv.Itoa(port)
	}
	c, err := p.config(flags)
	if err != nil {
		return err
	}
	log := p.logger(c)
	for _, note := range deploycheck.Notes(c) {
		log.Warn("configuration: " + note)
	}
	// From the limit of the container, unless GOMEMLIMIT is set.
	limit, err := memlimit.Set(memlimit.WithRatio(1), memlimit.WithProvider(reserveForRuntime(memlimit.FromCgroup)))
	switch {
	case err != nil:
		log.Warn("the container's memory limit is unknown", "error", err)
	case limit < math.MaxInt64:
		log.Info("memory is limited", "bytes", limit)
	}
	server := app.Server{
		Config: c, Log: log, Version: p.Version, Phases: phases,
		Listening: func(address string) { announce(p, c, address) },
	}
	return server.Run(ctx)
}

// reserveForRuntime leaves memory to what Go does not count: the program's own pages, SQLite's, those of a password
// that is hashed, and the kernel's for uploads. It is a fifth, and on small machines what all of these take at once.
func reserveForRuntime(whole memlimit.Provider) memlimit.Provider {
	return func() (uint64, error) {
		limit, err := whole()
		return limit - max(limit/5, min(limit*3/4, 72<<20)), err
	}
}

// announce tells a person where to go, where the data lies, and what is off for lack of configuration.
func announce(p *process, c *config.Config, address string) {
	line(p.Stdout, "Notechondria %s listens on http://%s", p.Version, strings.Replace(address, "[::]", "0.0.0.0", 1))
	line(p.Stdout, "  API page:     http://%s/api/docs/", browsable(address))
	if path := c.SQLitePath(); path != "" {
		line(p.Stdout, "  Database:     %s (SQLite)", path)
	} else {
		line(p.Stdout, "  Database:     PostgreSQL")
	}
	if c.R2Bucket != "" {
		line(p.Stdout, "  Media files:  bucket %s", c.R2Bucket)
	} else {
		line(p.Stdout, "  Media files:  %s", c.MediaRoot)
	}
	for _, off := range switchedOff(c) {
		line(p.Stdout, "  Switched off: %s", off)
	}
}

// browsable is an address that a browser on this machine can open.
func browsable(address string) string {
	for _, all := range []string{"0.0.0.0:", "[::]:"} {
		if port, ok := strings.CutPrefix(address, all); ok {
			return "127.0.0.1:" + port
		}
	}
	return address
}

func switchedOff(c *config.Config) (list []string) {
	if !c.MailConfigured() {
		where := "verification codes are written to the log"
		if !c.LogCodes {
			where = "nobody receives verification codes, because LOG_VERIFICATION_CODES is off"
		}
		list = append(list, "mail (SMTP_HOST or RESEND_API_KEY): "+where)
	}
	if !c.GoogleConfigured() {
		list = append(list, "sign-in with Google (GOOGLE_OAUTH_CLIENT_ID, GOOGLE_OAUTH_CLIENT_SECRET)")
	}
	if !c.GitHubConfigured() {
		list = append(list, "sign-in with GitHub (GITHUB_APP_CLIENT_ID, GITHUB_APP_CLIENT_SECRET)")
	}
	if !c.OIDCConfigured() {
		list = append(list, "sign-in with another provider (OIDC_ISSUER_URL, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET)")
	}
	return list
}
