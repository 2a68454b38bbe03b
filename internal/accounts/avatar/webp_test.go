package avatar_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"os"
	"testing"

	"github.com/trance-0/notechondria/internal/accounts/avatar"
)

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func webpChunk(kind string, content ...byte) []byte {
	c := append(binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(content))), content...)
	return append(c, make([]byte, len(content)%2)...)
}

func webpOf(chunks ...[]byte) []byte {
	content := append([]byte("WEBP"), bytes.Join(chunks, nil)...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(content))), content...)
}

func three(n int) []byte { return []byte{byte(n), byte(n >> 8), byte(n >> 16)} }

func vp8x(flags byte, width, height int) []byte {
	return webpChunk("VP8X", append(append([]byte{flags, 0, 0, 0}, three(width-1)...), three(height-1)...)...)
}

func anmf(x, y, width, height int, parts []byte) []byte {
	head := append(append(append(three(x/2), three(y/2)...), three(width-1)...), three(height-1)...)
	return webpChunk("ANMF", append(append(head, 100, 0, 0, 2), parts...)...)
}

// turned says that a camera was held in that way.
func turned(orientation byte, little bool) []byte {
	if little {
		return []byte("II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00" + string(rune(orientation)) +
			"\x00\x00\x00\x00\x00\x00\x00")
	}
	return []byte("MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00" + string(rune(orientation)) +
		"\x00\x00\x00\x00\x00\x00")
}

func TestShrinkWebP(t *testing.T) {
	t.Parallel()
	rose := readFile(t, "rose.webp")
	still, _ := shrink(t, rose)
	size := still.Bounds().Size()
	parts := rose[12+18:] // behind VP8X
	lossy := parts[bytes.Index(parts, []byte("VP8 ")):]
	lying, small := image.Pt(size.Y, size.X), image.Pt(40, 80)
	prefixed := append([]byte("Exif\x00\x00"), turned(6, true)...)
	odd := webpChunk("ICCP", 1, 2, 3)
	quarter := readFile(t, "43-orientation-6-odd-chunk.webp")
	for name, c := range map[string]struct {
		data      []byte
		want      image.Point
		extension string
	}{
		"turned, behind an odd chunk": {quarter, small, ".jpg"},
		"animated":                    {readFile(t, "44-animated.webp"), image.Pt(40, 40), ".jpg"},
		"with transparency":           {rose, size, ".png"},
		"simple":                      {webpOf(lossy), size, ".jpg"},
		"turned": {webpOf(vp8x(0x18, size.X, size.Y), parts, webpChunk("EXIF", turned(6, true)...)),
			lying, ".png"},
		"turned the other way": {webpOf(vp8x(0x18, size.X, size.Y), parts,
			webpChunk("EXIF", turned(8, false)...)), lying, ".png"},
		"with a prefix of JPEG's": {webpOf(vp8x(0x18, size.X, size.Y), parts, webpChunk("EXIF", prefixed...)),
			lying, ".png"},
		"turned, flag forgotten": {webpOf(vp8x(0x10, size.X, size.Y), parts, webpChunk("EXIF", turned(6, true)...)),
			lying, ".png"},
		"turned, metadata first, odd ones": {webpOf(vp8x(0x38, size.X, size.Y), odd, webpChunk("EXIF", turned(5, true)...),
			odd, parts), lying, ".png"},
		"transparency without its flag": {webpOf(vp8x(0, size.X, size.Y), parts), size, ".png"},
		"a flag without transparency":   {webpOf(vp8x(0x10, size.X, size.Y), lossy), size, ".jpg"},
		"unknown chunks": {webpOf(vp8x(0x10, size.X, size.Y), webpChunk("ABCD", 1), parts,
			webpChunk("XMP ", 1, 2, 3)), size, ".png"},
		"a wrong length of the file": {append([]byte("RIFF\xff\xff\xff\xff"), rose[8:]...), size, ".png"},
		"a first frame with transparency": {webpOf(vp8x(0x12, size.X, size.Y), webpChunk("ANIM", 0, 0, 0, 0, 0, 0),
			anmf(0, 0, size.X, size.Y, parts), anmf(0, 0, size.X, size.Y, lossy)), size, ".png"},
		"a first frame in a larger canvas": {webpOf(vp8x(0x12, size.X+50, size.Y+90), anmf(10, 20, size.X, size.Y, lossy)),
			image.Pt(size.X+50, size.Y+90), ".png"},
		"animated, and turned": {webpOf(vp8x(0x1a, size.X, size.Y), anmf(0, 0, size.X, size.Y, lossy), odd,
			webpChunk("EXIF", turned(6, true)...)), lying, ".jpg"},
	} {
		picture, p := shrink(t, c.data)
		if picture.Bounds().Size() != fitted(c.want) || p.Extension != c.extension {
			t.Errorf("%s: %v %s, want %v %s", name, picture.Bounds().Size(), p.Extension, fitted(c.want), c.extension)
		}
	}
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"no picture":  {webpOf(vp8x(0, 1, 1), odd), avatar.ErrNotAPicture},
		"nothing":     {webpOf(), avatar.ErrNotAPicture},
		"a cut frame": {webpOf(vp8x(2, 9, 9), anmf(0, 0, 9, 9, parts)[:40]), avatar.ErrNotAPicture},
		"half of one": {rose[:len(rose)/2], avatar.ErrNotAPicture},
		"a canvas without an end": {webpOf(vp8x(2, 1<<24, 1<<24), anmf(0, 0, size.X, size.Y, lossy)),
			avatar.ErrTooManyPixels},
		"an endless lossless one": {webpOf(webpChunk("VP8L", 0x2f, 0xff, 0xff, 0xff, 0x0f, 0)), avatar.ErrTooManyPixels},
	} {
		if _, err := avatar.Shrink(t.Context(), bytes.NewReader(c.data)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func fitted(size image.Point) image.Point {
	longer := max(size.X, size.Y, 512)
	return image.Pt((size.X*512+longer/2)/longer, (size.Y*512+longer/2)/longer)
}

// Photos as cameras of today store them are taken; of others it is said how large they may be.
func TestShrinkLargePhotos(t *testing.T) {
	t.Parallel()
	size := image.Pt(6000, 4000)
	photo := image.NewYCbCr(image.Rectangle{Max: size}, image.YCbCrSubsampleRatio420)
	for i := range photo.Y {
		photo.Y[i] = byte(i)
	}
	picture, _ := shrink(t, held(jpegOf(t, photo), 6))
	if picture.Bounds().Size() != image.Pt((512*size.Y+size.X/2)/size.X, 512) {
		t.Errorf("%v becomes %v", size, picture.Bounds().Size())
	}
	_, err := avatar.Shrink(t.Context(), bytes.NewReader(progressive(8064, 6048, "YCB", 0)))
	if !errors.Is(err, avatar.ErrTooManyPixels) ||
		err.Error() != "this one has too many pixels: it has 48.8 megapixels, one of its kind may have 7.0" {
		t.Errorf("a progressive one: %v", err)
	}
}
