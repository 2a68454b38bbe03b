package notes_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// find lists the titles that a search has.
func (s *site) find(t testing.TB, token, text, further string) []string {
	t.Helper()
	if s.indexEvery == 1 {
		s.index(t)
	}
	return s.titles(t, token, "?q="+url.QueryEscape(text)+further)
}

// wantFound fails the test unless a search of alice's has these titles, in this order.
func (s *site) wantFound(t testing.TB, text string, want ...string) {
	t.Helper()
	if got := s.find(t, s.alice, text, ""); !slices.Equal(got, want) {
		t.Errorf("%q finds %q, want %q", text, got, want)
	}
}

// onSearched runs a test on each engine, on three sites: searches look through the notes themselves, as right after a
// save, or through the index, or through some of both.
func onSearched(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		for name, every := range map[string]int64{"waiting": 0, "indexed": 1, "both": 2} {
			t.Run(name, func(t *testing.T) {
				s := newSite(t, engine)
				s.indexEvery = every
				test(t, s)
			})
		}
	})
}

// index puts all notes into the search index, as happens by itself some time after they were written.
func (s *site) index(t testing.TB) {
	t.Helper()
	if err := s.App(t).Notes.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestSearchFindsWords(t *testing.T) {
	onSearched(t, func(t *testing.T, s *site) {
		s.create(t, s.alice, object{"title": "Algebra basics", "content": "# Groups\n\nRings and `fields`."})
		s.create(t, s.alice, object{"title": "料理 (cooking)", "description": "Soup of Leek"})
		s.create(t, s.alice, object{"title": "Über Bäume", "content": "C言語のサーバー, don't, node.js, 50%"})
		s.create(t, s.alice, object{"title": "🎉 Party", "content": "Ёлка"})
		s.create(t, s.bob, object{"title": "Algebra of bob"})
		for text, want := range map[string]string{
			"algebra": "Algebra basics", "  ALGEBRA ": "Algebra basics", "alg": "Algebra basics", "al": "Algebra basics",
			"rin":          "Algebra basics",
			"rings fields": "Algebra basics", "fields basics": "Algebra basics", "leek": "料理 (cooking)",
			"soup cooking": "料理 (cooking)",
			"料理":           "料理 (cooking)", "料": "料理 (cooking)", "理": "料理 (cooking)", "言語": "Über Bäume", "サーバ": "Über Bäume",
			"uber": "Über Bäume", "ÜBER": "Über Bäume", "baume": "Über Bäume", "don't": "Über Bäume", "node.js": "Über Bäume",
			"node": "Über Bäume",
			"50%":  "Über Bäume", "🎉": "🎉 Party", "елка": "🎉 Party", "ЁЛ": "",
			"xyzzy": "", "?": "", "\"": "", "*": "", "bob": "", "gs": "",
		} {
			wanted := []string{}
			if want != "" {
				wanted = []string{want}
			}
			s.wantFound(t, text, wanted...)
		}
		for _, blank := range []string{"", " ", "\x00"} {
			if got := s.find(t, s.alice, blank, ""); len(got) != 4 {
				t.Errorf("looking for %q lists %q, want everything", blank, got)
			}
		}
	})
}

// Nobody has all letters on the keyboard, and what is not seen is not typed.
func TestSearchFindsWhatPeopleType(t *testing.T) {
	onSearched(t, func(t *testing.T, s *site) {
		s.create(t, s.alice, object{"title": "0", "content": "Łódź · Đường · ılık · مُحَمَّد"})
		for i, c := range []struct{ content, typed string }{
			{"Smørrebrød", "smorrebrod"}, {"Æsir", "aesir"}, {"œuvre", "oeuvre"}, {"Þingvellir", "thingvellir"},
			{"Weißwurst", "weisswurst"}, {"Ναύπλιο", "ναυπλιο"}, {"Соловьёв", "соловьев"}, {"қазақша", "казакша"},
			{"السَّلامُ", "السلام"}, {"أمريكا", "امريكا"}, {"יְרוּשָׁלַיִם", "ירושלים"}, {"ﾆﾎﾝｺﾞ", "にほんご"}, {"ひらがな", "ヒラガナ"},
			{"Schiff\u00adfahrt", "schifffahrt"}, {"\u202bplain\u202c", "plain"}, {"می\u200cخواهم", "میخواهم"}, {"۱۴۰۳", "1403"},
			{"soft", "so\u00adft"}, {"lange", "łange"},
		} {
			title := fmt.Sprint(i + 1)
			s.create(t, s.alice, object{"title": title, "content": c.content})
			s.wantFound(t, c.typed, title)
			s.wantFound(t, c.content, title)
		}
		for _, typed := range []string{"lodz", "duong", "ilik", "محمد", "ŁÓDŹ", "Đường", "ILIK", "مُحَمَّد"} {
			s.wantFound(t, typed, "0")
		}
	})
}

func TestSearchForgivesTypingErrors(t *testing.T) {
	onSearched(t, func(t *testing.T, s *site) {
		s.create(t, s.alice, object{"title": "Algebra basics", "description": "Photosynthesis, by mistake"})
		s.create(t, s.alice, object{"title": "Cooking basics"})
		s.create(t, s.alice, object{"title": "Diary"})
		s.wantFound(t, "algera", "Algebra basics")
		s.wantFound(t, "algbra bascs", "Algebra basics", "Cooking basics")
		s.wantFound(t, "algbra basics", "Algebra basics", "Cooking basics")
		s.wantFound(t, "fotosynthesis", "Algebra basics")
		s.wantFound(t, "dairy", "Diary")
		s.wantFound(t, "gebr", "Algebra basics")
		s.wantFound(t, "diaphragm")
		s.create(t, s.alice, object{"title": "Delta algbra"})
		s.wantFound(t, "algebra", "Algebra basics", "Delta algbra")
		page := s.Call(t, "GET", notesPath+"?q=algebra&limit=1", s.alice, nil).Want(t, 200)
		apptest.WantFields(t, page.JSON, object{"total": 2, "has_more": true})
		page = s.Call(t, "GET", notesPath+"?q=algebra&limit=1&offset=1", s.alice, nil).Want(t, 200)
		apptest.WantFields(t, page.JSON, object{"total": 2, "has_more": false})
		if results, _ := page.Object()["results"].([]any); !slices.Equal(titlesOf(results), []string{"Delta algbra"}) {
			t.Errorf("the second page is %v", results)
		}
	})
}

func TestTheOrderOfWhatIsFound(t *testing.T) {
	onSearched(t, func(t *testing.T, s *site) {
		first := s.create(t, s.alice, object{"title": "a rose", "content": "thorn"})
		s.create(t, s.alice, object{"title": "Rose"})
		s.create(t, s.alice, object{"title": "Rose thorn"})
		s.create(t, s.alice, object{"title": "b", "content": "rose thorn"})
		s.create(t, s.alice, object{"title": "Roses"})
		s.create(t, s.alice, object{"title": "c", "content": "A rose, a rose, a rose."})
		s.create(t, s.alice, object{"title": "d", "content": "the thorn of a rose"})
		s.wantFound(t, "rose", "Rose", "Roses", "Rose thorn", "a rose", "d", "c", "b")
		s.wantFound(t, "rose thorn", "Rose thorn", "a rose", "d", "b", "Roses", "Rose", "c")
		s.Call(t, "PATCH", byID(first.JSON), s.alice, object{"content": "thorn."}).Want(t, 200)
		s.wantFound(t, "rose", "Rose", "a rose", "Roses", "Rose thorn", "d", "c", "b")
	})
}

func TestWhoFindsWhichNotes(t *testing.T) {
	onSearched(t, func(t *testing.T, s *site) {
		for name, token := range map[string]string{"alice": s.alice, "bob": s.bob} {
			s.create(t, token, object{"title": name + ", private", "content": "rose"})
			s.create(t, token, object{"title": name + ", public", "content": "rose", "is_public": true})
		}
		// Words, typing errors in none of the titles, some of the words.
		for _, query := range []string{"rose", "rosse", "rose thorn"} {
			for _, scope := range []string{"", "personal", "private", "public", "all", "Anonymous", "elsewhere"} {
				for who, token := range map[string]string{"alice": s.alice, "nobody": ""} {
					want := s.titles(t, token, "?scope="+scope)
					if query == "rosse" {
						want = []string{}
					}
					got := s.find(t, token, query, "&scope="+scope)
					slices.Sort(got)
					slices.Sort(want)
					if !slices.Equal(got, want) {
						t.Errorf("%s looks for %q in the scope %q and finds %q, want %q", who, query, scope, got, want)
					}
					page := s.Call(t, "GET", notesPath+"?limit=1&q="+url.QueryEscape(query)+"&scope="+scope, token, nil).Want(t, 200)
					apptest.WantFields(t, page.JSON, object{"total": len(want), "has_more": len(want) > 1})
				}
			}
		}
	})
}

func TestSearchInACourse(t *testing.T) {
	onSearched(t, func(t *testing.T, s *site) {
		ports := s.course(t, s.alice, "Ports")
		s.create(t, s.alice, object{"title": "Ghent", "content": "rose", "course_id": ports})
		s.create(t, s.alice, object{"title": "Rose"})
		if got := s.find(t, s.alice, "rose", fmt.Sprintf("&course_id=%d", ports)); !slices.Equal(got, []string{"Ghent"}) {
			t.Errorf("in the course there is %q", got)
		}
		page := s.Call(t, "GET", fmt.Sprintf("%s?q=rose&limit=1&course_id=%d", notesPath, ports), s.alice, nil).Want(t, 200)
		apptest.WantFields(t, page.JSON, object{"total": 1, "has_more": false})
	})
}

func TestPagesOfASearch(t *testing.T) {
	onSearched(t, func(t *testing.T, s *site) {
		for i := range 13 {
			title := fmt.Sprintf("note %d", i)
			if i%3 == 0 {
				title = fmt.Sprintf("rose %d", i)
			}
			s.create(t, s.alice, object{"title": title, "content": "Roses."})
		}
		all := s.find(t, s.alice, "rose", "")
		if len(all) != 13 || all[0] != "rose 12" || all[4] != "rose 0" || all[5] != "note 11" {
			t.Fatalf("without pages: %q", all)
		}
		var paged []string
		for offset := 0; offset < 15; offset += 3 {
			page := s.Call(t, "GET", fmt.Sprintf("%s?q=rose&limit=3&offset=%d", notesPath, offset), s.alice, nil).Want(t, 200)
			apptest.WantFields(t, page.JSON, object{"total": 13, "offset": offset, "limit": 3, "has_more": offset < 10})
			results, _ := page.Object()["results"].([]any)
			paged = append(paged, titlesOf(results)...)
		}
		if !slices.Equal(paged, all) {
			t.Errorf("in pages: %q", paged)
		}
		for _, offset := range []string{"13", "5000", "9223372036854775807"} {
			page := s.Call(t, "GET", notesPath+"?q=rose&limit=3&offset="+offset, s.alice, nil).Want(t, 200)
			apptest.WantFields(t, page.JSON, object{"total": 13, "has_more": false, "results": []any{}})
		}
	})
}

func TestTheIndexFollowsTheNotes(t *testing.T) {
	onSearched(t, func(t *testing.T, s *site) {
		note := s.create(t, s.alice, object{"title": "Rose", "content": "thorn", "client_draft_id": "draft"})
		change := func(body object) { s.Call(t, "PATCH", byID(note.JSON), s.alice, body).Want(t, 200) }
		s.wantFound(t, "thorn", "Rose")
		change(object{"content": "petal"})
		s.wantFound(t, "thorn")
		s.wantFound(t, "petal", "Rose")
		change(object{"title": "Tulip", "description": "bulb"})
		s.wantFound(t, "rose")
		s.wantFound(t, "bulb", "Tulip")

		change(object{"is_public": true})
		comment := s.create(t, s.bob, object{"title": "Reply", "content": "petal", "is_public": true, "note_type": "C",
			"source_note_uuid": note.String("uuid")})
		if got := s.find(t, "", "petal", ""); !slices.Equal(got, []string{"Reply", "Tulip"}) {
			t.Errorf("published, everybody finds %q", got)
		}
		change(object{"is_public": false})
		if got := s.find(t, "", "petal", ""); !slices.Equal(got, []string{"Reply"}) {
			t.Errorf("no longer published, everybody finds %q", got)
		}

		s.Call(t, "DELETE", byID(note.JSON), s.alice, nil).Want(t, 204)
		s.wantFound(t, "petal")
		page := s.Call(t, "GET", notesPath+"?q=petal&limit=1", "", nil).Want(t, 200)
		apptest.WantFields(t, page.JSON, object{"total": 0, "results": []any{}}) // the comment is private now
		if got := s.find(t, s.bob, "petal", ""); !slices.Equal(got, []string{"Reply"}) {
			t.Errorf("the comment's author finds %q", got)
		}
		s.Call(t, "POST", notesPath, s.alice,
			object{"title": "Lily", "content": "petal", "client_draft_id": "draft"}).Want(t, 200)
		s.wantFound(t, "petal", "Lily")

		s.Exec(t, "delete from notes where id = $1", comment.Int("id"))
		s.Exec(t, "delete from notes where id = $1", note.Int("id"))
		s.wantFound(t, "petal")
		s.wantIndexed(t)
		carol := s.SignUp(t, "carol")
		if got := s.find(t, carol.Token, "welcome", ""); len(got) != 1 {
			t.Errorf("a new account finds its welcome note as %q", got)
		}
	})
}

// wantIndexed fails the test unless the notes in the index are those that are not deleted, once none waits for it.
func (s *site) wantIndexed(t *testing.T) {
	t.Helper()
	s.index(t)
	if waiting, err := s.App(t).Notes.Unindexed(t.Context()); waiting != 0 || err != nil {
		t.Errorf("%d notes wait for the index: %v", waiting, err)
	}
	db := s.Database(t)
	counts := []string{"select count(*) from notes where deleted_at is null", "select count(*) from note_search"}
	if db.Engine() == database.SQLite {
		counts = append(counts, "select count(distinct doc) from note_vocabulary")
	}
	var found []int
	for _, query := range counts {
		n, err := database.One[int](t.Context(), db.Read(), query)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, n)
	}
	if len(slices.Compact(slices.Clone(found))) != 1 {
		t.Errorf("the numbers of notes, of rows in the index, and of notes with terms are %v", found)
	}
}

