package blob_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/blob"
)

func wantRequests(t testing.TB, server *apptest.S3, method string, want int) {
	t.Helper()
	if got := len(server.Requests(method)); got != want {
		t.Fatalf("%d requests with %s, want %d", got, method, want)
	}
}

func TestS3SendsMeta(t *testing.T) {
	t.Parallel()
	server := apptest.StartS3(t)
	s := openS3(t, server, blob.S3Options{})
	meta := blob.Meta{
		ContentType: "text/css", ContentDisposition: `inline; filename="a.css"`, CacheControl: "max-age=60",
		ContentEncoding: "br",
	}
	if err := s.Put(t.Context(), "a.css", strings.NewReader("abc"), 3, meta); err != nil {
		t.Fatal(err)
	}
	wantRequests(t, server, "PUT", 1)
	sent := server.Requests("PUT")[0]
	for name, want := range map[string]string{
		"Content-Type": "text/css", "Content-Disposition": `inline; filename="a.css"`, "Cache-Control": "max-age=60",
		"Content-Encoding": "br", "Accept-Encoding": "identity",
		"X-Amz-Content-Sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	} {
		if got := sent.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if authorization := sent.Get("Authorization"); !strings.Contains(authorization, "/auto/s3/") ||
		strings.Contains(authorization, "accept-encoding") {
		t.Errorf("signed as %q", authorization)
	}
	if o, err := s.Stat(t.Context(), "a.css"); err != nil || o.ContentType != "text/css" || o.Size != 3 {
		t.Errorf("%+v, %v", o, err)
	}
	if content := get(t, s, "a.css"); content != "abc" {
		t.Errorf("read %q", content)
	}
}

func TestS3SignsNoChunksWithoutTLS(t *testing.T) {
	t.Parallel()
	signed := make(chan string, 1)
	plain := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		signed <- r.Header.Get("X-Amz-Content-Sha256")
	}))
	defer plain.Close()
	s := openS3(t, &apptest.S3{Endpoint: plain.URL, Bucket: "notes", AccessKeyID: "id", SecretAccessKey: "secret"},
		blob.S3Options{})
	put(t, s, "a", "abc")
	if got := <-signed; got != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
		t.Fatalf("signed as %q", got)
	}
}

func TestS3KeepsToItsPrefix(t *testing.T) {
	t.Parallel()
	server := apptest.StartS3(t)
	media := openS3(t, server, blob.S3Options{})
	options := blob.S3Options{
		Endpoint: server.Endpoint, Bucket: server.Bucket, AccessKeyID: server.AccessKeyID,
		SecretAccessKey: server.SecretAccessKey,
		Transport:       server.Transport(t),
	}
	whole, err := blob.OpenS3(options)
	if err != nil {
		t.Fatal(err)
	}
	put(t, media, "a", "in media")
	put(t, whole, "a", "above")
	put(t, whole, "media2/b", "beside")
	wantKeys(t, whole, "", "a", "media/a", "media2/b")
	wantKeys(t, media, "", "a")
	if content := get(t, media, "a"); content != "in media" {
		t.Fatalf("read %q", content)
	}
	long := strings.Repeat("abcdefg/", 127) + "abcdefgh"
	if err := media.Put(t.Context(), long, strings.NewReader("x"), 1, blob.Meta{}); !errors.Is(err, blob.ErrInvalidKey) {
		t.Fatalf("1,024 bytes and a prefix: %v", err)
	}
}

