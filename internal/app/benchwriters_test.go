package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
)

// benchWriters is how many write side by side.
const benchWriters = 8

// BenchmarkWriters measures writers side by side, each with notes of their own of 2 KB in different words: how many
// notes are stored in a second, and how long a writer waits for one. A patch changes one paragraph.
func BenchmarkWriters(b *testing.B) {
	for _, engine := range apptest.Engines {
		b.Run(string(engine), func(b *testing.B) {
			s := startBench(b, engine, benchOwn)
			w := &writers{benchSite: s, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: benchWriters}}}
			w.write(b, "warm up", 80, w.create) // prepares statements; so many wait for the search index now
			b.Run("search, 80 notes wait", func(b *testing.B) {
				s.measure(b, func(b *testing.B) {
					s.Call(b, "GET", "/api/v1/notes/?limit=20&q=common", s.alice.Token, nil).Want(b, 200)
				})
			})
			b.Run("create", func(b *testing.B) { w.measure(b, w.create) })
			b.Run("patch", func(b *testing.B) { w.measure(b, w.patch) })
		})
	}
}

// writers send notes.
type writers struct {
	*benchSite
	client *http.Client
	made   [benchWriters]int64 // a note of each
}

// measure reports what a note costs, and how long half of the writers waited at most.
func (w *writers) measure(b *testing.B, send func(writer, i int) error) {
	program, server, start := processorTime(b, w.process.Process.Pid), w.databaseTime(b), time.Now()
	b.ResetTimer()
	waits := w.write(b, "write", b.N, send)
	b.StopTimer()
	took := time.Since(start)
	perNote := func(spent time.Duration) float64 { return spent.Seconds() * 1000 / float64(b.N) }
	b.ReportMetric(perNote(processorTime(b, w.process.Process.Pid)-program), "cpu-ms/op")
	b.ReportMetric(perNote(w.databaseTime(b)-server), "postgres-ms/op")
	b.ReportMetric(float64(b.N)/took.Seconds(), "notes/s")
	slices.Sort(waits)
	b.ReportMetric(waits[len(waits)/2].Seconds()*1000, "p50-ms")
}

// write has all writers send that many notes, and returns how long each took.
func (w *writers) write(b *testing.B, what string, notes int, send func(writer, i int) error) []time.Duration {
	b.Helper()
	waits := make([]time.Duration, notes)
	var group sync.WaitGroup
	for writer := range benchWriters {
		group.Go(func() {
			for i := writer; i < notes; i += benchWriters {
				start := time.Now()
				if err := send(writer, i); err != nil {
					b.Errorf("%s: %v", what, err)
					return
				}
				waits[i] = time.Since(start)
			}
		})
	}
	group.Wait()
	return waits
}

func (w *writers) create(writer, i int) error {
	note := map[string]any{"title": fmt.Sprintf("Note %d of %d", i, writer), "description": "About a thing",
		"content": benchText(i, 0)}
	answer, err := w.send("POST", "/api/v1/notes/", note, http.StatusCreated)
	w.made[writer] = answer.ID
	return err
}

func (w *writers) patch(writer, i int) error {
	_, err := w.send("PATCH", fmt.Sprintf("/api/v1/notes/%d/", w.made[writer]),
		map[string]any{"content": benchText(writer, i)}, http.StatusOK)
	return err
}

// benchText is 2 KB in eight blocks: headings, and paragraphs of words of which some are common and most are rare. One
// paragraph is another one in each change.
func benchText(note, change int) string {
	var text strings.Builder
	for part := range 4 {
		seed := int64(note)<<32 + int64(part)
		if part == 2 {
			seed += int64(change) << 8
		}
		words := rand.NewZipf(rand.New(rand.NewSource(seed)), 1.05, 10, 5000)
		fmt.Fprintf(&text, "## Part %d\n\nIt", part)
		for range 90 {
			text.WriteString(" w" + strconv.FormatUint(words.Uint64(), 10))
		}
		text.WriteString(".\n\n")
	}
	return text.String()
}

type writtenNote struct {
	ID int64 `json:"id"`
}

func (w *writers) send(method, path string, body any, status int) (answer writtenNote, err error) {
	text, err := json.Marshal(body)
	if err != nil {
		return answer, err
	}
	request, err := http.NewRequest(method, w.URL+path, bytes.NewReader(text))
	if err != nil {
		return answer, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Token "+w.alice.Token)
	response, err := w.client.Do(request)
	if err != nil {
		return answer, err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		return answer, err
	}
	if response.StatusCode != status {
		return answer, fmt.Errorf("%s %s: %s: %s", method, path, response.Status, data)
	}
	return answer, json.Unmarshal(data, &answer)
}
