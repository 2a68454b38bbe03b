package adopt_test

import (
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// run runs another command of the program on the configured database.
func (o *old) run(t *testing.T, arguments ...string) {
	t.Helper()
	cmd := apptest.Program(t, o.environment(testKey, "DJANGO_SUPERUSER_PASSWORD=Admin-pass-123"), arguments...)
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", arguments, err, output)
	}
}

// courseTables are those of the former system that the fixture does not have.
const courseTables = `
	create table courses_coursesubscription (id bigint primary key, is_active boolean, subscribed_at TIME,
		last_opened_at TIME, date_created TIME, last_edit TIME, course_id_id bigint, creator_id_id bigint);
	create table courses_courseoperationlog (id bigint primary key, operation_type varchar(16), metadata_json text,
		occurred_at TIME, date_created TIME, course_id_id bigint, creator_id_id bigint);
	create table courses_coursemedia (id bigint primary key, title varchar(120), description varchar(255),
		image varchar(100), source varchar(255), date_created TIME, course_id_id bigint);
	create table creators_socialaccount (id bigint primary key, provider varchar(16), provider_uid varchar(255),
		email varchar(254), extra_data text, created_at TIME, user_id integer)`

// TestWhatRefersToRowsThatAreGone lets the former system write on for somebody, and in courses, that were deleted here,
// and gives ids there that were given to other people's rows here.
func TestWhatRefersToRowsThatAreGone(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		o := fixture(t, engine, 0)
		o.exec(t, strings.ReplaceAll(courseTables, "TIME", "timestamp"))
		s := o.start(t)
		ann := token(t, s, "ann")
		s.Call(t, "DELETE", "/api/v1/courses/3/", ann, nil).Want(t, 204)
		o.run(t, "user", "delete", "2", "--yes")
		o.run(t, "createsuperuser", "--username=newcomer", "--email=new@example.org")
		in := signIn(t, s, "newcomer", "Admin-pass-123").Want(t, 200)
		newcomer := in.String("token")
		if user, _ := in.Object()["user"].(map[string]any); user["id"] != 6.0 {
			t.Fatalf("the newcomer is %v", user)
		}
		course := s.Call(t, "POST", "/api/v1/courses/", newcomer, map[string]any{"title": "Hers"}).Want(t, 201).Int("id")
		note := s.Call(t, "POST", "/api/v1/notes/", newcomer,
			map[string]any{"title": "Hers", "content": "x"}).Want(t, 201).Int("id")

		row := func(insert string) string {
			values := strings.NewReplacer("NOTE", itoa(note), "COURSE", itoa(course), "DAY", "'2026-11-01 00:00:00'")
			return values.Replace(insert)
		}
		noteRow := func(id, profile, in, uuid string) string {
			return "insert into notes_note values (" + id + ", 'late-" + id + "', 'Late', '', DAY, DAY, " + profile + ", " + in +
				", 'late', 'P', '', false, null, null, 'N', NOTE, 'a00000000000400080000000000000" + uuid + "', null, '');"
		}
		o.exec(t, row(`
			insert into auth_user values (6, '!', null, false, 'late', '', '', 'late@example.org', false, true, DAY);
			insert into creators_creator values (16, null, null, DAY, DAY, 6, '', 'P', '', 'S', 'teal', '', null, '', '', '');
			insert into courses_course values (COURSE, 'late', 'Late', '', null, false, DAY, DAY, 16, null, 0, null),
				(2001, 'late-2', 'Late', '', null, false, DAY, DAY, 16, null, 0, null);`+
			noteRow("NOTE", "16", "COURSE", "21")+noteRow("1002", "11", "COURSE", "22")+noteRow("1003", "11", "3", "23")+
			noteRow("1004", "13", "1", "24")+noteRow("1005", "16", "1", "25")+`
			insert into notes_noteversion values (1001, 'Late', null, 'theirs', '', 'P', 'manual', DAY, 16, NOTE);
			insert into notes_noteattachment values (1001, 'a/theirs.txt', 'theirs.txt', 1, '', DAY, NOTE);
			insert into planner_heatmapactivity values (1001, 'C', '2026-11-01', 9, DAY, null, 16, NOTE),
				(1002, 'C', '2026-11-01', 9, DAY, null, 11, NOTE);
			insert into planner_plannerevent values
				(1001, 'Late', '2026-12-05', 0, null, DAY, DAY, 3, 11, null, null, null, false),
				(1002, 'Late', '2026-12-05', 0, null, DAY, DAY, COURSE, 11, null, null, null, false),
				(1003, 'Late', '2026-12-05', 0, null, DAY, DAY, null, 16, null, null, null, false);
			insert into planner_calendarfeed values (1001, 'Late', 'I', '', '', true, null, DAY, DAY, 3, 11);
			insert into courses_coursesubscription values (1, true, DAY, null, DAY, DAY, 3, 11),
				(2, true, DAY, null, DAY, DAY, COURSE, 11), (3, true, DAY, null, DAY, DAY, 1, 16);
			insert into courses_courseoperationlog values (1, 'open', '', DAY, DAY, 3, 11), (2, 'open', '', DAY, DAY, 1, 13);
			insert into courses_coursemedia values (1, 'Late', null, null, null, DAY, 3),
				(2, 'Late', null, null, null, DAY, COURSE);
			insert into creators_session values (1, 'dddddddddddddddddddddddddddddddddddddddd', '', '', '', DAY, DAY, null, 6);
			insert into creators_socialaccount values (1, 'github', '7', '', '{}', DAY, 6),
				(2, 'github', '8', '', '{}', DAY, 2)`))
		report := o.reported(t)
		wantRemark(t, report, "auth_user", "its id was given to something new here", 1)
		wantRemark(t, report, "courses_course", "its id was given to something new here", 1)
		wantRemark(t, report, "courses_course", "its owner was deleted here", 1)
		wantRemark(t, report, "notes_note", "its course was deleted here", 2)
		wantRemark(t, report, "notes_note", "the note that it is about is not there", 2)
		wantRemark(t, report, "planner_plannerevent", "its course was deleted here", 2)
		wantRemark(t, report, "planner_calendarfeed", "its course was deleted here", 1)
		for table, rows := range map[string]int64{
			"notes_note": 5, "planner_plannerevent": 1, "creators_session": 1, "creators_socialaccount": 2,
			"courses_coursesubscription": 1,
		} {
			wantRemark(t, report, table, "its person is not there", rows)
		}
		for _, path := range []string{"notes/" + itoa(note) + "/history/", "notes/" + itoa(note) + "/attachments/"} {
			if list := s.Call(t, "GET", "/api/v1/"+path, newcomer, nil).Want(t, 200).List(); len(list) > 0 {
				t.Errorf("%s of the newcomer is %v", path, list)
			}
		}
		inCourse := s.Call(t, "GET", "/api/v1/courses/"+itoa(course)+"/notes/", newcomer, nil).Want(t, 200).List()
		if len(inCourse) > 0 {
			t.Errorf("in the newcomer's course is %v", inCourse)
		}
		for _, id := range []string{"1002", "1003"} {
			apptest.WantFields(t, s.Call(t, "GET", "/api/v1/notes/"+id+"/", ann, nil).Want(t, 200).JSON,
				map[string]any{"course_id": nil, "source_note": nil})
		}
		if n := apptest.Value[int](t, s.App(t).DB, "select count(*) from note_activity where word_count = 9"); n != 0 {
			t.Error("activity on somebody else's note was counted on the newcomer's")
		}
		if out := o.adopt(t, true); !strings.HasPrefix(out, "Nothing is new") {
			t.Errorf("another run says %s", out)
		}
	})
}

