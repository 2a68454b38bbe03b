package feeds

import (
	"cmp"
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/courses"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/patch"
	"github.com/trance-0/notechondria/internal/problem"
)

// Draft is a calendar to be added: as text, or by its address.
type Draft struct {
	Title      string
	SourceKind string // "" for Imported
	SourceURL  string
	Text       string // it comes before the address
	CourseID   *int64 // nil for none
	Disabled   bool   // neither fetched nor shown
}

func (d Draft) patch() Patch {
	return Patch{
		Title: patch.To(d.Title), SourceKind: patch.To(cmp.Or(d.SourceKind, Imported)), SourceURL: patch.To(d.SourceURL),
		Text: patch.To(d.Text), CourseID: patch.To(d.CourseID), IsEnabled: patch.To(!d.Disabled),
	}
}

func (d *Draft) check(problems *problem.Fields) error {
	p := d.patch()
	return p.check(problems)
}

// Create imports a calendar as text, or subscribes to its address. Links that share a Google calendar become the
// address of its events. A user has MaxFeeds at most.
func (s *Service) Create(ctx context.Context, who actor.Actor, draft problem.Input[Draft]) (Feed, error) {
	d, err := draft.Check((*Draft).check)
	if err != nil {
		return Feed{}, err
	}
	d.SourceURL = eventsAddress(d.SourceURL)
	p := d.patch()
	c := s.content(p)
	var f stored
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		now := database.Now()
		f = stored{Feed: Feed{CreatedAt: now}}
		// Of two requests at once, the second one waits, and then counts what the first one has added.
		if err := accounts.Lock(ctx, tx, who.UserID); err != nil {
			return err
		}
		if err := courses.CheckFiling(ctx, tx, who.UserID, p.CourseID.Value); err != nil {
			return err
		}
		if err := checkNumber(ctx, tx, who); err != nil {
			return err
		}
		if err := f.insert(ctx, tx, who.UserID); err != nil {
			return err
		}
		return s.apply(ctx, tx, who.UserID, &f, p, c, now)
	})
	return f.Feed, err
}

// checkNumber refuses another feed for a user who has as many as one may have.
func checkNumber(ctx context.Context, tx *database.Tx, who actor.Actor) error {
	present, err := database.One[int](ctx, tx, "select count(*) from calendar_feeds where user_id = $1", who.UserID)
	if err != nil {
		return fmt.Errorf("counting calendar feeds: %w", err)
	}
	if present >= MaxFeeds {
		return problem.Refuse("Calendar not added", fmt.Sprintf("you already have %d calendars", present))
	}
	return nil
}
