package archive

import (
	"archive/tar"
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"
)

// windowBytes is how far zstd looks back: more takes memory and makes hardly anything smaller.
const windowBytes = 1 << 20

// Writer writes an archive: rows table by table, then files, then Close.
type Writer struct {
	manifest Manifest
	tar      *tar.Writer
	closers  []io.Closer // in their order
	sums     bytes.Buffer
	counts   Counts

	piece  bytes.Buffer
	folder string // of the piece
	number int    // of the piece, from 1
}

// NewWriter begins an archive that the recipients can read, or anybody where there are none. It fills in the format and
// the id of the manifest.
func NewWriter(w io.Writer, m Manifest, recipients ...age.Recipient) (*Writer, error) {
	m.Format, m.Version, m.ID = format, Version, strings.ToLower(rand.Text())
	a := &Writer{manifest: m, counts: Counts{Tables: map[string]int64{}}}
	if len(recipients) > 0 {
		sealed, err := age.Encrypt(w, recipients...)
		if err != nil {
			return nil, fmt.Errorf("beginning to encrypt: %w", err)
		}
		w, a.closers = sealed, []io.Closer{sealed}
	}
	packed, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(windowBytes),
		zstd.WithEncoderCRC(true))
	if err != nil {
		return nil, fmt.Errorf("beginning to compress: %w", err)
	}
	a.tar = tar.NewWriter(packed)
	a.closers = append([]io.Closer{a.tar, packed}, a.closers...)
	a.piece.Grow(pieceBytes)
	for _, t := range m.Tables {
		a.counts.Tables[t.Name] = 0
	}
	return a, a.json(manifestName, m)
}

// Row adds a row: a JSON object in a line, without its end. Tables come in the order of the manifest.
func (a *Writer) Row(table string, row []byte) error {
	if _, known := a.counts.Tables[table]; !known {
		return fmt.Errorf("the manifest has no table %q", table)
	}
	a.counts.Tables[table]++
	return a.line(tablesFolder+table+"/", row)
}

// File adds a file of size f.Size, whose bytes content has. Without content it is only named, by f.SHA256.
func (a *Writer) File(f File, content io.Reader) error {
	if content != nil {
		if err := a.begin(listFolder); err != nil { // the last table ends before the bytes
			return err
		}
		digest := sha256.New()
		if err := a.header(dataFolder+f.Key, f.Size); err != nil {
			return err
		}
		n, err := io.Copy(a.tar, io.TeeReader(io.LimitReader(content, f.Size), digest))
		if err == nil && n < f.Size {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return fmt.Errorf("writing the file %q: %w", f.Key, err)
		}
		f.SHA256 = hex.EncodeToString(digest.Sum(nil))
	}
	text, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("writing the file %q: %w", f.Key, err)
	}
	a.counts.Files++
	a.counts.Bytes += f.Size
	return a.line(listFolder, text)
}

// line adds a line to the piece of a folder. A piece ends with a line, unless that alone is longer than a piece.
func (a *Writer) line(folder string, text []byte) error {
	if err := a.begin(folder); err != nil {
		return err
	}
	if a.piece.Len() > 0 && a.piece.Len()+len(text)+1 > pieceBytes {
		if err := a.endPiece(); err != nil {
			return err
		}
	}
	for len(text)+1 > pieceBytes {
		a.piece.Write(text[:pieceBytes])
		text = text[pieceBytes:]
		if err := a.endPiece(); err != nil {
			return err
		}
	}
	a.piece.Write(text)
	a.piece.WriteByte('\n')
	return nil
}

// begin ends the piece of another folder.
func (a *Writer) begin(folder string) error {
	if folder == a.folder {
		return nil
	}
	if err := a.endPiece(); err != nil {
		return err
	}
	a.folder, a.number = folder, 0
	return nil
}

func (a *Writer) endPiece() error {
	if a.piece.Len() == 0 {
		return nil
	}
	a.number++
	err := a.entry(fmt.Sprintf("%s%06d%s", a.folder, a.number, lineFiles), a.piece.Bytes())
	a.piece.Reset()
	return err
}

// Close ends the archive. Without it, and after an error, what was written is no archive.
func (a *Writer) Close() (Counts, error) {
	if err := a.endPiece(); err != nil {
		return Counts{}, err
	}
	if err := a.json(countsName, a.counts); err != nil {
		return Counts{}, err
	}
	if err := a.entry(sumsName, a.sums.Bytes()); err != nil {
		return Counts{}, err
	}
	return a.counts, a.end()
}

func (a *Writer) end() error {
	var err error
	for _, c := range a.closers {
		err = errors.Join(err, c.Close())
	}
	if err != nil {
		return fmt.Errorf("ending the archive: %w", err)
	}
	return nil
}

// Abort gives back what a writer took that is not closed.
func (a *Writer) Abort() {
	for _, c := range a.closers {
		_ = c.Close() // nobody reads what was written
	}
}

func (a *Writer) json(name string, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return a.entry(name, append(text, '\n'))
}

// entry writes something with a sum of its own in the list at the end.
func (a *Writer) entry(name string, content []byte) error {
	if err := a.header(name, int64(len(content))); err != nil {
		return err
	}
	if _, err := a.tar.Write(content); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	fmt.Fprintf(&a.sums, "%x  %s\n", sha256.Sum256(content), name)
	return nil
}

func (a *Writer) header(name string, size int64) error {
	err := a.tar.WriteHeader(&tar.Header{
		Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: a.manifest.CreatedAt.Truncate(time.Second),
	})
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}
