package database_test

import (
	"fmt"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// relay passes connections on to a server, apart from those that it holds.
type relay struct {
	net.Listener
	server string
	held   chan net.Conn // a connection that nobody answers

	mutex sync.Mutex
	hold  bool // the next connection
	group sync.WaitGroup
}

func newRelay(t *testing.T, server string) *relay {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{Listener: listener, server: server, held: make(chan net.Conn, 1)}
	r.group.Go(r.accept)
	t.Cleanup(func() { _ = r.Close(); r.group.Wait() })
	return r
}

func (r *relay) accept() {
	for client, err := r.Accept(); err == nil; client, err = r.Accept() {
		r.mutex.Lock()
		hold := r.hold
		r.hold = false
		r.mutex.Unlock()
		if hold {
			r.held <- client
			continue
		}
		r.group.Go(func() { r.pass(client) })
	}
}

func (r *relay) pass(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", r.server)
	if err != nil {
		return
	}
	defer server.Close()
	var back sync.WaitGroup
	back.Go(func() {
		_, _ = io.Copy(client, server)
		_ = client.Close()
	})
	_, _ = io.Copy(server, client)
	_ = server.Close()
	back.Wait()
}

func (r *relay) holdNext() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.hold = true
}

// read asks a question that is answered at once.
func read(t *testing.T, db *database.DB) {
	t.Helper()
	if _, err := database.One[int](t.Context(), db.Read(), "select 1"); err != nil {
		t.Fatal(err)
	}
}

// A server that restarts, or whose machine stood still, may leave a probe without an answer, and answer others.
func TestAServerThatAnswersOthersIsNotGivenUp(t *testing.T) {
	t.Parallel()
	address, err := url.Parse(apptest.EmptyDatabase(t, false))
	if err != nil {
		t.Fatal(err)
	}
	direct := openWith(t, database.Options{URL: address.String(), PoolSize: 2})
	r := newRelay(t, address.Host)
	address.Host = r.Addr().String()
	db := openWith(t, database.Options{URL: address.String(), PoolSize: 2})
	read(t, db)
	exec(t, db, "select 1") // readers and writers have connections of their own

	const lock = "select pg_advisory_xact_lock(7)"
	waited := make(chan error, 1)
	err = direct.Write(t.Context(), func(tx *database.Tx) error {
		if _, err := tx.ExecContext(t.Context(), lock); err != nil {
			return err
		}
		go func() {
			waited <- db.Write(t.Context(), func(tx *database.Tx) error {
				_, err := tx.ExecContext(t.Context(), lock)
				return err
			})
		}()
		for range 2 { // the second probe tells that the first has changed nothing
			r.holdNext()
			select {
			case probe := <-r.held:
				read(t, db)
				_, _ = io.Copy(io.Discard, probe) // until its time is over
				_ = probe.Close()
			case err := <-waited:
				return fmt.Errorf("the connection was closed: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-waited; err != nil {
		t.Error(err)
	}
}