func TestAnythingMayBeLookedFor(t *testing.T) {
	texts := []string{
		`"`, `""`, `'`, `\`, `\'`, `a"b`, `a'b`, `a\b`, `a' & 'b`, `a" OR "b`, `*`, `a*`, `:*`, `a:*`, `a:A`, `^a`, `-a`,
		`+a`, `!a`, `a !`, `a & b`, `a | b`,
		`(a`, `a)`, `((((`, `AND`, `OR`, `NOT`, `NEAR`, `NEAR(a b, 3)`, `a AND`, `NOT a`, `title:a`, `{title}: a`,
		`note_terms`, `%`, `_`, `a_b`, `$1`, `?`, `;`, `--`, `/*`,
		"\x00", "a\x00b", "\xff\xfe", "\u202e", "\ufeff", "🎉", "👩‍👩‍👧", "é", "e\u0301", "ﷺ", "İ", "ß", "1/a", "/a", "a/",
		"<a", "=a", "#abc", "!",
		strings.Repeat("a", 10000), strings.Repeat("a ", 5000), strings.Repeat("料", 5000), strings.Repeat("🎉", 5000),
		strings.Repeat("\"", 5000),
		strings.Repeat("alpha beta gamma ", 600), strings.Repeat("(", 5000), strings.Repeat("ﷺ ", 3000),
	}
	onSite(t, func(t *testing.T, s *site) {
		s.create(t, s.alice, object{"title": "a b", "content": "alpha beta gamma", "is_public": true})
		for _, text := range texts {
			for further, token := range map[string]string{"&scope=all&limit=1&offset=1": s.alice,
				"&scope=private&course_id=7": s.alice, "&limit=2": ""} {
				if reply := s.Call(t, "GET", notesPath+"?q="+url.QueryEscape(text)+further, token, nil); reply.Status != 200 {
					t.Errorf("%.40q%s: %d %s", text, further, reply.Status, reply.Text)
				}
			}
		}
	})
}

func TestLongNotesAreFoundByTheirBeginning(t *testing.T) {
	var words, han strings.Builder
	for i := range 30_000 {
		fmt.Fprintf(&words, "word%d ", i)
	}
	for i := range 50_000 {
		han.WriteRune(rune(0x4E00 + i*7919%20000))
	}
	onSite(t, func(t *testing.T, s *site) {
		for title, content := range map[string]string{"words": words.String(),
			"run": "start " + strings.Repeat("a", 1_500_000), "han": "料理" + han.String()} {
			s.create(t, s.alice, object{"title": title, "content": content, "is_public": true})
		}
		s.wantFound(t, "word1234", "words")
		s.wantFound(t, "start", "run")
		s.wantFound(t, "料理", "han")
	})
}

// FuzzSearch looks for notes by their whole title: whatever it is, it is found when it has a word at all, and nothing
// breaks.
func FuzzSearch(f *testing.F) {
	for _, title := range []string{"Algebra basics", "料理 C言語", "a's \"b\" & c:*", "🎉 ❤️", "İstanbul ß ﬁ", "\u0301a", "?!",
		"ภาษา हिन्दी", "x_y-z/0"} {
		f.Add(title)
	}
	var sites []*site
	for _, engine := range apptest.Engines {
		s := &site{Server: apptest.Start(f, engine)}
		s.alice = s.newAccount(f, "alice")
		sites = append(sites, s)
	}
	f.Fuzz(func(t *testing.T, title string) {
		var found []int
		for _, s := range sites {
			note := s.Call(t, "POST", notesPath, s.alice, object{"title": title})
			if note.Status != 201 {
				return
			}
			for _, indexed := range []bool{false, true} {
				list := s.Call(t, "GET", notesPath+"?q="+url.QueryEscape(note.String("title")), s.alice, nil).Want(t, 200).List()
				found = append(found, len(list))
				if len(list) > 0 && int64(list[0].(object)["id"].(float64)) != note.Int("id") {
					t.Errorf("%q is not the first to be found (indexed: %v)", title, indexed)
				}
				s.index(t)
			}
			s.Call(t, "DELETE", byID(note.JSON), s.alice, nil).Want(t, 204)
			s.wantNothingLeft(t, title)
		}
		if len(slices.Compact(found)) > 1 {
			t.Errorf("%q finds %d notes: on SQLite before and after it is indexed, and on PostgreSQL", title, found)
		}
	})
}

// wantNothingLeft fails the test when a search finds a note after the only one is deleted.
func (s *site) wantNothingLeft(t *testing.T, text string) {
	t.Helper()
	if list := s.find(t, s.alice, text, ""); strings.TrimSpace(text) != "" && len(list) > 0 {
		t.Errorf("%q still finds %q", text, list)
	}
}
