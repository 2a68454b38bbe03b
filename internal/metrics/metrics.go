// Package metrics counts what a server does, and shows it in the text format of Prometheus, under the names that
// Prometheus' own library gives what all programs have. (That library would be a fifteenth of the program.) It decides
// nothing, and no label holds what people write: routes are those of the program, not paths.
package metrics

import (
	"compress/gzip"
	"context"
	"database/sql"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/database"
)

// Metrics are the counts of one server.
type Metrics struct {
	pools                          map[string]*sql.DB
	requests, jobs, storage, tools *durations
	build                          family
	gauges                         []asked
}

// asked is a number that is asked for when somebody looks.
type asked struct {
	name, help string
	number     func(ctx context.Context) (int, error)
}

// scrapeTimeout bounds what is asked of the database when somebody looks.
const scrapeTimeout = 2 * time.Second

// New makes the counts of a server, beside those of Go, the process and the database's pools.
func New(db *database.DB) *Metrics {
	return &Metrics{
		pools:    db.Pools(),
		requests: newDurations("request_seconds", "Requests and how long they took.", "method", "route", "status"),
		jobs:     newDurations("job_seconds", "Jobs and how long they took.", "kind", "result"),
		storage: newDurations("storage_seconds", "Calls to where files are kept and how long they took.", "operation",
			"result", "store"),
		tools: newDurations("tool_seconds", "Tool calls by programs, and how long they took.", "outcome", "tool"),
	}
}

// Build shows which version runs.
func (m *Metrics) Build(version, commit string) {
	m.build = single("notechondria_build_info", gauge, "The running version; always 1.", 1, label{"commit", commit},
		label{"version", version})
}

// Request counts an answer. route is a pattern of the program's.
func (m *Metrics) Request(method, route string, status int, took time.Duration) {
	m.requests.observe(took, [maxLabels]string{method, route, strconv.Itoa(status)})
}

// Tool counts a call of a tool. Its name is one of the program's.
func (m *Metrics) Tool(tool, outcome string, took time.Duration) {
	m.tools.observe(took, [maxLabels]string{outcome, tool})
}

// Job counts a job that has ended.
func (m *Metrics) Job(kind string, took time.Duration, err error) {
	m.jobs.observe(took, [maxLabels]string{kind, result(err)})
}

// Waiting shows the number of waiting jobs, as count gives it when somebody looks.
func (m *Metrics) Waiting(count func(ctx context.Context) (int, error)) {
	m.gauge("jobs_waiting", "Jobs waiting or running", count)
}

// Unindexed shows the number of notes that wait for the search index, likewise.
func (m *Metrics) Unindexed(count func(ctx context.Context) (int, error)) {
	m.gauge("notes_unindexed", "Notes not yet in the search index", count)
}

func (m *Metrics) gauge(name, help string, count func(ctx context.Context) (int, error)) {
	m.gauges = append(m.gauges, asked{"notechondria_" + name, help + "; -1 if they can't be counted.", count})
}

// Storage returns what counts the calls of a store.
func (m *Metrics) Storage(store string) func(operation string, took time.Duration, err error) {
	return func(operation string, took time.Duration, err error) {
		m.storage.observe(took, [maxLabels]string{operation, result(err), store})
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
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text := exposition(m.families(r.Context()))
		w.Header().Set("Content-Type", contentType)
		// The client may be gone.
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			_, _ = w.Write(text)
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		packed := gzip.NewWriter(w)
		_, _ = packed.Write(text)
		_ = packed.Close()
	})
}

func (m *Metrics) families(ctx context.Context) []family {
	ctx, cancel := context.WithTimeout(ctx, scrapeTimeout)
	defer cancel()
	families := append(goRuntime(), process()...)
	families = append(families, poolFamilies(m.pools)...)
	families = append(families, m.build)
	for _, d := range []*durations{m.requests, m.jobs, m.storage, m.tools} {
		families = append(families, d.family())
	}
	for _, g := range m.gauges {
		value, err := g.number(ctx)
		if err != nil {
			value = -1
		}
		families = append(families, single(g.name, gauge, g.help, float64(value)))
	}
	return families
}
