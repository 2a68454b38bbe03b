// Package courses owns courses, which the apps also call categories and folders: who sees which, their order, the Inbox
// of each user, subscriptions, pictures, and the log of what was done with them. Package notes owns the notes filed in
// a course, and decides what becomes of them when it is deleted: see BeforeDelete.
package courses

import (
	"context"
	"time"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/jobs"
	"github.com/trance-0/notechondria/internal/media"
	"github.com/trance-0/notechondria/internal/notelist"
)

// Options are what courses depend on.
type Options struct {
	DB    *database.DB
	Queue *jobs.Queue
	Media *media.Service
}

// Service is the courses of one server.
type Service struct {
	Options
	beforeDelete []DeleteHook
}

// DeleteHook takes things out of courses that are deleted: the owner's go to the Inbox, or to no course if it is 0;
// those of others are in no course.
type DeleteHook func(ctx context.Context, tx *database.Tx, courseIDs []int64, owner, inbox int64) error

// BeforeDelete adds a function to be called before courses are deleted, in that transaction. It may be called twice.
func (s *Service) BeforeDelete(f DeleteHook) { s.beforeDelete = append(s.beforeDelete, f) }

// The most that a course takes, in characters (code points) unless said otherwise.
const (
	MaxTitle       = 120
	MaxDescription = 100_000
	MaxClientID    = 64
	MaxIcon        = 1<<31 - 1 // its greatest value
)

// Course is a course as somebody sees it.
type Course struct {
	ID              int64
	ClientID        *string // what the app that made it calls it
	Slug            string
	Title           string
	Description     string
	CoverPath       string // of its picture in the media store; "" for none
	Icon            *int64 // code point of a Flutter icon
	IsDefault       bool   // the Inbox of its owner
	SortOrder       int64
	Owner           *accounts.Author // nil when the account was removed
	SubscriberCount int64
	IsSubscribed    bool
	LastOpenedAt    *time.Time
	RecentNotes     []notelist.Note
	Pictures        []Picture
}

// Picture is a picture that belongs to a course.
type Picture struct {
	ID          int64
	CourseID    int64
	Title       string
	Description *string
	Source      *string
	ImagePath   string // in the media store
}

// inboxTitle is the title, folded, that makes a course the Inbox of its owner.
const inboxTitle = "inbox"

// IsInboxTitle reports whether a title is reserved for the owner's Inbox.
func IsInboxTitle(title string) bool { return database.Fold(title) == inboxTitle }
