package archive

import (
	"archive/tar"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"path"
	"slices"
	"strings"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"
)

// Reader reads an archive once, from its beginning to its end.
type Reader struct {
	manifest Manifest
	source   *bufio.Reader // what the tar lies in, unpacked
	unpack   *zstd.Decoder
	tar      *tar.Reader

	seen    []sum           // of what was read so far
	names   int             // bytes that the list of sums takes for them
	place   int             // in the manifest, of the table that is read
	files   map[string]data // that the list has yet to name
	counts  Counts
	counted bool // the counts that were written are those
	last    int  // number of the last piece of the folder that is read
	folder  string
	rest    []byte // of a line that the next piece goes on with
}

type sum struct{ name, digest string }

// data is what was read of a file.
type data struct {
	digest string
	size   int64
}

// Encrypted reports whether an archive is encrypted, by its first bytes.
func Encrypted(head []byte) bool { return bytes.HasPrefix(head, []byte("age-encryption.org/")) }

// NewReader begins to read an archive, as far as its manifest. Where it is encrypted, one of the identities has to open
// it. The reader has to be closed.
func NewReader(r io.Reader, identities ...age.Identity) (*Reader, error) {
	buffered := bufio.NewReaderSize(r, 64<<10)
	head, err := buffered.Peek(19)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading the archive: %w", err)
	}
	var plain io.Reader = buffered
	if Encrypted(head) {
		if plain, err = open(buffered, identities); err != nil {
			return nil, err
		}
	} else if !bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}) {
		return nil, ErrNotArchive
	}
	unpack, err := zstd.NewReader(plain, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(64<<20), zstd.WithDecoderMaxMemory(1<<40))
	if err != nil {
		return nil, fmt.Errorf("beginning to unpack: %w", err)
	}
	a := &Reader{unpack: unpack, source: bufio.NewReaderSize(unpack, 64<<10), files: map[string]data{}}
	a.counts.Tables = map[string]int64{}
	a.tar = tar.NewReader(a.source)
	if err := a.readManifest(); err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

func open(r io.Reader, identities []age.Identity) (io.Reader, error) {
	if len(identities) == 0 {
		return nil, ErrWrongKey
	}
	plain, err := age.Decrypt(r, identities...)
	if errors.As(err, new(*age.NoIdentityMatchError)) || errors.Is(err, age.ErrIncorrectIdentity) {
		return nil, ErrWrongKey
	}
	if err != nil {
		return nil, damaged("%v", err)
	}
	return plain, nil
}

// Close gives back what the reader took. What it reads from stays open.
func (a *Reader) Close() { a.unpack.Close() }

// Manifest is what the archive begins with.
func (a *Reader) Manifest() Manifest { return a.manifest }

func (a *Reader) readManifest() error {
	header, err := a.next()
	if err != nil {
		return err
	}
	if header.Name != manifestName {
		return ErrNotArchive
	}
	text, err := a.whole(header, maxManifest)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &a.manifest); err != nil {
		return damaged("its manifest can't be read: %v", err)
	}
	if err := a.manifest.check(); err != nil {
		return err
	}
	for _, t := range a.manifest.Tables {
		a.counts.Tables[t.Name] = 0
	}
	return nil
}

// Contents are told of what is read. What is nil is passed over, though its sum is compared.
type Contents struct {
	// Row gets a row, which is valid until it returns.
	Row func(table Table, row []byte) error
	// Data gets the bytes of a file. That they are right is known at the end only.
	Data func(key string, size int64, content io.Reader) error
	// File gets each file that the archive names, after its bytes.
	File func(f File) error
	// Piece is called after each piece, with the name of a table, or "" for files.
	Piece func(table string)
}

// Read reads the archive to its end. Only when it returns without an error, all that it told is as it was written. An
// error of Contents is returned as it is.
func (a *Reader) Read(c Contents) (Counts, error) {
	for {
		header, err := a.next()
		if err != nil {
			return Counts{}, err
		}
		name := header.Name
		switch {
		case a.counted && name != sumsName:
			return Counts{}, damaged("%.80q comes after its counts", name)
		case strings.HasPrefix(name, tablesFolder):
			err = a.readTable(header, c)
		case path.Dir(name)+"/" == listFolder:
			err = a.readPiece(header, func(line []byte) error { return a.readFile(line, c) })
			c.told("", err)
		case strings.HasPrefix(name, dataFolder):
			err = a.readData(header, c)
		case name == countsName:
			err = a.readCounts(header)
		case name == sumsName:
			return a.counts, a.readSums(header)
		default:
			return Counts{}, damaged("it has %.80q, which does not belong there", name)
		}
		if err != nil {
			return Counts{}, err
		}
	}
}

