package avatar_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"testing"

	"github.com/trance-0/notechondria/internal/accounts/avatar"
)

func draw(t *testing.T, seed string, size int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := avatar.Draw(&b, seed, size); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDraw(t *testing.T) {
	t.Parallel()
	for _, size := range []int{16, 32, 255, avatar.DefaultSize, 1024} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			img, err := png.Decode(bytes.NewReader(draw(t, "alice", size)))
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := img.(*image.Paletted); !ok {
				t.Errorf("picture is a %T, want a paletted one", img)
			}
			if img.Bounds() != image.Rect(0, 0, size, size) {
				t.Errorf("picture measures %v, want %d x %[2]d", img.Bounds(), size)
			}
			if corner, centre := img.At(0, 0), img.At(size/2, size/2); corner == centre {
				t.Errorf("corner and centre are both %v: nothing is drawn", corner)
			}
		})
	}
}

func TestTheSeedDecides(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for i := range 50 {
		seed := fmt.Sprint("user ", i)
		picture := draw(t, seed, 64)
		if !bytes.Equal(picture, draw(t, seed, 64)) {
			t.Errorf("%s: two pictures of one seed differ", seed)
		}
		if other, ok := seen[string(picture)]; ok {
			t.Errorf("%s and %s have the same picture", seed, other)
		}
		seen[string(picture)] = seed
	}
}

func TestThePictureIsSmallAndInsideItsFrame(t *testing.T) {
	t.Parallel()
	const limit = 8 << 10
	for i := range 50 {
		data := draw(t, fmt.Sprint(i), avatar.DefaultSize)
		if len(data) > limit {
			t.Errorf("seed %d: %d bytes, want at most %d", i, len(data), limit)
		}
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		background := img.At(0, 0)
		for p := range avatar.DefaultSize {
			const last = avatar.DefaultSize - 1
			for _, at := range []image.Point{{p, 0}, {p, last}, {0, p}, {last, p}} {
				if img.At(at.X, at.Y) != background {
					t.Fatalf("seed %d: the cell is cut off at %v", i, at)
				}
			}
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for _, size := range []int{-1, 0, 15, 1025} {
		var b bytes.Buffer
		if err := avatar.Draw(&b, "alice", size); err == nil || b.Len() != 0 {
			t.Errorf("size %d: error %v and %d bytes, want an error and none", size, err, b.Len())
		}
	}
	reader, writer := io.Pipe()
	broken := errors.New("disk full")
	_ = reader.CloseWithError(broken)
	if err := avatar.Draw(writer, "alice", 32); !errors.Is(err, broken) {
		t.Errorf("error %v, want the writer's", err)
	}
}

func BenchmarkDraw(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if err := avatar.Draw(io.Discard, "alice", avatar.DefaultSize); err != nil {
			b.Fatal(err)
		}
	}
}
