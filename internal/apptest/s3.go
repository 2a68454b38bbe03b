package apptest

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// s3Variable names the program of the S3 server versitygw.
const s3Variable = "TEST_VERSITYGW"

// s3Connections are kept open: handshakes cost more than what tests send.
const s3Connections = 16

// S3 is an S3 server with an empty bucket, reached over TLS, that refuses what R2 refuses and fails when it is told to.
type S3 struct {
	Endpoint        string // https://127.0.0.1:port
	Bucket          string
	AccessKeyID     string
	SecretAccessKey string
	CertPool        *x509.CertPool // to trust the server with
	CertFile        string         // the same for processes: SSL_CERT_FILE

	mutex    sync.Mutex
	faults   []S3Fault
	requests map[string][]http.Header // by method
}

// StartS3 starts a server that runs until the test ends. The test is skipped where the program is absent.
func StartS3(t testing.TB) *S3 {
	t.Helper()
	program := os.Getenv(s3Variable)
	if program == "" {
		t.Skipf("%s is not set: scripts/s3.sh gives tests an S3 server", s3Variable)
	}
	s := &S3{
		Bucket: "notes", AccessKeyID: rand.Text(), SecretAccessKey: rand.Text(), CertPool: x509.NewCertPool(),
		requests: map[string][]http.Header{},
	}
	front := httptest.NewUnstartedServer(s.limit(s3Proxy(s.startVersityGW(t, program))))
	front.Config.ErrorLog = log.New(io.Discard, "", 0) // faults end connections on purpose
	front.StartTLS()
	t.Cleanup(front.Close)
	s.Endpoint = front.URL
	s.CertPool.AddCert(front.Certificate())
	s.CertFile = filepath.Join(t.TempDir(), "s3.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw})
	if err := os.WriteFile(s.CertFile, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	s.makeBucket(t)
	return s
}

// startVersityGW returns the socket on which the server listens. Over a socket no two tests can take the same port.
func (s *S3) startVersityGW(t testing.TB, program string) (socket string) {
	t.Helper()
	folder, err := os.MkdirTemp("", "s3") // not the test's own folder: the path of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	for _, name := range []string{"objects", "metadata"} {
		if err := os.Mkdir(filepath.Join(folder, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	socket = filepath.Join(folder, "socket")
	output := &Logs{}
	cmd := exec.Command(program, "--port", socket, "--region", "auto", "--quiet", "--keep-alive",
		"posix", "--sidecar", filepath.Join(folder, "metadata"), filepath.Join(folder, "objects"))
	cmd.Env = []string{"ROOT_ACCESS_KEY=" + s.AccessKeyID, "ROOT_SECRET_KEY=" + s.SecretAccessKey}
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting the S3 server: %v", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended already
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("output of the S3 server:\n%s", output)
		}
	})
	Eventually(t, "the S3 server listens", func() bool {
		connection, err := net.Dial("unix", socket)
		if err != nil {
			return false
		}
		_ = connection.Close() // it only had to open
		return true
	})
	return socket
}

func (s *S3) makeBucket(t testing.TB) {
	t.Helper()
	client, err := minio.New(strings.TrimPrefix(s.Endpoint, "https://"), &minio.Options{
		Creds: credentials.NewStaticV4(s.AccessKeyID, s.SecretAccessKey, ""), Secure: true, Region: "auto",
		Transport: s.Transport(t), BucketLookup: minio.BucketLookupPath,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := client.MakeBucket(t.Context(), s.Bucket, minio.MakeBucketOptions{}); err != nil {
		t.Fatalf("making a bucket: %v", err)
	}
	s.Forget()
}

// Transport returns a transport that trusts the server.
func (s *S3) Transport(t testing.TB) *http.Transport {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{RootCAs: s.CertPool}
	transport.MaxIdleConnsPerHost = s3Connections
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// Environment configures a process or a server of its own for the bucket.
func (s *S3) Environment() []string {
	return []string{
		"CLOUDFLARE_R2_BUCKET_NAME=" + s.Bucket, "CLOUDFLARE_R2_ACCOUNT_ID=test", "CLOUDFLARE_R2_ENDPOINT_URL=" + s.Endpoint,
		"CLOUDFLARE_R2_ACCESS_KEY_ID=" + s.AccessKeyID, "CLOUDFLARE_R2_SECRET_ACCESS_KEY=" + s.SecretAccessKey,
		"SSL_CERT_FILE=" + s.CertFile, NoBackups, // which most tests do not expect
	}
}

// AsBackups are the settings of a server that keeps its backups in the bucket, and its uploads elsewhere.
func (s *S3) AsBackups() []string {
	return []string{
		"BACKUP_R2_BUCKET_NAME=" + s.Bucket, "BACKUP_R2_ENDPOINT_URL=" + s.Endpoint,
		"BACKUP_R2_ACCESS_KEY_ID=" + s.AccessKeyID, "BACKUP_R2_SECRET_ACCESS_KEY=" + s.SecretAccessKey,
	}
}

// Certificate is what the server is known by, in PEM.
func (s *S3) Certificate(t testing.TB) []byte {
	t.Helper()
	certificate, err := os.ReadFile(s.CertFile)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

// Requests returns the headers of the requests with that method since the last call of Forget, those that were refused
// or failed included.
func (s *S3) Requests(method string) []http.Header {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return slices.Clone(s.requests[method])
}

// Forget lets Requests start anew.
func (s *S3) Forget() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	clear(s.requests)
}

// Fail makes the next requests fail, one for each fault.
func (s *S3) Fail(faults ...S3Fault) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.faults = append(s.faults, faults...)
}

// limit records requests, refuses what R2 refuses, and fails on demand.
func (s *S3) limit(server http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fault := s.record(r)
		switch header := refusedByR2(r.Header); {
		case header != "":
			s3Error(w, http.StatusNotImplemented, "NotImplemented", "Header '"+header+"' not implemented")
		case fault != nil:
			fault(w, r, server)
		default:
			server.ServeHTTP(w, r)
		}
	})
}

func (s *S3) record(r *http.Request) (fault S3Fault) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.requests[r.Method] = append(s.requests[r.Method], r.Header.Clone())
	if len(s.faults) > 0 {
		fault, s.faults = s.faults[0], s.faults[1:]
	}
	return fault
}

// refusedByR2 returns the name of a header that R2 does not implement, or "".
func refusedByR2(header http.Header) string {
	for name, values := range header {
		value := strings.Join(values, ",")
		switch lower := strings.ToLower(name); {
		case lower == "x-amz-acl", strings.HasPrefix(lower, "x-amz-checksum-"), strings.HasPrefix(lower, "x-amz-sdk-"),
			lower == "content-encoding" && strings.Contains(value, "aws-chunked"),
			lower == "x-amz-content-sha256" && strings.HasPrefix(value, "STREAMING-"):
			return lower
		}
	}
	return ""
}

func s3Error(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>%s</Message></Error>", code,
		message)
}

// s3Proxy passes requests on as they are: their signature covers the host.
func s3Proxy(socket string) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: r.In.Host})
			r.Out.Host = r.In.Host
		},
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, "unix", socket)
			},
			DisableCompression:  true,
			MaxIdleConnsPerHost: s3Connections,
		},
		ErrorLog:     log.New(io.Discard, "", 0),
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
}
