package avatar_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/png"
	"testing"

	"github.com/trance-0/notechondria/internal/accounts/avatar"
)

func pngChunk(kind string, content []byte) []byte {
	body := append([]byte(kind), content...)
	chunk := append(binary.BigEndian.AppendUint32(nil, uint32(len(content))), body...)
	return binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(body))
}

// withExif puts Exif behind the header of a PNG, or before its end.
func withExif(picture, exif []byte, late bool) []byte {
	const header, end = 8 + 25, 12
	at := header
	if late {
		at = len(picture) - end
	}
	return bytes.Join([][]byte{picture[:at], pngChunk("eXIf", exif), picture[at:]}, nil)
}

func TestShrinkTurnsPNGUpright(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := png.Encode(&b, corners(64, 32)); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"before the picture": withExif(b.Bytes(), turned(6, false), false),
		"behind the picture": withExif(b.Bytes(), turned(6, true), true),
		"behind another":     withExif(withExif(b.Bytes(), turned(6, true), false), nil, true),
	} {
		if picture, _ := shrink(t, data); layout(picture) != "BRWG" || picture.Bounds().Size() != image.Pt(32, 64) {
			t.Errorf("%s: corners %s in %v", name, layout(picture), picture.Bounds().Size())
		}
	}
	large := append(turned(6, true), make([]byte, 1<<16)...)
	if picture, _ := shrink(t, withExif(b.Bytes(), large, false)); layout(picture) != "RGBW" {
		t.Errorf("more Exif than there may be was read")
	}
}

// TestShrinkTakesPicturesWithBrokenExif changes and cuts off each byte of it.
func TestShrinkTakesPicturesWithBrokenExif(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := png.Encode(&b, corners(16, 8)); err != nil {
		t.Fatal(err)
	}
	for _, exif := range [][]byte{turned(6, false), turned(6, true)} {
		for i := range exif {
			shrink(t, withExif(b.Bytes(), exif[:i], false))
			for _, value := range []byte{0, 1, 0x7f, 0xff} {
				broken := bytes.Clone(exif)
				broken[i] = value
				shrink(t, withExif(b.Bytes(), broken, false))
			}
		}
	}
	jpeg := jpegOf(t, corners(16, 8))
	whole := held(jpeg, 6)
	for i := 2; i < len(whole)-len(jpeg); i++ {
		broken := bytes.Clone(whole)
		broken[i+2] ^= 0xff
		// An answer or an error, whatever the byte means.
		_, _ = avatar.Shrink(t.Context(), bytes.NewReader(broken))
	}
}
