// Package notes owns notes, their blocks, versions, attachments and covers: who may read and write them, how they are
// made, changed, deleted and restored, and the welcome note of a new account. Content is the truth; blocks, excerpts,
// previews and the search index are derived from it. Changes in the author's name go through insert and store; purging,
// hiding comments and deleting courses have statements of their own.
package notes

import (
	"log/slog"
	"time"

	"github.com/trance-0/notechondria/internal/courses"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/jobs"
	"github.com/trance-0/notechondria/internal/media"
	"github.com/trance-0/notechondria/internal/notelist"
	"github.com/trance-0/notechondria/internal/notes/blocks"
	"github.com/trance-0/notechondria/internal/notes/searchindex"
)

// Options are what notes depend on.
type Options struct {
	DB    *database.DB
	Queue *jobs.Queue
	Media *media.Service
	Log   *slog.Logger

	Courses *courses.Service

	MaxFileBytes int64 // of an attachment
}

// Service is the notes of one server.
type Service struct {
	Options
	cutter *blocks.Cutter
	index  *searchindex.Index

	statements blockStatements
}

// The most that a note takes, in characters (code points). Its content is bounded by the size of a request.
const (
	MaxTitle       = 100
	MaxDescription = 600
	MaxClientID    = 64
)

// maxListed bounds every list.
const maxListed = 1000

// Note is a note with its content.
type Note struct {
	notelist.Note
	Content    string
	Metadata   string `db:"metadata_json"` // a text that holds JSON, kept as it was sent
	CustomMeta string // likewise
	Revision   int64
	Blocks     []Block `db:"-"`
}

// Block is a part of a note: its title, a heading, text, code, or what an app sent as one.
type Block struct {
	ID int64
	blocks.Draft
	ImagePath string // of the picture of a block of the former system; "" for none
	CreatedAt time.Time
	UpdatedAt time.Time
}
