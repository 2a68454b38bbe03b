package app_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// moments are random moments to kill a process at.
type moments struct{ *rand.Rand }

func newMoments(t *testing.T) moments {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seed of the moments: %d", seed)
	return moments{rand.New(rand.NewPCG(seed, 0))}
}

func (m moments) between(least, most time.Duration) <-chan time.Time {
	return time.After(least + time.Duration(m.Int64N(int64(most-least))))
}

func TestKilledDuringTheFirstStart(t *testing.T) {
	const rounds = 10
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		random := newMoments(t)
		for range rounds {
			environment := append(emptyEnvironment(t, engine), "BOOTSTRAP_SAMPLES=true")
			for range 2 {
				p := apptest.LaunchProcess(t, environment, "start")
				<-random.between(5*time.Millisecond, 100*time.Millisecond)
				_ = p.Process.Kill()
				p.Exit(t)
			}
			p := apptest.StartProcess(t, environment, "start")
			waitUntilReady(t, p)
			db := apptest.OpenDatabase(t, environment)
			apptest.Eventually(t, "the administrator and the samples are there, once", func() bool {
				rows, err := database.All[int64](t.Context(), db.Read(), `
					select count(*) from users union all select count(*) from courses union all select count(*) from notes order by 1`)
				return err == nil && slices.Equal(rows, []int64{2, 3, 12})
			})
			if code := p.Stop(t); code != 0 {
				t.Errorf("exit code %d", code)
			}
			wantEachMigrationOnce(t, db)
			wantWhole(t, db)
			if err := db.Close(); err != nil { // not only at the end: they would be many
				t.Error(err)
			}
		}
	})
}

// wantWhole fails the test unless SQLite finds its file in order.
func wantWhole(t *testing.T, db *database.DB) {
	t.Helper()
	if db.Engine() != database.SQLite {
		return
	}
	result, err := database.All[string](t.Context(), db.Read(), "pragma integrity_check")
	if err != nil || len(result) != 1 || result[0] != "ok" {
		t.Errorf("integrity_check: %q, %v", result, err)
	}
}

// acknowledged are the titles of notes that the server said it stored.
type acknowledged struct {
	mutex  sync.Mutex
	titles []string
}

func (a *acknowledged) add(title string) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.titles = append(a.titles, title)
}

func (a *acknowledged) count() int {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return len(a.titles)
}

// write stores notes one by one until the server is gone.
func (a *acknowledged) write(t *testing.T, url, token, name string) {
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for n := 0; ; n++ {
		title := fmt.Sprintf("%s, note %d", name, n)
		body, err := json.Marshal(map[string]string{"title": title,
			"content": "# " + title + "\n\ntext\n\n## part\n\nmore\n\n```go\ncode\n```\n"})
		if err != nil {
			t.Error(err)
			return
		}
		request, err := http.NewRequest("POST", url+"/api/v1/notes/", strings.NewReader(string(body)))
		if err != nil {
			t.Error(err)
			return
		}
		request.Header.Set("Authorization", "Token "+token)
		request.Header.Set("Content-Type", "application/json")
		response, err := client.Do(request)
		if err != nil {
			return
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusCreated {
			t.Errorf("status %d", response.StatusCode)
			return
		}
		a.add(title)
	}
}

// writeAndKill starts the program, has three clients write, and kills it, in the start or in the writing.
func (a *acknowledged) writeAndKill(
	t *testing.T, environment []string, token, name string, random moments, inStart bool,
) {
	t.Helper()
	var clients sync.WaitGroup
	write := func(p *apptest.Process) {
		for i := range 3 {
			clients.Go(func() { a.write(t, p.URL, token, fmt.Sprintf("%s, client %d", name, i)) })
		}
	}
	var p *apptest.Process
	if inStart {
		p = apptest.LaunchProcess(t, environment, "start")
		clients.Go(func() {
			if p.Listens() {
				write(p)
			}
		})
	} else {
		p = apptest.StartProcess(t, environment, "start")
		before := a.count()
		write(p)
		apptest.Eventually(t, "a note is written", func() bool { return a.count() > before })
	}
	<-random.between(5*time.Millisecond, 150*time.Millisecond)
	_ = p.Process.Kill()
	p.Exit(t)
	clients.Wait()
}

func TestKilledWhileWriting(t *testing.T) {
	const rounds = 50
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		environment := emptyEnvironment(t, engine)
		first := apptest.StartProcess(t, environment, "start")
		token := adminToken(t, first)
		first.Stop(t)

		random := newMoments(t)
		var notes acknowledged
		for round := range rounds {
			notes.writeAndKill(t, environment, token, fmt.Sprintf("round %d", round), random, round%2 == 0)
		}
		if len(notes.titles) < rounds/2 { // one in each round that does not end in the start
			t.Fatalf("only %d notes were written: the test tests nothing", len(notes.titles))
		}
		t.Logf("%d notes were acknowledged", len(notes.titles))

		last := apptest.StartProcess(t, environment, "start")
		waitUntilReady(t, last)
		last.Server().Call(t, "POST", "/api/v1/notes/", token,
			map[string]any{"title": "After all", "content": "text"}).Want(t, 201)
		if code := last.Stop(t); code != 0 {
			t.Errorf("exit code %d", code)
		}
		db := apptest.OpenDatabase(t, environment)
		wantEachMigrationOnce(t, db)
		wantWhole(t, db)
		wantWholeNotes(t, db, notes.titles)
	})
}

// wantWholeNotes fails the test unless these notes are there, and every note there is has all its blocks.
func wantWholeNotes(t *testing.T, db *database.DB, titles []string) {
	t.Helper()
	type note struct {
		Title  string
		Blocks int64
	}
	stored, err := database.All[note](t.Context(), db.Read(), `
		select n.title, (select count(*) from note_blocks b where b.note_id = n.id) as blocks
		from notes n where n.content <> ''`)
	if err != nil {
		t.Fatal(err)
	}
	const blocksOfEach = 5 // title, text, heading, text, code
	found := map[string]int{}
	for _, n := range stored {
		found[n.Title]++
		if n.Blocks == 0 || strings.HasPrefix(n.Title, "round") && n.Blocks != blocksOfEach {
			t.Errorf("the note %q has %d blocks", n.Title, n.Blocks)
		}
	}
	for _, title := range titles {
		if found[title] != 1 {
			t.Errorf("the acknowledged note %q is there %d times", title, found[title])
		}
	}
}
