package deploycheck

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/trance-0/notechondria/internal/blob"
	"github.com/trance-0/notechondria/internal/config"
)

const (
	bucketName = "bucket"
	domainName = "public domain of the bucket"

	probeType      = "text/plain"
	bucketPatience = 4 * time.Second // of one request, which leaves time for a second one
	mostOrigins    = 5               // that are tried
)

// bucket stores a probe, reads it, fetches it from the public domain, and deletes it.
func (s *surroundings) bucket(ctx context.Context) []Result {
	store, err := blob.OpenS3(blob.S3Options{
		Endpoint: s.config.R2EndpointURL, Bucket: s.config.R2Bucket,
		AccessKeyID: s.config.R2AccessKeyID, SecretAccessKey: s.config.R2SecretAccessKey,
		Transport: s.client.Transport, Attempts: 2, Patience: bucketPatience,
	})
	if err != nil {
		return []Result{fail(bucketName, "Correct the CLOUDFLARE_R2_ variables.", "It can't be used: %s.", s.reason(err))}
	}
	p := newProbe("media/deploycheck-")
	if err := p.store(ctx, store); err != nil {
		_ = p.remove(ctx, store) // the response may have been lost
		return []Result{fail(bucketName, bucketRemedy(err), "It can't be used: %s.", s.reason(err))}
	}
	read := p.read(ctx, store)
	var public []Result
	if read == nil {
		public = s.publicDomain(ctx, p)
	}
	removed := p.remove(ctx, store)
	if err := errors.Join(read, removed); err != nil {
		return append([]Result{fail(bucketName, bucketRemedy(err), "It can't be used: %s.", s.reason(err))}, public...)
	}
	return append([]Result{ok(bucketName, "Objects in %s can be written, read and deleted.", s.config.R2Bucket)},
		public...)
}

// probe is an object for testing.
type probe struct {
	key     string
	content []byte
}

func newProbe(prefix string) probe {
	return probe{key: prefix + rand.Text() + ".txt", content: []byte(rand.Text())}
}

func (p probe) store(ctx context.Context, store blob.Store) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return store.Put(ctx, p.key, bytes.NewReader(p.content), int64(len(p.content)),
		blob.Meta{ContentType: probeType, CacheControl: "no-store"})
}

func (p probe) read(ctx context.Context, store blob.Store) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	reader, err := store.Open(ctx, p.key)
	if err != nil {
		return err
	}
	defer reader.Close()
	content, err := io.ReadAll(io.LimitReader(reader, int64(len(p.content))+1))
	if err != nil {
		return fmt.Errorf("reading %q: %w", p.key, err)
	}
	if !bytes.Equal(content, p.content) {
		return fmt.Errorf("reading %q: the content differs from what was written", p.key)
	}
	return nil
}

// remove deletes the probe, even if the check was interrupted.
func (p probe) remove(ctx context.Context, store blob.Store) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	return store.Delete(ctx, p.key)
}

func bucketRemedy(err error) string {
	var answer minio.ErrorResponse
	if errors.As(err, &answer) {
		switch answer.Code {
		case minio.NoSuchBucket:
			return "Create the bucket, or correct CLOUDFLARE_R2_BUCKET_NAME (and, for a bucket in a jurisdiction, " +
				"CLOUDFLARE_R2_ENDPOINT_URL)."
		case "InvalidAccessKeyId", "SignatureDoesNotMatch", "Unauthorized":
			return "Create a new R2 API token, and set CLOUDFLARE_R2_ACCESS_KEY_ID and CLOUDFLARE_R2_SECRET_ACCESS_KEY to " +
				"its keys."
		case minio.AccessDenied:
			return "Give the API token the permission Object Read & Write on this bucket."
		case "RequestTimeTooSkewed":
			return "Synchronise the clock of this machine (NTP)."
		}
		if answer.StatusCode < http.StatusInternalServerError {
			return "Compare the CLOUDFLARE_R2_ variables with the bucket and its API token."
		}
		return "Check the status of the storage service, and try again."
	}
	return "Correct CLOUDFLARE_R2_ACCOUNT_ID (or CLOUDFLARE_R2_ENDPOINT_URL), and make sure this machine can connect to " +
		"it."
}

