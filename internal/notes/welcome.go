package notes

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/courses"
	"github.com/trance-0/notechondria/internal/database"
)

//go:embed welcome.md
var welcomeContent string

// Welcome gives a new account its Inbox, with a note in it that shows the way, in the transaction that opens the
// account. It changes nothing where they are.
func (s *Service) Welcome(ctx context.Context, tx *database.Tx, userID int64) error {
	inbox, err := courses.EnsureInbox(ctx, tx, userID)
	if err != nil {
		return err
	}
	filled, err := database.All[int64](ctx, tx,
		"select id from notes where course_id = $1 and deleted_at is null limit 1", inbox)
	if err != nil {
		return fmt.Errorf("looking into the Inbox: %w", err)
	}
	if len(filled) > 0 {
		return nil
	}
	n := s.newNote(Draft{
		Title: "Welcome to Notechondria", Description: "A short tour of notes, courses and the planner",
		Content: welcomeContent, CourseID: &inbox, EditorMode: "G",
	}, actor.ServerFor(userID))
	n.touch()
	_, err = s.insert(ctx, tx, n)
	return err
}
