package apptest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// Statements notes the SQL that a server sends to PostgreSQL. It stands between the two and reads their protocol, so
// nothing in the server needs to know.
type Statements struct {
	mutex sync.Mutex
	texts []string
}

// StartCounted runs a server on PostgreSQL whose statements are noted. It has as few connections as it can, since each
// learns a statement by sending it once more.
func StartCounted(t testing.TB, settings ...string) (*Server, *Statements) {
	t.Helper()
	address, err := url.Parse(EmptyDatabase(t, true))
	if err != nil {
		t.Fatal(err)
	}
	statements := &Statements{}
	address.Host = statements.proxy(t, address.Host)
	address.RawQuery = "sslmode=disable"
	return start(t, append([]string{"DATA_DIR=" + t.TempDir(), "DATABASE_URL=" + address.String(), "DATABASE_POOL_SIZE=1",
		"DATABASE_STATEMENT_CACHE=describe"}, settings...)), statements // with describe, each statement comes with its text
}

// During returns the statements, sent while work runs, that contain one of the words.
func (s *Statements) During(work func(), words ...string) (found []string) {
	s.mutex.Lock()
	before := len(s.texts)
	s.mutex.Unlock()
	work()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, text := range s.texts[before:] {
		for _, word := range words {
			if strings.Contains(text, word) {
				found = append(found, text)
				break
			}
		}
	}
	return found
}

// Fewest returns how many statements with one of the words work takes at least: a connection that learns one sends
// more.
func (s *Statements) Fewest(work func(), words ...string) int {
	fewest := len(s.During(work, words...))
	for range 4 {
		fewest = min(fewest, len(s.During(work, words...)))
	}
	return fewest
}

// proxy listens for the server's connections, until the test ends, and returns its address.
func (s *Statements) proxy(t testing.TB, upstream string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil { // closed
				return
			}
			group.Go(func() { s.connection(client, upstream) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		group.Wait() // the server has closed its connections by now
	})
	return listener.Addr().String()
}

// connection passes on bytes in both directions until either side closes.
func (s *Statements) connection(client net.Conn, upstream string) {
	defer client.Close()
	server, err := net.Dial("tcp", upstream)
	if err != nil {
		return
	}
	var answers sync.WaitGroup
	answers.Go(func() {
		_, _ = io.Copy(client, server) // ends when either side closes
		_ = client.Close()
	})
	s.pass(bufio.NewReader(client), server)
	_ = server.Close()
	answers.Wait()
}

// pass follows the client's side of PostgreSQL's protocol: a message without a type, then messages with one. A
// statement is noted before it is passed on: it must stand there when its answer comes.
func (s *Statements) pass(client io.Reader, server io.Writer) {
	start, err := message(client)
	if err != nil {
		return
	}
	if _, err := server.Write(start); err != nil {
		return
	}
	prepared := ""
	kind := make([]byte, 1)
	for {
		if _, err := io.ReadFull(client, kind); err != nil {
			return
		}
		raw, err := message(client)
		if err != nil {
			return
		}
		switch body := raw[4:]; kind[0] {
		case 'P': // parse: a name, the statement, its types
			_, rest, _ := bytes.Cut(body, []byte{0})
			text, _, _ := bytes.Cut(rest, []byte{0})
			prepared = string(text)
		case 'E': // execute
			s.note(prepared)
		case 'Q': // a statement without parameters
			s.note(string(bytes.TrimRight(body, "\x00")))
		}
		if _, err := server.Write(append(kind[:1:1], raw...)); err != nil {
			return
		}
	}
}

func (s *Statements) note(text string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.texts = append(s.texts, text)
}

// message reads a length, which counts its own four bytes, and what it announces; it returns both.
func message(r io.Reader) ([]byte, error) {
	length := make([]byte, 4)
	if _, err := io.ReadFull(r, length); err != nil {
		return nil, err
	}
	raw := make([]byte, max(binary.BigEndian.Uint32(length), 4))
	copy(raw, length)
	_, err := io.ReadFull(r, raw[4:])
	return raw, err
}
