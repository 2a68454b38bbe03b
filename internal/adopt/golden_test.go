package adopt_test

import (
	"fmt"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// goldenSet is a database that the former system wrote, with what it answered. There may be several.
const goldenSet = "visible"

func TestAnswersAreThoseOfTheFormerSystem(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		o := restore(t, engine, goldenSet)
		if engine == database.SQLite { // the answers were given without the rows that only SQLite lets in
			o.exec(t, "delete from notes_note where sharing_id like 'sq-%'; delete from planner_plannerevent where title = "+
				"'naive'")
		}
		s := o.start(t)
		a := s.App(t)
		apptest.Eventually(t, "calendars are read, and notes can be found", func() bool {
			return apptest.Value[int](t, a.DB, `select (select count(*) from calendar_feed_bodies where parser_version = 0) +
				(select count(*) from notes n left join note_search s on s.note_id = n.id
					where n.deleted_at is null and s.note_id is null)`) == 0
		})
		g := newGolden(t, s, o)
		for _, exchange := range o.golden(t) {
			g.compare(t, exchange)
		}
		if g.equal < 500 {
			t.Errorf("only %d answers were compared as wholes", g.equal)
		}
	})
}

// exchange is what the former system answered.
type exchange struct {
	Who, Method, Path string
	Status            int
	Body              any
}

type golden struct {
	server *apptest.Server
	tokens map[string]string // Authorization by who
	users  map[float64]float64
	equal  int
}

func newGolden(t *testing.T, s *apptest.Server, o *old) *golden {
	g := &golden{server: s, tokens: map[string]string{}, users: map[float64]float64{}}
	people := o.people(t)
	for _, p := range people.People {
		for _, profile := range p.Profiles {
			g.users[profile] = p.ID
		}
		for _, token := range p.Tokens {
			g.tokens[fmt.Sprintf("%s (another token: %s)", p.Username, token.Made)] = "Token " + token.Token
			if !strings.HasPrefix(token.Note, "idle") && !strings.HasPrefix(token.Note, "revoked") {
				g.tokens[p.Username] = "Token " + token.Token
			}
		}
		g.tokens[p.Username+" (API key)"] = "Bearer " + p.APIKey
		g.tokens[p.Username+" (an API key that was replaced)"] = "Bearer " + p.DeadKey
	}
	for _, other := range people.Others {
		g.tokens[other.Who] = "Token " + other.Token
	}
	return g
}

func (g *golden) compare(t *testing.T, e exchange) {
	t.Helper()
	request := g.server.Request(t, e.Method, e.Path, nil)
	if e.Who != "anonymous" {
		token, ok := g.tokens[e.Who]
		if !ok {
			t.Fatalf("no token of %s", e.Who)
		}
		request.Header.Set("Authorization", token)
	}
	got := apptest.Do(t, request)
	switch {
	case e.Status == 500: // two profiles of one person: one now
		got.Want(t, 200)
		return
	case e.Status == 200 && got.Status == 404 && strings.HasPrefix(e.Path, "/api/v1/courses/"):
		return // decision 1: strangers see no Inbox, and no course without public notes
	case got.Status != e.Status:
		t.Errorf("%s, %s %s: %d, the former system said %d", e.Who, e.Method, e.Path, got.Status, e.Status)
		return
	case e.Status != 200:
		return // texts of refusals are our own
	}
	differences := g.differences(e, got)
	differences = slices.DeleteFunc(differences, func(d string) bool { return decided(e.Path, d) })
	if len(differences) > 0 {
		t.Errorf("%s, %s %s:\n    %s", e.Who, e.Method, e.Path,
			strings.Join(differences[:min(len(differences), 5)], "\n    "))
		return
	}
	g.equal++
}

