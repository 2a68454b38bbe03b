package activity_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/activity"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/patch"
	"github.com/trance-0/notechondria/internal/problem"
)

const sessionsPath = "/api/v1/note-sessions/"

var sessionKeys = []string{"id", "title", "kind", "note_id", "course_id", "summary", "starts_at", "ends_at"}

// session begins a session of alice's.
func (s *site) session(t testing.TB, body object) apptest.Reply {
	t.Helper()
	return s.Call(t, "POST", sessionsPath, s.Alice.Token, body)
}

func (s *site) changeSession(t testing.TB, session apptest.Reply, body object) apptest.Reply {
	t.Helper()
	return s.Call(t, "PATCH", sessionPath(session), s.Alice.Token, body)
}

func sessionPath(session apptest.Reply) string {
	return fmt.Sprintf("%s%d/", sessionsPath, session.Int("id"))
}

func TestBeginningASession(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		course := s.Course(t, s.Alice, "Physics")
		about := strings.Repeat("é", 300)
		note := s.note(t, s.Alice, object{"title": "Tides", "description": about, "course_id": course}).Int("id")
		bare := s.note(t, s.Alice, object{"title": "Currents"}).Int("id")
		defaults := object{"title": "Tides", "summary": about[:2*255], "kind": "note_session", "note_id": note,
			"course_id": course}
		for _, c := range []struct{ sent, want object }{
			{object{"note_id": note}, defaults},
			{object{"note_id": fmt.Sprint(note), "title": " ", "summary": "", "started_at": nil, "ended_at": nil}, defaults},
			{object{"note_id": bare}, object{"title": "Currents", "summary": "", "course_id": nil}},
			{object{"note_id": note, "title": " Reading ", "summary": " Chapter 2\n"},
				object{"title": "Reading", "summary": "Chapter 2"}},
			{object{"note_id": note, "title": strings.Repeat("é", 120), "summary": about[:2*255]},
				object{"title": strings.Repeat("é", 120)}},
			// As the editor sends it: the clock of the device, without a zone.
			{object{"note_id": note, "started_at": "2026-01-05T09:00:00.000"},
				object{"starts_at": "2026-01-05T09:00:00Z", "ends_at": "2026-01-05T09:15:00Z"}},
			{object{"note_id": note, "started_at": "2026-01-05 09:00"}, object{"starts_at": "2026-01-05T09:00:00Z"}},
			{object{"note_id": note, "started_at": "2026-01-05T11:00:00+02:00", "ended_at": "2026-01-05T12:30:00.25+02:00"},
				object{"starts_at": "2026-01-05T09:00:00Z", "ends_at": "2026-01-05T10:30:00.250000Z"}},
			{object{"note_id": note, "started_at": "2026-01-05T09:00:00Z", "ended_at": "2026-01-05T08:00:00Z"},
				object{"starts_at": "2026-01-05T09:00:00Z", "ends_at": "2026-01-05T08:00:00Z"}},
			{object{"note_id": note, "started_at": "9999-12-31T23:59:00Z"},
				object{"starts_at": "9999-12-31T23:59:00Z", "ends_at": "9999-12-31T23:59:00Z"}},
			{object{"note_id": note, "started_at": "0001-01-01T00:00:00Z"},
				object{"starts_at": "0001-01-01T00:00:00Z", "ends_at": "0001-01-01T00:15:00Z"}},
		} {
			session := s.session(t, c.sent).WantKeys(t, 201, sessionKeys...)
			apptest.WantFields(t, session.JSON, c.want)
			apptest.WantFields(t, s.changeSession(t, session, object{}).WantKeys(t, 200, sessionKeys...).JSON, session.Object())
		}
		before := time.Now().UTC().Truncate(time.Second)
		session := s.session(t, object{"note_id": note}).Want(t, 201)
		start, end := apptest.Moment(t, session.String("starts_at")), apptest.Moment(t, session.String("ends_at"))
		if start.Before(before) || start.After(time.Now()) || end.Sub(start) != 15*time.Minute {
			t.Errorf("it lasts from %s to %s", start, end)
		}
	})
}

