package planner

import (
	"cmp"
	"context"
	"time"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/courses"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/patch"
	"github.com/trance-0/notechondria/internal/problem"
)

// Draft is an event to be made.
type Draft struct {
	Title       string
	Date        *time.Time // a midnight in UTC; counts where StartsAt is nil
	StartsAt    *time.Time // nil for noon of Date
	EndsAt      *time.Time // nil, and what is not after the start, for an hour after it
	Weight      int64      // 0 for 1
	Description string
	CourseID    *int64 // nil for none
	IsCompleted bool
	CompletedAt *time.Time // of a completed event; nil for now
	Rule        string     // see Event; "" for no repetition
	TimeZone    string     // IANA name; "" for UTC
}

func (d Draft) patch() Patch {
	p := Patch{
		Title: patch.To(d.Title), StartsAt: patch.To(d.StartsAt), EndsAt: patch.To(d.EndsAt),
		Weight: patch.To(cmp.Or(d.Weight, 1)), Description: patch.To(d.Description),
		CourseID: patch.To(d.CourseID), IsCompleted: patch.To(d.IsCompleted),
		CompletedAt: patch.To(d.CompletedAt), Rule: patch.To(d.Rule), TimeZone: patch.To(d.TimeZone),
	}
	if d.Date != nil {
		p.Date = patch.To(*d.Date)
	}
	return p
}

func (d *Draft) check(problems *problem.Fields) error {
	if d.Date == nil && d.StartsAt == nil && !problems.Has("event_date") {
		problems.Add("event_date", "This field is required.")
	}
	p := d.patch()
	err := p.check(problems)
	d.Rule = p.Rule.Value // as it is written in full
	return err
}

// CreateEvent makes an event. MaxSeries of a person may repeat.
func (s *Service) CreateEvent(ctx context.Context, who actor.Actor, draft problem.Input[Draft]) (Event, error) {
	d, err := draft.Check((*Draft).check)
	if err != nil {
		return Event{}, err
	}
	var e stored
	p := d.patch()
	if err := e.apply(p, database.Now()); err != nil {
		return Event{}, err
	}
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		if e.repeats() {
			// Of two requests at once, the second one waits, and then counts what the first one has added.
			if err := accounts.Lock(ctx, tx, who.UserID); err != nil {
				return err
			}
		}
		if err := courses.CheckFiling(ctx, tx, who.UserID, p.CourseID.Value); err != nil {
			return err
		}
		if e.repeats() {
			if err := checkNumber(ctx, tx, who); err != nil {
				return err
			}
		}
		return e.insert(ctx, tx, who.UserID)
	})
	return e.Event, err
}