// TestSubscriptionsThatChangedThere changes subscriptions on one side and on both, and links accounts on both.
func TestSubscriptionsThatChangedThere(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		o := fixture(t, engine, 0)
		const day = "'2026-01-01 00:00:00'"
		o.exec(t, strings.NewReplacer("TIME", "timestamp", "DAY", day).Replace(courseTables+`;
			insert into courses_coursesubscription values (1, true, DAY, null, DAY, DAY, 4, 11),
				(2, true, DAY, null, DAY, DAY, 5, 11), (3, false, DAY, null, DAY, DAY, 1, 13),
				(4, true, DAY, null, DAY, DAY, 4, 12),
				(5, true, DAY, null, DAY, DAY, 3, 13);
			insert into creators_socialaccount values (1, 'github', '7', '', '{}', DAY, 1)`))
		o.adopt(t, true)
		o.exec(t, strings.ReplaceAll(`
			update course_subscriptions set is_active = true where course_id = 1;
			insert into social_accounts (id, user_id, provider, provider_uid, created_at, updated_at)
				values (2, 2, 'github', '8', DAY, DAY);
			update courses_coursesubscription set is_active = false where id = 2;
			update courses_coursesubscription set last_opened_at = DAY where id = 3;
			insert into courses_coursesubscription values (6, true, DAY, null, DAY, DAY, 5, 15);
			insert into creators_socialaccount values (2, 'github', '9', '', '{}', DAY, 4),
				(3, 'github', '8', '', '{}', DAY, 3)`,
			"DAY", day))
		report := o.reported(t)
		wantRemark(t, report, "courses_coursesubscription", "changed there and here", 1)
		wantRemark(t, report, "creators_socialaccount", "what is here in another row", 1)
		db := apptest.OpenDatabase(t, o.environment(testKey))
		for query, want := range map[string]int{
			"select count(*) from course_subscriptions where is_active and course_id in (1, 3, 4)":            3,
			"select count(*) from course_subscriptions where not is_active and course_id = 5 and user_id = 1": 1,
			"select count(*) from course_subscriptions where is_active and course_id = 5 and user_id = 5":     1,
			"select count(*) from social_accounts":                                                            3,
		} {
			if n := apptest.Value[int](t, db, query); n != want {
				t.Errorf("%s: %d, want %d", query, n, want)
			}
		}
		if out := o.adopt(t, true); !strings.HasPrefix(out, "Nothing is new") {
			t.Errorf("another run says %s", out)
		}
	})
}

