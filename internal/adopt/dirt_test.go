package adopt_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/adopt"
	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// reported adopts, and returns the report, whose numbers it adds up.
func (o *old) reported(t *testing.T, arguments ...string) adopt.Report {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.json")
	o.adopt(t, true, append(arguments, "--report", file)...)
	report := readReport(t, file)
	for _, table := range report.Tables {
		if table.Kept+table.Merged+table.Skipped+table.Present+table.Changed != table.Read {
			t.Errorf("%s does not add up: %+v", table.Name, table)
		}
		if table.Skipped+table.Merged > 0 && len(table.Remarks) == 0 {
			t.Errorf("%s does not say what became of all rows", table.Name)
		}
	}
	return report
}

// wantRemark fails the test unless a rule was met by so many rows of a table.
func wantRemark(t *testing.T, report adopt.Report, table, rule string, rows int64) {
	t.Helper()
	for _, candidate := range report.Tables {
		for _, m := range candidate.Remarks {
			if candidate.Name == table && strings.Contains(m.Rule, rule) {
				if m.Rows != rows {
					t.Errorf("%s: %q was met by %d rows, want %d", table, m.Rule, m.Rows, rows)
				}
				return
			}
		}
	}
	t.Errorf("the report says nothing of %q in %s", rule, table)
}

func TestNamesThatNobodyCanType(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		o := fixture(t, engine, 0)
		const hash = "'pbkdf2_sha256$1000$seasalt$9sUuBn537bDkZYzC/O34aqIoPaIh3jDqjhJD241Ief0='"
		o.exec(t, `insert into auth_user values
			(21, `+hash+`, null, false, ' ', '', '', 'blank@example.org', false, true, '2025-01-01 00:00:00'),
			(22, '!', null, false, '  ', '', '', ' ', false, true, '2025-01-01 00:00:00'),
			(23, `+hash+`, null, false, 'ZOE ', '', '', '', false, true, '2025-01-01 00:00:00'),
			(24, `+hash+`, null, false, 'zoe', '', '', '', false, true, '2025-01-01 00:00:00'),
			(25, `+hash+`, null, false, 'zoe ', '', '', 'zoe@example.org', false, true, '2025-01-01 00:00:00')`)
		report := o.reported(t)
		wantRemark(t, report, "auth_user", "signs in by address", 3)
		s := o.start(t)
		for identifier, id := range map[string]float64{
			"blank@example.org": 21, "zoe": 24, "Zoe": 24, "ZOE": 23, "ZOE ": 23, "zoe@example.org": 25,
		} {
			in := signIn(t, s, identifier, annsPassword).Want(t, 200)
			if user, _ := in.Object()["user"].(map[string]any); user["id"] != id {
				t.Errorf("%q signs %v in", identifier, user)
			}
		}
	})
}

func TestAccountsThatWereUsedAreNotPurged(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		o := fixture(t, engine, 0)
		o.exec(t, `insert into auth_user values
			(31, '!', null, false, 'planned', '', '', '', false, false, '2025-01-01 00:00:00'),
			(32, '!', null, false, 'tokened', '', '', '', false, false, '2025-01-01 00:00:00'),
			(33, '!', null, true, 'ruled', '', '', '', true, false, '2025-01-01 00:00:00');
			insert into creators_creator values (31, null, null, '2025-02-01 00:00:00', '2025-01-01 00:00:00', 31, '', 'P',
				'http://localhost:9080/api/v1', 'S', 'teal', '', null, '', '', ''),
				(39, null, null, '2025-02-01 00:00:00', '2025-01-01 00:00:00', 987, '', 'P', '', 'S', 'teal', '', null, '', '', '');
			insert into planner_plannerevent values (31, 'Kept', '2026-12-05', 0, null, '2026-01-01 00:00:00',
				'2026-01-01 00:00:00', null, 31, null, null, null, false);
			insert into authtoken_token values ('cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd', '2025-01-01 00:00:00', 32)`)
		report := o.reported(t)
		wantRemark(t, report, "auth_user", "switched off", 4)
		wantRemark(t, report, "creators_creator", "its person is not there", 1)
	})
}

