package avatar_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/accounts/avatar"
)

// corners is a picture whose quarters are red, green, blue and white: top left, top right, bottom left, bottom right.
func corners(width, height int) *image.RGBA {
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := color.RGBA{A: 255}
			switch right, low := x >= width/2, y >= height/2; {
			case right && low:
				c = color.RGBA{255, 255, 255, 255}
			case right:
				c.G = 255
			case low:
				c.B = 255
			default:
				c.R = 255
			}
			picture.Set(x, y, c)
		}
	}
	return picture
}

func jpegOf(t *testing.T, picture image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// held adds what a camera notes about how it was held, and a text that must not get out.
func held(picture []byte, orientation uint16) []byte {
	exif := []byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x02")
	exif = append(exif, 0x01, 0x0e, 0, 2, 0, 0, 0, 12, 0, 0, 0, 38) // ImageDescription
	exif = append(exif, 0x01, 0x12, 0, 3, 0, 0, 0, 1)               // Orientation
	exif = binary.BigEndian.AppendUint16(exif, orientation)
	exif = append(exif, 0, 0, 0, 0, 0, 0)
	exif = append(exif, "at my house\x00"...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(exif)+2))
	return bytes.Join([][]byte{picture[:2], segment, exif, picture[2:]}, nil)
}

func shrink(t *testing.T, data []byte) (image.Image, avatar.Picture) {
	t.Helper()
	p, err := avatar.Shrink(t.Context(), bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	picture, _, err := image.Decode(bytes.NewReader(p.Data))
	if err != nil {
		t.Fatal(err)
	}
	return picture, p
}

// layout names the colours in the four corners.
func layout(picture image.Image) string {
	b := picture.Bounds()
	name := func(x, y int) string {
		r, g, blue, _ := picture.At(b.Min.X+x*b.Dx()/8, b.Min.Y+y*b.Dy()/8).RGBA()
		switch {
		case r > 0x8000 && g > 0x8000:
			return "W"
		case r > 0x8000:
			return "R"
		case g > 0x8000:
			return "G"
		case blue > 0x8000:
			return "B"
		}
		return "?"
	}
	return name(1, 1) + name(7, 1) + name(1, 7) + name(7, 7)
}

func TestShrinkTurnsPicturesUpright(t *testing.T) {
	t.Parallel()
	source := jpegOf(t, corners(1024, 512))
	for orientation, want := range map[uint16]string{
		1: "RGBW", 2: "GRWB", 3: "WBGR", 4: "BWRG", 5: "RBGW", 6: "BRWG", 7: "WGBR", 8: "GWRB", 9: "RGBW",
	} {
		data := held(source, orientation)
		picture, p := shrink(t, data)
		size := image.Pt(512, 256)
		if orientation >= 5 && orientation <= 8 {
			size = image.Pt(256, 512)
		}
		if got := layout(picture); got != want || picture.Bounds().Size() != size || p.Extension != ".jpg" {
			t.Errorf("orientation %d: corners %s in %v, want %s in %v", orientation, got, picture.Bounds().Size(), want, size)
		}
		if bytes.Contains(p.Data, []byte("my house")) || bytes.Contains(p.Data, []byte("Exif")) {
			t.Errorf("orientation %d: the metadata are still there", orientation)
		}
	}
}

func TestShrinkFormats(t *testing.T) {
	t.Parallel()
	small := corners(40, 30)
	var drawn, animated bytes.Buffer
	paletted := image.NewPaletted(image.Rect(0, 0, 40, 30), color.Palette{color.Transparent, color.RGBA{255, 0, 0, 255}})
	paletted.SetColorIndex(5, 5, 1)
	moving := &gif.GIF{Image: []*image.Paletted{paletted, paletted}, Delay: []int{1, 1}}
	if err := errors.Join(png.Encode(&drawn, small), gif.EncodeAll(&animated, moving)); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		data      []byte
		extension string
	}{
		"PNG": {drawn.Bytes(), ".png"}, "JPEG": {jpegOf(t, small), ".jpg"}, "GIF": {animated.Bytes(), ".png"},
	} {
		picture, p := shrink(t, test.data)
		if picture.Bounds().Size() != image.Pt(40, 30) || p.Extension != test.extension {
			t.Errorf("%s: %v %s", name, picture.Bounds().Size(), p.Extension)
		}
	}
	transparent, _ := shrink(t, animated.Bytes())
	if _, _, _, alpha := transparent.At(0, 0).RGBA(); alpha != 0 {
		t.Error("what was transparent is not any more")
	}
	thin, _ := shrink(t, jpegOf(t, corners(3000, 2)))
	if thin.Bounds().Size() != image.Pt(512, 1) {
		t.Errorf("a line became %v", thin.Bounds().Size())
	}
}

