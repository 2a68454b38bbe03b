package adopt_test

import (
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// TestWhatOnlySQLiteLetsIn adopts values that the columns of another engine would have refused.
func TestWhatOnlySQLiteLetsIn(t *testing.T) {
	t.Parallel()
	for _, into := range apptest.Engines {
		t.Run(string(into), func(t *testing.T) {
			t.Parallel()
			o := fixture(t, database.SQLite, 0)
			o.exec(t, `
				update notes_note set uuid = '' where id = 1;
				update notes_note set uuid = 'A0000000-0000-4000-8000-00000000000B', is_public = 'false',
					last_edit = '2026-13-45' where id = 2;
				update notes_note set uuid = 'a000000000004000800000000000000b', date_created = '2026-01-01T10:00:00.1234567Z',
					last_edit = '2026-01-01 12:00:00+02:00', content = content || char(0) || x'ff', editor_mode = 'PLAIN' where id = 3;
				update notes_note set last_edit = '', date_created = '12026-01-01 00:00:00', title = replace(hex(zeroblob(200)),
					'00', 'Long '), deleted_at = 'never' where id = 4;
				update auth_user set is_active = 'true', date_joined = 'yesterday' where id = 2;
				update planner_plannerevent set event_date = '2026-12-05 10:00:00', difficulty_weight = 1e12, course_id_id = 12345;
				update planner_heatmapactivity set activity_date = '', word_count = 'many' where id = 1;
				update courses_course set creator_id_id = 987, sort_order = -99999999999 where id = 3;
				insert into notes_noteindex values (90, 0, 4242, 4243), (91, 0, 2, 4243);
				insert into creators_session values (1, '', '', '', '', '2026-01-01', '2026-01-01', null, 1),
					(2, 'ffffffffffffffffffffffffffffffffffffffff', '', '', '', '2099-01-01', '2099-01-01', null, 1),
					(3, 'eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee', '', '', '', '2026-01-01', '2026-01-01', null, 987)`)
			target := o
			arguments := []string{}
			if into == database.PostgreSQL {
				target = &old{engine: into, dataDir: t.TempDir(), url: apptest.EmptyDatabase(t, false)}
				arguments = []string{"--from", o.path}
			}
			target.adopt(t, true, arguments...)
			s := target.start(t)
			ann, other := token(t, s, "ann"), token(t, s, "ANN")
			s.Call(t, "GET", "/api/v1/settings/", "ffffffffffffffffffffffffffffffffffffffff", nil).Want(t, 200)
			for _, path := range []string{"notes/", "courses/", "planner-events/", "front-page/", "heatmap/", "activity/",
				"notes/deleted/",
				"activity/week/?start_date=2026-12-01"} {
				s.Call(t, "GET", "/api/v1/"+path, ann, nil).Want(t, 200)
				s.Call(t, "GET", "/api/v1/"+path, other, nil).Want(t, 200)
			}
			note := s.Call(t, "GET", "/api/v1/notes/3/", ann, nil).Want(t, 200)
			apptest.WantFields(t, note.JSON, map[string]any{"last_edit": "2026-01-01T10:00:00Z",
				"date_created": "2026-01-01T10:00:00.123456Z", "editor_mode": "PLAIN"})
			if !strings.HasSuffix(note.String("content"), "\ufffd") {
				t.Errorf("the content is %q", note.String("content"))
			}
			s.Call(t, "GET", "/api/v1/notes/uuid/a0000000-0000-4000-8000-00000000000b/", ann, nil).Want(t, 200)
			if first := s.Call(t, "GET", "/api/v1/notes/1/", ann, nil).Want(t, 200).String("uuid"); len(first) != 36 {
				t.Errorf("a note without a uuid has %q", first)
			}
			if bin := s.Call(t, "GET", "/api/v1/notes/deleted/", other, nil).List(); len(bin) != 1 {
				t.Errorf("a note that was deleted at no time is not in the bin: %v", bin)
			}
		})
	}
}
