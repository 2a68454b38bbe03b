package systemtest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/apptest/described"
	"github.com/trance-0/notechondria/internal/rest"
)

// describing stands before the servers that a program starts one after the other, and compares what they are asked and
// answer with the OpenAPI document of the first of them.
type describing struct {
	t      *testing.T
	script string // starts the command that follows it

	mutex    sync.Mutex
	front    *http.Server // before the server that runs now
	served   sync.WaitGroup
	document *described.Document
	misfits  map[string]string // of requests: one of those that had it
	answers  int
	taken    int
}

// newDescribing listens until the test ends. A command that its script starts gets a port of its own; the one it was to
// have is served here.
func newDescribing(t *testing.T) *describing {
	t.Helper()
	d := &describing{t: t, script: filepath.Join(t.TempDir(), "start"), misfits: map[string]string{}}
	control := httptest.NewServer(http.HandlerFunc(d.begin))
	script := "#!/bin/sh\nset -e\nPORT=$(curl -fsS '" + control.URL + "/?port='\"$PORT\")\nexport PORT\nexec \"$@\"\n"
	if err := os.WriteFile(d.script, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		control.Close()
		d.end()
	})
	return d
}

// begin serves at the port that a server was to have, and answers which it shall have.
func (d *describing) begin(w http.ResponseWriter, r *http.Request) {
	d.end()
	listener, err := net.Listen("tcp", "127.0.0.1:"+r.FormValue("port"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	port := strconv.Itoa(apptest.FreePort(d.t))
	behind := &url.URL{Scheme: "http", Host: "127.0.0.1:" + port}
	front := &http.Server{Handler: &httputil.ReverseProxy{
		Transport: d,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(behind)
			r.Out.Host, r.Out.URL.RawQuery = r.In.Host, r.In.URL.RawQuery
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { // as long as the server starts
			w.WriteHeader(http.StatusBadGateway)
		},
	}}
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.front = front
	d.served.Go(func() {
		if err := front.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			d.t.Errorf("serving before a server: %v", err)
		}
	})
	_, _ = io.WriteString(w, port) // a script that does not read it fails
}

// end waits until all that was asked is answered.
func (d *describing) end() {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.front != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := d.front.Shutdown(ctx); err != nil {
			d.t.Errorf("serving before a server: %v", err)
		}
		d.served.Wait()
		d.front = nil
	}
}

// RoundTrip asks the server.
func (d *describing) RoundTrip(r *http.Request) (*http.Response, error) {
	var sent []byte
	if r.Body != nil {
		var err error
		if sent, err = io.ReadAll(r.Body); err != nil {
			return nil, fmt.Errorf("reading a request: %w", err)
		}
		r.Body = io.NopCloser(bytes.NewReader(sent))
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return nil, fmt.Errorf("reading an answer: %w", err)
	}
	response.Body = io.NopCloser(bytes.NewReader(answer))
	if err := d.compare(r, sent, response, answer); err != nil {
		d.t.Errorf("against the OpenAPI document: %v", err)
	}
	return response, nil
}

func (d *describing) compare(r *http.Request, sent []byte, response *http.Response, answer []byte) error {
	document, err := d.read(r)
	if err != nil {
		return fmt.Errorf("reading it: %w", err)
	}
	address := *r.URL
	if !document.Describes(r.Method, address.Path) {
		address.Path += "/" // which the server adds, too
	}
	isTaken := response.StatusCode < http.StatusMultipleChoices
	if !document.Describes(r.Method, address.Path) {
		isAPI := strings.HasPrefix(address.Path, "/api/") && r.Method != http.MethodOptions && r.Method != http.MethodHead
		if isTaken && isAPI {
			return fmt.Errorf("%s %s is taken", r.Method, r.URL)
		}
		return nil
	}
	exchange := described.Exchange{Method: r.Method, Path: address.Path, Status: response.StatusCode}
	if strings.HasPrefix(response.Header.Get("Content-Type"), "application/json") {
		exchange.Answer = answer
	}
	if err := document.Check(exchange); err != nil {
		return fmt.Errorf("%w\n%s", err, answer)
	}
	var lines []string
	if isTaken {
		lines, err = document.Misfits(described.Request{
			Method: r.Method, URL: &address, Type: r.Header.Get("Content-Type"), Body: sent})
	}
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.answers++
	if isTaken {
		d.taken++
	}
	for _, line := range lines {
		d.misfits[line] = fmt.Sprintf("%s %s", r.URL, sent)
	}
	return err
}

// read asks the first server for its description.
func (d *describing) read(r *http.Request) (*described.Document, error) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.document != nil {
		return d.document, nil
	}
	ask, err := http.NewRequestWithContext(r.Context(), http.MethodGet, "http://"+r.URL.Host+rest.DocumentPath, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultTransport.RoundTrip(ask)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d: %s", response.StatusCode, text)
	}
	d.document, err = described.Read(text, false)
	return d.document, err
}

// wantNoneBut fails the test when a request was taken that is not described, and for which there is no reason.
func (d *describing) wantNoneBut(reasons map[string]string) {
	d.t.Helper()
	d.mutex.Lock()
	defer d.mutex.Unlock()
	for line, example := range d.misfits {
		if reasons[line] == "" {
			d.t.Errorf("against the OpenAPI document: %s: %s", line, example)
		}
	}
}

// wantAll fails the test when something that there is a reason for was in no request.
func (d *describing) wantAll(reasons map[string]string) {
	d.t.Helper()
	d.mutex.Lock()
	defer d.mutex.Unlock()
	for line := range reasons {
		if _, seen := d.misfits[line]; !seen {
			d.t.Errorf("no request is so: %s", line)
		}
	}
	d.t.Logf("%d requests that were taken, and %d answers, were compared with the OpenAPI document", d.taken, d.answers)
}
