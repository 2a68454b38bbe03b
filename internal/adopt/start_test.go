package adopt_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

const testKey = "SECRET_KEY=a-key-for-tests-of-at-least-fifty-characters-0123456789"

// TestAliveWhileItAdopts holds the lock of the adoption: the server waits for it as it would work for long.
func TestAliveWhileItAdopts(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		o := fixture(t, engine, 0)
		migrated := apptest.Program(t, o.environment(testKey), "migrate")
		if output, err := migrated.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
		db := apptest.OpenDatabase(t, o.environment(testKey))
		var first, second *apptest.Server
		err := db.WithLock(t.Context(), "adopt", func(context.Context) error {
			first, second = o.start(t), o.start(t)
			for _, s := range []*apptest.Server{first, second} {
				status(t, s, "/healthz", 200)
				status(t, s, "/readyz", 503)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		first.App(t)
		second.App(t)
		status(t, first, "/readyz", 200)
		if n := apptest.Value[int](t, db, "select count(*) from adoptions"); n != 1 {
			t.Errorf("two instances adopted %d times", n)
		}
	})
}

func status(t *testing.T, s *apptest.Server, path string, want int) {
	t.Helper()
	answer, err := http.Get(s.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != want {
		t.Errorf("%s answers %d, want %d", path, answer.StatusCode, want)
	}
}

// TestKilledWhileItAdopts kills the process at random moments: what is there then is the old state or the whole new
// one.
func TestKilledWhileItAdopts(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts the program fifty times")
	}
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		const notes, kills = 600, 25 // on each engine
		o := fixture(t, engine, notes)
		began := time.Now()
		p := apptest.StartProcess(t, o.environment(testKey), "start")
		apptest.Eventually(t, "the server is ready",
			func() bool { return p.Server().Call(t, "GET", "/readyz", "", nil).Status == http.StatusOK })
		whole := time.Since(began)
		_ = p.Process.Kill()
		p.Exit(t)
		o = fixture(t, engine, notes)
		before, after := 0, 0
		for range kills {
			p := apptest.LaunchProcess(t, o.environment(testKey), "start")
			time.Sleep(time.Duration(rand.Int64N(int64(whole)))) // the moment is what is tried, nothing waits for it
			_ = p.Process.Kill()
			p.Exit(t)
			switch adopted, people, there := o.state(t); {
			case adopted == 0 && people == 0 && there == 0:
				before++
			case adopted == 1 && people == 5 && there == notes+5:
				after++
				whole = whole * 3 / 4
				o = fixture(t, engine, notes)
			default:
				t.Fatalf("a killed process left %d adoptions, %d people and %d notes", adopted, people, there)
			}
		}
		t.Logf("%d before, %d after", before, after)
		o.adopt(t, true)
		if _, people, there := o.state(t); people != 5 || there != notes+5 {
			t.Errorf("in the end there are %d people and %d notes", people, there)
		}
	})
}

// state is what is in the new tables; nothing while there are none.
func (o *old) state(t *testing.T) (adoptions, people, notes int) {
	t.Helper()
	db := apptest.OpenDatabase(t, o.environment(testKey))
	status, err := db.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(status.Pending) > 0 {
		return 0, 0, 0
	}
	return apptest.Value[int](t, db, "select count(*) from adoptions"),
		apptest.Value[int](t, db, "select count(*) from users"),
		apptest.Value[int](t, db, "select count(*) from notes")
}
