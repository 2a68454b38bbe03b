package planner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/courses"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/planner/recurrence"
	"github.com/trance-0/notechondria/internal/rest"
)

// eventFields are what a client may write. Nulls count as absent, apart from those that say otherwise.
type eventFields struct {
	Title            rest.Optional[string]    `json:"title" maxLength:"120"`
	EventDate        rest.Optional[string]    `json:"event_date" format:"date" doc:"Counts where starts_at is not sent"`
	StartsAt         rest.Optional[rest.Time] `json:"starts_at" nullable:"true" doc:"Without a zone it is UTC; null means noon of the date"`
	EndsAt           rest.Optional[rest.Time] `json:"ends_at" nullable:"true" doc:"null, and what is not after the start, means an hour after it"`
	DifficultyWeight rest.Optional[int64]     `json:"difficulty_weight" nullable:"true" minimum:"1" maximum:"2147483647"`
	Description      rest.Optional[string]    `json:"description" nullable:"true" blank:"true" maxLength:"255" doc:"null means empty"`
	CourseID         rest.Optional[int64]     `json:"course_id" nullable:"true" doc:"null, 0 and device-local (negative) ids mean none"`
	IsCompleted      rest.Optional[bool]      `json:"is_completed" nullable:"true"`
	CompletedAt      rest.Optional[rest.Time] `json:"completed_at" nullable:"true" doc:"The present time where a completed event has none"`
	RRule            rest.Optional[string]    `json:"rrule" nullable:"true" blank:"true" maxLength:"500" doc:"How the event repeats: the value of RRULE in RFC 5545, with FREQ of DAILY or longer; null and empty mean not at all"`
	TimeZone         rest.Optional[string]    `json:"time_zone" nullable:"true" blank:"true" maxLength:"64" doc:"IANA name of the zone whose clock time an event that repeats keeps; null and empty mean UTC"`
}

// course is the id of the course to file in, 0 for none.
func (f *eventFields) course() int64 { return max(f.CourseID.Value, 0) }

// check adds what the rules of fields can't say.
func (f *eventFields) check(found *rest.Problems) {
	if f.RRule.Value != "" {
		rule, err := recurrence.Parse(f.RRule.Value)
		if err != nil {
			found.Add("rrule", err.Error())
		}
		f.RRule.Value = rule.String()
	}
	if _, err := recurrence.Zone(f.TimeZone.Value); err != nil {
		found.Add("time_zone", "There is no such time zone.")
	}
}

type createEventInput struct {
	rest.Problems
	Body struct{ eventFields }
}

func (s *Service) createEvent(ctx context.Context, in *createEventInput) (Event, error) {
	f := &in.Body.eventFields
	for name, set := range map[string]bool{"title": f.Title.Set, "event_date": f.EventDate.Set} {
		if !set && !in.Has(name) && !in.Has(rest.NonField) {
			in.Add(name, "This field is required.")
		}
	}
	f.check(&in.Problems)
	if err := in.Err(); err != nil {
		return Event{}, err
	}
	e := event{Event: Event{DifficultyWeight: 1}}
	if err := e.apply(f, database.Now()); err != nil {
		return Event{}, err
	}
	err := s.DB.Write(ctx, func(tx *database.Tx) (err error) {
		if err := checkFiling(ctx, tx, f); err != nil {
			return err
		}
		e.ID, err = e.insert(ctx, tx, rest.CallerID(ctx))
		return err
	})
	return e.payload(), err
}

type changeEventInput struct {
	rest.Problems
	ID   int64 `path:"id"`
	Body struct {
		eventFields
		Occurrence rest.Optional[rest.Time] `json:"occurrence" nullable:"true" doc:"Start of the occurrence to complete or reopen: goes with is_completed and completed_at only"`
	}
}

