package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/s3utils"

	"github.com/trance-0/notechondria/internal/problem"
)

const (
	keysAtOnce = 1000    // S3's limit for one request
	maxPut     = 5 << 30 // S3's limit for a single PUT, in bytes
)

// S3Options say where a bucket is and how patient to be with it.
type S3Options struct {
	Endpoint        string // address of the server: scheme and host, without the bucket
	Bucket          string
	Prefix          string // folder in the bucket that contains everything; may be ""
	AccessKeyID     string
	SecretAccessKey string
	Region          string // "" for "auto", which is right for R2

	Transport http.RoundTripper                // nil for a suitable default
	Attempts  int                              // how often a request is tried; 0 for 4
	Patience  time.Duration                    // how long a request may stall; 0 for 20 s
	Backoff   func(failures int) time.Duration // the pause before the next attempt; nil for 0.2 s, doubling up to 5 s
}

type s3 struct {
	client   minio.Core
	bucket   string
	prefix   string // "" or with its slash
	attempts int
	patience time.Duration
	backoff  func(failures int) time.Duration
}

// OpenS3 returns a store for an existing bucket. It does not connect yet. Requests are retried, after a pause, if the
// server is busy, has trouble or does not respond.
func OpenS3(o S3Options) (Store, error) {
	endpoint, err := parseEndpoint(o.Endpoint)
	if err != nil {
		return nil, err
	}
	if err := s3utils.CheckValidBucketName(o.Bucket); err != nil {
		return nil, fmt.Errorf("the bucket %q: %w", o.Bucket, err)
	}
	if o.AccessKeyID == "" || o.SecretAccessKey == "" {
		return nil, errors.New("the bucket needs an access key id and a secret access key")
	}
	s := &s3{bucket: o.Bucket, attempts: o.Attempts, patience: o.Patience, backoff: o.Backoff}
	if s.prefix = strings.Trim(o.Prefix, "/"); s.prefix != "" {
		if err := checkKeys(s.prefix); err != nil {
			return nil, fmt.Errorf("the prefix in the bucket: %w", err)
		}
		s.prefix += "/"
	}
	if s.attempts <= 0 {
		s.attempts = 4
	}
	if s.patience <= 0 {
		s.patience = 12 * time.Second
	}
	if s.backoff == nil {
		s.backoff = exponentialBackoff
	}
	transport := o.Transport
	if transport == nil {
		transport = newTransport()
	}
	client, err := minio.New(endpoint.Host, &minio.Options{
		Creds:        credentials.NewStaticV4(o.AccessKeyID, o.SecretAccessKey, ""),
		Secure:       endpoint.Scheme == "https",
		Transport:    unencoded{transport},
		Region:       region(o.Region),
		BucketLookup: minio.BucketLookupPath,
		MaxRetries:   1, // see attempt.go
	})
	if err != nil {
		return nil, fmt.Errorf("the S3 server %s: %w", endpoint.Host, err)
	}
	s.client = minio.Core{Client: client}
	return s, nil
}

func parseEndpoint(text string) (*url.URL, error) {
	endpoint, err := url.Parse(text)
	if err != nil || endpoint.Host == "" || endpoint.User != nil ||
		(endpoint.Scheme != "https" && endpoint.Scheme != "http") {
		return nil, errors.New("the address of the S3 server must look like https://s3.example.org")
	}
	if strings.Trim(endpoint.Path, "/") != "" || endpoint.RawQuery != "" {
		return nil, fmt.Errorf("the address of the S3 server must end after its host %s: the bucket is named apart",
			endpoint.Host)
	}
	return endpoint, nil
}

func region(name string) string {
	if name == "" {
		return "auto"
	}
	return name
}

// newTransport uses HTTP/1.1: when a sleeping machine wakes up its connections are dead, and with HTTP/2 all requests
// would wait for one of them.
func newTransport() http.RoundTripper {
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment}
	if standard, ok := http.DefaultTransport.(*http.Transport); ok {
		transport = standard.Clone()
	}
	transport.Protocols = new(http.Protocols)
	transport.Protocols.SetHTTP1(true)
	transport.MaxIdleConnsPerHost = 16
	return transport
}

