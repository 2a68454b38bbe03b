package notes

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/database"
)

// The lengths, in code points, up to which a note takes texts.
const (
	MaxTitle       = 100
	MaxDescription = 600
)

// Text is what a note says.
type Text struct{ Title, Description, Content string }

// ServerNote is a note that the server brought along, as it is now.
type ServerNote struct {
	Text
	CourseID *int64
	InBin    bool

	stored state
}

// AddServerNote makes a public note in the name of author, as no activity of theirs, and returns its id.
func (s *Service) AddServerNote(ctx context.Context, tx *database.Tx, author, course int64, text Text) (int64, error) {
	return s.addServerNote(ctx, tx, state{AuthorID: author, CourseID: &course, IsPublic: true}, text)
}

func (s *Service) addServerNote(ctx context.Context, tx *database.Tx, n state, text Text) (int64, error) {
	n.say(text)
	n.EditorMode, n.ofServer = "G", true
	n.touch()
	return s.insert(ctx, tx, newNote{state: n, noteType: "N"})
}

func (n *state) text() Text {
	text := Text{Title: n.Title, Content: n.Content}
	if n.Description != nil {
		text.Description = *n.Description
	}
	return text
}

// say takes over a text.
func (n *state) say(text Text) {
	n.Title, n.Description, n.Content = text.Title, &text.Description, text.Content
}

// LockServerNotes returns those of the notes that are there, if only in the recycle bin, by id, and keeps them from being
// changed until tx ends.
func (s *Service) LockServerNotes(ctx context.Context, tx *database.Tx, ids []int64) (map[int64]ServerNote, error) {
	rows, err := database.All[state](ctx, tx, "select "+stateColumns+" from notes n where "+s.DB.In("n.id", 1)+
		" order by n.id"+tx.Locking("for no key update of n"), database.List(ids))
	if err != nil {
		return nil, fmt.Errorf("locking notes of the server: %w", err)
	}
	notes := make(map[int64]ServerNote, len(rows))
	for _, r := range rows {
		notes[r.ID] = ServerNote{Text: r.text(), CourseID: r.CourseID, InBin: r.DeletedAt != nil, stored: r}
	}
	return notes, nil
}

// SaveServerNote stores the text and the course of a locked note, as no activity of its author's. A note that was taken out
// of the recycle bin is public again; none can be put into it so.
func (s *Service) SaveServerNote(ctx context.Context, tx *database.Tx, n ServerNote) error {
	now := n.stored
	now.ofServer, now.CourseID = true, n.CourseID
	if !n.InBin && now.DeletedAt != nil {
		now.DeletedAt, now.IsPublic = nil, true
	}
	if n.Text != n.stored.text() {
		now.say(n.Text)
		now.touch()
	}
	if err := s.save(ctx, tx, n.stored, now); err != nil {
		return err
	}
	if now.Content == n.stored.Content {
		return nil
	}
	return s.replaceBlocks(ctx, tx, now.ID, s.cut(now.Content))
}