func TestBlocksInPlacesThatAreNotThere(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		o := fixture(t, engine, 0)
		o.exec(t, `insert into notes_noteblock values (21, 'N', null, null, false, 'In a place of no note.', null,
				'2026-01-01 00:00:00', '2026-01-05 00:00:00', 11, 2),
				(22, 'N', null, null, false, 'In a note of nobody.', null, '2026-01-01 00:00:00', '2026-01-05 00:00:00', 11, 2);
			insert into notes_noteindex values (21, 0, 4242, 21), (22, 0, 6, 22);
			with recursive n (i) as (select 100 union all select i + 1 from n where i < 5200)
			insert into notes_noteblock select i, 'N', null, null, false, 'In no place ' || i || '.', null,
				'2026-01-01 00:00:00', '2026-01-05 00:00:00', 11, 3 from n`)
		report := o.reported(t)
		wantRemark(t, report, "notes_noteblock", "it stands in no place of its note", 5103)
		s := o.start(t)
		for note, texts := range map[string][]string{
			"2": {"In a place of no note.", "In a note of nobody.", "What the block says."},
			"3": {"In no place 100.", "In no place 5200."},
		} {
			history := s.Call(t, "GET", "/api/v1/notes/"+note+"/history/", token(t, s, "ann"), nil).Want(t, 200).List()
			for _, text := range texts {
				if !slices.ContainsFunc(history, func(v any) bool {
					content, _ := v.(map[string]any)["content"].(string)
					return strings.Contains(content, text)
				}) {
					t.Errorf("%q is in no version of note %s", text, note)
				}
			}
		}
	})
}

func TestSeveralActivitiesOfADay(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		o := fixture(t, engine, 0)
		day := database.Now().AddDate(0, 0, -3).Format("2006-01-02")
		o.exec(t, strings.ReplaceAll(`insert into planner_heatmapactivity values
			(11, 'C', 'DAY', 5, '2026-01-01 00:00:00', null, 11, 1), (12, 'C', 'DAY', 199, '2026-01-01 00:00:00', null, 11, 1),
			(13, 'C', 'DAY', 7, '2026-01-01 00:00:00', null, 11, 1), (14, 'E', 'DAY', 320, '2026-01-01 00:00:00', null, 11, 3),
			(15, 'E', 'DAY', 8, '2026-01-01 00:00:00', null, 13, 3), (16, 'C', 'DAY', 9, '2026-01-01 00:00:00', null, 13, 1),
			(17, 'C', 'DAY', 9, '2026-01-01 00:00:00', null, 13, 1)`, "DAY", day))
		report := o.reported(t)
		wantRemark(t, report, "planner_heatmapactivity", "they are counted together", 4)
		s := o.start(t)
		for name, degree := range map[string]int{"ann": 3, "ANN": 2} {
			cells, _ := s.Call(t, "GET", "/api/v1/heatmap/", token(t, s, name), nil).Want(t, 200).Object()["cells"].([]any)
			at := slices.IndexFunc(cells, func(v any) bool { return v.(map[string]any)["date"] == day })
			apptest.WantFields(t, cells[at], map[string]any{"past_value": degree})
		}
		if n := apptest.Value[int](t, s.App(t).DB, "select max(word_count) from note_activity where kind = 'C'"); n != 199 {
			t.Errorf("the most words are %d", n)
		}
	})
}

func TestTablesOfNoKnownVersion(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		t.Run("further ones are reported", func(t *testing.T) {
			o := fixture(t, engine, 0)
			o.exec(t, `create table notes_mood (id integer primary key, mood varchar(10));
				alter table notes_note add column mood varchar(10);
				create table others (id integer primary key)`)
			report := o.reported(t)
			want := []string{"authtoken_token", "django_migrations", "notes_mood"}
			if !slices.Equal(report.Untouched, want) {
				t.Errorf("nothing is taken over of %v, want %v", report.Untouched, want)
			}
			if !slices.ContainsFunc(report.Tables, func(table *adopt.Table) bool {
				return table.Name == "notes_note" && slices.Equal(table.Ignored, []string{"mood"})
			}) {
				t.Error("a column without a place here is not reported")
			}
		})
		for name, change := range map[string]string{
			"the table notes_note has no column creator_id":           "alter table notes_note rename creator_id_id to who",
			"the table creators_creator is missing beside notes_note": "drop table creators_creator",
			"the table notes_note has no column content":              "alter table notes_note rename content to body",
			"the table notes_note has no column deleted_at": "create table notes_recyclebinentry (id integer primary key, " +
				"note_id_id integer, creator_id_id integer); alter table notes_note rename deleted_at to gone_at",
			"the table planner_plannerevent has no column event_date": "alter table " +
				"planner_plannerevent rename event_date to day",
			"the table notes_noteindex is missing beside notes_noteblock": "drop table notes_noteindex",
			"the column user_id of the table creators_session is no number": "alter table creators_session alter user_id " +
				"type varchar(40)",
		} {
			t.Run(name, func(t *testing.T) {
				o := fixture(t, engine, 0)
				if engine == database.SQLite && strings.Contains(change, " type ") {
					t.Skip("columns of SQLite hold everything")
				}
				o.exec(t, change)
				if message := o.adopt(t, false); !strings.Contains(message, name) {
					t.Errorf("it says %s", message)
				}
				if adoptions, people, notes := o.state(t); adoptions+people+notes > 0 {
					t.Errorf("%d people and %d notes were adopted all the same", people, notes)
				}
			})
		}
	})
}

