package avatar

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// exifHeader begins Exif in a JPEG, and in some files of WebP.
const exifHeader = "Exif\x00\x00"

// maxExif bounds what is looked at, in any format: a segment of a JPEG has no more.
const maxExif = 1 << 16

// orientationOf reads how the camera was held, 1 to 8 as Exif counts, and leaves r at its beginning. Unreadable
// metadata are as good as none.
func orientationOf(r io.ReadSeeker, format string) (int, error) {
	find, ok := map[string]func(*bufio.Reader) ([]byte, error){"jpeg": jpegExif, "png": pngExif}[format]
	if !ok {
		return 1, nil
	}
	if err := rewind(r); err != nil {
		return 0, err
	}
	exif, err := find(bufio.NewReader(r))
	if err != nil {
		exif = nil
	}
	return exifOrientation(exif), rewind(r)
}

// exifOrientation looks for the orientation in the first directory of Exif, which has the form of a TIFF file.
func exifOrientation(exif []byte) int {
	const (
		header, entrySize = 8, 12
		orientation       = 0x0112
		short             = 3 // the type of two bytes
	)
	var order binary.ByteOrder = binary.LittleEndian
	switch {
	case len(exif) < header:
		return 1
	case bytes.HasPrefix(exif, []byte("MM\x00*")):
		order = binary.BigEndian
	case !bytes.HasPrefix(exif, []byte("II*\x00")):
		return 1
	}
	at := uint64(order.Uint32(exif[4:]))
	if at+2 > uint64(len(exif)) {
		return 1
	}
	entries := exif[at+2:]
	for range order.Uint16(exif[at:]) {
		if len(entries) < entrySize {
			return 1
		}
		if order.Uint16(entries) == orientation && order.Uint16(entries[2:]) == short {
			if value := order.Uint16(entries[8:]); value >= 1 && value <= 8 {
				return int(value)
			}
		}
		entries = entries[entrySize:]
	}
	return 1
}

var errNoExif = errors.New("there is no Exif")

// jpegExif returns the Exif of a JPEG, which stands in a segment before the picture.
func jpegExif(r *bufio.Reader) ([]byte, error) {
	const (
		application1 = 0xe1
		scan         = 0xda
		end          = 0xd9
	)
	if _, err := r.Discard(len("\xff\xd8")); err != nil {
		return nil, err
	}
	for {
		marker, err := jpegMarker(r)
		if err != nil {
			return nil, err
		}
		if marker == scan || marker == end {
			return nil, errNoExif
		}
		var size [2]byte
		if _, err := io.ReadFull(r, size[:]); err != nil {
			return nil, err
		}
		content := make([]byte, max(int(binary.BigEndian.Uint16(size[:]))-len(size), 0))
		if _, err := io.ReadFull(r, content); err != nil {
			return nil, err
		}
		if exif, ok := bytes.CutPrefix(content, []byte(exifHeader)); ok && marker == application1 {
			return exif, nil
		}
	}
}

// pngExif returns the Exif of a PNG, which is a chunk anywhere before its end.
func pngExif(r *bufio.Reader) ([]byte, error) {
	const signature, checksum = 8, 4
	if _, err := r.Discard(signature); err != nil {
		return nil, err
	}
	for {
		var head [8]byte // length and kind
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return nil, err
		}
		length, kind := binary.BigEndian.Uint32(head[:]), string(head[4:])
		switch {
		case kind == "IEND":
			return nil, errNoExif
		case kind == "eXIf" && length <= maxExif:
			exif := make([]byte, length)
			_, err := io.ReadFull(r, exif)
			return exif, err
		}
		if _, err := io.CopyN(io.Discard, r, int64(length)+checksum); err != nil {
			return nil, err
		}
	}
}
