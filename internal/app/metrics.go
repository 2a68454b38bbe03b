package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/trance-0/notechondria/internal/config"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/jobs"
	"github.com/trance-0/notechondria/internal/metrics"
)

const metricsPath = "/metrics"

// scrapeTimeout is for how long the counts may be read.
const scrapeTimeout = time.Minute

// newMetrics returns nil where nobody may see them: then nothing is counted.
func newMetrics(c *config.Config, db *database.DB, queue *jobs.Queue) *metrics.Metrics {
	if c.MetricsAddress == "" && c.MetricsToken == "" {
		return nil
	}
	m := metrics.New(db)
	m.Waiting(queue.Waiting)
	queue.Observe(m.Job)
	return m
}

// serveMetrics shows the counts to all on an address of their own, until ctx ends. What it returns waits for that.
func serveMetrics(ctx context.Context, address string, m *metrics.Metrics) (wait func() error, err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listening for METRICS_ADDRESS: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET "+metricsPath, m.Handler())
	server := &http.Server{
		Handler: mux, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readHeaderTimeout, WriteTimeout: scrapeTimeout,
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }() // ends with Close below
	return func() error {
		<-ctx.Done()
		err := server.Close()
		if ended := <-served; !errors.Is(ended, http.ErrServerClosed) {
			err = errors.Join(err, ended)
		}
		return err
	}, nil
}
