// Package avatar draws the picture of an account that has uploaded none: a cell's mitochondrion whose colours, pose and
// inner folds follow from a seed. It knows no accounts and stores nothing.
package avatar

import (
	"crypto/sha256"
	"fmt"
	"image"
	"image/png"
	"io"
)

// The sizes of a picture, width and height in pixels.
const (
	DefaultSize = 256
	minSize     = 16
	maxSize     = 1024
)

// Draw writes the picture that belongs to seed as a square PNG with size pixels a side, 16 to 1024; at DefaultSize it
// is a few KB. The same seed and size give the same bytes. The seed doesn't show in the picture.
func Draw(w io.Writer, seed string, size int) error {
	if size < minSize || size > maxSize {
		return fmt.Errorf("drawing an avatar: size %d is not between %d and %d pixels", size, minSize, maxSize)
	}
	digest := sha256.Sum256([]byte(seed))
	c := newCell(traits(digest))
	img := image.NewPaletted(image.Rect(0, 0, size, size), palette(c.hue))
	pixel := 2 / float64(size)
	for row := range size {
		y := (float64(row)+0.5)*pixel - 1
		line := img.Pix[row*img.Stride : row*img.Stride+size]
		for column := range line {
			x := (float64(column)+0.5)*pixel - 1
			line[column] = c.at(x, y, pixel)
		}
	}
	if err := png.Encode(w, img); err != nil {
		return fmt.Errorf("writing an avatar: %w", err)
	}
	return nil
}

// traits hands out the bytes of a seed's digest, one for each property of the picture.
type traits [sha256.Size]byte

// between maps byte i of the digest to a number from low to high.
func (t traits) between(i int, low, high float64) float64 {
	return low + (high-low)*float64(t[i])/255
}