func TestS3RequestsAreFew(t *testing.T) {
	t.Parallel()
	server := apptest.StartS3(t)
	s := openS3(t, server, blob.S3Options{})
	content := strings.Repeat("0123456789", 100_000)
	put(t, s, "a", content)

	server.Forget()
	if get(t, s, "a") != content {
		t.Fatal("read something else")
	}
	wantRequests(t, server, "GET", 1)
	wantRequests(t, server, "HEAD", 0)

	server.Forget()
	r, err := s.Open(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, offset := range []int64{20, 25, 500_000, 500_100} { // short skips forward need no request
		if _, err := r.Seek(offset, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		part := make([]byte, 2)
		if _, err := io.ReadFull(r, part); err != nil || string(part) != content[offset:offset+2] {
			t.Fatalf("at %d: %q, %v", offset, part, err)
		}
	}
	wantRequests(t, server, "GET", 2)
	if ranges := server.Requests("GET")[1].Get("Range"); ranges != "bytes=500000-" {
		t.Fatalf("asked for %q", ranges)
	}

	absent := make([]string, 2500)
	for i := range absent {
		absent[i] = fmt.Sprintf("absent/%d", i)
	}
	if err := s.Delete(t.Context(), absent...); err != nil {
		t.Fatal(err)
	}
	wantRequests(t, server, "POST", 3)
	if err := s.Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantRequests(t, server, "DELETE", 0)
}

func TestS3RefusalsAreFinalAndNamed(t *testing.T) {
	t.Parallel()
	server := apptest.StartS3(t)
	options := blob.S3Options{
		Endpoint: server.Endpoint, Bucket: server.Bucket, AccessKeyID: server.AccessKeyID,
		SecretAccessKey: server.SecretAccessKey,
		Transport:       server.Transport(t),
	}
	wrongSecret, wrongBucket, untrusted := options, options, options
	wrongSecret.SecretAccessKey = "not-the-secret"
	wrongBucket.Bucket = "other"
	untrusted.Transport = nil
	for name, test := range map[string]struct {
		options  blob.S3Options
		code     string
		requests int
	}{
		"wrong secret":          {wrongSecret, "SignatureDoesNotMatch", 1},
		"wrong bucket":          {wrongBucket, "NoSuchBucket", 1},
		"untrusted certificate": {untrusted, "certificate", 0},
	} {
		server.Forget()
		s, err := blob.OpenS3(test.options)
		if err != nil {
			t.Fatal(err)
		}
		err = s.Put(t.Context(), "a/b", strings.NewReader("x"), 1, blob.Meta{})
		if err == nil || !strings.Contains(err.Error(), test.code) || !strings.Contains(err.Error(), `storing "a/b"`) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && (strings.Contains(err.Error(), test.options.SecretAccessKey) ||
			strings.Contains(err.Error(), "tried")) {
			t.Errorf("%s: the secret is told or it was tried again: %v", name, err)
		}
		wantRequests(t, server, "PUT", test.requests)
	}
}

// TestS3ServerRefusesWhatR2Refuses makes sure that the other tests would notice.
func TestS3ServerRefusesWhatR2Refuses(t *testing.T) {
	t.Parallel()
	server := apptest.StartS3(t)
	for name, value := range map[string]string{
		"x-amz-acl": "private", "x-amz-checksum-crc32c": "AAAAAA==", "x-amz-sdk-checksum-algorithm": "CRC32C",
		"content-encoding": "aws-chunked", "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
	} {
		request, err := http.NewRequestWithContext(t.Context(), "PUT", server.Endpoint+"/notes/x", strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set(name, value)
		answer, err := server.Transport(t).RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusNotImplemented {
			t.Errorf("%s: %d", name, answer.StatusCode)
		}
	}
}

func TestOpenS3RefusesWrongOptions(t *testing.T) {
	t.Parallel()
	good := blob.S3Options{
		Endpoint: "https://s3.invalid", Bucket: "notes", Prefix: "/media/", AccessKeyID: "id", SecretAccessKey: "very-secret",
	}
	if _, err := blob.OpenS3(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(o *blob.S3Options){
		"no scheme":      func(o *blob.S3Options) { o.Endpoint = "s3.invalid" },
		"other scheme":   func(o *blob.S3Options) { o.Endpoint = "ftp://s3.invalid" },
		"no host":        func(o *blob.S3Options) { o.Endpoint = "https://" },
		"bucket in path": func(o *blob.S3Options) { o.Endpoint += "/notes" },
		"user in it":     func(o *blob.S3Options) { o.Endpoint = "https://id:very-secret@s3.invalid" },
		"no bucket":      func(o *blob.S3Options) { o.Bucket = "" },
		"odd bucket":     func(o *blob.S3Options) { o.Bucket = "a b" },
		"odd prefix":     func(o *blob.S3Options) { o.Prefix = "../media" },
		"no id":          func(o *blob.S3Options) { o.AccessKeyID = "" },
		"no secret":      func(o *blob.S3Options) { o.SecretAccessKey = "" },
	} {
		options := good
		change(&options)
		if _, err := blob.OpenS3(options); err == nil || strings.Contains(err.Error(), "very-secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