// TestTextsThatNoIndexHolds adopts what SQLite lets into columns of every length: indexes of PostgreSQL hold less.
func TestTextsThatNoIndexHolds(t *testing.T) {
	t.Parallel()
	for _, into := range apptest.Engines {
		t.Run(string(into), func(t *testing.T) {
			t.Parallel()
			o := fixture(t, database.SQLite, 0)
			const long = "hex(randomblob(5000))"
			o.exec(t, strings.ReplaceAll(`
				update auth_user set username = LONG where id = 3;
				update auth_user set email = LONG || '@example.org' where id in (3, 4);
				update creators_creator set api_key_hash = LONG, image = LONG where id = 14;
				update courses_course set slug = LONG, title = LONG, client_course_id = LONG, cover_image = LONG where id in (3, 4);
				update notes_note set sharing_id = LONG, client_draft_id = LONG, cover_image = LONG where id in (2, 3);
				update notes_note set sharing_id = 'twice' where id in (4, 5);
				update notes_noteblock set image = LONG, text = 'a' || char(0) where id = 4;
				update creators_invitationcode set code_hash = LONG;
				insert into creators_invitationcode select 2, code_hash, '', 1, 0, null, created_at from creators_invitationcode;
				update planner_plannerevent set course_id_id = 'none', ends_at = 'never', difficulty_weight = 'much';
				update notes_noteattachment set file_size = 'big';
				create table creators_socialaccount (id integer primary key, provider text, provider_uid text, email text,
					extra_data text, created_at datetime, user_id integer);
				insert into creators_socialaccount values (1, 'github', '7', '', 'null', '2026-01-01', 1),
					(2, 'github', LONG, '', '{}', '2026-01-01', 2);
				update planner_calendarfeed set last_sync = 'soon'`, "LONG", long))
			target, arguments := o, []string(nil)
			if into == database.PostgreSQL {
				target = &old{engine: into, dataDir: t.TempDir(), url: apptest.EmptyDatabase(t, false)}
				arguments = []string{"--from", o.path}
			}
			report := target.reported(t, arguments...)
			wantRemark(t, report, "creators_creator", "too long for an index", 1)
			wantRemark(t, report, "courses_course", "too long for an index", 4)
			wantRemark(t, report, "courses_course", "a path that leads nowhere", 2)
			wantRemark(t, report, "notes_note", "too long for an index", 4)
			wantRemark(t, report, "notes_note", "no sharing id of its own", 1)
			wantRemark(t, report, "notes_noteblock", "U+FFFD", 1)
			wantRemark(t, report, "creators_invitationcode", "that another one has", 1)
			wantRemark(t, report, "notes_noteattachment", "a size that no file has", 2)
			wantRemark(t, report, "creators_socialaccount", "no JSON object", 1)
			wantRemark(t, report, "creators_socialaccount", "too long for an index", 1)
			wantRemark(t, report, "planner_plannerevent", "its course is not there", 1)
			wantRemark(t, report, "planner_plannerevent", "a number that can't be read", 1)
			wantRemark(t, report, "planner_calendarfeed", "none stands for it", 1)
			s := target.start(t)
			s.Call(t, "GET", "/api/v1/courses/3/", token(t, s, "ann"), nil).Want(t, 200)
			if n := apptest.Value[int](t, s.App(t).DB, "select max(length(title)) from courses"); n != 10000 {
				t.Errorf("a long title has %d characters", n)
			}
		})
	}
}

