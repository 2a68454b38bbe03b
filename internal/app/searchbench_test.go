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

// benchOthers is how many notes other people have in BenchmarkSearch.
const benchOthers = 98_000

// BenchmarkSearch searches among 2,000 own notes, alone in the database and beside many of other people, of which every tenth is public. It
// takes minutes to prepare: it runs when BENCH_SEARCH is set.
func BenchmarkSearch(b *testing.B) {
	if os.Getenv("BENCH_SEARCH") == "" {
		b.Skip("BENCH_SEARCH is not set")
	}
	for _, engine := range apptest.Engines {
		for _, others := range []int{0, benchOthers} {
			b.Run(fmt.Sprintf("%s/others=%d", engine, others), func(b *testing.B) { benchSearch(b, engine, others) })
		}
	}
}

func benchSearch(b *testing.B, engine database.Engine, others int) {
	environment := append(apptest.Environment(b, engine), "LOG_LEVEL=ERROR")
	s := apptest.Start(b, engine, environment...)
	alice, bob := s.SignUp(b, "alice"), s.SignUp(b, "bob")
	seedNotes(b, s, alice.ID, 2000)
	seedNotes(b, s, bob.ID, others)
	indexSeeded(b, s, engine, environment)
	for _, search := range []struct{ name, query string }{
		{"no search", ""},
		{"in a few", "q=w3999"},
		{"in all", "q=common"},
		{"three letters, in all", "q=com"},
		{"one letter", "q=c"},
		{"two words", "q=common+w3999"},
		{"two words, common", "q=common+chapter"},
		{"typing error", "q=chaptre"},
		{"nowhere", "q=xyzzyx"},
		{"everybody's, in a few", "q=w3999&scope=all"},
		{"everybody's, in all", "q=common&scope=all"},
	} {
		b.Run(search.name, func(b *testing.B) {
			before := cpuTime(b)
			for b.Loop() {
				s.Call(b, "GET", "/api/v1/notes/?limit=20&"+search.query, alice.Token, nil).Want(b, 200)
			}
			b.ReportMetric((cpuTime(b)-before).Seconds()*1000/float64(b.N), "cpu-ms/op")
		})
	}
}

// seedStatements insert notes from a list.
var seedStatements = map[database.Engine]string{
	database.SQLite: `
		insert into notes (author_id, uuid, sharing_id, title, description, content, is_public, created_at, updated_at)
		select $1, value ->> 'uuid', value ->> 'uuid', value ->> 'title', '', value ->> 'content', value ->> 'public', $3, $3 from json_each($2)`,
	database.PostgreSQL: `
		insert into notes (author_id, uuid, sharing_id, title, description, content, is_public, created_at, updated_at)
		select $1, uuid, cast(uuid as text), title, '', content, public, $3, $3
		from json_to_recordset(cast($2 as json)) as r (uuid uuid, title text, content text, public boolean)`,
}

// seedNotes makes notes with 200 words each: one that all have, and others of which some are common and most are rare.
func seedNotes(b *testing.B, s *apptest.Server, author int64, number int) {
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
			text := []string{"Common", "words."}
			for range 200 {
				text = append(text, "w"+strconv.FormatUint(words.Uint64(), 10))
			}
			notes = append(notes, note{uuid.NewString(), fmt.Sprintf("Chapter %d", i), strings.Join(text, " "), i%10 == 0})
		}
		list, err := json.Marshal(notes)
		if err != nil {
			b.Fatal(err)
		}
		s.Exec(b, seedStatements[s.Database(b).Engine()], author, string(list), database.Now())
	}
}

// indexSeeded has a second server find the notes, and waits until it is done.
func indexSeeded(b *testing.B, s *apptest.Server, engine database.Engine, environment []string) {
	s.Exec(b, "delete from periodic_jobs where name like 'notes.search%'")
	start, cpu := time.Now(), cpuTime(b)
	apptest.Start(b, engine, environment...)
	db := s.Database(b)
	for {
		missing, err := database.One[int](b.Context(), db.Read(), "select (select count(*) from notes where deleted_at is null) - (select count(*) from note_search)")
		if err != nil {
			b.Fatal(err)
		}
		if missing == 0 {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	b.Logf("indexed in %s, %s of processor time", time.Since(start).Round(time.Millisecond), (cpuTime(b) - cpu).Round(time.Millisecond))
}
