package systemtest_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// exec runs statements on the database, as a newer version would.
func (d *deployment) exec(t *testing.T, statements ...string) {
	t.Helper()
	err := d.database.Write(t.Context(), func(tx *database.Tx) error {
		for _, statement := range statements {
			if _, err := tx.ExecContext(t.Context(), statement); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAnOlderVersionWorksOnANewerSchema(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	d.start(t)
	l := startLoad(t, d.front.URL, d.front.SignUp(t, "alice").Token)
	d.exec(t,
		"insert into compatible_migrations (version) values (99)",
		"insert into goose_db_version (version_id, is_applied) values (99, true)",
		"alter table notes add column added_later text")
	d.wantWriting(t, l.token)

	d.kill(t, 0) // and the platform starts it again
	d.launch(t, 0)
	waitUntilReady(t, d.listen(t, 0).Server())
	d.wantWriting(t, l.token)

	for _, p := range d.processes {
		p.Server().Call(t, "GET", "/readyz", "", nil).Want(t, 200)
	}

	d.exec(t, "insert into goose_db_version (version_id, is_applied) values (100, true)")
	late := apptest.LaunchProcess(t, append([]string{"DATA_DIR=" + t.TempDir()}, d.environment...), "start")
	if code := late.Exit(t); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	if !strings.Contains(late.Output.String(),
		"the database schema is newer than this program: it has the migrations [100]") {
		t.Errorf("the reason is missing:\n%s", late.Output)
	}
	d.wantWriting(t, l.token)
	l.resume(t)
	l.pause()
	l.wantStored(t, d.database)
}

// wantWriting fails the test unless every instance writes and reads.
func (d *deployment) wantWriting(t *testing.T, token string) {
	t.Helper()
	for _, p := range d.processes {
		p.Server().Call(t, "POST", notesPath, token, object{"title": "Here", "content": "text"}).Want(t, 201)
		p.Server().Call(t, "GET", notesPath, token, nil).Want(t, 200)
	}
}

func TestAnInstanceThatIsStoppedFinishesItsRequests(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	d.start(t)
	l := startLoad(t, d.front.URL, d.front.SignUp(t, "alice").Token)
	for i, p := range d.processes { // one after the other, as a rolling deploy replaces them
		l.resume(t)
		slow := beginRequest(t, p.URL+notesPath, l.token)
		if err := p.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		apptest.Eventually(t, "the instance is stopping", func() bool { return len(p.Output.Find(`"stopping"`)) > 0 })
		if status := slow.finish(`{"title": "Slow", "content": "# Slow"}`); status != http.StatusCreated {
			t.Errorf("the request that ran was answered with %d", status)
		}
		if code := p.Exit(t); code != 0 {
			t.Errorf("exit code %d", code)
		}
		l.resume(t)
		d.launch(t, i)
		waitUntilReady(t, d.listen(t, i).Server())
	}
	l.pause()
	l.wantStored(t, d.database)
	slow, err := database.One[int64](t.Context(), d.database.Read(), "select count(*) from notes where title = 'Slow'")
	if err != nil || slow != instances {
		t.Errorf("%d of the requests that ran are stored, %v", slow, err)
	}
}

// slowRequest is a request whose body the server waits for.
type slowRequest struct {
	body   *io.PipeWriter
	status chan int // 0 for no answer
}

// beginRequest returns when the server has begun to read the body.
func beginRequest(t *testing.T, url, token string) slowRequest {
	t.Helper()
	reading := make(chan struct{})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{Got100Continue: func() { close(reading) }})
	body, input := io.Pipe()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header = http.Header{"Authorization": {"Token " + token}, "Content-Type": {"application/json"},
		"Expect": {"100-continue"}}
	s := slowRequest{body: input, status: make(chan int, 1)}
	go func() { // ends with the answer, or with the context
		transport := &http.Transport{ExpectContinueTimeout: time.Minute, DisableKeepAlives: true}
		response, err := transport.RoundTrip(request)
		if err != nil {
			s.status <- 0
			return
		}
		_ = response.Body.Close() // only the status counts
		s.status <- response.StatusCode
	}()
	select {
	case <-reading:
	case status := <-s.status:
		t.Fatalf("the server did not wait for the body: status %d", status)
	}
	return s
}

func (s slowRequest) finish(body string) int {
	if _, err := io.WriteString(s.body, body); err != nil {
		return 0
	}
	_ = s.body.Close() // never fails
	return <-s.status
}