// TestSessionsThatEndedThere ends a session on the former server, and begins another one, after the adoption.
func TestSessionsThatEndedThere(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		o := fixture(t, engine, 0)
		ended, began := strings.Repeat("e", 40), strings.Repeat("f", 40)
		signIn := func(id, key, user string) {
			now := database.Now().Format("2006-01-02 15:04:05.999999")
			o.exec(t, "insert into creators_session values ("+id+", '"+key+"', '', '', '', '"+now+"', '"+now+"', null, "+
				user+")")
		}
		signIn("1", ended, "1")
		s := o.start(t)
		s.Call(t, "GET", "/api/v1/settings/", ended, nil).Want(t, 200)
		signIn("2", began, "2")
		o.exec(t, "update creators_session set revoked_at = last_seen_at where id = 1;"+
			"update planner_plannerevent set starts_at = '2026-12-07 10:00:00'")
		report := o.reported(t)
		wantRemark(t, report, "creators_session", "it was ended there", 1)
		wantRemark(t, report, "planner_plannerevent", "the start counts", 1)
		if remarks := report.Tables[2].Remarks; report.Tables[2].Name != "creators_session" || len(remarks) != 1 {
			t.Errorf("the report of sessions is %+v", report.Tables[2])
		}
		s.Call(t, "GET", "/api/v1/settings/", ended, nil).Want(t, 401)
		s.Call(t, "GET", "/api/v1/settings/", began, nil).Want(t, 200)
	})
}

// TestPasswordsOfBothServers changes passwords on one server while other things of the same people change on the other.
func TestPasswordsOfBothServers(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		o := fixture(t, engine, 0)
		s := o.start(t)
		const fresh = "A-new-pass-word-1"
		s.Call(t, "POST", "/api/v1/auth/login/", "", map[string]any{"email": "ANN", "password": annsPassword}).Want(t, 200)
		cmd := apptest.Program(t, o.environment(testKey), "user", "set-password", "1")
		cmd.Stdin = strings.NewReader(fresh + "\n")
		if output, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
		settings := map[string]any{"theme_mode": "D"}
		waits := signIn(t, s, "ANN", annsPassword).Want(t, 200).String("token")
		s.Call(t, "PATCH", "/api/v1/settings/", waits, settings).Want(t, 200)
		o.exec(t, "update creators_creator set last_login = '2026-11-02 00:00:00'")
		o.reported(t)
		signIn(t, s, "ann", fresh).Want(t, 200)
		signIn(t, s, "ann", annsPassword).Want(t, 400)
		theirs := signIn(t, s, "ANN", annsPassword).Want(t, 200).String("token")
		apptest.WantFields(t, s.Call(t, "GET", "/api/v1/settings/", theirs, nil).JSON, settings)
		o.exec(t, "update auth_user set password = '!' where id = 1")
		o.reported(t)
		signIn(t, s, "ann", fresh).Want(t, 400)
	})
}
