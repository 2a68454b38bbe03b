package app_test

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

const (
	benchSecret = "SECRET_KEY=0123456789012345678901234567890123456789012345678901"
	benchOwn    = 1000 // notes of the account that sends the requests
	benchWords  = 100  // of a note
)

// benchSite is the program, running on a database with notes, and an account of it.
type benchSite struct {
	*apptest.Server
	process *apptest.Process
	db      *database.DB
	alice   apptest.Account
	bare    *benchSite // the bare handler on the same database
}

// startBench starts the program on a database with that many notes: alice's, and beyond them those of somebody else.
// They are in the search index.
func startBench(b *testing.B, engine database.Engine, notes int) *benchSite {
	environment := append(apptest.Environment(b, engine), benchSecret, "LOG_LEVEL=ERROR", "MCP_CALLS_PER_MINUTE=1000000")
	preparing := apptest.Start(b, engine, environment...) // gets the mails that signing up takes
	s := &benchSite{alice: preparing.SignUp(b, "alice"), db: preparing.Database(b)}
	others := preparing.SignUp(b, "bob")
	s.seed(b, s.alice.ID, min(benchOwn, notes))
	s.seed(b, others.ID, max(notes-benchOwn, 0))
	// The next server looks for notes to index at once.
	preparing.Exec(b, "delete from periodic_jobs where name like 'notes.search%'")
	start := time.Now()
	s.process = apptest.StartProcess(b, environment, "start")
	s.Server = s.process.Server()
	s.bare = s.startBare(b, environment)
	s.waitForIndex(b)
	b.Logf("indexed in %s, %s of processor time", time.Since(start).Round(time.Millisecond),
		processorTime(b, s.process.Process.Pid))
	if engine == database.PostgreSQL { // as the server does by itself within a minute
		if _, err := s.db.Writer().ExecContext(b.Context(), "vacuum analyze"); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

// seedStatements insert notes from a list.
var seedStatements = map[database.Engine]string{
	database.SQLite: `
		insert into notes (author_id, uuid, sharing_id, title, description, content, is_public, created_at, updated_at)
		select $1, value ->> 'uuid', value ->> 'uuid', value ->> 'title', '',
			value ->> 'content', value ->> 'public', $3, $3 from json_each($2)`,
	database.PostgreSQL: `
		insert into notes (author_id, uuid, sharing_id, title, description, content, is_public, created_at, updated_at)
		select $1, uuid, cast(uuid as text), title, '', content, public, $3, $3
		from json_to_recordset(cast($2 as json)) as r (uuid uuid, title text, content text, public boolean)`,
}

// seed makes notes with a word that all have, and others of which some are common and most are rare. Every tenth is
// public.
func (s *benchSite) seed(b *testing.B, author int64, number int) {
	type note struct {
		UUID    string `json:"uuid"`
		Title   string `json:"title"`
		Content string `json:"content"`
		Public  bool   `json:"public"`
	}
	random := rand.New(rand.NewSource(author))
	words := rand.NewZipf(random, 1.05, 10, 5000)
	for first := 0; first < number; first += 1000 {
		var notes []note
		for i := first; i < min(first+1000, number); i++ {
			text := []string{"Common"}
			for range benchWords {
				text = append(text, "w"+strconv.FormatUint(words.Uint64(), 10))
			}
			notes = append(notes, note{uuid.NewString(), fmt.Sprintf("Chapter %d", i), strings.Join(text, " "), i%10 == 0})
		}
		list, err := json.Marshal(notes)
		if err != nil {
			b.Fatal(err)
		}
		err = s.db.Write(b.Context(), func(tx *database.Tx) error {
			_, err := tx.ExecContext(b.Context(), seedStatements[s.db.Engine()], author, string(list), database.Now())
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// waitForIndex waits until all notes are indexed and the job that does it has ended.
func (s *benchSite) waitForIndex(b *testing.B) {
	for {
		waiting, err := database.One[int](b.Context(), s.db.Read(), `
			select (select count(*) from notes where deleted_at is null) - (select count(*) from note_search)
				+ (select count(*) from goqite)`)
		if err != nil {
			b.Fatal(err)
		}
		if waiting == 0 {
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// measure sends requests, and reports the processor time of the program, and of PostgreSQL where it runs on this
// machine.
func (s *benchSite) measure(b *testing.B, request func(b *testing.B)) {
	request(b) // statements are prepared by the first
	program, server := processorTime(b, s.process.Process.Pid), s.databaseTime(b)
	for b.Loop() {
		request(b)
	}
	perRequest := func(spent time.Duration) float64 { return spent.Seconds() * 1000 / float64(b.N) }
	b.ReportMetric(perRequest(processorTime(b, s.process.Process.Pid)-program), "cpu-ms/op")
	if s.db.Engine() == database.PostgreSQL {
		b.ReportMetric(perRequest(s.databaseTime(b)-server), "postgres-ms/op")
	}
}

// databaseTime is the processor time of PostgreSQL's connections.
func (s *benchSite) databaseTime(b *testing.B) (sum time.Duration) {
	if s.db.Engine() != database.PostgreSQL {
		return 0
	}
	processes, err := database.All[int](b.Context(), s.db.Read(),
		"select pid from pg_stat_activity where datname = current_database() and backend_type = 'client backend'")
	if err != nil {
		b.Fatal(err)
	}
	for _, pid := range processes {
		name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
		if err == nil && strings.HasPrefix(string(name), "postgres") { // otherwise it runs on another machine
			sum += processorTime(b, pid)
		}
	}
	return sum
}

// processorTime is what a process has used, to a hundredth of a second.
func processorTime(b *testing.B, pid int) time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ") // after the name, which may hold spaces
	fields := strings.Fields(rest)
	var ticks int64
	for _, field := range fields[11:13] { // of the user and of the system: 14 and 15 in proc(5)
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * (time.Second / 100)
}
