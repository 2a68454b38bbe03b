package blob_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/blob"
)

func TestSpool(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, 511, 513, 100_000} {
		content := bytes.Repeat([]byte{'x'}, size)
		s, err := blob.Spool(t.Context(), bytes.NewReader(content), int64(size), t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if s.Size != int64(size) || s.SHA256 != sha256.Sum256(content) || !bytes.Equal(s.Head, content[:min(size, 512)]) {
			t.Fatalf("%d bytes: size %d, head of %d, SHA-256 %x", size, s.Size, len(s.Head), s.SHA256)
		}
		for range 2 {
			if got, err := io.ReadAll(s); err != nil || !bytes.Equal(got, content) {
				t.Fatalf("%d bytes: read %d, %v", size, len(got), err)
			}
			if _, err := s.Seek(0, io.SeekStart); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSpoolLeavesNoFile(t *testing.T) {
	t.Parallel()
	trouble := errors.New("the line is dead")
	ended, end := context.WithCancel(t.Context())
	end()
	for name, test := range map[string]struct {
		ctx    context.Context
		source io.Reader
		want   error
	}{
		"too large":  {t.Context(), strings.NewReader("12345678901"), blob.ErrTooLarge},
		"broken":     {t.Context(), &brokenReader{Reader: bytes.NewReader(make([]byte, 9)), after: 5, err: trouble}, trouble},
		"ended":      {ended, strings.NewReader("123"), context.Canceled},
		"successful": {t.Context(), strings.NewReader("1234567890"), nil},
	} {
		folder := t.TempDir()
		s, err := blob.Spool(test.ctx, test.source, 10, folder)
		if !errors.Is(err, test.want) {
			t.Fatalf("%s: %v, want %v", name, err, test.want)
		}
		if err == nil {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
			t.Errorf("%s: %v lie around, %v", name, left, err)
		}
	}
}

func TestSpoolReadsLittleMoreThanItsLimit(t *testing.T) {
	t.Parallel()
	source := strings.NewReader("0123456789")
	if _, err := blob.Spool(t.Context(), source, 4, t.TempDir()); !errors.Is(err, blob.ErrTooLarge) {
		t.Fatalf("got %v, want %v", err, blob.ErrTooLarge)
	}
	if read := 10 - source.Len(); read != 5 {
		t.Fatalf("%d bytes were read", read)
	}
}
