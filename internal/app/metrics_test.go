package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// scrape reads the counts of an address.
func scrape(t *testing.T, address, authorization string) apptest.Reply {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	return apptest.Do(t, request)
}

func TestMetrics(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		address := fmt.Sprintf("127.0.0.1:%d", apptest.FreePort(t))
		s := apptest.Start(t, engine, "METRICS_ADDRESS="+address, "METRICS_TOKEN=let-me-see")
		alice := s.SignUpByMail(t, "alice")
		s.Call(t, "GET", "/api/v1/notes/4711/", alice.Token, nil).Want(t, 404)
		s.Call(t, "GET", "/media/none.png", "", nil).Want(t, 404)
		for where, authorization := range map[string]string{"http://" + address: "", s.URL: "Bearer let-me-see"} {
			counts := scrape(t, where+"/metrics", authorization).Want(t, 200).Text
			for _, line := range []string{
				`notechondria_request_seconds_count{method="GET",route="/api/v1/notes/{id}/",status="404"} 1`,
				`notechondria_request_seconds_count{method="POST",route="/api/v1/auth/register/",status="201"} 1`,
				`notechondria_job_seconds_count{kind="accounts.send_code",result="ok"} 1`,
				`notechondria_storage_seconds_count{operation="open",result="ok",store="media"} 1`,
				`notechondria_build_info{commit="`, "notechondria_jobs_waiting ", "notechondria_notes_unindexed ",
				"go_sql_open_connections{", "go_goroutines ",
				"process_resident_memory_bytes ",
			} {
				if !strings.Contains(counts, line) {
					t.Errorf("%s does not show %s", where, line)
				}
			}
		}
		for _, authorization := range []string{"", "Bearer wrong", "let-me-see", "Token " + alice.Token} {
			refused := scrape(t, s.URL+"/metrics", authorization).WantKeys(t, 401, "detail")
			if challenge := refused.Header.Get("WWW-Authenticate"); challenge != "Bearer" {
				t.Errorf("asks for %q", challenge)
			}
		}
		scrape(t, "http://"+address+"/api/v1/health/", "").Want(t, 404)
	})
}

func TestNoMetricsUnlessAskedFor(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, database.SQLite)
	s.Call(t, "GET", "/metrics", "", nil).Want(t, 404)
}

func TestAnAddressForMetricsThatIsTakenStopsTheStart(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, database.SQLite)
	address := strings.TrimPrefix(s.URL, "http://")
	p := apptest.LaunchProcess(t, append(emptyEnvironment(t, database.SQLite), "METRICS_ADDRESS="+address), "start")
	if code := p.Exit(t); code != 1 || len(p.Output.Find("METRICS_ADDRESS", "address already in use")) != 1 {
		t.Errorf("exit code %d: %s", code, p.Output)
	}
}
