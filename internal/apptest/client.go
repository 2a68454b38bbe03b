package apptest

import (
	"bytes"
	"encoding/json"
	"hash/fnv"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

// Reply is an answer, read to its end.
type Reply struct {
	Status int
	Header http.Header
	Text   string
	JSON   any // nil when the body is none
}

// Object returns the body as an object; an empty one when it is something else.
func (r Reply) Object() map[string]any {
	object, _ := r.JSON.(map[string]any)
	return object
}

// List returns the body as a list.
func (r Reply) List() []any {
	list, _ := r.JSON.([]any)
	return list
}

// String returns a text of the body's object.
func (r Reply) String(key string) string {
	text, _ := r.Object()[key].(string)
	return text
}

// Int returns a number of the body's object.
func (r Reply) Int(key string) int64 {
	number, _ := r.Object()[key].(float64)
	return int64(number)
}

// Call sends a request with a JSON body (nil for none) and a session token ("" for none).
func (s *Server) Call(t testing.TB, method, path, token string, body any) Reply {
	t.Helper()
	request := s.Request(t, method, path, body)
	if token != "" {
		request.Header.Set("Authorization", "Token "+token)
	}
	return Do(t, request)
}

// Request makes a request for Do. A body that is a string is sent as it is, anything else as JSON.
func (s *Server) Request(t testing.TB, method, path string, body any) *http.Request {
	t.Helper()
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(b)
	default:
		data, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		reader = bytes.NewReader(data)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, reader)
	if err != nil {
		t.Fatal(err)
	}
	if reader != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	return request
}

// Do sends a request and reads the answer.
func Do(t testing.TB, request *http.Request) Reply {
	t.Helper()
	response, err := http.DefaultTransport.RoundTrip(request) // follows no redirects: there should be none
	if err != nil {
		t.Fatalf("%s %s: %v", request.Method, request.URL, err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", request.Method, request.URL, err)
	}
	reply := Reply{Status: response.StatusCode, Header: response.Header, Text: string(data)}
	wantDescribed(t, request, reply)
	if isJSON(response.Header) && len(data) > 0 {
		if err := json.Unmarshal(data, &reply.JSON); err != nil {
			t.Fatalf("%s %s: the body is no JSON: %v\n%s", request.Method, request.URL, err, data)
		}
	}
	return reply
}

// Want fails the test unless the answer has that status.
func (r Reply) Want(t testing.TB, status int) Reply {
	t.Helper()
	if r.Status != status {
		t.Fatalf("status %d, want %d: %s", r.Status, status, r.Text)
	}
	return r
}

// WantKeys fails the test unless the answer has that status and its object exactly these keys.
func (r Reply) WantKeys(t testing.TB, status int, keys ...string) Reply {
	t.Helper()
	r.Want(t, status)
	object := r.Object()
	for _, key := range keys {
		if _, ok := object[key]; !ok {
			t.Fatalf("the key %q is missing: %s", key, r.Text)
		}
	}
	if len(object) != len(keys) {
		t.Fatalf("want the keys %q alone: %s", keys, r.Text)
	}
	return r
}

// SendBytes sends a body as it is, each body from another client where the server is BehindProxy: so no limit hides
// what comes behind it.
func (s *Server) SendBytes(t testing.TB, method, path, token string, body []byte) Reply {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Token "+token)
	}
	digest := fnv.New32a()
	digest.Write(body)
	sum := digest.Sum(nil)
	request.Header.Set("X-Forwarded-For", netip.AddrFrom4([4]byte(sum)).String())
	return Do(t, request)
}
