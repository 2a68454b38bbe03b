package planner

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

func (s *Service) registerSessions(api *rest.API) {
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/note-sessions/", Tag: "activity", Access: rest.Account, Status: http.StatusCreated,
		Summary: "Begin a session of work on one's note",
	}, s.beginSession)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPatch, Path: "/api/v1/note-sessions/{id}/", Tag: "activity", Access: rest.Account,
		Summary:     "Change a part of a session, as to end it",
		Description: "As long as its note is not in the recycle bin.",
	}, s.changeSession)
}

// Session is a time in which somebody worked on a note.
type Session struct {
	ID       int64     `json:"id"`
	Title    string    `json:"title"`
	Kind     string    `json:"kind" enum:"note_session"`
	NoteID   int64     `json:"note_id"`
	CourseID *int64    `json:"course_id" doc:"Of the note"`
	Summary  string    `json:"summary"`
	StartsAt rest.Time `json:"starts_at"`
	EndsAt   rest.Time `json:"ends_at" doc:"A quarter of an hour after its start while it has not ended"`
}

// sessionRow is a session with the course of its note.
type sessionRow struct {
	ID        int64
	NoteID    int64
	CourseID  *int64
	Title     string
	Summary   string
	StartedAt rest.Time
	EndedAt   *rest.Time
}

const (
	sessionModel  = "NoteActivitySession"
	selectSession = `
		select s.id, s.note_id, n.course_id, s.title, s.summary, s.started_at, s.ended_at
		from note_sessions s join notes n on n.id = s.note_id`
	openSession = 15 * time.Minute // how long a session is shown that has not ended
	maxSummary  = 255              // code points
)

func (r sessionRow) payload() Session {
	return Session{
		ID: r.ID, Title: r.Title, Kind: "note_session", NoteID: r.NoteID, CourseID: r.CourseID, Summary: r.Summary,
		StartsAt: r.StartedAt, EndsAt: r.end(),
	}
}

func (r sessionRow) end() rest.Time {
	if r.EndedAt != nil {
		return *r.EndedAt
	}
	end := r.StartedAt.Add(openSession)
	if end.After(endOfTime) { // clients can't read such years
		return r.StartedAt
	}
	return rest.Time{Time: end}
}

type beginInput struct {
	Body struct {
		NoteID    int64                    `json:"note_id" required:"true"`
		Title     string                   `json:"title" blank:"true" maxLength:"120" doc:"The note's where it is empty"`
		Summary   string                   `json:"summary" blank:"true" maxLength:"255" doc:"The beginning of the note's description where it is empty"`
		StartedAt rest.Optional[rest.Time] `json:"started_at" nullable:"true" doc:"Now where it is absent"`
		EndedAt   rest.Optional[rest.Time] `json:"ended_at" nullable:"true"`
	}
}

func (s *Service) beginSession(ctx context.Context, in *beginInput) (Session, error) {
	b := &in.Body
	now := rest.Time{Time: database.Now()}
	r := sessionRow{NoteID: b.NoteID, Title: b.Title, Summary: b.Summary, StartedAt: b.StartedAt.Or(now)}
	if b.EndedAt.Set {
		r.EndedAt = &b.EndedAt.Value
	}
	err := s.DB.Write(ctx, func(tx *database.Tx) error {
		note, err := database.One[struct {
			Title       string
			Description *string
			CourseID    *int64
		}](ctx, tx, "select title, description, course_id from notes n where id = $1 and author_id = $2 and deleted_at is null"+
			tx.Locking("for key share of n"), b.NoteID, rest.CallerID(ctx)) // so that it is not purged meanwhile
		if errors.Is(err, database.ErrNotFound) {
			return rest.NotFound("Note")
		}
		if err != nil {
			return fmt.Errorf("reading the note of a session: %w", err)
		}
		r.CourseID = note.CourseID
		if r.Title == "" {
			r.Title = note.Title
		}
		if r.Summary == "" && note.Description != nil {
			description := []rune(*note.Description)
			r.Summary = string(description[:min(len(description), maxSummary)])
		}
		r.ID, err = database.One[int64](ctx, tx, `
			insert into note_sessions (user_id, note_id, title, summary, started_at, ended_at, created_at, updated_at)
			values ($1, $2, $3, $4, $5, $6, $7, $7) returning id`,
			rest.CallerID(ctx), r.NoteID, r.Title, r.Summary, r.StartedAt, r.EndedAt, now)
		if err != nil {
			return fmt.Errorf("storing a session: %w", err)
		}
		return nil
	})
	return r.payload(), err
}

type changeSessionInput struct {
	ID int64 `path:"id"`
	rest.Problems
	Body struct {
		Title     rest.Optional[string]    `json:"title" blank:"true" maxLength:"120"`
		Summary   rest.Optional[string]    `json:"summary" blank:"true" maxLength:"255"`
		StartedAt rest.Optional[rest.Time] `json:"started_at"`
		EndedAt   rest.Optional[rest.Time] `json:"ended_at" nullable:"true"`
	}
}

func (s *Service) changeSession(ctx context.Context, in *changeSessionInput) (Session, error) {
	var r sessionRow
	err := s.DB.Write(ctx, func(tx *database.Tx) (err error) {
		// The row is locked, so that of two changes at once neither is lost.
		found, err := database.Exec(ctx, tx, `
			update note_sessions set updated_at = $1 where id = $2 and user_id = $3
				and exists (select 1 from notes n where n.id = note_id and n.deleted_at is null)`, database.Now(), in.ID, rest.CallerID(ctx))
		switch {
		case err != nil:
			return fmt.Errorf("locking a session: %w", err)
		case found == 0:
			return rest.NotFound(sessionModel)
		case in.Err() != nil:
			return in.Err()
		}
		if r, err = database.One[sessionRow](ctx, tx, selectSession+" where s.id = $1", in.ID); err != nil {
			return fmt.Errorf("reading a session: %w", err)
		}
		b := &in.Body
		r.Title, r.Summary, r.StartedAt = b.Title.Or(r.Title), b.Summary.Or(r.Summary), b.StartedAt.Or(r.StartedAt)
		if b.EndedAt.Present() {
			r.EndedAt = nil
		}
		if b.EndedAt.Set {
			r.EndedAt = &b.EndedAt.Value
		}
		_, err = tx.ExecContext(ctx, "update note_sessions set title = $1, summary = $2, started_at = $3, ended_at = $4 where id = $5",
			r.Title, r.Summary, r.StartedAt, r.EndedAt, r.ID)
		if err != nil {
			return fmt.Errorf("storing a session: %w", err)
		}
		return nil
	})
	return r.payload(), err
}

// sessionsOf returns the sessions of a user that began between two times, by their start. Those on notes in the recycle
// bin are among them.
func sessionsOf(ctx context.Context, q database.Querier, userID int64, from, to time.Time) ([]Session, error) {
	rows, err := database.All[sessionRow](ctx, q, selectSession+`
		where s.user_id = $1 and s.started_at >= $2 and s.started_at < $3 order by s.started_at, s.id limit $4`,
		userID, rest.Time{Time: from}, rest.Time{Time: to}, maxListed)
	if err != nil {
		return nil, fmt.Errorf("reading the sessions of a week: %w", err)
	}
	sessions := make([]Session, 0, len(rows))
	for _, r := range rows {
		sessions = append(sessions, r.payload())
	}
	return sessions, nil
}
