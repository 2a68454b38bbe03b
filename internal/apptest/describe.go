package apptest

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest/described"
	"github.com/trance-0/notechondria/internal/rest"
)

// AllowFormerCodes has answers hold codes that the OpenAPI document does not list: those which rows of the former
// server keep, though no app writes them. It is for the whole test binary.
func AllowFormerCodes() {
	document.Lock()
	defer document.Unlock()
	document.formerCodes = true
}

// document is the OpenAPI document of the servers of a test binary, which have the same.
var document struct {
	sync.Mutex
	read        *described.Document
	formerCodes bool
}

// documentOf asks a server for its description, once for all. There is none where no server of ours answers: a proxy,
// or one that serves a part of the API.
func documentOf(t testing.TB, request *http.Request) *described.Document {
	t.Helper()
	document.Lock()
	defer document.Unlock()
	if document.read != nil {
		return document.read
	}
	ask, err := http.NewRequestWithContext(request.Context(), http.MethodGet,
		request.URL.Scheme+"://"+request.URL.Host+rest.DocumentPath, nil)
	if err != nil {
		return nil
	}
	response, err := http.DefaultTransport.RoundTrip(ask)
	if err != nil {
		return nil
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if response.StatusCode == http.StatusInternalServerError {
		t.Fatalf("the OpenAPI document: %s", text)
	}
	if err != nil || response.StatusCode != http.StatusOK {
		return nil
	}
	if document.read, err = described.Read(text, document.formerCodes); err != nil {
		t.Fatal(err)
	}
	return document.read
}

// wantDescribed fails the test when a server answers other than its OpenAPI document says. Benchmarks measure servers,
// not this.
func wantDescribed(t testing.TB, request *http.Request, reply Reply) {
	t.Helper()
	if _, measures := t.(*testing.B); measures {
		return
	}
	d := documentOf(t, request)
	if d == nil || reply.Status == http.StatusNotModified {
		return
	}
	e := described.Exchange{Method: request.Method, Path: request.URL.Path, Status: reply.Status}
	if isJSON(reply.Header) {
		e.Answer = []byte(reply.Text)
	}
	if err := d.Check(e); err != nil {
		t.Errorf("against the OpenAPI document: %v\n%s", err, reply.Text)
	}
}

func isJSON(h http.Header) bool { return strings.HasPrefix(h.Get("Content-Type"), "application/json") }