// TestNamesThatChangedOnBothSides gives a name to a newcomer there that somebody here has taken meanwhile.
func TestNamesThatChangedOnBothSides(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		o := fixture(t, engine, 0)
		s := o.start(t)
		ann := token(t, s, "ann")
		s.Call(t, "PATCH", "/api/v1/settings/", ann, map[string]any{"username": "anna"}).Want(t, 200)
		const hash = "'pbkdf2_sha256$1000$seasalt$9sUuBn537bDkZYzC/O34aqIoPaIh3jDqjhJD241Ief0='"
		o.exec(t, `update auth_user set username = 'off' where id = 5;
			update auth_user set username = 'waits' where id = 4;
			insert into auth_user values (6, `+hash+`, null, false, 'Anna', '', '', 'six@example.org', false, true,
				'2025-01-01 00:00:00'), (7, '!', null, false, 'anna', '', '', '', false, true, '2025-01-01 00:00:00')`)
		report := o.reported(t)
		wantRemark(t, report, "auth_user", "must be typed as it is spelled", 2)
		for identifier, id := range map[string]float64{"anna": 1, "ANNA": 1, "Anna": 6, "ANN": 2} {
			in := signIn(t, s, identifier, annsPassword).Want(t, 200)
			if user, _ := in.Object()["user"].(map[string]any); user["id"] != id {
				t.Errorf("%q signs %v in", identifier, user)
			}
		}
	})
}

// TestEveryEarlierVersion takes the schema back to that of 2024, a migration after another.
func TestEveryEarlierVersion(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		before := ""
		for _, step := range []struct{ name, change string }{
			{"0.1.90", ""},
			{"notes 0017", `alter table creators_creator drop column mcp_skill_md;
				alter table notes_note drop column custom_meta`},
			{"creators 0028", `alter table notes_note drop column cover_image`},
			{"notes 0016", `drop table creators_session`},
			{"notes 0015", `alter table courses_course rename to notes_course;
				alter table planner_plannerevent rename to notes_plannerevent;
				alter table planner_heatmapactivity rename to notes_heatmapactivity;
				alter table planner_calendarfeed rename to notes_calendarfeed`},
			{"notes 0013", `drop table notes_noteattachment; alter table notes_course drop column icon`},
			{"creators 0027", `alter table notes_note drop column uuid; alter table notes_note drop column note_type;
				alter table notes_note drop column source_note_id`},
			{"notes 0010", `drop table creators_invitationcode; alter table creators_creator drop column api_key_hash;
				alter table creators_creator drop column api_key_prefix; alter table notes_course drop column client_course_id;
				alter table notes_course drop column sort_order`},
			{"notes 0008", `alter table notes_note drop column client_draft_id; alter table notes_note drop column deleted_at;
				alter table notes_plannerevent drop column is_completed; alter table notes_plannerevent drop column completed_at`},
			{"notes 0007", `alter table creators_creator drop column editor_mode;
				alter table creators_creator drop column theme_mode;
				alter table creators_creator drop column theme_preset; alter table creators_creator drop column api_base_url;
				alter table creators_creator drop column app_settings_json;
				alter table creators_creator drop column app_settings_updated_at; alter table notes_note drop column is_public;
				alter table notes_plannerevent drop column starts_at; alter table notes_plannerevent drop column ends_at`},
			{"notes 0006", `alter table notes_note drop column content; alter table notes_note drop column editor_mode;
				alter table notes_note drop column metadata_json; drop table notes_calendarfeed; drop table notes_noteversion`},
			{"notes 0004", `drop table notes_plannerevent; drop table notes_heatmapactivity; drop table notes_course;
				alter table notes_note drop column course_id_id`},
		} {
			before += step.change + ";"
			t.Run(step.name, func(t *testing.T) {
				o := fixture(t, engine, 0)
				o.exec(t, before)
				report := o.reported(t)
				for table, kept := range map[string]int64{
					"auth_user": 5, "creators_creator": 4, "notes_note": 5, "notes_noteblock": 6,
				} {
					at := slices.IndexFunc(report.Tables, func(candidate *adopt.Table) bool { return candidate.Name == table })
					if report.Tables[at].Kept != kept {
						t.Errorf("%d rows of %s were kept, want %d", report.Tables[at].Kept, table, kept)
					}
				}
				if out := o.adopt(t, true); !strings.HasPrefix(out, "Nothing is new") {
					t.Errorf("another run says %s", out)
				}
			})
		}
	})
}

// TestBlankClientIDs makes a course and a note without client ids where adopted ones have blank ones.
func TestBlankClientIDs(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		o := fixture(t, engine, 0)
		o.exec(t, "update courses_course set client_course_id = '' where id = 3; "+
			"update notes_note set client_draft_id = '' where id = 3")
		s := o.start(t)
		ann := token(t, s, "ann")
		for path, body := range map[string]map[string]any{
			"courses": {"title": "Another"}, "notes": {"title": "Another", "content": "x", "client_draft_id": ""},
		} {
			made := s.Call(t, "POST", "/api/v1/"+path+"/", ann, body).Want(t, 201)
			if id := made.Int("id"); id <= 5 {
				t.Errorf("%s overwrote %d", path, id)
			}
		}
	})
}
