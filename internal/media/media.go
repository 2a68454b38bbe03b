// Package media keeps and serves uploaded files. They are public by address, since the apps load pictures without
// credentials; so each gets a name that can't be guessed. The package decides how a file is named, shown and removed,
// never who may upload or delete one.
package media

import (
	"context"
	"io"
	"log/slog"
	"net/url"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/trance-0/notechondria/internal/blob"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/jobs"
)

// Options are what media depend on.
type Options struct {
	Store blob.Store
	DB    *database.DB
	Queue *jobs.Queue
	Log   *slog.Logger

	MaxStorageBytes int64 // of all files of a user; 0 for no limit
	// LockOwner makes other transactions that lock this user wait until tx ends.
	LockOwner func(ctx context.Context, tx *database.Tx, id int64) error
}

// Service is the uploaded files of one server.
type Service struct {
	Options
	columns []Column
	names   []nameColumn
	counted []string // expressions of SQL, see CountAlso
	guard   Guard    // may be nil
}

// Column is a table column that holds keys.
type Column struct{ Table, Column string }

// Guard keeps files that no row refers to any more but a backup does.
type Guard interface {
	// Free returns those of the keys whose files may be removed. The others are checked again later.
	Free(ctx context.Context, keys []string) ([]string, error)
}

// nameColumn is a table column with users' names for their files.
type nameColumn struct{ table, key, name string }

// Folder is the folder for a kind of file: profile pictures, attachments, covers.
type Folder string

// The folders of a user's files.
const (
	Avatars     Folder = "avatar"
	Attachments Folder = "notes"
	Covers      Folder = "covers"
)

// ownFolder is the beginning of all keys of this package. Files of the former system are elsewhere.
const ownFolder = "users/"

// Upload is a file to be kept.
type Upload struct {
	Owner   int64 // id of the user
	Folder  Folder
	Name    string // as StoredName returns it
	ShownAs string // the sender's name for it; "" for Name
	Content io.ReadSeeker
	Size    int64 // bytes
}

// MetaOf is the metadata of a file, by its key.
func MetaOf(key string) blob.Meta { return metaOf(key, TypeOf(key)) }

// metaOf is the metadata of a file, both for this server and for serving straight from the bucket.
func metaOf(name, kind string) blob.Meta {
	return blob.Meta{
		ContentType: kind, ContentDisposition: disposition(kind, norm.NFC.String(name)),
		CacheControl: "public, max-age=86400",
	}
}

// disposition says whether browsers show or save a file of that type, and under which name (RFC 6266 and 8187).
func disposition(kind, name string) string {
	how := "attachment"
	if shownInline(kind) {
		how = "inline"
	}
	// Leaves no character that the header's grammar excludes.
	escaped := strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
	return how + "; filename*=UTF-8''" + escaped
}
