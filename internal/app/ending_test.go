package app_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// Only a kernel that can filter connections keeps from resetting those that come at the last moment.
func TestWhoConnectsToAServerThatStopsIsAnsweredOrRefused(t *testing.T) {
	t.Parallel()
	for range 10 {
		s := apptest.Start(t, database.SQLite, "SHUTDOWN_DELAY=0s")
		var answered, unanswered atomic.Int64
		warm := make(chan struct{})
		var clients sync.WaitGroup
		for range 8 {
			clients.Go(func() {
				for {
					switch connected, ok := getOnce(strings.TrimPrefix(s.URL, "http://")); {
					case !connected:
						return
					case !ok:
						unanswered.Add(1)
					case answered.Add(1) == 100:
						close(warm)
					}
				}
			})
		}
		<-warm
		s.Stop(t)
		clients.Wait()
		if n := unanswered.Load(); n > 0 {
			t.Fatalf("%d of %d connections were accepted and got no answer", n, n+answered.Load())
		}
	}
}

// getOnce asks on a connection of its own.
func getOnce(address string) (connected, answered bool) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return false, false
	}
	defer conn.Close()
	_, asking := fmt.Fprint(conn, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
	answer, reading := io.ReadAll(conn)
	return true, asking == nil && reading == nil && strings.HasPrefix(string(answer), "HTTP/1.1 ")
}
