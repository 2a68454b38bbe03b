package activity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/formats"
	"github.com/trance-0/notechondria/internal/patch"
	"github.com/trance-0/notechondria/internal/problem"
)

// The most characters (code points) that a session takes.
const (
	MaxTitle   = 120
	MaxSummary = 255
)

const (
	openSession  = 15 * time.Minute // how long a session is shown that has not ended
	maxPerPeriod = 1000             // sessions that are shown
)

// Session is a time in which somebody worked on a note.
type Session struct {
	ID        int64
	NoteID    int64
	CourseID  *int64 // of the note
	Title     string
	Summary   string
	StartedAt time.Time
	EndedAt   *time.Time // nil while it has not ended
}

// EndsAt is when the session ended; while it has not, it is shown as a quarter of an hour.
func (s Session) EndsAt() time.Time {
	if s.EndedAt != nil {
		return *s.EndedAt
	}
	end := s.StartedAt.Add(openSession)
	if end.UTC().Year() > 9999 { // clients can't read such years
		return s.StartedAt
	}
	return end
}

// check says what is wrong with the texts and times of a session.
func (s Session) check(problems *problem.Fields) {
	problems.CheckText("title", s.Title, 0, MaxTitle)
	problems.CheckText("summary", s.Summary, 0, MaxSummary)
	problems.CheckTime("started_at", s.StartedAt)
	if s.EndedAt != nil {
		problems.CheckTime("ended_at", *s.EndedAt)
	}
}

const selectSession = `
	select s.id, s.note_id, n.course_id, s.title, s.summary, s.started_at, s.ended_at
	from note_sessions s join notes n on n.id = s.note_id`

// SessionDraft is a session to be begun.
type SessionDraft struct {
	NoteID    int64
	Title     string     // "" for that of the note
	Summary   string     // "" for the beginning of the note's description
	StartedAt *time.Time // nil for now
	EndedAt   *time.Time // nil while it has not ended
}

// BeginSession begins a session of work on a note of the caller.
func (s *Service) BeginSession(ctx context.Context, who actor.Actor, d SessionDraft) (Session, error) {
	now := database.Now()
	session := Session{NoteID: d.NoteID, Title: d.Title, Summary: d.Summary, StartedAt: now, EndedAt: d.EndedAt}
	if d.StartedAt != nil {
		session.StartedAt = *d.StartedAt
	}
	var problems problem.Fields
	session.check(&problems)
	if err := problems.Err(); err != nil {
		return Session{}, err
	}
	err := s.DB.Write(ctx, func(tx *database.Tx) error {
		if err := session.describe(ctx, tx, who); err != nil {
			return err
		}
		id, err := database.One[int64](ctx, tx, `
			insert into note_sessions (user_id, note_id, title, summary, started_at, ended_at, created_at, updated_at)
			values ($1, $2, $3, $4, $5, $6, $7, $7) returning id`,
			who.UserID, session.NoteID, session.Title, session.Summary, session.StartedAt, session.EndedAt, now)
		if err != nil {
			return fmt.Errorf("storing a session: %w", err)
		}
		session.ID = id
		return nil
	})
	return session, err
}

// describe completes a session by its note, which must be the caller's, and can't be deleted for good before tx ends.
func (s *Session) describe(ctx context.Context, tx *database.Tx, who actor.Actor) error {
	note, err := database.One[struct {
		Title       string
		Description *string
		CourseID    *int64
	}](ctx, tx, `
		select title, description, course_id from notes n
		where id = $1 and author_id = $2 and deleted_at is null`+tx.Locking("for key share of n"), s.NoteID, who.UserID)
	if errors.Is(err, database.ErrNotFound) {
		return problem.NoSuch("Note")
	}
	if err != nil {
		return fmt.Errorf("reading the note of a session: %w", err)
	}
	s.CourseID = note.CourseID
	if s.Title == "" {
		s.Title = note.Title
	}
	if s.Summary == "" && note.Description != nil {
		s.Summary = formats.Truncate(*note.Description, MaxSummary)
	}
	return nil
}

// SessionPatch is a change to a part of a session.
type SessionPatch struct {
	Title     patch.Field[string]
	Summary   patch.Field[string]
	StartedAt patch.Field[time.Time]
	EndedAt   patch.Field[*time.Time] // nil opens it again
}

func (s Session) changed(p SessionPatch) Session {
	s.Title, s.Summary = p.Title.Or(s.Title), p.Summary.Or(s.Summary)
	s.StartedAt, s.EndedAt = p.StartedAt.Or(s.StartedAt), p.EndedAt.Or(s.EndedAt)
	return s
}

func (p *SessionPatch) check(problems *problem.Fields) error {
	Session{}.changed(*p).check(problems)
	return nil
}

// UpdateSession changes a session of the caller, as to end it, unless its note is in the recycle bin. What is wrong
// with the change is said only to the owner.
func (s *Service) UpdateSession(
	ctx context.Context, who actor.Actor, id int64, change problem.Input[SessionPatch],
) (session Session, err error) {
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		before, err := lockSession(ctx, tx, who, id)
		if err != nil {
			return err
		}
		p, err := change.Check((*SessionPatch).check)
		if err != nil {
			return err
		}
		session = before.changed(p)
		_, err = tx.ExecContext(ctx,
			"update note_sessions set title = $1, summary = $2, started_at = $3, ended_at = $4, updated_at = $5 where id = $6",
			session.Title, session.Summary, session.StartedAt, session.EndedAt, database.Now(), session.ID)
		if err != nil {
			return fmt.Errorf("storing a session: %w", err)
		}
		return nil
	})
	return session, err
}

// lockSession locks a session of the caller for the rest of the transaction, so that of two changes at once neither is
// lost.
func lockSession(ctx context.Context, tx *database.Tx, who actor.Actor, id int64) (Session, error) {
	found, err := database.Exec(ctx, tx, `
		update note_sessions set id = id where id = $1 and user_id = $2
			and exists (select 1 from notes n where n.id = note_id and n.deleted_at is null)`, id, who.UserID)
	if err != nil {
		return Session{}, fmt.Errorf("locking a session: %w", err)
	}
	if found == 0 {
		return Session{}, problem.NoSuch("NoteActivitySession")
	}
	session, err := database.One[Session](ctx, tx, selectSession+" where s.id = $1", id)
	if err != nil {
		return Session{}, fmt.Errorf("reading a session: %w", err)
	}
	return session, nil
}

// sessionsOf returns the caller's sessions that began between two times, by their start. Those on notes in the recycle
// bin are among them.
func (s *Service) sessionsOf(ctx context.Context, who actor.Actor, from, to time.Time) ([]Session, error) {
	sessions, err := database.All[Session](ctx, s.DB.Read(), selectSession+`
		where s.user_id = $1 and s.started_at >= $2 and s.started_at < $3 order by s.started_at, s.id limit $4`,
		who.UserID, from, to, maxPerPeriod)
	if err != nil {
		return nil, fmt.Errorf("reading the sessions of a period: %w", err)
	}
	return sessions, nil
}