func (s *surroundings) publicDomain(ctx context.Context, p probe) []Result {
	domain := s.config.R2CustomDomain
	if domain == "" {
		return []Result{ok(domainName, "None: this server streams uploads itself.")}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	callers := crossOrigins(s.config)
	var problems []Result
	if strings.HasSuffix(strings.ToLower(domain), ".r2.dev") {
		problems = append(problems, warn(domainName, "Connect your own domain to the bucket.",
			"%s is rate-limited and meant for development only.", domain))
	}
	var unserved []string
	for _, origin := range callers[:min(len(callers), mostOrigins)] {
		allowed, problem := s.fetchPublic(ctx, p, origin)
		if problem != nil {
			return append(problems, *problem)
		}
		if !allowed {
			unserved = append(unserved, origin)
		}
	}
	if len(unserved) > 0 {
		problems = append(problems, s.withoutCORS(unserved, callers))
	}
	return orOK(problems, domainName, "%s serves uploaded files, with Access-Control-Allow-Origin.", domain)
}

// crossOrigins are the origins of pages that fetch files, or an arbitrary one if none is known.
func crossOrigins(c *config.Config) []string {
	var list []string
	for _, entry := range frontends(c) {
		if !strings.Contains(entry, "://") {
			entry = "https://" + entry
		}
		if strings.HasPrefix(entry, "http") {
			list = append(list, entry)
		}
	}
	if len(list) == 0 {
		return []string{"https://notes.example.org"}
	}
	return list
}

// fetchPublic sends the request that a browser sends for a page of that origin.
func (s *surroundings) fetchPublic(ctx context.Context, p probe, origin string) (allowed bool, problem *Result) {
	domain := s.config.R2CustomDomain
	broken := func(remedy, text string, args ...any) (bool, *Result) {
		r := fail(domainName, remedy, text, args...)
		return false, &r
	}
	const connect = "Connect the domain to this bucket (Settings > Custom Domains), and wait until it is active."
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+domain+"/"+p.key, nil)
	if err != nil {
		return broken(connect, "The request failed: %s.", s.reason(err))
	}
	request.Header.Set("Origin", origin)
	response, err := s.client.Do(request)
	if err != nil {
		remedy := connect
		if !errors.As(err, new(*net.DNSError)) {
			remedy = "Make sure that " + domain + " has a valid certificate and can be reached from this machine. " + connect
		}
		return broken(remedy, "%s does not serve the test file: %s.", domain, s.reason(err))
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, int64(len(p.content))+1))
	switch {
	case err != nil:
		return broken(connect, "%s does not serve the test file: %s.", domain, s.reason(err))
	case response.StatusCode != http.StatusOK:
		return broken(connect, "%s answers %d for the test file: another bucket, or none, is behind it, or a rule in "+
			"front.", domain, response.StatusCode)
	case !bytes.Equal(content, p.content):
		return broken(connect, "%s serves a different file than the test file that was written.", domain)
	}
	got := response.Header.Get("Access-Control-Allow-Origin")
	return got == "*" || strings.EqualFold(got, origin), nil
}

// withoutCORS is harmless if the server streams uploads itself: static files are fetched from its own pages.
func (s *surroundings) withoutCORS(unserved, callers []string) Result {
	level := Fail
	if s.config.MediaProxy {
		level = Warn
	}
	text := fmt.Sprintf("%s answers without Access-Control-Allow-Origin for %s: front ends there can't show pictures.",
		s.config.R2CustomDomain, strings.Join(unserved, ", "))
	return Result{Name: domainName, Level: level, Text: text,
		Remedy: "Set the CORS policy of the bucket (Settings > CORS Policy) to " + corsPolicy(callers)}
}

func corsPolicy(origins []string) string {
	type rule struct {
		AllowedOrigins, AllowedMethods, AllowedHeaders, ExposeHeaders []string
		MaxAgeSeconds                                                 int
	}
	policy, err := json.Marshal([]rule{{
		AllowedOrigins: slices.Clone(origins), AllowedMethods: []string{"GET", "HEAD"}, AllowedHeaders: []string{"Range"},
		ExposeHeaders: []string{"ETag", "Content-Length", "Content-Range"}, MaxAgeSeconds: 3600,
	}})
	if err != nil {
		return "GET and HEAD for " + strings.Join(origins, ", ") // encoding strings can't fail
	}
	return string(policy)
}
