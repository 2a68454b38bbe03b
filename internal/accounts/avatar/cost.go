package avatar

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"io"
)

// maxDecoded bounds what decoding takes, in bytes: photos of 48 megapixels as cameras store them take 72 MB.
const maxDecoded = 100 << 20

// checkCost refuses a picture that takes too much memory, or work where it takes little. It says how large one of the
// same kind may be.
func checkCost(config image.Config, bytesPerPixel float64, beside int64) error {
	pixels := float64(config.Width) * float64(config.Height)
	if pixels*bytesPerPixel+float64(beside) <= maxDecoded {
		return nil
	}
	return fmt.Errorf("%w: it has %.1f megapixels, one of its kind may have %.1f",
		ErrTooManyPixels, pixels/1e6, max(0, maxDecoded-float64(beside))/bytesPerPixel/1e6)
}

// cost is what a pixel takes: bytes in memory, also of what decoders need beside the picture, and work where it has
// only one.
func cost(config image.Config, format string, r io.Reader) float64 {
	switch format {
	case "jpeg":
		return jpegCost(config, r)
	case "webp":
		switch config.ColorModel {
		case color.YCbCrModel:
			return 2
		case color.NYCbCrAModel:
			return 8 // transparency is decoded as a picture of its own
		}
		return 4
	}
	switch config.ColorModel {
	case color.RGBA64Model, color.NRGBA64Model, color.Gray16Model:
		return 8
	}
	return 4
}

// jpegCost follows image/jpeg: a byte for each sample, of which there are fewer than three to a pixel where colours are
// coarser; four more for the coefficients of progressive ones; and what other colours are converted to.
func jpegCost(config image.Config, r io.Reader) float64 {
	samples, progressive := jpegFrame(bufio.NewReader(r))
	if progressive {
		samples *= 5
	}
	switch config.ColorModel {
	case color.YCbCrModel, color.GrayModel:
		return max(samples, 1)
	case color.RGBAModel:
		return samples + 4
	}
	return samples + 8
}

// jpegFrame reads how many samples there are to a pixel, and whether there may be many passes over them. What it can't
// read it takes for the most.
func jpegFrame(r *bufio.Reader) (samples float64, progressive bool) {
	const most = 4
	if _, err := r.Discard(len("\xff\xd8")); err != nil {
		return most, true
	}
	for {
		marker, err := jpegMarker(r)
		if err != nil {
			return most, true
		}
		var size [2]byte
		if _, err := io.ReadFull(r, size[:]); err != nil {
			return most, true
		}
		length := int(binary.BigEndian.Uint16(size[:])) - len(size)
		if marker < 0xc0 || marker > 0xc2 { // neither of the frames that image/jpeg reads
			if _, err := r.Discard(max(length, 0)); err != nil {
				return most, true
			}
			continue
		}
		frame := make([]byte, max(length, 0))
		if _, err := io.ReadFull(r, frame); err != nil || length < 6 || length < 6+3*int(frame[5]) {
			return most, true
		}
		return jpegSamples(frame[6 : 6+3*int(frame[5])]), marker == 0xc2
	}
}

// jpegMarker reads the next one that has a content.
func jpegMarker(r *bufio.Reader) (byte, error) {
	for before := byte(0); ; {
		b, err := r.ReadByte()
		if err != nil {
			return 0, err
		}
		if before == 0xff && b != 0xff && b != 0 && b != 0x01 && (b < 0xd0 || b > 0xd8) {
			return b, nil
		}
		before = b
	}
}

// jpegSamples adds up the components, each of which has three bytes: its name, how fine it is both ways, and a table.
func jpegSamples(components []byte) float64 {
	sum, widest, highest := 0, 1, 1
	for i := 0; i < len(components); i += 3 {
		across, down := int(components[i+1]>>4), int(components[i+1]&15)
		sum += across * down
		widest, highest = max(widest, across), max(highest, down)
	}
	if len(components) == 3 {
		return 1 // alone, it is as fine as the picture
	}
	return float64(sum) / float64(widest*highest)
}