func (c *Contents) told(table string, err error) {
	if err == nil && c.Piece != nil {
		c.Piece(table)
	}
}

// readTable reads a piece of a table. Tables come in the order of the manifest, and before the list of files; bytes of
// files came before the last piece of the last table in archives of earlier versions.
func (a *Reader) readTable(header *tar.Header, c Contents) error {
	name := tableOf(header.Name)
	// Those before were read: looking for all tables takes one pass.
	ahead := slices.IndexFunc(a.manifest.Tables[a.place:], func(t Table) bool { return t.Name == name })
	if ahead < 0 || a.folder == listFolder {
		return damaged("%.80q is not in its manifest, or not in the order of it", header.Name)
	}
	a.place += ahead
	table := a.manifest.Tables[a.place]
	row := newRowChecker(table)
	err := a.readPiece(header, func(line []byte) error {
		a.counts.Tables[name]++
		if err := row.check(line); err != nil {
			return damaged("row %d of the table %s %v", a.counts.Tables[name], name, err)
		}
		if c.Row == nil {
			return nil
		}
		return c.Row(table, line)
	})
	c.told(name, err)
	return err
}

func tableOf(name string) string {
	return strings.TrimPrefix(path.Dir(name), tablesFolder)
}

// next returns the next entry. There always is one, since reading ends with the sums.
func (a *Reader) next() (*tar.Header, error) {
	header, err := a.tar.Next()
	switch {
	case errors.Is(err, io.EOF):
		return nil, damaged("it is truncated")
	case err != nil:
		return nil, broken(err)
	case header.Typeflag != tar.TypeReg:
		return nil, damaged("%.80q is not a file", header.Name)
	}
	for record := range header.PAXRecords {
		if strings.HasPrefix(record, "GNU.sparse.") { // some bytes could stand for any number of zeros
			return nil, damaged("%.80q has holes", header.Name)
		}
	}
	return header, nil
}

// broken tells a source that can't be read from an archive that is damaged.
func broken(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return damaged("it is truncated")
	}
	var trouble interface{ Timeout() bool } // of a network or a file
	if errors.As(err, &trouble) {
		return fmt.Errorf("reading the archive: %w", err)
	}
	return damaged("%v", err)
}

// whole reads a small entry.
func (a *Reader) whole(header *tar.Header, limit int64) ([]byte, error) {
	if header.Size > limit {
		return nil, damaged("%s has %d bytes", header.Name, header.Size)
	}
	text, err := io.ReadAll(a.tar)
	if err != nil {
		return nil, broken(err)
	}
	digest := sha256.Sum256(text)
	return text, a.see(header.Name, hex.EncodeToString(digest[:]))
}

// see remembers a sum. No more are remembered than the list at the end can have.
func (a *Reader) see(name, digest string) error {
	if a.names > maxSums {
		return damaged("it has too many entries")
	}
	a.names += len(name) + len(digest) + len("  \n")
	a.seen = append(a.seen, sum{name, digest})
	return nil
}

// readPiece gives the lines of a piece to use.
func (a *Reader) readPiece(header *tar.Header, use func(line []byte) error) error {
	if header.Size == 0 || header.Size > MaxPiece {
		return damaged("%s has %d bytes", header.Name, header.Size)
	}
	folder := path.Dir(header.Name) + "/"
	if folder != a.folder {
		if len(a.rest) > 0 {
			return damaged("a line of %s is truncated", a.folder)
		}
		a.folder, a.last = folder, 0
	}
	a.last++
	if header.Name != fmt.Sprintf("%s%06d%s", folder, a.last, lineFiles) {
		return damaged("it has %.80q instead of piece %d", header.Name, a.last)
	}
	digest := sha256.New()
	lines := bufio.NewReaderSize(io.TeeReader(a.tar, digest), 64<<10)
	for {
		part, err := lines.ReadSlice('\n')
		if len(a.rest)+len(part) > maxLine {
			return damaged("a line of %s is too long", header.Name)
		}
		if err == nil {
			line := part
			if len(a.rest) > 0 {
				a.rest = append(a.rest, part...)
				line = a.rest
			}
			err = use(line[:len(line)-1])
			a.rest = a.rest[:0]
			if cap(a.rest) > 1<<20 { // one long line is no reason to keep so much
				a.rest = nil
			}
			if err != nil {
				return err
			}
			continue
		}
		a.rest = append(a.rest, part...)
		switch {
		case errors.Is(err, io.EOF):
			return a.see(header.Name, hexSum(digest))
		case !errors.Is(err, bufio.ErrBufferFull):
			return broken(err)
		}
	}
}

