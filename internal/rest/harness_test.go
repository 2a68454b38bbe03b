package rest_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/rest"
)

// fakeAccounts stands for the accounts package: the credential says who its sender is.
type fakeAccounts struct{}

func (fakeAccounts) Authenticate(_ context.Context, scheme, key string) (actor.Actor, error) {
	switch scheme + " " + key {
	case " ":
		return actor.Actor{}, nil
	case "token member":
		return actor.Actor{UserID: 7, Username: "member", By: actor.Session, SessionID: 70}, nil
	case "token member-key":
		return actor.Actor{UserID: 7, Username: "member", By: actor.Key}, nil
	case "bearer some":
		return actor.Actor{UserID: 7, Username: "member", By: actor.Key, Scopes: []string{"things:read"}}, nil
	case "bearer none":
		return actor.Actor{UserID: 7, Username: "member", By: actor.Key, Scopes: []string{}}, nil
	case "token staff-key":
		return actor.Actor{UserID: 8, Username: "staff", By: actor.Key, Staff: true}, nil
	case "token staff":
		return actor.Actor{UserID: 8, Username: "staff", By: actor.Session, SessionID: 80, Staff: true}, nil
	case "token trouble":
		return actor.Actor{}, errors.New("the database is gone")
	}
	return actor.Actor{}, &problem.Error{Kind: problem.Unauthenticated, Cause: "Invalid token."}
}

// lines keeps a log.
type lines struct {
	mutex sync.Mutex
	text  strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.Write(p)
}

// with returns the lines that hold the text.
func (l *lines) with(text string) (found []string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for line := range strings.Lines(l.text.String()) {
		if strings.Contains(line, text) {
			found = append(found, line)
		}
	}
	return found
}

const jsonLimit = 2 << 20

// newAPI makes an API whose options a test may change.
func newAPI(change ...func(*rest.Options)) (*rest.API, *lines) {
	log := &lines{}
	options := rest.Options{
		Log: slog.New(slog.NewTextHandler(log, nil)), Authenticator: fakeAccounts{},
		Hosts: []string{"127.0.0.1"}, MaxJSONBytes: jsonLimit, Version: "1.2.3",
	}
	for _, c := range change {
		c(&options)
	}
	return rest.New(options), log
}

// serve serves an API over HTTP and returns its address.
func serve(t testing.TB, api *rest.API) string {
	t.Helper()
	server := httptest.NewServer(api.Handler())
	t.Cleanup(server.Close)
	return server.URL
}

type reply struct {
	Status int
	Header http.Header
	Body   string
}

// call sends a request; headers are "Name: value", and "Host: value" names another host.
func call(t testing.TB, method, url, body string, headers ...string) reply {
	t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, url, reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		request.Header.Add(name, value)
		if name == "Host" {
			request.Host = value
		}
	}
	response, err := http.DefaultTransport.RoundTrip(request) // follows no redirects
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{Status: response.StatusCode, Header: response.Header, Body: string(data)}
}

const asJSON = "Content-Type: application/json"

func post(t testing.TB, url, body string) reply {
	t.Helper()
	return call(t, "POST", url, body, asJSON)
}

// want fails the test unless the answer is that one.
func (r reply) want(t testing.TB, status int, body string) {
	t.Helper()
	if r.Status != status || r.Body != body {
		t.Errorf("got %d %s\nwant %d %s", r.Status, r.Body, status, body)
	}
}

// wantStart is want where the end of the body is free.
func (r reply) wantStart(t testing.TB, status int, start string) {
	t.Helper()
	if r.Status != status || !strings.HasPrefix(r.Body, start) {
		t.Errorf("got %d %s\nwant %d %s...", r.Status, r.Body, status, start)
	}
}

// wantHeader fails the test unless the header has that value; "" for none.
func (r reply) wantHeader(t testing.TB, name, value string) {
	t.Helper()
	if got := strings.Join(r.Header.Values(name), " | "); got != value {
		t.Errorf("%s is %q, want %q", name, got, value)
	}
}

// register adds an operation that is open to all and answers with what f returns.
func register[In, Out any](api *rest.API, method, path string, f func(*In) (Out, error)) {
	rest.Handle(api, rest.Operation{Method: method, Path: path},
		func(_ context.Context, _ actor.Actor, in *In) (Out, error) { return f(in) })
}

// record hands a request to a handler without a network.
func record(h http.Handler, method, path, body string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	return recordRequest(h, request)
}

func recordRequest(h http.Handler, request *http.Request) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, request)
	return recorder
}
