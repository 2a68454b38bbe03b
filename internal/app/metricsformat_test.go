package app_test

import (
	"compress/gzip"
	"io"
	"math"
	"net/http"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// exposed are the names and kinds that Prometheus' own library showed, on which people have built their dashboards.
const exposed = `
go_gc_duration_seconds summary
go_gc_gogc_percent gauge
go_gc_gomemlimit_bytes gauge
go_goroutines gauge
go_info gauge
go_memstats_alloc_bytes gauge
go_memstats_alloc_bytes_total counter
go_memstats_buck_hash_sys_bytes gauge
go_memstats_frees_total counter
go_memstats_gc_sys_bytes gauge
go_memstats_heap_alloc_bytes gauge
go_memstats_heap_idle_bytes gauge
go_memstats_heap_inuse_bytes gauge
go_memstats_heap_objects gauge
go_memstats_heap_released_bytes gauge
go_memstats_heap_sys_bytes gauge
go_memstats_last_gc_time_seconds gauge
go_memstats_mallocs_total counter
go_memstats_mcache_inuse_bytes gauge
go_memstats_mcache_sys_bytes gauge
go_memstats_mspan_inuse_bytes gauge
go_memstats_mspan_sys_bytes gauge
go_memstats_next_gc_bytes gauge
go_memstats_other_sys_bytes gauge
go_memstats_stack_inuse_bytes gauge
go_memstats_stack_sys_bytes gauge
go_memstats_sys_bytes gauge
go_sched_gomaxprocs_threads gauge
go_sql_idle_connections gauge
go_sql_in_use_connections gauge
go_sql_max_idle_closed_total counter
go_sql_max_idle_time_closed_total counter
go_sql_max_lifetime_closed_total counter
go_sql_max_open_connections gauge
go_sql_open_connections gauge
go_sql_wait_count_total counter
go_sql_wait_duration_seconds_total counter
go_threads gauge
notechondria_build_info gauge
notechondria_jobs_waiting gauge
notechondria_request_seconds histogram
process_cpu_seconds_total counter
process_max_fds gauge
process_network_receive_bytes_total counter
process_network_transmit_bytes_total counter
process_open_fds gauge
process_resident_memory_bytes gauge
process_start_time_seconds gauge
process_virtual_memory_bytes gauge
process_virtual_memory_max_bytes gauge
`

func TestMetricsAreWhatPrometheusReads(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, "METRICS_TOKEN=let-me-see")
		s.Call(t, "GET", "/api/v1/courses/", "", nil).Want(t, 200)
		reply := scrape(t, s.URL+"/metrics", "Bearer let-me-see").Want(t, 200)
		parser := expfmt.NewTextParser(model.UTF8Validation)
		families, err := parser.TextToMetricFamilies(strings.NewReader(reply.Text))
		if err != nil {
			t.Fatalf("%v\n%s", err, reply.Text)
		}
		if kind := reply.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/plain; version=0.0.4") {
			t.Errorf("it is %s", kind)
		}
		for line := range strings.Lines(strings.TrimSpace(exposed)) {
			name, kind, _ := strings.Cut(strings.TrimSpace(line), " ")
			family := families[name]
			if family == nil {
				t.Errorf("%s is missing", name)
				continue
			}
			if got := strings.ToLower(family.GetType().String()); got != kind || family.GetHelp() == "" {
				t.Errorf("%s is a %s: %q", name, got, family.GetHelp())
			}
		}
		for _, name := range []string{"go_memstats_sys_bytes", "go_threads", "process_cpu_seconds_total", "process_open_fds",
			"process_start_time_seconds", "process_resident_memory_bytes", "process_network_receive_bytes_total"} {
			metric := families[name].GetMetric()[0]
			if metric.GetGauge().GetValue()+metric.GetCounter().GetValue() <= 0 {
				t.Errorf("%s: %v", name, metric)
			}
		}
		wantCourses(t, families["notechondria_request_seconds"])
	})
}

// wantCourses looks for the one request for courses, which took less than a minute.
func wantCourses(t *testing.T, requests *dto.MetricFamily) {
	t.Helper()
	for _, metric := range requests.GetMetric() {
		labels := map[string]string{}
		for _, pair := range metric.GetLabel() {
			labels[pair.GetName()] = pair.GetValue()
		}
		if labels["route"] != "/api/v1/courses/" {
			continue
		}
		h := metric.GetHistogram()
		buckets := h.GetBucket()
		last := buckets[len(buckets)-1]
		if labels["method"] != "GET" || labels["status"] != "200" || h.GetSampleCount() != 1 || h.GetSampleSum() <= 0 ||
			len(buckets) != 16 || last.GetCumulativeCount() != 1 || !math.IsInf(last.GetUpperBound(), 1) {
			t.Errorf("the courses: %v", metric)
		}
		return
	}
	t.Errorf("the request for courses is missing: %v", requests)
}

func TestMetricsAreCompressedWhereAskedFor(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, database.SQLite, "METRICS_TOKEN=let-me-see")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer let-me-see")
	request.Header.Set("Accept-Encoding", "gzip")
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	unpacked, err := gzip.NewReader(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(unpacked)
	if err != nil || !strings.Contains(string(text), "go_goroutines ") {
		t.Errorf("%v: %s", err, text)
	}
}