func hexSum(digest hash.Hash) string { return hex.EncodeToString(digest.Sum(nil)) }

// maxUnlisted is how many files may come before the piece of the list that names them.
const maxUnlisted = 1 << 17

func (a *Reader) readData(header *tar.Header, c Contents) error {
	key := strings.TrimPrefix(header.Name, dataFolder)
	if _, twice := a.files[key]; twice || len(a.files) == maxUnlisted {
		return damaged("it has the file %.80q twice, or too many files that are not in its list", key)
	}
	digest := sha256.New()
	source := &sourceReader{r: io.TeeReader(a.tar, digest)}
	if c.Data != nil {
		if err := c.Data(key, header.Size, source); err != nil {
			if source.err != nil {
				return broken(source.err)
			}
			return err
		}
	}
	if _, err := io.Copy(io.Discard, source); err != nil {
		return broken(err)
	}
	a.files[key] = data{hexSum(digest), header.Size}
	return nil
}

// sourceReader remembers that the archive could not be read, whatever those make of it who read from it.
type sourceReader struct {
	r   io.Reader
	err error
}

func (s *sourceReader) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

func (a *Reader) readFile(line []byte, c Contents) error {
	var f File
	if err := json.Unmarshal(line, &f); err != nil {
		return damaged("its list of files can't be read: %v", err)
	}
	if f.Size < 0 {
		return damaged("the file %.80q has %d bytes", f.Key, f.Size)
	}
	if a.manifest.Files && !f.Missing {
		if found, there := a.files[f.Key]; !there || found != (data{f.SHA256, f.Size}) {
			return damaged("the file %.80q is missing or changed", f.Key)
		}
		delete(a.files, f.Key)
	}
	a.counts.Files++
	a.counts.Bytes += f.Size
	if c.File == nil {
		return nil
	}
	return c.File(f)
}

func (a *Reader) readCounts(header *tar.Header) error {
	text, err := a.whole(header, maxManifest)
	if err != nil {
		return err
	}
	var written Counts
	if err := json.Unmarshal(text, &written); err != nil {
		return damaged("its counts can't be read: %v", err)
	}
	if len(a.rest) > 0 {
		return damaged("a line of %s is truncated", a.folder)
	}
	if len(a.files) > 0 {
		return damaged("it has files that are not in its list")
	}
	if written.Files != a.counts.Files || written.Bytes != a.counts.Bytes {
		return damaged("it has %d files, and should have %d", a.counts.Files, written.Files)
	}
	for name, n := range a.counts.Tables {
		if written.Tables[name] != n {
			return damaged("the table %s has %d rows, and should have %d", name, n, written.Tables[name])
		}
	}
	a.counted = true
	return nil
}

// readSums compares the sums of everything with those that were written, and sees that nothing follows.
func (a *Reader) readSums(header *tar.Header) error {
	seen := a.seen
	text, err := a.whole(header, maxSums)
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text)) {
		digest, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if len(seen) == 0 || seen[0] != (sum{name, digest}) {
			return damaged("%.80q is missing or changed", name)
		}
		seen = seen[1:]
	}
	if len(seen) > 0 || !a.counted {
		return damaged("its list of checksums is incomplete")
	}
	if _, err := a.tar.Next(); !errors.Is(err, io.EOF) {
		return damaged("there is data after its end")
	}
	// What zstd and age say about the whole comes last.
	n, err := io.Copy(io.Discard, io.LimitReader(a.source, maxPadding+1))
	if err != nil {
		return broken(err)
	}
	if n > maxPadding {
		return damaged("there is data after its end")
	}
	return nil
}
