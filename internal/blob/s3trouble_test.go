package blob_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/blob"
)

// operations do one thing each, with a single request if all goes well.
var operations = map[string]struct {
	method string
	do     func(ctx context.Context, s blob.Store) error
}{
	"put": {"PUT", func(ctx context.Context, s blob.Store) error {
		return s.Put(ctx, "new", strings.NewReader(strings.Repeat("x", 100_000)), 100_000, blob.Meta{})
	}},
	"open": {"GET", func(ctx context.Context, s blob.Store) error {
		r, err := s.Open(ctx, "old")
		if err != nil {
			return err
		}
		return r.Close()
	}},
	"stat": {"HEAD", func(ctx context.Context, s blob.Store) error {
		_, err := s.Stat(ctx, "old")
		return err
	}},
	"list": {"GET", func(ctx context.Context, s blob.Store) error {
		for _, err := range s.List(ctx, "") {
			if err != nil {
				return err
			}
		}
		return nil
	}},
	"delete":      {"DELETE", func(ctx context.Context, s blob.Store) error { return s.Delete(ctx, "gone") }},
	"delete many": {"POST", func(ctx context.Context, s blob.Store) error { return s.Delete(ctx, "gone", "too") }},
}

var faults = map[string]struct {
	fault  apptest.S3Fault
	pauses []int // net/http may repeat a request once by itself when its connection breaks
}{
	"500":            {apptest.S3Status(http.StatusInternalServerError), []int{1, 2}},
	"503":            {apptest.S3Status(http.StatusServiceUnavailable), []int{1, 2}},
	"429":            {apptest.S3Status(http.StatusTooManyRequests), []int{1, 2}},
	"lost answer":    {apptest.S3CutAnswer(0), nil},
	"cut on its way": {apptest.S3CutUpload(10), nil},
}

func TestS3TriesAgain(t *testing.T) {
	t.Parallel()
	for name, operation := range operations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := apptest.StartS3(t)
			var pauses []int
			s := openS3(t, server, blob.S3Options{Attempts: 3, Backoff: func(failures int) time.Duration {
				pauses = append(pauses, failures)
				return 0
			}})
			put(t, s, "old", "x")
			for trouble, fault := range faults {
				if name == "open" && trouble == "lost answer" {
					continue // its headers arrive; see TestS3ReadingGoesOn
				}
				server.Forget()
				pauses = nil
				server.Fail(fault.fault, fault.fault)
				if err := operation.do(t.Context(), s); err != nil {
					t.Errorf("%s twice: %v", trouble, err)
				}
				wantRequests(t, server, operation.method, 3)
				if fault.pauses != nil && !slices.Equal(pauses, fault.pauses) {
					t.Errorf("%s twice: pauses after %v failures", trouble, pauses)
				}
			}
		})
	}
}

func TestS3GivesUp(t *testing.T) {
	t.Parallel()
	for name, operation := range operations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := apptest.StartS3(t)
			s := openS3(t, server, blob.S3Options{Attempts: 3})
			put(t, s, "old", "x")
			for _, status := range []int{http.StatusInternalServerError, http.StatusTooManyRequests} {
				server.Forget()
				fault := apptest.S3Status(status)
				server.Fail(fault, fault, fault)
				err := operation.do(t.Context(), s)
				if err == nil || !strings.Contains(err.Error(), "tried 3 times") ||
					!strings.Contains(err.Error(), fmt.Sprintf(" answered %d ", status)) {
					t.Errorf("%d: %v", status, err)
				}
				wantRequests(t, server, operation.method, 3)
			}
			wantKeys(t, s, "", "old")
		})
	}
}

func TestS3CutUploadLeavesNothing(t *testing.T) {
	t.Parallel()
	server := apptest.StartS3(t)
	s := openS3(t, server, blob.S3Options{Attempts: 2})
	put(t, s, "old", "as it was")
	content := strings.Repeat("x", 1_000_000)
	for _, key := range []string{"new", "old"} {
		server.Fail(apptest.S3CutUpload(500_000), apptest.S3CutUpload(999_999))
		if err := s.Put(t.Context(), key, strings.NewReader(content), int64(len(content)), blob.Meta{}); err == nil {
			t.Fatal("half an object is taken for a whole one")
		}
	}
	wantNone(t, s, "new")
	wantKeys(t, s, "", "old")
	if got := get(t, s, "old"); got != "as it was" {
		t.Fatalf("%d bytes", len(got))
	}
	server.Fail(apptest.S3CutUpload(500_000))
	put(t, s, "new", content)
	if get(t, s, "new") != content {
		t.Fatal("the second attempt stored something else")
	}
}

