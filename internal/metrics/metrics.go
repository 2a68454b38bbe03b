// Package metrics counts what a server does, and shows it in the form that Prometheus reads. It decides nothing, and no
// label holds what people write: routes are those of the program, not paths.
package metrics

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/trance-0/notechondria/internal/database"
)

// Metrics are the counts of one server.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	jobs     *prometheus.HistogramVec
	storage  *prometheus.HistogramVec
	tools    *prometheus.HistogramVec
}

// seconds are the bounds of durations, from a cached answer to the longest upload.
var seconds = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 120}

// scrapeTimeout bounds what is asked of the database when somebody looks.
const scrapeTimeout = 2 * time.Second

// New makes the counts of a server, beside those of Go, the process and the database's pools.
func New(db *database.DB) *Metrics {
	histogram := func(name, help string, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "notechondria_" + name, Help: help,
			Buckets: seconds}, labels)
	}
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: histogram("request_seconds", "Requests and how long they took.", "method", "route", "status"),
		jobs:     histogram("job_seconds", "Jobs and how long they took.", "kind", "result"),
		storage: histogram("storage_seconds", "Calls to where files are kept and how long they took.", "store",
			"operation", "result"),
		tools: histogram("tool_seconds", "Calls of tools by programs, and how long they took.", "tool", "outcome"),
	}
	m.registry.MustRegister(m.requests, m.jobs, m.storage, m.tools,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for name, pool := range db.Pools() {
		m.registry.MustRegister(collectors.NewDBStatsCollector(pool, name))
	}
	return m
}

// Build shows which version runs.
func (m *Metrics) Build(version, commit string) {
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "notechondria_build_info",
		Help:        "The version that runs; always 1.",
		ConstLabels: prometheus.Labels{"version": version, "commit": commit}})
	build.Set(1)
	m.registry.MustRegister(build)
}

// Request counts an answer. route is a pattern of the program's.
func (m *Metrics) Request(method, route string, status int, took time.Duration) {
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
}

// Tool counts a call of a tool. Its name is one of the program's.
func (m *Metrics) Tool(tool, outcome string, took time.Duration) {
	m.tools.WithLabelValues(tool, outcome).Observe(took.Seconds())
}

// Job counts a job that has ended.
func (m *Metrics) Job(kind string, took time.Duration, err error) {
	m.jobs.WithLabelValues(kind, result(err)).Observe(took.Seconds())
}

// Waiting shows the number of waiting jobs, as count gives it when somebody looks.
func (m *Metrics) Waiting(count func(ctx context.Context) (int, error)) {
	m.gauge("jobs_waiting", "Jobs that wait or run", count)
}

// Unindexed shows the number of notes that wait for the search index, likewise.
func (m *Metrics) Unindexed(count func(ctx context.Context) (int, error)) {
	m.gauge("notes_unindexed", "Notes that searches look through until the index has them", count)
}

func (m *Metrics) gauge(name, help string, count func(ctx context.Context) (int, error)) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "notechondria_" + name, Help: help + "; -1 when they can't be counted.",
	}, func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
		defer cancel()
		n, err := count(ctx)
		if err != nil {
			return -1
		}
		return float64(n)
	}))
}

// Storage returns what counts the calls of a store.
func (m *Metrics) Storage(store string) func(operation string, took time.Duration, err error) {
	return func(operation string, took time.Duration, err error) {
		m.storage.WithLabelValues(store, operation, result(err)).Observe(took.Seconds())
	}
}

func result(err error) string {
	if err != nil {
		return "error"
	}
	return "ok"
}

// Handler shows the counts.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
