package systemtest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// load is clients that write through nginx, and what they were told is stored.
type load struct {
	url, token string
	client     *http.Client
	retries    atomic.Int64 // of drafts whose answer was lost
	stop       context.CancelFunc
	clients    sync.WaitGroup

	mutex  sync.Mutex
	drafts []string // stored notes
	people []string // mail addresses of registered accounts
}

const (
	writers    = 4
	writePace  = 15 * time.Millisecond
	retryPause = 20 * time.Millisecond
	// patience bounds a request, and all tries of one draft.
	patience = 30 * time.Second
)

// startLoad runs until halt.
func startLoad(t *testing.T, url, token string) *load {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	l := &load{url: url, token: token, client: &http.Client{Timeout: patience, Transport: &http.Transport{}}, stop: stop}
	for i := range writers {
		l.clients.Go(func() {
			each(ctx, writePace, func(n int) { l.write(t, fmt.Sprintf("writer-%d-note-%d", i, n)) })
		})
	}
	t.Cleanup(l.pause)
	return l
}

// pause waits until every draft that was begun is stored.
func (l *load) pause() {
	l.stop()
	l.clients.Wait()
	l.client.CloseIdleConnections()
}

// resume waits until some more notes are stored.
func (l *load) resume(t *testing.T) {
	t.Helper()
	stored := func() int {
		l.mutex.Lock()
		defer l.mutex.Unlock()
		return len(l.drafts)
	}
	before := stored()
	apptest.Eventually(t, "more notes are stored", func() bool { return stored() >= before+10*writers })
}

// each does something again and again, at that pace or as fast as it goes.
func each(ctx context.Context, pace time.Duration, do func(n int)) {
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			do(n)
		}
	}
}

// write sends one draft until it is stored, as the apps do.
func (l *load) write(t *testing.T, draft string) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	body := object{"title": draft, "content": "# " + draft + "\n\ntext\n\n## part\n\nmore\n\n```go\ncode\n```\n",
		"client_draft_id": draft}
	for {
		switch status := l.post(ctx, notesPath, body, nil); status {
		case http.StatusCreated, http.StatusOK:
			l.mutex.Lock()
			defer l.mutex.Unlock()
			l.drafts = append(l.drafts, draft)
			return
		case 0, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			l.retries.Add(1)
		default:
			t.Errorf("the draft %s: status %d", draft, status)
			return
		}
		select {
		case <-ctx.Done():
			t.Errorf("the draft %s could not be stored", draft)
			return
		case <-time.After(retryPause):
		}
	}
}

// register makes one account, which has to confirm its address. An account whose answer is lost is not tried again.
func (l *load) register(t *testing.T, n int) {
	name := fmt.Sprintf("person-%d", n)
	email := name + "@example.com"
	header := http.Header{"X-Forwarded-For": {fmt.Sprintf("203.0.113.%d", n%256)}} // people far from each other
	body := object{"username": name, "email": email, "password": apptest.Password}
	switch status := l.post(t.Context(), "/api/v1/auth/register/", body, header); status {
	case http.StatusCreated:
		l.mutex.Lock()
		defer l.mutex.Unlock()
		l.people = append(l.people, email)
	case 0, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
	default:
		t.Errorf("registering %s: status %d", name, status)
	}
}

// post returns the status of the answer, 0 for none.
func (l *load) post(ctx context.Context, path string, body any, header http.Header) int {
	data, err := json.Marshal(body)
	if err != nil {
		return 0
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url+path, bytes.NewReader(data))
	if err != nil {
		return 0
	}
	if request.Header = header; header == nil {
		request.Header = http.Header{"Authorization": {"Token " + l.token}}
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := l.client.Do(request)
	if err != nil {
		return 0
	}
	_ = response.Body.Close() // only the status counts
	return response.StatusCode
}

// wantStored fails the test unless every stored draft is one whole note, and there is no note that nobody wrote.
func (l *load) wantStored(t *testing.T, db *database.DB) {
	t.Helper()
	t.Logf("%d notes were acknowledged after %d lost answers, %d accounts", len(l.drafts), l.retries.Load(), len(l.people))
	type note struct {
		Draft  string
		Blocks int64
	}
	stored, err := database.All[note](t.Context(), db.Read(), `
		select n.client_draft_id as draft, (select count(*) from note_blocks b where b.note_id = n.id) as blocks
		from notes n where n.client_draft_id like 'writer-%' and n.deleted_at is null and n.title = n.client_draft_id
		  and n.content like '# ' || n.title || '%code%'`)
	if err != nil {
		t.Fatal(err)
	}
	const blocksOfEach = 5 // title, text, heading, text, code
	var found []string
	for _, n := range stored {
		found = append(found, n.Draft)
		if n.Blocks != blocksOfEach {
			t.Errorf("the note %s has %d blocks, want %d", n.Draft, n.Blocks, blocksOfEach)
		}
	}
	slices.Sort(found)
	slices.Sort(l.drafts)
	if len(found) == 0 || !slices.Equal(found, l.drafts) {
		t.Errorf("%d notes are stored, %d were acknowledged, and they should be the same", len(found), len(l.drafts))
		for _, draft := range l.drafts {
			if _, ok := slices.BinarySearch(found, draft); !ok {
				t.Errorf("%s was acknowledged and is not there once and whole", draft)
			}
		}
	}
}

// killingTime is how long instances are killed, the pauses how long after one another.
const (
	killingTime   = 15 * time.Second
	shortestPause = 40 * time.Millisecond
	longestPause  = 600 * time.Millisecond
)

func TestKilledInstancesLoseNothing(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	d.start(t)
	l := startLoad(t, d.front.URL, d.front.SignUp(t, "alice").Token)
	ctx, stop := context.WithTimeout(t.Context(), killingTime)
	defer stop()
	l.clients.Go(func() { each(ctx, 300*time.Millisecond, func(n int) { l.register(t, n) }) })
	d.killAtRandom(ctx, t)
	for i := range instances {
		d.kill(t, i)
	}
	// A job whose process died waits a minute for the next one: too long for a test.
	if _, err := database.Exec(t.Context(), d.database.Writer(),
		"update goqite set timeout = now() where received > 0"); err != nil {
		t.Fatal(err)
	}
	d.start(t)
	l.pause()
	l.wantStored(t, d.database)
	if len(l.people) == 0 || l.retries.Load() == 0 {
		t.Fatal("nobody was registered, or nobody noticed: the test tests nothing")
	}
	for _, email := range l.people {
		code := d.front.Mail.Code(t, email, 1)
		d.front.Call(t, "POST", "/api/v1/auth/verify-email/", "", object{"email": email, "code": code}).Want(t, 200)
	}
}

// killAtRandom kills instances, and starts them again at once: often before they have started.
func (d *deployment) killAtRandom(ctx context.Context, t *testing.T) {
	t.Helper()
	seed, kills := rand.Uint64(), 0
	random := rand.New(rand.NewPCG(seed, 0))
	for {
		pause := shortestPause + time.Duration(random.Int64N(int64(longestPause-shortestPause)))
		victim := random.IntN(instances)
		select {
		case <-ctx.Done():
			t.Logf("seed %d: %d instances were killed", seed, kills)
			return
		case <-time.After(pause):
			d.kill(t, victim)
			d.launch(t, victim)
			kills++
		}
	}
}