func TestS3ReadingGoesOn(t *testing.T) {
	t.Parallel()
	server := apptest.StartS3(t)
	s := openS3(t, server, blob.S3Options{Attempts: 3})
	content := strings.Repeat("0123456789", 100_000)
	put(t, s, "a", content)
	server.Forget()
	server.Fail(apptest.S3CutAnswer(100_000), apptest.S3CutAnswer(300_000), apptest.S3CutAnswer(0), apptest.S3CutAnswer(1))
	if get(t, s, "a") != content {
		t.Fatal("read something else")
	}
	wantRequests(t, server, "GET", 5)

	server.Fail(apptest.S3CutAnswer(100_000), apptest.S3Status(503), apptest.S3Status(503))
	r, err := s.Open(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if n, err := io.Copy(io.Discard, r); n != 100_000 || err == nil || errors.Is(err, io.EOF) {
		t.Fatalf("read %d bytes, %v", n, err)
	}
}

func TestS3VersionsAreNotMixed(t *testing.T) {
	t.Parallel()
	server := apptest.StartS3(t)
	s := openS3(t, server, blob.S3Options{Attempts: 2})
	put(t, s, "a", strings.Repeat("x", 1_000_000))
	server.Fail(apptest.S3CutAnswer(100_000))
	r, err := s.Open(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	put(t, s, "a", strings.Repeat("y", 1_000_000))
	content, err := io.ReadAll(r)
	if err == nil || !strings.Contains(err.Error(), "PreconditionFailed") || strings.Contains(string(content), "y") {
		t.Fatalf("read %d bytes, %v", len(content), err)
	}
}

func TestS3ServerThatKnowsNoRanges(t *testing.T) {
	t.Parallel()
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", `"1"`)
		w.Header().Set("Last-Modified", "Mon, 02 Jan 2006 15:04:05 GMT")
		fmt.Fprint(w, "0123456789")
	}))
	defer plain.Close()
	server := &apptest.S3{Endpoint: plain.URL, Bucket: "notes", AccessKeyID: "id", SecretAccessKey: "secret"}
	r, err := openS3(t, server, blob.S3Options{Attempts: 1}).Open(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := io.CopyN(io.Discard, r, 10); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Seek(5, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if content, err := io.ReadAll(r); len(content) > 0 || err == nil || !strings.Contains(err.Error(), "different range") {
		t.Fatalf("read %q, %v", content, err)
	}
}

func TestS3SourceThatBreaksWhileSent(t *testing.T) {
	t.Parallel()
	server := apptest.StartS3(t)
	s := openS3(t, server, blob.S3Options{})
	source := &fragileReader{Reader: strings.NewReader(strings.Repeat("x", 100_000))}
	if err := s.Put(t.Context(), "a", source, 100_000, blob.Meta{}); !errors.Is(err, io.ErrNoProgress) ||
		strings.Contains(err.Error(), "tried") {
		t.Fatalf("got %v", err)
	}
	wantNone(t, s, "a")
}

// fragileReader can be read once.
type fragileReader struct {
	*strings.Reader
	passed int
}

// Read fails after the first hundred thousand bytes.
func (r *fragileReader) Read(p []byte) (int, error) {
	if r.passed >= 100_000 {
		return 0, io.ErrNoProgress
	}
	n, err := r.Reader.Read(p)
	r.passed += n
	return n, err
}

func TestS3Stalls(t *testing.T) {
	t.Parallel()
	for name, operation := range operations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := apptest.StartS3(t)
			put(t, openS3(t, server, blob.S3Options{}), "old", "x")
			server.Forget()
			server.Fail(apptest.S3Hang(), apptest.S3Hang())
			s := openS3(t, server, blob.S3Options{Attempts: 2, Patience: 50 * time.Millisecond})
			err := operation.do(t.Context(), s)
			if err == nil || !strings.Contains(err.Error(), "nothing moved for 50ms (tried 2 times)") {
				t.Fatalf("got %v", err)
			}
		})
	}
}

func TestS3EndsWithItsContext(t *testing.T) {
	t.Parallel()
	for name, operation := range operations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := apptest.StartS3(t)
			put(t, openS3(t, server, blob.S3Options{}), "old", "x")
			server.Fail(apptest.S3Status(503))
			ctx, end := context.WithCancel(t.Context())
			s := openS3(t, server, blob.S3Options{Backoff: func(int) time.Duration {
				end()
				return time.Hour
			}})
			if err := operation.do(ctx, s); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "503") {
				t.Fatalf("in a pause: %v", err)
			}
			server.Forget()
			if err := operation.do(ctx, s); !errors.Is(err, context.Canceled) {
				t.Fatalf("after the end: %v", err)
			}
			wantRequests(t, server, operation.method, 0)
		})
	}
}

func TestS3Unreachable(t *testing.T) {
	t.Parallel()
	server := &apptest.S3{Endpoint: "https://127.0.0.1:1", Bucket: "notes", AccessKeyID: "id",
		SecretAccessKey: "very-secret"}
	s := openS3(t, server, blob.S3Options{Attempts: 2})
	for name, operation := range operations {
		err := operation.do(t.Context(), s)
		if err == nil || !strings.Contains(err.Error(), "connection refused") ||
			!strings.Contains(err.Error(), "tried 2 times") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAListThatBeginsAgainEnds has a server that always answers with the same page.
func TestAListThatBeginsAgainEnds(t *testing.T) {
	t.Parallel()
	server := apptest.StartS3(t)
	same := func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		contents := strings.Repeat("<Contents><Key>same</Key><Size>1</Size></Contents>", 1000)
		fmt.Fprintf(w, "<ListBucketResult><Name>notes</Name><IsTruncated>false</IsTruncated>%s</ListBucketResult>", contents)
	}
	server.Fail(same, same)
	var last error
	for _, err := range server.Store(t, "").List(t.Context(), "") {
		last = err
	}
	if last == nil || !strings.Contains(last.Error(), `lists "same" again`) {
		t.Errorf("the list ends with %v", last)
	}
}
