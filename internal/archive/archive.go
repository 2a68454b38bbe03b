// Package archive writes and reads the file that holds a whole server: a tar in zstd, optionally inside age, as
// docs/backup.md describes it. Both ways stream: memory does not grow with what is in it. The package knows the form of
// an archive and nothing else: neither a database, nor where archives are kept.
package archive

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Version is the version of the format that this package writes, and the newest that it reads.
const Version = 1

// format is how the manifest of an archive names it.
const format = "notechondria-backup"

// The names of what is in the tar.
const (
	manifestName = "manifest.json"
	tablesFolder = "tables/"
	listFolder   = "files/list/"
	dataFolder   = "files/data/"
	countsName   = "counts.json"
	sumsName     = "SHA256SUMS"
	lineFiles    = ".ndjson"
)

const (
	// MaxPiece is how large a part of a table, or of the list of files, may be.
	MaxPiece = 8 << 20
	// pieceBytes is how large those are that are written: a reader of ours keeps none in memory, a writer keeps one.
	pieceBytes = 2 << 20
	// maxLine bounds a row. The largest are calendars of others, whose bytes are written as hexadecimal digits.
	maxLine = 64 << 20

	maxManifest = 4 << 20
	maxSums     = 64 << 20
	// maxPadding is how much may follow the end of the tar: other tools fill up their last block with zeros.
	maxPadding = 1 << 20
)

// Errors that callers tell apart with errors.Is.
var (
	// ErrDamaged is about an archive that is cut or changed.
	ErrDamaged = errors.New("the archive is damaged")
	// ErrNewer is about an archive of a later version of the format.
	ErrNewer = errors.New("the archive was made by a newer version")
	// ErrNotArchive is about anything else.
	ErrNotArchive = errors.New("this is not a backup archive")
	// ErrWrongKey is about an archive that none of the given keys opens.
	ErrWrongKey = errors.New("the archive is encrypted, and no configured key decrypts it")
)

func damaged(text string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(text, args...))
}

// Type is the type of a column, whatever an engine calls it.
type Type string

// The types, and how a row has them: numbers; true and false; texts; UTC as "2006-01-02T15:04:05.999999Z";
// "2006-01-02"; hexadecimal digits. Each may be null.
const (
	Integer Type = "integer"
	Boolean Type = "boolean"
	Text    Type = "text"
	Time    Type = "time"
	Date    Type = "date"
	Bytes   Type = "bytes"
)

var types = map[Type]bool{Integer: true, Boolean: true, Text: true, Time: true, Date: true, Bytes: true}

// TimeLayout is how rows have times.
const TimeLayout = "2006-01-02T15:04:05.999999Z"

// Column is a column of a table.
type Column struct {
	Name string `json:"name"`
	Type Type   `json:"type"`
}

// Table is a table with its columns.
type Table struct {
	Name    string   `json:"name"`
	Columns []Column `json:"columns"`
	LastID  int64    `json:"last_id,omitempty"` // the largest number that the table has given to a row
}

// Manifest says what an archive is. It comes first.
type Manifest struct {
	Format    string    `json:"format"`
	Version   int       `json:"version"`
	ID        string    `json:"id"` // by chance
	Program   string    `json:"program"`
	Engine    string    `json:"engine"`
	Schema    []int64   `json:"schema"`     // the migrations that have made the tables
	CreatedAt time.Time `json:"created_at"` // everything that was committed before is in it
	Files     bool      `json:"files"`      // their bytes are in it; otherwise they are only named
	Tables    []Table   `json:"tables"`
}

func (m *Manifest) check() error {
	switch {
	case m.Format != format:
		return ErrNotArchive
	case m.Version > Version:
		return fmt.Errorf("%w: its format is %d, this program reads up to %d", ErrNewer, m.Version, Version)
	case m.Version < 1:
		return damaged("its format is %d", m.Version)
	case m.ID == "": // by which a restore that was killed is found again
		return damaged("it has no id")
	}
	migrations := map[int64]bool{}
	for _, number := range m.Schema {
		if migrations[number] {
			return damaged("it has the migration %d twice", number)
		}
		migrations[number] = true
	}
	names := map[string]bool{}
	for _, t := range m.Tables {
		if names[t.Name] {
			return damaged("it has the table %s twice", t.Name)
		}
		names[t.Name] = true
		if err := t.check(); err != nil {
			return err
		}
	}
	return nil
}

func (t *Table) check() error {
	switch {
	case !isName(t.Name):
		return damaged("it has a table %.80q", t.Name)
	case len(t.Columns) == 0:
		return damaged("the table %s has no columns", t.Name)
	case t.LastID < 0:
		return damaged("the last number of the table %s is %d", t.Name, t.LastID)
	}
	names := map[string]bool{}
	for _, c := range t.Columns {
		if !isName(c.Name) || names[c.Name] {
			return damaged("the table %s has a column %.80q, or has it twice", t.Name, c.Name)
		}
		if !types[c.Type] {
			return damaged("the column %s.%s has the type %.80q", t.Name, c.Name, c.Type)
		}
		names[c.Name] = true
	}
	return nil
}

// isName keeps anything out of SQL that is no plain name.
func isName(text string) bool {
	const letters, digits = "abcdefghijklmnopqrstuvwxyz_", "0123456789"
	return text != "" && len(text) <= 63 && strings.Trim(text, letters+digits) == "" && strings.Contains(letters, text[:1])
}

// File is an uploaded file, which the rows name by its key.
type File struct {
	Key     string `json:"key"`
	Size    int64  `json:"size"`
	SHA256  string `json:"sha256"`            // in hexadecimal digits
	Missing bool   `json:"missing,omitempty"` // rows name it, but it was not there when the archive was made
}

// Counts are how much is in an archive.
type Counts struct {
	Tables map[string]int64 `json:"tables"` // rows
	Files  int64            `json:"files"`
	Bytes  int64            `json:"bytes"` // of the files
}

// Rows are those of all tables.
func (c Counts) Rows() (sum int64) {
	for _, n := range c.Tables {
		sum += n
	}
	return sum
}
