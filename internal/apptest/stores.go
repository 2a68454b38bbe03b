package apptest

import (
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/blob"
)

// OpenLocal opens a folder as a store.
func OpenLocal(t testing.TB, folder string) blob.Store {
	t.Helper()
	store, err := blob.OpenLocal(folder)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// Store opens a folder of the server's bucket as a store that tries again without pauses.
func (s *S3) Store(t testing.TB, prefix string) blob.Store {
	t.Helper()
	store, err := blob.OpenS3(blob.S3Options{
		Endpoint: s.Endpoint, Bucket: s.Bucket, Prefix: prefix, AccessKeyID: s.AccessKeyID,
		SecretAccessKey: s.SecretAccessKey,
		Transport:       s.Transport(t), Backoff: func(int) time.Duration { return 0 },
	})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// EachStore runs a test on each kind of store, empty, side by side. prefix is the folder in the bucket.
func EachStore(t *testing.T, prefix string, test func(t *testing.T, store blob.Store)) {
	t.Helper()
	t.Parallel()
	t.Run("local", func(t *testing.T) {
		t.Parallel()
		test(t, OpenLocal(t, t.TempDir()))
	})
	t.Run("S3", func(t *testing.T) {
		t.Parallel()
		test(t, StartS3(t).Store(t, prefix))
	})
}