func TestRefusedSessions(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		note := s.note(t, s.Alice, object{"title": "Tides"})
		foreign := s.note(t, s.Bob, object{"title": "Public", "is_public": true})
		deleted := s.note(t, s.Alice, object{"title": "Gone"})
		s.deleteNote(t, s.Alice, deleted)
		for name, id := range map[string]any{
			"unknown": 987654, "the greatest": int64(9223372036854775807), "none": 0, "negative": -5,
			"somebody else's": foreign.Int("id"), "in the bin": deleted.Int("id"),
		} {
			if reply := s.session(t, object{"note_id": id}); reply.Status != 404 ||
				reply.String("detail") != "No Note matches the given query." {
				t.Errorf("a note that is %s: %d %s", name, reply.Status, reply.Text)
			}
		}
		bad := object{"title": strings.Repeat("é", 121), "summary": strings.Repeat("é", 256),
			"started_at": "now", "ended_at": 5}
		all := object{"note_id": "tides"}
		for field, value := range bad {
			all[field] = value
			s.session(t, object{"note_id": note.Int("id"), field: value}).WantFieldErrors(t, field)
		}
		s.session(t, all).WantFieldErrors(t, "note_id", "title", "summary", "started_at", "ended_at")
		for _, id := range []any{nil, true, 1.5, "", "99999999999999999999", []int{1}} {
			s.session(t, object{"note_id": id}).WantFieldErrors(t, "note_id")
		}
		s.session(t, object{}).WantFieldErrors(t, "note_id")
		s.session(t, object{"note_id": note.Int("id"), "title": nil, "summary": nil}).WantFieldErrors(t, "title", "summary")
		s.Call(t, "POST", sessionsPath, "", object{"note_id": note.Int("id")}).WantKeys(t, 401, "detail")
		s.Call(t, "POST", sessionsPath, s.Alice.Token, "[]").Want(t, 400)
		s.Call(t, "GET", sessionsPath, s.Alice.Token, nil).WantKeys(t, 405, "detail")
		if week := s.week(t, ""); len(week.events(t)) != 0 {
			t.Errorf("a refused session is there: %s", week.Text)
		}
	})
}

func TestChangingASession(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		note := s.note(t, s.Alice, object{"title": "Tides", "description": "About them"})
		other := s.note(t, s.Alice, object{"title": "Other"})
		full := object{"note_id": note.Int("id"), "title": "Reading", "summary": "Chapter 2",
			"started_at": "2026-01-05T09:00:00Z", "ended_at": "2026-01-05T10:00:00Z"}
		for _, c := range []struct{ sent, want object }{
			{object{"title": "High tide"}, object{"title": "High tide", "summary": "Chapter 2"}},
			{object{"title": "", "summary": " "}, object{"title": "", "summary": ""}}, // no defaults here
			{object{"ended_at": "2026-01-05T11:00:00.000"},
				object{"ends_at": "2026-01-05T11:00:00Z", "starts_at": "2026-01-05T09:00:00Z"}},
			{object{"ended_at": "2026-01-05T08:00:00"}, object{"ends_at": "2026-01-05T08:00:00Z"}},
			{object{"ended_at": nil}, object{"ends_at": "2026-01-05T09:15:00Z"}},
			{object{"started_at": "2026-01-05T08:30:00+01:00"},
				object{"starts_at": "2026-01-05T07:30:00Z", "ends_at": "2026-01-05T10:00:00Z"}},
			{object{"note_id": other.Int("id")}, object{"note_id": note.Int("id")}},
			{object{"note_id": "odd", "kind": "plan", "id": 5}, object{"kind": "note_session"}},
		} {
			session := s.session(t, full).Want(t, 201)
			want := session.Object()
			for key, value := range c.want {
				want[key] = value
			}
			apptest.WantFields(t, s.changeSession(t, session, c.sent).WantKeys(t, 200, sessionKeys...).JSON, want)
			apptest.WantFields(t, s.changeSession(t, session, object{}).Want(t, 200).JSON, want)
		}
		session := s.session(t, full).Want(t, 201)
		for field, values := range map[string][]any{
			"title": {nil, strings.Repeat("é", 121), true}, "summary": {nil, strings.Repeat("é", 256)},
			"started_at": {nil, "", "now", "2026-02-30T10:00:00Z"}, "ended_at": {"later", 5},
		} {
			for _, value := range values {
				s.changeSession(t, session, object{field: value, "note_id": 1}).WantFieldErrors(t, field)
			}
		}
		apptest.WantFields(t, s.changeSession(t, session, object{}).Want(t, 200).JSON, session.Object())
	})
}