// unencoded asks for the bytes as they are stored, since compression in transit loses their number. Proxies tend to
// change this header, so it must not be signed, and is added after signing.
type unencoded struct{ http.RoundTripper }

// RoundTrip sends the request.
func (t unencoded) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.Header.Set("Accept-Encoding", "identity")
	return t.RoundTripper.RoundTrip(request)
}

// name returns the name of an object in the bucket.
func (s *s3) name(key string) (string, error) {
	if err := checkKeys(key); err != nil {
		return "", err
	}
	if len(s.prefix)+len(key) > maxKeyBytes {
		return "", fmt.Errorf("%w: it is too long with the prefix %q: %.80q", ErrInvalidKey, s.prefix, key)
	}
	return s.prefix + key, nil
}

// Put sends everything in one request, with the SHA-256 of the bytes in its signature: without it, some servers accept
// half an object as complete when a connection breaks.
func (s *s3) Put(ctx context.Context, key string, r io.ReadSeeker, size int64, m Meta) error {
	name, err := s.name(key)
	if err != nil {
		return err
	}
	if size < 0 {
		return fmt.Errorf("storing %q: %w", key, errNegative)
	}
	if size > maxPut {
		return fmt.Errorf("storing %q: %d bytes: %w", key, size, ErrTooLarge)
	}
	options := minio.PutObjectOptions{
		ContentType: m.ContentType, ContentDisposition: m.ContentDisposition, CacheControl: m.CacheControl,
		ContentEncoding:      m.ContentEncoding,
		DisableContentSha256: true, // of chunks; R2 refuses it
	}
	start, err := r.Seek(0, io.SeekCurrent)
	if err != nil {
		return fmt.Errorf("storing %q: %w", key, err)
	}
	digest, err := hash(ctx, r, start, size)
	if err != nil {
		return fmt.Errorf("storing %q: %w", key, err)
	}
	err = s.try(ctx, func(a *attempt) error {
		if _, err := r.Seek(start, io.SeekStart); err != nil {
			return sourceError{err}
		}
		body := &upload{attempt: a, source: r, left: size}
		_, err := s.client.PutObject(a.ctx, s.bucket, name, body, size, "", digest, options)
		if broken := body.end(); broken != nil {
			return sourceError{broken}
		}
		return err
	})
	return explain("storing", key, err)
}

// hash returns the SHA-256 of the next size bytes, which begin at start. A spooled upload has already computed it.
func hash(ctx context.Context, r io.Reader, start, size int64) (string, error) {
	if spooled, ok := r.(*Spooled); ok && start == 0 && size == spooled.Size {
		return hex.EncodeToString(spooled.SHA256[:]), nil
	}
	digest := sha256.New()
	if _, err := io.CopyN(digest, contextReader{ctx, r}, size); errors.Is(err, io.EOF) {
		return "", io.ErrUnexpectedEOF
	} else if err != nil {
		return "", err
	}
	return hex.EncodeToString(digest.Sum(nil)), nil
}

// Stat asks for the headers of an object.
func (s *s3) Stat(ctx context.Context, key string) (Object, error) {
	name, err := s.name(key)
	if err != nil {
		return Object{}, err
	}
	var info minio.ObjectInfo
	err = s.try(ctx, func(a *attempt) error {
		info, err = s.client.StatObject(a.ctx, s.bucket, name, minio.StatObjectOptions{})
		return err
	})
	if err != nil {
		return Object{}, explain("looking for", key, err)
	}
	return object(key, info), nil
}

// Tidy has nothing to do: an object is sent in one request.
func (*s3) Tidy(context.Context) error { return nil }

