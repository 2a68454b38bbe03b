package avatar

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // the formats that people upload
	"image/jpeg"
	"image/png"
	"io"
	"time"

	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"
	"golang.org/x/image/webp"
)

// Errors of Shrink that callers tell apart with errors.Is.
var (
	ErrNotAPicture   = errors.New("not a PNG, JPEG, GIF or WebP picture")
	ErrTooManyPixels = errors.New("this one has too many pixels")
)

const (
	uploadedSize = 512 // pixels of the longer side
	jpegQuality  = 85
	patience     = 30 * time.Second // for one picture; a good one takes a second where there is little CPU
)

// Picture is an encoded picture.
type Picture struct {
	Data      []byte
	Extension string // .png or .jpg
}

// Shrink turns an uploaded picture into one of at most 512 pixels a side, upright as its camera held it, without
// metadata, of a GIF or an animated WebP the first frame. What decodes to more than 100 MiB is refused before it is
// decoded; the error tells how many pixels are too many. Decoding ends when ctx does, and in any case after half a
// minute: a progressive JPEG can hold thousands of passes over the whole picture.
func Shrink(ctx context.Context, content io.ReadSeeker) (Picture, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r := impatient{content, ctx}
	if isWebP, err := startsAsWebP(r); err != nil {
		return Picture{}, err
	} else if isWebP {
		return shrinkWebP(r)
	}
	config, format, err := image.DecodeConfig(r)
	if err != nil || config.Width <= 0 || config.Height <= 0 {
		return Picture{}, ErrNotAPicture
	}
	if err := rewind(r); err != nil {
		return Picture{}, err
	}
	if err := checkCost(config, cost(config, format, r), 0); err != nil {
		return Picture{}, err
	}
	orientation, err := orientationOf(r, format)
	if err != nil {
		return Picture{}, err
	}
	source, _, err := image.Decode(r)
	if err != nil {
		return Picture{}, ErrNotAPicture
	}
	return encode(upright(source, orientation), format)
}

// startsAsWebP leaves r at its beginning.
func startsAsWebP(r io.ReadSeeker) (bool, error) {
	var head [12]byte
	_, err := io.ReadFull(r, head[:])
	if seekErr := rewind(r); seekErr != nil {
		return false, seekErr
	}
	return err == nil && string(head[:4]) == "RIFF" && string(head[8:]) == "WEBP", nil
}

func rewind(r io.Seeker) error {
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("reading a picture: %w", err)
	}
	return nil
}

func shrinkWebP(r impatient) (Picture, error) {
	file, err := readWebP(r)
	if err != nil {
		return Picture{}, err
	}
	config, err := webp.DecodeConfig(bytes.NewReader(file.still))
	if err != nil || config.Width <= 0 || config.Height <= 0 {
		return Picture{}, ErrNotAPicture
	}
	canvas := 4 * int64(file.canvas.Dx()) * int64(file.canvas.Dy())
	if err := checkCost(config, cost(config, "webp", nil), canvas+int64(2*len(file.still))); err != nil {
		return Picture{}, err
	}
	source, err := webp.Decode(impatient{bytes.NewReader(file.still), r.ctx})
	if err != nil {
		return Picture{}, ErrNotAPicture
	}
	return encode(upright(file.onCanvas(source), exifOrientation(file.exif)), "webp")
}

// impatient can't be read any more when its context has ended.
type impatient struct {
	io.ReadSeeker
	ctx context.Context
}

// Read reads the content.
func (r impatient) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.ReadSeeker.Read(p)
}

// upright draws the picture smaller and the right way up, in one go.
func upright(source image.Image, orientation int) *image.NRGBA {
	b := source.Bounds()
	w, h := float64(b.Dx()), float64(b.Dy())
	s := min(1, uploadedSize/max(w, h))
	// Columns of the matrix are where the picture's right and downward directions, and its corner, go.
	m := [...]f64.Aff3{
		1: {s, 0, 0, 0, s, 0},
		2: {-s, 0, s * w, 0, s, 0},
		3: {-s, 0, s * w, 0, -s, s * h},
		4: {s, 0, 0, 0, -s, s * h},
		5: {0, s, 0, s, 0, 0},
		6: {0, -s, s * h, s, 0, 0},
		7: {0, -s, s * h, -s, 0, s * w},
		8: {0, s, 0, -s, 0, s * w},
	}[orientation]
	if orientation > 4 {
		w, h = h, w
	}
	x, y := float64(b.Min.X), float64(b.Min.Y)
	m[2] -= m[0]*x + m[1]*y
	m[5] -= m[3]*x + m[4]*y
	picture := image.NewNRGBA(image.Rect(0, 0, max(1, int(w*s+0.5)), max(1, int(h*s+0.5))))
	draw.BiLinear.Transform(picture, m, source, b, draw.Src, nil)
	return picture
}

// encode keeps drawings and what has transparent parts as PNG.
func encode(picture *image.NRGBA, format string) (Picture, error) {
	var data bytes.Buffer
	extension := ".png"
	var err error
	if format == "jpeg" || format == "webp" && picture.Opaque() {
		extension = ".jpg"
		err = jpeg.Encode(&data, picture, &jpeg.Options{Quality: jpegQuality})
	} else {
		err = png.Encode(&data, picture)
	}
	if err != nil {
		return Picture{}, fmt.Errorf("writing a picture: %w", err)
	}
	return Picture{Data: data.Bytes(), Extension: extension}, nil
}
