package app

import (
	"net"
	"sync"
	"time"
)

// drainingListener is closed without cutting off whom the system has accepted already: closing a listener resets those.
type drainingListener struct {
	net.Listener
	mutex sync.Mutex
	until time.Time // nothing is waited for after it; zero for ever
}

// limited is what a listener of TCP can do.
type limited interface{ SetDeadline(t time.Time) error }

const (
	// lastCalls is for how long a listener that ends waits for another connection.
	lastCalls = 50 * time.Millisecond
	// late is after what time a wait counts as none, since the process was not given the processor.
	late = 10 * time.Millisecond
)

// end has Accept return what waits, and then net.ErrClosed.
func (l *drainingListener) end() {
	_ = dropNewConnections(l.Listener) // without it the last ones may be reset
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.wait()
}

func (l *drainingListener) wait() {
	l.until = time.Now().Add(lastCalls)
	listener, ok := l.Listener.(limited)
	if !ok || listener.SetDeadline(l.until) != nil {
		_ = l.Close() // there is no better way
	}
}

// Accept returns the next connection.
func (l *drainingListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err == nil {
			return conn, nil
		}
		if err := l.failed(err); err != nil {
			return nil, err
		}
	}
}

// failed closes a listener that ends, unless the last wait for a connection was none: then it returns nil.
func (l *drainingListener) failed(err error) error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	switch {
	case l.until.IsZero():
		return err
	case time.Since(l.until) > late:
		l.wait()
		return nil
	}
	_ = l.Close()
	return net.ErrClosed
}
