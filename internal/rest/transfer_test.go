package rest_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/rest"
)

// pipes is a listener whose connections are in memory, so that time can be made up.
type pipes struct{ accept chan net.Conn }

func (p *pipes) Accept() (net.Conn, error) {
	conn, ok := <-p.accept
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}

func (p *pipes) Close() error {
	close(p.accept)
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// onConnection runs a test in made-up time, on one connection to a server of that API.
func onConnection(t *testing.T, api func() *rest.API, test func(t *testing.T, conn net.Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server := &http.Server{Handler: api().Handler(), ReadHeaderTimeout: time.Second, IdleTimeout: time.Minute}
		listener := &pipes{accept: make(chan net.Conn)}
		ended := make(chan error, 1)
		go func() { ended <- server.Serve(listener) }()
		here, there := net.Pipe()
		listener.accept <- there
		test(t, here)
		here.Close()
		if err := server.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		<-ended
	})
}

// ask sends a request and returns the answer, whose body is not read yet.
func ask(t *testing.T, conn net.Conn, method, path, body string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, "http://127.0.0.1"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if err := request.Write(conn); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), request)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

const largeAnswer = 4 << 20

// slowAPI has an operation that answers after 25 seconds, and two that send much.
func slowAPI() *rest.API {
	api, _ := newAPI()
	for _, method := range []string{"GET", "POST"} {
		rest.Handle(api, rest.Operation{Method: method, Path: "/api/v1/slow/"},
			func(ctx context.Context, _ actor.Actor, _ *thingBody) (string, error) {
				time.Sleep(25 * time.Second)
				return "done", ctx.Err()
			})
	}
	register(api, "GET", "/api/v1/large/",
		func(*struct{}) (string, error) { return strings.Repeat("a", largeAnswer), nil })
	api.Route("POST", "/twice", func(_ http.ResponseWriter, r *http.Request) error {
		for range 2 { // as whoever looks for more after the end
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				return err
			}
		}
		time.Sleep(40 * time.Second)
		return r.Context().Err()
	})
	api.Route("GET", "/file", func(w http.ResponseWriter, r *http.Request) error {
		for range 100 {
			time.Sleep(20 * time.Second) // the store is slow, too
			if _, err := w.Write(make([]byte, 1000)); err != nil {
				return err
			}
		}
		return r.Context().Err()
	})
	return api
}

type thingBody struct {
	Body struct {
		Title rest.Optional[string] `json:"title"`
	}
}

func TestAConnectionOutlivesASlowAnswer(t *testing.T) {
	t.Parallel()
	onConnection(t, slowAPI, func(t *testing.T, conn net.Conn) {
		for i, path := range []string{"/api/v1/slow/", "/api/v1/slow/", "/twice", "/api/v1/slow/", "/twice"} {
			method, body := "POST", `{}`
			if i == 0 {
				method, body = "GET", ""
			}
			response := ask(t, conn, method, path, body)
			answer, err := io.ReadAll(response.Body)
			if err != nil || response.StatusCode != http.StatusOK {
				t.Fatalf("%s %s: %d %s, %v", method, path, response.StatusCode, answer, err)
			}
			time.Sleep(10 * time.Second)
		}
	})
}

func TestASlowBodyTakesNoTimeFromTheWork(t *testing.T) {
	t.Parallel()
	onConnection(t, slowAPI, func(t *testing.T, conn net.Conn) {
		for range 2 {
			for _, part := range []string{"POST /api/v1/slow/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: " +
				"application/json\r\nContent-Length: 2\r\n\r\n{", "}"} {
				if _, err := io.WriteString(conn, part); err != nil {
					t.Fatal(err)
				}
				time.Sleep(10 * time.Second)
			}
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			if body, err := io.ReadAll(response.Body); err != nil || response.StatusCode != http.StatusOK {
				t.Fatalf("%d %s, %v", response.StatusCode, body, err)
			}
		}
	})
}

func TestASlowReaderGetsAllOfIt(t *testing.T) {
	t.Parallel()
	onConnection(t, slowAPI, func(t *testing.T, conn net.Conn) {
		for path, want := range map[string]int{"/api/v1/large/": largeAnswer + 2, "/file": 100 * 1000} {
			response := ask(t, conn, "GET", path, "")
			got, part := 0, make([]byte, 16<<10)
			for {
				n, err := response.Body.Read(part)
				got += n
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Second)
			}
			if got != want {
				t.Errorf("%s: %d bytes, want %d", path, got, want)
			}
		}
	})
}

func TestWhoTakesNothingIsGivenUp(t *testing.T) {
	t.Parallel()
	onConnection(t, slowAPI, func(t *testing.T, conn net.Conn) {
		response := ask(t, conn, "GET", "/api/v1/large/", "")
		time.Sleep(40 * time.Second)
		if body, err := io.ReadAll(response.Body); err == nil {
			t.Errorf("all of %d bytes came after 40 seconds", len(body))
		}
	})
}

// Whoever asks for much and takes nothing must not fill the memory: answers go to the disk instead.
func TestManyWhoTakeNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &http.Server{Handler: slowAPI().Handler()}
		listener := &pipes{accept: make(chan net.Conn)}
		ended := make(chan error, 1)
		go func() { ended <- server.Serve(listener) }()
		const clients = 60
		answers := make([]*http.Response, clients)
		conns := make([]net.Conn, clients)
		var group sync.WaitGroup
		for i := range clients {
			here, there := net.Pipe()
			listener.accept <- there
			conns[i] = here
			group.Go(func() { answers[i] = ask(t, here, "GET", "/api/v1/large/", "") })
		}
		group.Wait()
		synctest.Wait()
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		if most := uint64(clients * largeAnswer / 2); stats.HeapAlloc > most {
			t.Errorf("%d answers take %d MiB", clients, stats.HeapAlloc>>20)
		}
		for _, answer := range answers { // they are whole all the same
			if body, err := io.ReadAll(answer.Body); err != nil || len(body) != largeAnswer+2 {
				t.Fatalf("%d bytes: %v", len(body), err)
			}
		}
		for _, conn := range conns {
			conn.Close()
		}
		if err := server.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		<-ended
	})
}

func TestWhoSendsNothingIsGivenUp(t *testing.T) {
	t.Parallel()
	onConnection(t, slowAPI, func(t *testing.T, conn net.Conn) {
		_, err := io.WriteString(conn,
			"POST /api/v1/slow/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{")
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != http.StatusBadRequest || time.Since(start) > time.Minute {
			t.Errorf("%d after %s", response.StatusCode, time.Since(start))
		}
	})
}
