// Package deploycheck checks a configuration and what it refers to (database, files or bucket, mail service, host
// names), before or after a deploy, and says how to fix each problem.
//
// It only writes a probe file or object, which it removes, and a transaction, which it rolls back. It must not migrate,
// must not send mail, and must never show a secret.
package deploycheck

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/trance-0/notechondria/internal/config"
)

// Level says how good a result is.
type Level string

// The levels. Warn is for what works but may cause harm or surprise, Fail for what does not work or is dangerous.
const (
	OK   Level = "ok"
	Warn Level = "warn"
	Fail Level = "fail"
)

// Result is a finding of a check. A check that finds several problems returns several results.
type Result struct {
	Name   string `json:"name"`
	Level  Level  `json:"level"`
	Text   string `json:"text"`
	Remedy string `json:"remedy,omitempty"`
}

// String returns the result as one line.
func (r Result) String() string {
	return strings.TrimSuffix(fmt.Sprintf("%-6s%s: %s %s", r.Level, r.Name, r.Text, r.Remedy), " ")
}

// Dependencies define how other machines are reached. Outside tests, use the zero value.
type Dependencies struct {
	Roots *x509.CertPool                                                       // nil for the system's
	Dial  func(ctx context.Context, network, address string) (net.Conn, error) // nil for a plain net.Dialer
}

// patience limits each check that waits for something.
const patience = 10 * time.Second

// Run runs all checks, concurrently if they wait for other machines. The order of the results is always the same.
func Run(ctx context.Context, c *config.Config, d Dependencies) []Result {
	s := newSurroundings(c, d)
	defer s.client.CloseIdleConnections()
	checks := []func(context.Context) []Result{s.database, s.files, s.backupPlace, s.mail}
	found := make([][]Result, len(checks))
	var group sync.WaitGroup
	for i, check := range checks {
		group.Go(func() { found[i] = check(ctx) })
	}
	results := settings(c)
	group.Wait()
	return append(results, slices.Concat(found...)...)
}

// surroundings are the services that a configuration refers to.
type surroundings struct {
	config  *config.Config
	tls     *tls.Config
	dial    func(ctx context.Context, network, address string) (net.Conn, error)
	client  *http.Client
	secrets []string
}

func newSurroundings(c *config.Config, d Dependencies) *surroundings {
	s := &surroundings{config: c, tls: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: d.Roots}, dial: d.Dial,
		secrets: secretsOf(c)}
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSClientConfig: s.tls.Clone(), TLSHandshakeTimeout: patience,
		DialContext: d.Dial, DisableCompression: true,
	}
	if s.dial == nil {
		s.dial = (&net.Dialer{}).DialContext
	} else {
		transport.Proxy = nil // Dial decides on the route
	}
	s.client = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	return s
}

func ok(name, text string, args ...any) Result {
	return Result{Name: name, Level: OK, Text: fmt.Sprintf(text, args...)}
}

func warn(name, remedy, text string, args ...any) Result {
	return Result{Name: name, Level: Warn, Text: fmt.Sprintf(text, args...), Remedy: remedy}
}

func fail(name, remedy, text string, args ...any) Result {
	return Result{Name: name, Level: Fail, Text: fmt.Sprintf(text, args...), Remedy: remedy}
}

// orOK returns the problems, or OK if there are none.
func orOK(problems []Result, name, text string, args ...any) []Result {
	if len(problems) > 0 {
		return problems
	}
	return []Result{ok(name, text, args...)}
}