func (s *Service) changeEvent(ctx context.Context, in *changeEventInput) (Event, error) {
	var answer Event
	f := &in.Body.eventFields
	err := s.DB.Write(ctx, func(tx *database.Tx) error {
		e, err := ownEvent(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		f.check(&in.Problems)
		if err := in.Err(); err != nil {
			return err
		}
		if in.Body.Occurrence.Set {
			answer, err = e.completeOccurrence(ctx, tx, in.Body.Occurrence.Value.Time, f)
			return err
		}
		before := e
		if err := e.apply(f, database.Now()); err != nil {
			return err
		}
		if err := checkFiling(ctx, tx, f); err != nil {
			return err
		}
		if err := e.update(ctx, tx); err != nil {
			return err
		}
		answer = e.payload()
		return s.moveOccurrences(ctx, tx, &before, &e)
	})
	return answer, err
}

// ownEvent locks an event of the caller for the rest of the transaction.
func ownEvent(ctx context.Context, tx *database.Tx, id int64) (event, error) {
	e, err := database.One[event](ctx, tx, "update planner_events set id = id where id = $1 and user_id = $2 returning "+eventColumns, id, rest.CallerID(ctx))
	if errors.Is(err, database.ErrNotFound) {
		return event{}, rest.NotFound(eventModel)
	}
	if err != nil {
		return event{}, fmt.Errorf("locking an event: %w", err)
	}
	return e, nil
}

func checkFiling(ctx context.Context, tx *database.Tx, f *eventFields) error {
	if f.course() == 0 {
		return nil
	}
	return courses.CheckFiling(ctx, tx, rest.CallerID(ctx), f.course())
}

// apply changes the event by what was sent, and completes it as the old system did: a window, a time of completion.
func (e *event) apply(f *eventFields, now time.Time) error {
	e.Title = f.Title.Or(e.Title)
	e.DifficultyWeight = f.DifficultyWeight.Or(e.DifficultyWeight)
	if f.Description.Present() {
		e.Description = f.Description.Value
	}
	if f.CourseID.Present() {
		e.CourseID = nil
		if id := f.course(); id != 0 {
			e.CourseID = &id
		}
	}
	e.complete(f, now)
	e.repeat(f)
	if err := e.place(f); err != nil {
		return err
	}
	e.RecursUntil = e.recursUntil()
	return nil
}

func (e *event) complete(f *eventFields, now time.Time) {
	e.IsCompleted = f.IsCompleted.Or(e.IsCompleted)
	switch {
	case !e.IsCompleted:
		e.CompletedAt = nil
	case f.CompletedAt.Set:
		e.CompletedAt = &f.CompletedAt.Value
	case f.CompletedAt.Null, e.CompletedAt == nil:
		e.CompletedAt = &rest.Time{Time: now}
	}
}

func (e *event) repeat(f *eventFields) {
	if f.RRule.Present() {
		e.RRule = f.RRule.Value
	}
	if f.TimeZone.Present() {
		e.TimeZone = f.TimeZone.Value
	}
	switch {
	case e.RRule == "":
		e.TimeZone = ""
	case e.TimeZone == "":
		e.TimeZone = "UTC"
	}
}

// place works out when the event is: at noon where no time is known, for an hour where no end after the start is.
func (e *event) place(f *eventFields) error {
	start, end := e.StartsAt.UTC(), e.EndsAt.UTC()
	date := start.Truncate(24 * time.Hour)
	if f.EventDate.Set {
		sent, err := time.Parse(rest.DateLayout, f.EventDate.Value)
		if err != nil {
			return fmt.Errorf("reading a date that was checked: %w", err)
		}
		date = sent
	}
	switch {
	case f.StartsAt.Set:
		start = f.StartsAt.Value.UTC()
	case f.StartsAt.Null, e.StartsAt.IsZero():
		start = date.Add(12 * time.Hour)
	case f.EventDate.Set:
		start, end = e.movedTo(date)
	}
	if f.EndsAt.Present() {
		end = f.EndsAt.Value.UTC()
	}
	if !end.After(start) {
		end = start.Add(time.Hour)
	}
	if start.Year() < 1 || end.Year() > 9999 {
		return rest.Invalid("starts_at", "The event would lie outside the calendar.")
	}
	e.StartsAt, e.EndsAt = rest.Time{Time: start}, rest.Time{Time: end}
	return nil
}

// movedTo is start and end, moved by whole days to another date. What repeats keeps the clock time of its zone.
func (e *event) movedTo(date time.Time) (start, end time.Time) {
	const day = 24 * 60 * 60
	days := int(date.Unix()/day - e.StartsAt.UTC().Truncate(day*time.Second).Unix()/day)
	zone := time.UTC
	if series, ok := e.series(); ok {
		zone = series.Zone
	}
	return e.StartsAt.In(zone).AddDate(0, 0, days).UTC(), e.EndsAt.In(zone).AddDate(0, 0, days).UTC()
}

func (e *event) recursUntil() *rest.Time {
	e.RecursUntil = nil
	series, ok := e.series()
	if !ok {
		return nil
	}
	last, endless := series.Last()
	end := last.Add(e.duration())
	if endless || end.Year() > 9999 {
		return nil
	}
	return &rest.Time{Time: end}
}

func (e *event) insert(ctx context.Context, tx *database.Tx, userID int64) (int64, error) {
	id, err := database.One[int64](ctx, tx, `
		insert into planner_events (user_id, course_id, title, event_date, starts_at, ends_at, difficulty_weight, description,
			is_completed, completed_at, rrule, time_zone, recurs_until, created_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14) returning id`,
		userID, e.CourseID, e.Title, e.payload().EventDate, e.StartsAt, e.EndsAt, e.DifficultyWeight, e.Description,
		e.IsCompleted, e.CompletedAt, e.RRule, e.TimeZone, e.RecursUntil, database.Now())
	if err != nil {
		return 0, fmt.Errorf("storing an event: %w", err)
	}
	return id, nil
}

func (e *event) update(ctx context.Context, tx *database.Tx) error {
	changed, err := database.Exec(ctx, tx, `
		update planner_events set course_id = $2, title = $3, event_date = $4, starts_at = $5, ends_at = $6, difficulty_weight = $7,
			description = $8, is_completed = $9, completed_at = $10, rrule = $11, time_zone = $12, recurs_until = $13, updated_at = $14
		where id = $1`,
		e.ID, e.CourseID, e.Title, e.payload().EventDate, e.StartsAt, e.EndsAt, e.DifficultyWeight,
		e.Description, e.IsCompleted, e.CompletedAt, e.RRule, e.TimeZone, e.RecursUntil, database.Now())
	if err == nil && changed != 1 {
		err = errors.New("it is gone")
	}
	if err != nil {
		return fmt.Errorf("changing an event: %w", err)
	}
	return nil
}
