package database

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// suspicious is how long a server may leave its clients without a byte before it is probed. Slow queries take longer,
	// but meanwhile others are answered.
	suspicious = 2 * time.Second
	// probeTimeout is what a server has to answer to that.
	probeTimeout = 2 * time.Second
	// probePause follows a good answer: a query just takes its time.
	probePause    = 10 * time.Second
	watchInterval = 500 * time.Millisecond
	// avoided is how long a silent server is passed over if the URL names others.
	avoided = 30 * time.Second
)

// watch finds out when a server of PostgreSQL stops answering on open connections, because it hangs or its machine is
// gone, and closes them. Waiting callers get an error at once instead of running out of time, and new connections go to
// another server if the URL names several.
type watch struct {
	config *pgx.ConnConfig
	log    *slog.Logger
	guard  *guard
	dialer net.Dialer

	mutex   sync.Mutex
	servers map[string]*server // by address, host:port as it was dialled
	names   map[string]string  // what an IP address was called in the URL
	wake    chan struct{}
}

// server is what is known of one address.
type server struct {
	conns     map[*watchedConn]bool
	heard     time.Time // when the last byte came from it, or a probe was answered
	nextProbe time.Time
	avoid     time.Time // until then
}

func newWatch(config *pgx.ConnConfig, log *slog.Logger, g *guard) *watch {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	w := &watch{
		config: config, log: log, guard: g, servers: map[string]*server{}, names: map[string]string{},
		wake: make(chan struct{}, 1),
		dialer: net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second,
			Interval: 5 * time.Second, Count: 3}},
	}
	return w
}

// lookUp resolves a host, and remembers what its addresses were called.
func (w *watch) lookUp(ctx context.Context, host string) ([]string, error) {
	addresses, err := net.DefaultResolver.LookupHost(ctx, host)
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for _, address := range addresses {
		w.names[address] = host
	}
	return addresses, err
}

// dial opens a connection that is watched, unless the server did not answer just now and there are others to go to.
func (w *watch) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if w.avoids(address) {
		return nil, fmt.Errorf("%s did not answer a moment ago", address)
	}
	conn, err := w.dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	watched := &watchedConn{Conn: conn, watch: w, address: address}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	s := w.servers[address]
	if s == nil {
		s = &server{conns: map[*watchedConn]bool{}}
		w.servers[address] = s
	}
	s.conns[watched] = true
	return watched, nil
}

func (w *watch) avoids(address string) bool {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	s := w.servers[address]
	return s != nil && time.Now().Before(s.avoid) && w.severalHosts()
}

// severalHosts reports whether the URL names more servers than one.
func (w *watch) severalHosts() bool {
	for _, f := range w.config.Fallbacks { // a host may be there twice: encrypted, and without
		if f.Host != w.config.Host || f.Port != w.config.Port {
			return true
		}
	}
	return false
}

func (w *watch) hostOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return address // a socket of the file system
	}
	if name := w.names[host]; name != "" {
		return name
	}
	return host
}

func portIn(address string) string {
	_, port, _ := net.SplitHostPort(address) // "" for a socket of the file system
	return port
}

func portOf(port uint16) string { return fmt.Sprint(port) }

// run watches until ctx is done. It sleeps while nobody waits for an answer.
func (w *watch) run(ctx context.Context) {
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.wake:
		}
		for w.look(ctx) {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}
}

// look probes servers that leave somebody without an answer. It returns false when nobody waits.
func (w *watch) look(ctx context.Context) (waiting bool) {
	for _, address := range w.silent(&waiting) {
		began := time.Now()
		err := w.probe(ctx, address)
		if ctx.Err() != nil {
			return false
		}
		if err == nil {
			w.answered(address)
			continue
		}
		if w.heardSince(address, began) { // it restarted during the probe, say
			continue
		}
		closed := w.giveUp(address)
		w.log.Error("the database does not respond; its connections were closed", "server", address, "connections",
			closed, "error", err)
	}
	return waiting
}