// decisions are where answers differ on purpose: a pattern of the path, one of the difference, and why.
var decisions = []struct {
	path, difference string
}{
	{`.`, `image_url .*(profile_latest|avatars)`},                           // a generated picture: no file, no row
	{`/courses/\d+/(notes/)?$`, `subscriber_count|recent_notes|^ \[\] is `}, // two profiles were two; decision 1
	{`/courses/(\d+/)?$`, `description is "", was null`},                    // null is "" here
	{`/courses/(\d+/)?$`, `is_default is false, was true`},                  // a second Inbox is an ordinary course
	{`/notes/(\d+|uuid/.*)/$`, `^\.blocks`},                                 // decision 23; see TestBlocks
	{`.`, `preview_lines|excerpt`},                                          // decision 34
	// Moved in time; hashes without a key are gone.
	{`/auth/sessions/`, `last_seen_at|created_at|ip_hash_prefix`},
	{`/auth/session/`, `last_seen_at|created_at`},
	{`/integrations/github/`, `install_url|app_name`},      // not configured here
	{`/notes/deleted/`, `^ \[\] is |recycle_bin_entry_id`}, // decision: the bin follows from the note
	{`/(planner-events|front-page)/`, `event_date`},        // that of starts_at where both disagreed
	{`/activity/week/`, `deadlines|starts_at|ends_at`},     // deadlines move with the day; decision 39: zones
	{`/calendar-feeds/`, `sync_error`},                     // is told now
	{`/social-accounts/`, `^ \[\] is `},                    // A24: one of a provider
	{`/history/`, `^ \[\] is `},                            // beyond twelve, and what only blocks said
	{`/activity/week/`, `events \[\] is `},
}

func decided(path, difference string) bool {
	path, _, _ = strings.Cut(path, "&q=")
	for _, d := range decisions {
		if regexp.MustCompile(d.path).MatchString(path) && regexp.MustCompile(d.difference).MatchString(difference) {
			return true
		}
	}
	return false
}

var (
	dateTime = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d`)
	fraction = regexp.MustCompile(`(\.\d*?)0+Z$`)
)

// normal writes a value in one form: times with Z, addresses without their server and escapes, users for profiles.
func (g *golden) normal(value any, old bool) any {
	switch v := value.(type) {
	case map[string]any:
		object := make(map[string]any, len(v))
		for key, inner := range v {
			object[key] = g.normal(inner, old)
			if person, ok := inner.(map[string]any); ok && old && (key == "author" || key == "owner") {
				id, _ := person["id"].(float64)
				object[key].(map[string]any)["id"] = g.users[id]
			}
		}
		return object
	case []any:
		list := make([]any, 0, len(v))
		for _, inner := range v {
			list = append(list, g.normal(inner, old))
		}
		// Sessions are listed by when they were seen, which has changed for the one that asks.
		if len(list) > 0 {
			if first, ok := list[0].(map[string]any); ok && first["is_current"] != nil {
				slices.SortFunc(list, func(a, b any) int {
					return int(a.(map[string]any)["id"].(float64) - b.(map[string]any)["id"].(float64))
				})
			}
		}
		return list
	case string:
		v = strings.Replace(v, g.server.URL, "{BASE}", 1)
		if strings.HasPrefix(v, "{BASE}") {
			if plain, err := url.PathUnescape(v); err == nil {
				v = plain
			}
		}
		if dateTime.MatchString(v) {
			v = strings.Replace(v, "+00:00", "Z", 1)
			v = strings.Replace(fraction.ReplaceAllString(v, "${1}Z"), ".Z", "Z", 1)
		}
		return v
	}
	return value
}

// diff lists where two values differ.
func diff(path string, want, got any) (list []string) {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			break
		}
		for key := range w {
			list = append(list, diff(path+"."+key, w[key], g[key])...)
		}
		for key := range g {
			if _, ok := w[key]; !ok {
				list = append(list, fmt.Sprintf("%s.%s is new: %v", path, key, g[key]))
			}
		}
		return list
	case []any:
		g, ok := got.([]any)
		if !ok {
			break
		}
		if len(w) != len(g) {
			return []string{fmt.Sprintf("%s [] is of %d, was of %d", path, len(g), len(w))}
		}
		for i := range w {
			list = append(list, diff(path, w[i], g[i])...)
		}
		return list
	}
	if reflect.DeepEqual(want, got) {
		return nil
	}
	return []string{fmt.Sprintf("%s is %s, was %s", path, short(got), short(want))}
}

func short(value any) string {
	text := fmt.Sprintf("%.200q", value)
	if value == nil {
		text = "null"
	}
	if b, ok := value.(bool); ok {
		text = fmt.Sprint(b)
	}
	return text
}