// bomb is a small PNG that says it is very large.
func bomb(width, height uint32) []byte {
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("IHDR"), width), height)
	header = append(header, 8, 6, 0, 0, 0)
	data := binary.BigEndian.AppendUint32([]byte("\x89PNG\r\n\x1a\n"), uint32(len(header)-4))
	data = append(data, header...)
	return binary.BigEndian.AppendUint32(data, crc32.ChecksumIEEE(header))
}

// progressive is a JPEG with these components that goes so many times over the first of them, changing nothing.
func progressive(width, height uint16, components string, passes int) []byte {
	segment := func(marker byte, content ...byte) []byte {
		return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(content)+2)), content...)
	}
	frame := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16([]byte{8}, height), width)
	frame = append(frame, byte(len(components)))
	for _, name := range []byte(components) {
		frame = append(frame, name, 0x11, 0)
	}
	data := append([]byte{0xff, 0xd8}, segment(0xc2, frame...)...)
	data = append(data, segment(0xdb, append(make([]byte, 1), bytes.Repeat([]byte{1}, 64)...)...)...)
	// The code 00: 2^14 blocks and more have ended.
	data = append(data, segment(0xc4, append([]byte{0x10, 0, 1}, append(make([]byte, 14), 0xe0)...)...)...)
	blocks := (int(width) + 7) / 8 * ((int(height) + 7) / 8)
	pass := segment(0xda, 1, components[0], 0x00, 1, 63, 0)
	for ended := 0; ended < blocks; ended += 1<<15 - 1 {
		pass = append(pass, 0x3f, 0xff, 0x00) // the code, 14 bits of ones for how many more, and what follows ff
	}
	data = append(data, bytes.Repeat(pass, passes)...)
	if passes == 0 {
		data = append(data, segment(0xda, 1, components[0], 0x00, 1, 63, 0)...)
	}
	return append(data, 0xff, 0xd9)
}

// Without an end to patience, this one decodes well, after many seconds.
func TestShrinkLosesPatience(t *testing.T) {
	t.Parallel()
	data := progressive(3000, 3000, "Y", 5000)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := avatar.Shrink(ctx, bytes.NewReader(data)); !errors.Is(err, avatar.ErrNotAPicture) {
		t.Errorf("want it to be given up: %v", err)
	}
	if _, err := avatar.Shrink(t.Context(), bytes.NewReader(progressive(300, 300, "Y", 2))); err != nil {
		t.Errorf("two passes are a picture: %v", err)
	}
}

func TestShrinkRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		data string
		want error
	}{
		"nothing":       {"", avatar.ErrNotAPicture},
		"a text":        {"this is no picture", avatar.ErrNotAPicture},
		"SVG":           {`<svg xmlns="http://www.w3.org/2000/svg"/>`, avatar.ErrNotAPicture},
		"half of one":   {string(jpegOf(t, corners(400, 400))[:2000]), avatar.ErrNotAPicture},
		"a header":      {string(bomb(10, 10)), avatar.ErrNotAPicture},
		"a bomb":        {string(bomb(50_000, 50_000)), avatar.ErrTooManyPixels},
		"a larger bomb": {string(bomb(1<<31-1, 1<<31-1)), avatar.ErrNotAPicture},
		"a JPEG in RGB": {string(progressive(4000, 4000, "RGB", 0)), avatar.ErrTooManyPixels},
		"one for print": {string(progressive(4000, 4000, "CMYK", 0)), avatar.ErrTooManyPixels},
	} {
		if _, err := avatar.Shrink(t.Context(), strings.NewReader(test.data)); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}