// Delete removes a thousand objects per request.
func (s *s3) Delete(ctx context.Context, keys ...string) error {
	names := make([]string, len(keys))
	for i, key := range keys {
		var err error
		if names[i], err = s.name(key); err != nil {
			return err
		}
	}
	for batch := range slices.Chunk(names, keysAtOnce) {
		if err := s.try(ctx, func(a *attempt) error { return s.deleteBatch(a, batch) }); err != nil {
			what := strings.TrimPrefix(batch[0], s.prefix)
			if len(batch) > 1 {
				what = fmt.Sprintf("%s and %d others", what, len(batch)-1)
			}
			return explain("deleting", what, err)
		}
	}
	return nil
}

func (s *s3) deleteBatch(a *attempt, names []string) error {
	if len(names) == 1 {
		return s.client.RemoveObject(a.ctx, s.bucket, names[0], minio.RemoveObjectOptions{})
	}
	objects := func(yield func(minio.ObjectInfo) bool) {
		for _, name := range names {
			if !yield(minio.ObjectInfo{Key: name}) {
				return
			}
		}
	}
	results, err := s.client.RemoveObjectsWithIter(a.ctx, s.bucket, objects, minio.RemoveObjectsOptions{})
	if err != nil {
		return err
	}
	for result := range results {
		if result.Err != nil {
			return result.Err
		}
	}
	return a.ctx.Err() // no results if it had already ended
}

// List asks for a thousand objects per request.
func (s *s3) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		last := ""
		for {
			page, err := s.page(ctx, s.prefix+prefix, last)
			if err != nil {
				yield(Object{}, explain("listing", prefix, err))
				return
			}
			if len(page) > 0 && page[0].Key <= last { // it would never end
				yield(Object{}, fmt.Errorf("listing %q: the S3 server lists %.80q again", prefix, page[0].Key))
				return
			}
			for _, info := range page {
				key := strings.TrimPrefix(info.Key, s.prefix)
				if checkKeys(key) != nil {
					continue // not ours: for example a marker for a folder
				}
				found := object(key, info)
				found.ContentType = "" // not in a listing
				if !yield(found, nil) {
					return
				}
			}
			if len(page) < keysAtOnce {
				return
			}
			last = page[len(page)-1].Key
		}
	}
}

func (s *s3) page(ctx context.Context, prefix, after string) (page []minio.ObjectInfo, err error) {
	options := minio.ListObjectsOptions{
		Prefix: prefix, Recursive: true, StartAfter: after, MaxKeys: keysAtOnce, FetchOwner: new(bool),
	}
	err = s.try(ctx, func(a *attempt) error {
		page = page[:0]
		for info := range s.client.ListObjectsIter(a.ctx, s.bucket, options) {
			if info.Err != nil {
				return info.Err
			}
			if page = append(page, info); len(page) == keysAtOnce {
				return nil
			}
		}
		return a.ctx.Err() // the listing does not report it
	})
	return page, err
}

func object(key string, info minio.ObjectInfo) Object {
	return Object{
		Key: key, Size: info.Size, ContentType: info.ContentType, ETag: `"` + info.ETag + `"`,
		ModTime: info.LastModified.UTC(),
	}
}

// explain says what was being done, with the status and the code of the server's response, which its text often lacks.
// In a batch, each object has a code but no status.
func explain(doing, key string, err error) error {
	if err == nil {
		return nil
	}
	var answer minio.ErrorResponse
	if !errors.As(err, &answer) {
		return fmt.Errorf("%s %q: %w", doing, key, err)
	}
	if answer.Code == minio.NoSuchKey {
		return fmt.Errorf("%s %q: %w", doing, key, ErrNotFound)
	}
	status := ""
	if answer.StatusCode != 0 {
		status = fmt.Sprintf("%d ", answer.StatusCode)
	}
	code := strings.TrimPrefix(answer.Code, status)
	err = fmt.Errorf("%s %q: the S3 server answered %s%s: %w", doing, key, status, code, err)
	switch {
	case answer.StatusCode >= http.StatusInternalServerError, answer.StatusCode == http.StatusTooManyRequests,
		answer.StatusCode == http.StatusUnauthorized, answer.StatusCode == http.StatusForbidden,
		answer.StatusCode == http.StatusNotFound: // for the last three, an operator has to fix the key or the bucket
		return &problem.Trouble{Err: err}
	}
	return err
}
