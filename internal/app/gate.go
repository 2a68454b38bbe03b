package app

import (
	"net/http"
	"strings"
	"time"
)

// gate answers liveness from the first moment, and has other requests wait for the handler that boot provides.
type gate struct {
	opened  chan struct{}
	handler http.Handler // set before opened is closed
}

// gatePatience is how long a request waits for the boot.
const gatePatience = 30 * time.Second

func newGate() *gate { return &gate{opened: make(chan struct{})} }

func (g *gate) open(h http.Handler) {
	g.handler = h
	close(g.opened)
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
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
