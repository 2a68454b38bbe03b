package app

import (
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// gate stands before the handler that boot provides. Until that is there it answers liveness and has other requests
// wait; when the server stops it says so.
type gate struct {
	opened  chan struct{}
	handler http.Handler // set before opened is closed
	leaving atomic.Bool
}

// gatePatience is how long a request waits for the boot.
const gatePatience = 30 * time.Second

func newGate() *gate { return &gate{opened: make(chan struct{})} }

func (g *gate) open(h http.Handler) {
	g.handler = h
	close(g.opened)
}

// beginShutdown announces that the server stops: readiness says so, and connections end with their next answer, so that
// their next request goes elsewhere.
func (g *gate) beginShutdown() { g.leaving.Store(true) }

// refuse answers the requests that wait for a boot that failed, or that was asked to stop.
func (g *gate) refuse() {
	g.beginShutdown()
	g.open(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "5")
		plainJSON(w, http.StatusServiceUnavailable, `{"detail":"The server is stopping, please try again."}`)
	}))
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if g.leaving.Load() {
		w.Header().Set("Connection", "close")
		if strings.TrimSuffix(r.URL.Path, "/") == readyPath {
			plainJSON(w, http.StatusServiceUnavailable, `{"detail":"The server is stopping."}`)
			return
		}
	}
	select {
	case <-g.opened:
		g.handler.ServeHTTP(w, r)
		return
	default:
	}
	switch strings.TrimSuffix(r.URL.Path, "/") {
	case livePath:
		plainJSON(w, http.StatusOK, `{"status":"ok"}`)
		return
	case readyPath:
		plainJSON(w, http.StatusServiceUnavailable, `{"detail":"The server is starting."}`)
		return
	}
	patience := time.NewTimer(gatePatience)
	defer patience.Stop()
	select {
	case <-g.opened:
		g.handler.ServeHTTP(w, r)
	case <-r.Context().Done():
	case <-patience.C:
		w.Header().Set("Retry-After", "5")
		plainJSON(w, http.StatusServiceUnavailable, `{"detail":"The server is starting, please try again."}`)
	}
}

func plainJSON(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body)) // the client may be gone
}
