package adopt_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// TestIDsThatCannotBeKept adopts rows that no request can name, and rows beyond whose ids there are none.
func TestIDsThatCannotBeKept(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		o := fixture(t, engine, 0)
		o.exec(t, strings.ReplaceAll(`
			update auth_user set id = 0 where id = 2; update creators_creator set user_id_id = 0 where user_id_id = 2;
			update creators_session set user_id = 0 where user_id = 2;
			update courses_course set id = MAX where id = 4; update notes_note set course_id_id = MAX where course_id_id = 4;
			update planner_plannerevent set id = MAX, course_id_id = MAX where id = 1;
			update notes_note set id = -7 where id = 4;
			update notes_note set id = 0 where id = 2; update notes_note set source_note_id = 0 where source_note_id = 2;
			update notes_noteversion set note_id_id = 0 where note_id_id = 2; update notes_noteversion set id = MAX where id = 1;
			update notes_noteattachment set note_id_id = 0 where note_id_id = 2;
			update planner_heatmapactivity set note_id_id = 0 where note_id_id = 2;
			update notes_noteblock set id = MAX, note_id_id = 0 where id = 3;
			update notes_noteindex set noteblock_id_id = MAX, note_id_id = 0 where noteblock_id_id = 3;
			insert into notes_noteversion values
				(3, 'Of none', null, 'of none', '', 'P', 'manual', '2026-01-01 00:00:00', 11, 8);
			create table courses_coursesubscription (id bigint primary key, is_active boolean, subscribed_at timestamp,
				last_opened_at timestamp, date_created timestamp, last_edit timestamp, course_id_id bigint, creator_id_id bigint);
			insert into courses_coursesubscription values (MAX, true, '2026-01-01 00:00:00', null, '2026-01-01 00:00:00',
				'2026-01-01 00:00:00', MAX, 11)`, "MAX", "9223372036854775807"))
		report := o.reported(t)
		for table, rows := range map[string]int64{"auth_user": 1, "courses_course": 1, "notes_note": 2,
			"notes_noteblock": 1, "notes_noteversion": 1, "planner_plannerevent": 1} {
			wantRemark(t, report, table, "it gets another one", rows)
		}
		wantRemark(t, report, "notes_noteversion", "its note is not there", 2)
		if out := o.adopt(t, true); !strings.HasPrefix(out, "Nothing is new") {
			t.Errorf("another run says %s", out)
		}

		// The former system gives ids to others that these rows got here.
		o.exec(t, `
			insert into auth_user values (6, '!', null, false, 'late', '', '', '', false, true, '2026-10-01 00:00:00');
			insert into creators_creator values (16, null, null, '2026-10-01 00:00:00', '2026-10-01 00:00:00', 6, '', 'P',
				'http://localhost:9080/api/v1', 'S', 'teal', '', null, '', '', '');
			insert into notes_note values (7, 'late', 'Late', '', '2026-10-01 00:00:00', '2026-10-01 00:00:00', 16, null, 'x',
				'P', '', true, null, null, 'N', 0, 'b0000000000040008000000000000007', null, '')`)
		report = o.reported(t)
		wantRemark(t, report, "auth_user", "it gets another one", 2)
		wantRemark(t, report, "notes_note", "it gets another one", 3)
		if out := o.adopt(t, true); !strings.HasPrefix(out, "Nothing is new") {
			t.Errorf("another run says %s", out)
		}

		s := o.start(t)
		ann, other := token(t, s, "ann"), token(t, s, "ANN")
		apptest.WantFields(t, s.Call(t, "GET", "/api/v1/courses/6/", other, nil).Want(t, 200).JSON,
			map[string]any{"title": "Theirs"})
		apptest.WantFields(t, s.Call(t, "GET", "/api/v1/notes/8/", ann, nil).Want(t, 200).JSON,
			map[string]any{"title": "Disagrees", "course_id": 6})
		apptest.WantFields(t, s.Call(t, "GET", "/api/v1/notes/7/", other, nil).Want(t, 200).JSON,
			map[string]any{"title": "Comment", "source_note_uuid": "a0000000-0000-4000-8000-000000000002"})
		apptest.WantFields(t, s.Call(t, "GET", "/api/v1/notes/9/", ann, nil).Want(t, 200).JSON,
			map[string]any{"title": "Late", "source_note_uuid": "a0000000-0000-4000-8000-000000000002"})
		history := s.Call(t, "GET", "/api/v1/notes/8/history/", ann, nil).Want(t, 200).List()
		for _, text := range []string{"before", "What the block says."} {
			if len(history) != 2 || !slices.ContainsFunc(history, func(v any) bool {
				content, _ := v.(map[string]any)["content"].(string)
				return strings.Contains(content, text)
			}) {
				t.Errorf("%q is not in %v", text, history)
			}
		}
		events := s.Call(t, "GET", "/api/v1/planner-events/", ann, nil).Want(t, 200).List()
		if len(events) != 1 {
			t.Fatalf("the events are %v", events)
		}
		apptest.WantFields(t, events[0], map[string]any{"id": 1, "course_id": 6})
		s.Call(t, "POST", "/api/v1/courses/", ann, map[string]any{"title": "New"}).Want(t, 201)
		s.Call(t, "POST", "/api/v1/notes/", ann, map[string]any{"title": "New", "content": "x"}).Want(t, 201)
		s.Call(t, "POST", "/api/v1/planner-events/", ann,
			map[string]any{"title": "New", "event_date": "2026-12-01"}).Want(t, 201)
	})
}

// TestMadeUpNamesThatAreTaken gives rows without a slug or a sharing id one that another row has already.
func TestMadeUpNamesThatAreTaken(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		o := fixture(t, engine, 0)
		o.exec(t, `update courses_course set slug = 'course-2-' where id = 1;
			update courses_course set slug = '' where id = 2;
			update notes_note set sharing_id = 'note-3' where id = 1; update notes_note set sharing_id = '' where id = 3;
			alter table notes_note add column title_id integer; alter table auth_user add column email_id integer`)
		report := o.reported(t)
		wantRemark(t, report, "courses_course", "it gets another one", 1)
		wantRemark(t, report, "notes_note", "no sharing id of its own", 1)
		s := o.start(t)
		apptest.WantFields(t, s.Call(t, "GET", "/api/v1/notes/3/", token(t, s, "ann@example.org"), nil).Want(t, 200).JSON,
			map[string]any{"title": "Agrees"})
		if id := apptest.Value[string](t, s.App(t).DB, "select sharing_id from notes where id = 3"); id != "note-3-2" {
			t.Errorf("a note without a sharing id gets %q", id)
		}
	})
}