func TestSessionsThatCannotBeChanged(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		note := s.note(t, s.Alice, object{"title": "Tides", "is_public": true})
		session := s.session(t, object{"note_id": note.Int("id"), "started_at": "2026-01-05T09:00:00Z"}).Want(t, 201)
		unknown := func(path, token string) {
			t.Helper()
			reply := s.Call(t, "PATCH", path, token,
				object{"title": "Mine now", "started_at": "never"}).WantKeys(t, 404, "detail")
			if got := reply.String("detail"); got != "No NoteActivitySession matches the given query." {
				t.Error(got)
			}
		}
		for _, path := range []string{sessionPath(session), sessionsPath + "987654/",
			sessionsPath + "99999999999999999999/"} {
			unknown(path, s.Bob.Token)
			s.Call(t, "PATCH", path, "", object{}).WantKeys(t, 401, "detail")
			s.Call(t, "DELETE", path, s.Alice.Token, nil).WantKeys(t, 405, "detail")
		}
		s.deleteNote(t, s.Alice, note)
		unknown(sessionPath(session), s.Alice.Token)
		if got := apptest.Texts(s.week(t, "start_date=2026-01-05").events(t), "title"); len(got) != 1 || got[0] != "Tides" {
			t.Errorf("while the note is in the bin, the week has %q", got)
		}
		s.Call(t, "POST", fmt.Sprintf("%s%d/restore/", notesPath, note.Int("id")), s.Alice.Token, nil).Want(t, 200)
		s.changeSession(t, session, object{"title": "Again"}).Want(t, 200)
		s.deleteNote(t, s.Alice, note)
		s.Call(t, "DELETE", notesPath+"deleted/empty/", s.Alice.Token, nil).Want(t, 200)
		unknown(sessionPath(session), s.Alice.Token)
		if got := s.week(t, "start_date=2026-01-05").events(t); len(got) != 0 {
			t.Errorf("after the note was deleted for good, the week has %v", got)
		}
	})
}

func TestChangesOfASessionAtOnceAllCount(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		note := s.note(t, s.Alice, object{"title": "Tides"})
		session := s.session(t, object{"note_id": note.Int("id"), "started_at": "2026-01-05T09:00:00Z"}).Want(t, 201)
		want := object{"title": "Reading", "summary": "Chapter 2", "starts_at": "2026-01-05T08:00:00Z",
			"ends_at": "2026-01-05T10:00:00Z"}
		changes := []object{{"title": want["title"]}, {"summary": want["summary"]}, {"started_at": want["starts_at"]},
			{"ended_at": want["ends_at"]}}
		for _, reply := range apptest.AtOnce(len(changes),
			func(i int) apptest.Reply { return s.changeSession(t, session, changes[i]) }) {
			reply.Want(t, 200)
		}
		apptest.WantFields(t, s.changeSession(t, session, object{}).Want(t, 200).JSON, want)
	})
}

// What other faces than HTTP send is held to the same limits.
func TestTheLimitsOfActivityAreThoseOfTheUseCases(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		service, who := activity.New(activity.Options{DB: s.Database(t)}), actor.ServerFor(s.Alice.ID)
		note := s.note(t, s.Alice, object{"title": "Tides"}).Int("id")
		beyond := apptest.Moment(t, "9999-12-31T00:00:00Z").AddDate(0, 0, 1)
		session, err := service.BeginSession(t.Context(), who, activity.SessionDraft{NoteID: note})
		if err != nil || session.Title != "Tides" {
			t.Fatalf("%+v, %v", session, err)
		}
		for field, draft := range map[string]activity.SessionDraft{
			"title":      {Title: strings.Repeat("é", activity.MaxTitle+1)},
			"summary":    {Summary: strings.Repeat("é", activity.MaxSummary+1)},
			"started_at": {StartedAt: &beyond},
			"ended_at":   {EndedAt: &beyond},
		} {
			draft.NoteID = note
			_, err := service.BeginSession(t.Context(), who, draft)
			if !problem.IsKind(err, problem.Invalid) || !strings.HasPrefix(err.Error(), field+": ") {
				t.Errorf("%s: %v", field, err)
			}
			change := activity.SessionPatch{
				Title: patch.To(draft.Title), Summary: patch.To(draft.Summary), EndedAt: patch.To(draft.EndedAt),
			}
			if draft.StartedAt != nil {
				change.StartedAt = patch.To(*draft.StartedAt)
			}
			_, err = service.UpdateSession(t.Context(), who, session.ID, problem.Clean(change))
			if !problem.IsKind(err, problem.Invalid) || !strings.HasPrefix(err.Error(), field+": ") {
				t.Errorf("%s in a change: %v", field, err)
			}
		}
		_, err = service.Week(t.Context(), who, beyond, time.UTC)
		if !problem.IsKind(err, problem.Invalid) {
			t.Errorf("a week past the end of the calendar: %v", err)
		}
	})
}