// silent lists the servers that have kept a caller waiting for longer than is normal, and have sent others nothing
// either.
func (w *watch) silent(waiting *bool) (addresses []string) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	now := time.Now()
	for address, s := range w.servers {
		longest := time.Duration(0)
		for c := range s.conns {
			if since := c.waitingSince; !since.IsZero() {
				*waiting = true
				longest = max(longest, now.Sub(since))
			}
		}
		if longest > suspicious && now.Sub(s.heard) > suspicious && now.After(s.nextProbe) {
			addresses = append(addresses, address)
		}
	}
	return addresses
}

// probe asks a server on a connection of its own. Any answer of PostgreSQL is a good one, a refusal too.
func (w *watch) probe(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	config := w.configFor(address)
	config.DialFunc = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return w.dialer.DialContext(ctx, network, address)
	}
	conn, err := pgconn.ConnectConfig(ctx, config)
	if errors.As(err, new(*pgconn.PgError)) {
		return nil
	}
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "select 1").ReadAll()
	return err
}

// configFor is the configuration for one server alone, with its ways to connect: encrypted first, say, and then
// without.
func (w *watch) configFor(address string) *pgconn.Config {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	host, port := w.hostOf(address), portIn(address)
	config := w.config.Config.Copy()
	config.ValidateConnect = nil // who is read-only answers, too
	ways := append([]*pgconn.FallbackConfig{{Host: config.Host, Port: config.Port, TLSConfig: config.TLSConfig}},
		config.Fallbacks...)
	config.Fallbacks = nil
	first := true
	for _, way := range ways {
		switch {
		case way.Host != host || portOf(way.Port) != port && port != "":
		case first:
			config.Host, config.Port, config.TLSConfig, first = way.Host, way.Port, way.TLSConfig, false
		default:
			config.Fallbacks = append(config.Fallbacks, way)
		}
	}
	return config
}

func (w *watch) answered(address string) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	s := w.servers[address]
	s.heard, s.nextProbe = time.Now(), time.Now().Add(probePause)
}

// heardSince reports whether a server has sent anybody a byte after a moment.
func (w *watch) heardSince(address string, moment time.Time) bool {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.servers[address].heard.After(moment)
}

// giveUp closes all connections to a server.
func (w *watch) giveUp(address string) (closed int) {
	w.guard.renew(0)
	w.mutex.Lock()
	s := w.servers[address]
	s.avoid = time.Now().Add(avoided)
	conns := s.conns
	s.conns = map[*watchedConn]bool{}
	w.mutex.Unlock()
	for c := range conns {
		_ = c.Close() // whoever uses it gets the error
	}
	return len(conns)
}

// watchedConn says when somebody waits for an answer.
type watchedConn struct {
	net.Conn
	watch        *watch
	address      string
	waitingSince time.Time // zero when nobody does; guarded by the mutex of watch
	close        sync.Once // by its user, or by watch
}

// Write sends a part of a question.
func (c *watchedConn) Write(p []byte) (int, error) {
	c.watch.mutex.Lock()
	if c.waitingSince.IsZero() {
		c.waitingSince = time.Now()
	}
	c.watch.mutex.Unlock()
	select {
	case c.watch.wake <- struct{}{}:
	default: // it is awake
	}
	return c.Conn.Write(p)
}

// Read receives a part of an answer.
func (c *watchedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.watch.mutex.Lock()
		c.waitingSince = time.Time{}
		if s := c.watch.servers[c.address]; s != nil {
			s.heard = time.Now()
		}
		c.watch.mutex.Unlock()
	}
	return n, err
}

// Close closes the connection.
func (c *watchedConn) Close() error {
	c.watch.mutex.Lock()
	if s := c.watch.servers[c.address]; s != nil {
		delete(s.conns, c)
	}
	c.watch.mutex.Unlock()
	var err error
	c.close.Do(func() { err = c.Conn.Close() })
	return err
}
