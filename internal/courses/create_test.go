package courses_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
)

var courseKeys = []string{
	"id", "client_course_id", "slug", "title", "description", "cover_image_url", "icon", "is_default",
	"sort_order", "owner",
	"subscriber_count", "is_subscribed", "last_opened_at", "recent_notes", "media",
}

func TestCreateKeepsAllFields(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		sent := object{"title": "Linear Algebra", "description": "Vectors", "icon": 58136, "client_course_id": "phone-1"}
		want := maps.Clone(sent)
		maps.Copy(want, object{
			"slug": "linear-algebra", "cover_image_url": "", "is_default": false, "sort_order": 0, "subscriber_count": 0,
			"is_subscribed": false, "last_opened_at": nil, "recent_notes": []any{}, "media": []any{},
		})
		made := s.Call(t, "POST", apptest.CoursesPath, s.Alice.Token, sent).WantKeys(t, 201, courseKeys...)
		read := s.Call(t, "GET", byID(made.Int("id")), s.Alice.Token, nil).WantKeys(t, 200, courseKeys...)
		for _, course := range append(s.list(t, s.Alice.Token)[1:], made.JSON, read.JSON) {
			apptest.WantKeys(t, "the course", course, courseKeys...)
			apptest.WantFields(t, course, want)
			owner := course.(object)["owner"]
			apptest.WantKeys(t, "the owner", owner, "id", "username", "display_name", "image_url")
			apptest.WantFields(t, owner, object{"id": s.Alice.ID, "username": "alice", "display_name": "alice"})
			if picture, _ := owner.(object)["image_url"].(string); !strings.HasPrefix(picture, s.URL+"/media/") {
				t.Errorf("the owner's picture is %q, want an absolute address on %s", picture, s.URL)
			}
		}
	})
}

func TestCreateReadsFieldsLeniently(t *testing.T) {
	cases := []struct {
		sent, want object
	}{
		{object{}, object{"description": "", "icon": nil, "client_course_id": nil}},
		{object{"description": nil, "icon": nil, "client_course_id": nil},
			object{"description": "", "icon": nil, "client_course_id": nil}},
		{object{"client_course_id": "", "description": ""}, object{"description": "", "client_course_id": nil}},
		{object{"client_course_id": strings.Repeat("é", 64)}, object{"client_course_id": strings.Repeat("é", 64)}},
		{object{"icon": "58136"}, object{"icon": 58136}},
		{object{"icon": 0}, object{"icon": 0}},
		{object{"icon": 2147483647}, object{"icon": 2147483647}},
		{object{"title": 1992}, object{"title": "1992"}},
		{object{"title": " \u3000Spaces\u00a0 "}, object{"title": "Spaces"}},
		{object{"title": strings.Repeat("港", 120)}, object{"title": strings.Repeat("港", 120)}},
		{object{"description": strings.Repeat("Vectors. ", 1000) + "End."},
			object{"description": strings.Repeat("Vectors. ", 1000) + "End."}},
		{object{"is_default": true, "slug": "mine", "owner": 7, "sort_order": 3},
			object{"is_default": false, "sort_order": 0}},
		{object{"title": "😀 עברית ﷽"}, object{"title": "😀 עברית ﷽"}},
	}
	onSite(t, func(t *testing.T, s *site) {
		for i, c := range cases {
			body := object{"title": fmt.Sprint("Course ", i)}
			maps.Copy(body, c.sent)
			made := s.Call(t, "POST", apptest.CoursesPath, s.Alice.Token, body).Want(t, 201)
			apptest.WantFields(t, made.JSON, c.want)
			apptest.WantFields(t, s.Call(t, "GET", byID(made.Int("id")), s.Alice.Token, nil).Want(t, 200).JSON, c.want)
		}
	})
}

func TestCreateRefusesFields(t *testing.T) {
	cases := []struct {
		sent   string // JSON
		fields []string
	}{
		{`{"description": "no title"}`, []string{"title"}},
		{``, []string{"title"}},
		{`{"title": ""}`, []string{"title"}},
		{`{"title": "\u2003"}`, []string{"title"}},
		{`{"title": null}`, []string{"title"}},
		{`{"title": false}`, []string{"title"}},
		{`{"title": "a\u0000b"}`, []string{"title"}},
		{fmt.Sprintf(`{"title": %q}`, strings.Repeat("é", 121)), []string{"title"}},
		{`{"title": "x", "description": {}}`, []string{"description"}},
		{`{"title": "x", "icon": "star"}`, []string{"icon"}},
		{`{"title": "x", "icon": 1.5}`, []string{"icon"}},
		{`{"title": "x", "icon": 2147483648}`, []string{"icon"}},
		{fmt.Sprintf(`{"title": "x", "client_course_id": %q}`, strings.Repeat("x", 65)), []string{"client_course_id"}},
		{`{"icon": [], "client_course_id": {}}`, []string{"title", "icon", "client_course_id"}},
		{`[]`, []string{"non_field_errors"}},
		{`{"title"`, nil},
	}
	onSite(t, func(t *testing.T, s *site) {
		for _, c := range cases {
			reply := s.Call(t, "POST", apptest.CoursesPath, s.Alice.Token, c.sent)
			if c.fields == nil {
				reply.WantKeys(t, 400, "detail")
				continue
			}
			reply.WantFieldErrors(t, c.fields...)
		}
		s.Call(t, "POST", apptest.CoursesPath, "", object{}).WantKeys(t, 401, "detail")
		if titles := apptest.Texts(s.list(t, s.Alice.Token), "title"); len(titles) != 1 {
			t.Errorf("refused courses were stored: %q", titles)
		}
	})
}

func TestSlugs(t *testing.T) {
	long := strings.Repeat("abcdefghi ", 11)
	cases := []struct{ title, slug string }{
		{"Linear Algebra", "linear-algebra"},
		{"Étude No. 1 / Évora", "etude-no-1-evora"},
		{"C++ & Go!", "c-go"},
		{"a_b  --  c", "a_b-c"},
		{"- _dashes_ -", "dashes"},
		{"ﬁne ½ İstanbul Straße", "fine-12-istanbul-strae"},
		{"🚀 Launch", "launch"},
		{"数学", "local-course"},
		{"!?", "local-course-2"},
		{"___", "local-course-3"},
		{"linear ALGEBRA!", "linear-algebra-2"},
		{"linear algebra?", "linear-algebra-3"},
		{long, strings.Repeat("abcdefghi-", 10)},
		{long + "!", strings.Repeat("abcdefghi-", 10) + "-2"},
		{"linear", "linear"},
	}
	onSite(t, func(t *testing.T, s *site) {
		for _, c := range cases {
			made := s.Call(t, "POST", apptest.CoursesPath, s.Alice.Token, object{"title": c.title}).Want(t, 201)
			if slug := made.String("slug"); slug != c.slug {
				t.Errorf("%q has the slug %q, want %q", c.title, slug, c.slug)
			}
		}
		made := s.Call(t, "POST", apptest.CoursesPath, s.Bob.Token, object{"title": "Linear Algebra"}).Want(t, 201)
		if slug := made.String("slug"); slug != "linear-algebra-4" {
			t.Errorf("the same title of another owner has the slug %q", slug)
		}
	})
}
