package systemtest_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// Everything at once that takes memory: the process lives, and most are served. Whoever would be too many is told to
// come again.
func TestASmallMachineLives(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		for _, limit := range []int64{128 << 20, 96 << 20} { // one after the other: each is a burden to what runs the test
			t.Run(fmt.Sprint(limit>>20, " MiB"), func(t *testing.T) {
				s := startLimited(t, limit, apptest.Environment(t, engine)...)
				s.burden(t)
				s.wantWithin(t)
			})
		}
	})
}

// burdenRounds is how often everything is done at once.
const burdenRounds = 3

// burden has people sign in, upload, save long notes, and search and list them, all side by side.
func (s *limited) burden(t *testing.T) {
	t.Helper()
	token := adminToken(t, s.Server)
	long := strings.Repeat("# Some heading\n\nwords of the note\n\n", 50_000) // 1.7 MB
	attachment := apptest.Part{Name: "file", FileName: "a.bin", Content: strings.Repeat("a", 19<<20)}
	album := notesPath + fmt.Sprint(s.Call(t, "POST", notesPath, token,
		object{"title": "Album"}).Want(t, 201).Int("id")) + "/"
	uses := []struct {
		name    string
		clients int
		call    func(i int) apptest.Reply
	}{
		{"sign in", 8, func(int) apptest.Reply {
			return s.Call(t, "POST", "/api/v1/auth/login/", "", object{"email": "admin@localhost", "password": apptest.Password})
		}},
		{"save", 4, func(i int) apptest.Reply {
			return s.Call(t, "POST", notesPath, token, object{"title": fmt.Sprint("Long ", i), "content": long})
		}},
		{"upload", 4, func(int) apptest.Reply { return s.Upload(t, "POST", album+"attachments/", token, attachment) }},
		{"search", 3, func(int) apptest.Reply { return s.Call(t, "GET", notesPath+"?q=words", token, nil) }},
		{"list", 4, func(int) apptest.Reply { return s.Call(t, "GET", notesPath+"?limit=200", token, nil) }},
	}
	var mutex sync.Mutex
	served := map[string]int{}
	for range burdenRounds {
		var group sync.WaitGroup
		for _, use := range uses {
			for i := range use.clients {
				group.Go(func() {
					reply := use.call(i)
					mutex.Lock()
					defer mutex.Unlock()
					switch reply.Status {
					case http.StatusOK, http.StatusCreated:
						served[use.name]++
					case http.StatusServiceUnavailable, http.StatusTooManyRequests:
						if reply.Header.Get("Retry-After") == "" {
							t.Errorf("%s: %d without Retry-After", use.name, reply.Status)
						}
					default:
						t.Errorf("%s: status %d: %v", use.name, reply.Status, reply.JSON)
					}
				})
			}
		}
		group.Wait()
	}
	for _, use := range uses {
		t.Logf("%s: %d of %d were served", use.name, served[use.name], burdenRounds*use.clients)
		if served[use.name] == 0 {
			t.Errorf("%s: nobody was served", use.name)
		}
	}
}
