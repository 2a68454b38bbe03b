package avatar

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"io"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"
)

// webpFile is what a WebP file shows first: a still picture as it is, the first frame of an animation. It is read here
// since golang.org/x/image/webp knows none.
type webpFile struct {
	still  []byte          // a file that consists of the picture alone
	canvas image.Rectangle // of an animation, else empty
	at     image.Point     // of the frame in the canvas
	exif   []byte          // as TIFF; nil for none
}

const (
	webpAlpha     = 1 << 4 // flags of VP8X
	webpAnimation = 1 << 1
)

// readWebP reads the chunks of a file, in any order and number, to its end or the last whole one.
func readWebP(r io.Reader) (f webpFile, err error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return f, fmt.Errorf("reading a picture: %w", err)
	}
	const header = len("RIFF....WEBP")
	if len(data) < header {
		return f, ErrNotAPicture
	}
	var parts webpParts
	eachChunk(data[header:], func(kind string, content []byte) {
		switch kind {
		case "VP8X":
			if len(content) >= 10 && content[0]&webpAnimation != 0 {
				f.canvas = image.Rect(0, 0, 1+uint24(content[4:]), 1+uint24(content[7:]))
			}
		case "ANMF":
			if len(content) >= 16 && !parts.complete() {
				f.at = image.Pt(2*uint24(content), 2*uint24(content[3:]))
				eachChunk(content[16:], parts.take)
			}
		case "EXIF":
			if f.exif == nil {
				f.exif = bytes.TrimPrefix(content, []byte(exifHeader))
			}
		default:
			parts.take(kind, content)
		}
	})
	f.still, err = parts.file()
	return f, err
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// eachChunk calls found with the chunks of a RIFF file. Those of odd length have a byte behind them.
func eachChunk(data []byte, found func(kind string, content []byte)) {
	for len(data) >= 8 {
		kind, size := string(data[:4]), uint64(binary.LittleEndian.Uint32(data[4:]))
		data = data[8:]
		if size > uint64(len(data)) {
			return
		}
		found(kind, data[:size])
		data = data[min(size+size%2, uint64(len(data))):]
	}
}

// webpParts are the chunks that make one picture.
type webpParts struct{ alpha, lossy, lossless []byte }

func (p *webpParts) complete() bool { return p.lossy != nil || p.lossless != nil }

// take keeps the first picture, and the transparency before it.
func (p *webpParts) take(kind string, content []byte) {
	switch {
	case p.complete():
	case kind == "ALPH":
		p.alpha = content
	case kind == "VP8 ":
		p.lossy = content
	case kind == "VP8L":
		p.lossless = content
	}
}

// file writes the parts as the decoder wants them.
func (p *webpParts) file() ([]byte, error) {
	switch {
	case p.lossless != nil:
		return riff(chunk("VP8L", p.lossless)), nil
	case p.lossy == nil:
		return nil, ErrNotAPicture
	}
	plain := riff(chunk("VP8 ", p.lossy))
	if p.alpha == nil {
		return plain, nil
	}
	config, err := webp.DecodeConfig(bytes.NewReader(plain))
	if err != nil || config.Width < 1 || config.Height < 1 {
		return nil, ErrNotAPicture
	}
	extended := binary.LittleEndian.AppendUint32(nil, webpAlpha)
	extended = append(extended, put24(config.Width-1)...)
	extended = append(extended, put24(config.Height-1)...)
	return riff(chunk("VP8X", extended), chunk("ALPH", p.alpha), chunk("VP8 ", p.lossy)), nil
}

func put24(n int) []byte { return []byte{byte(n), byte(n >> 8), byte(n >> 16)} }

func chunk(kind string, content []byte) []byte {
	c := binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(content)))
	c = append(c, content...)
	return append(c, make([]byte, len(content)%2)...)
}

func riff(chunks ...[]byte) []byte {
	content := append([]byte("WEBP"), bytes.Join(chunks, nil)...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(content))), content...)
}

// onCanvas is the picture where an animation begins with it.
func (f webpFile) onCanvas(frame image.Image) image.Image {
	if f.canvas.Empty() || f.at == (image.Point{}) && frame.Bounds().Size() == f.canvas.Size() {
		return frame
	}
	canvas := image.NewNRGBA(f.canvas)
	draw.Draw(canvas, frame.Bounds().Sub(frame.Bounds().Min).Add(f.at), frame, frame.Bounds().Min, draw.Src)
	return canvas
}
