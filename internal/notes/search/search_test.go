package search_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notes/search"
)

// termsOf are the sorted terms of a private note of author 37, which is 11 in base 36, without their scope.
func termsOf(n search.Note, class string) []string {
	n.AuthorID = 37
	list := []string{}
	for term := range strings.FieldsSeq(n.FTS5()) {
		if text, ok := strings.CutPrefix(term, "11"+class); ok {
			list = append(list, text)
		}
	}
	slices.Sort(list)
	return list
}

func TestTheWordsOfATextInAllScripts(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "",
		"Alpha, beta; ALPHA_beta (γ)!": "alpha beta γ",
		"naïve Ångström Ĳssel ﬁn Ⅳ":    "angstrom fin ijssel iv naive",
		"STRASSE Straße ΣΊΣΥΦΟΣ Ёлка":   "strasse σισυφοσ елка",
		"don't node.js 3.14 2026-11-23": "11 14 2026 23 3 don js node t",
		"a\x00b\u200bc":                 "a bc",
		"हिन्दी":                        "हिन्दी",
		"料理":                            "料 料理 理",
		"C言語のサーバー":                      "c さ さー の のさ ば ばー ー ーば 言 言語 語 語の",
		"한국어":                           "국 국어 어 한 한국",
		"ภาษา":                          "ภ ภา ษ ษา า าษ",
		"🎉 done ❤\ufe0f":                "done ❤ 🎉",
	} {
		if got := strings.Join(termsOf(search.Note{Content: text}, "/"), " "); got != want {
			t.Errorf("%q has the words %q, want %q", text, got, want)
		}
	}
}

// What people type, and what it is in the texts that they look for.
func TestWordsAreFoundAsTheyAreTyped(t *testing.T) {
	for typed, texts := range map[string][]string{
		"lodz duong ilik": {"Łódź · Đường · ılık", "ŁÓDŹ ĐƯỜNG ILIK", "Łódź Đu̵ờng İLİK"},
		"aether oeuvre thor edda ostrava strasse": {"Æther Œuvre Þór Eðda Østrava Straße",
			"ǢTHER ŒUVRE ÞÓR EÐDA ǾSTRAVA STRAẞE"},
		"محمد":               {"مُحَمَّد", "محـــمد", "مح\u200dمد", "\u200fمحمد"},
		"احمد مكتبه علي":     {"أحمد مكتبة علی", "إحمد مكتبه على", "ﺃﺣﻤﺪ مَكْتَبَة عليّ"},
		"שלום ירושלים":       {"שָׁלוֹם יְרוּשָׁלַיִם", "\u2067שלום\u2069 ירושלים", "שׁלום ירושלים"},
		"αθηνα οδος":         {"Αθήνα οδός", "ΑΘΉΝΑ ὉΔΌΣ", "Ἀθῆνᾳ ὁδός"},
		"елка украіна казак": {"Ёлка Украї́на қазақ", "ёлка укра\u00adїна қаза\u2060қ"},
		"カタカナ":               {"かたかな", "ｶﾀｶﾅ", "カタカナ"},
		"がぎぐ":                {"ガギグ", "ｶﾞｷﾞｸﾞ", "がぎぐ"},
		"donaudampf": {"Donau\u00addampf", "Donau\u200bdampf", "Donau\u200c\u200ddampf", "\ufeffDonaudampf",
			"Donau\u2060dampf\u200e"},
		"2026": {"２０２６", "٢٠٢٦", "۲۰۲۶", "२०२६", "๒๐๒๖", "𝟚𝟘𝟚𝟞", "2026"},
		"葛":    {"葛", "葛󠄀"},
		"♥":    {"♥", "♥\ufe0f", "♥\ufe0e"},
	} {
		want := termsOf(search.Note{Content: typed}, "/")
		for _, text := range texts {
			if got := termsOf(search.Note{Content: text}, "/"); !slices.Equal(got, want) {
				t.Errorf("%q has the words %q, but %q is typed", text, got, want)
			}
		}
	}
}

func TestTheTermsOfANote(t *testing.T) {
	n := search.Note{Title: "Algebra I", Description: "Ring", Content: "Fields"}
	for class, want := range map[string]string{
		"/": "algebra fields i ring",
		":": "algebra i",
		"<": "a al i",
		"=": "algebra/i",
		"#": "_al _ri alg bra ebr geb ing lge ng_ ra_ rin",
		"!": "",
	} {
		if got := strings.Join(termsOf(n, class), " "); got != want {
			t.Errorf("terms of class %q: %q, want %q", class, got, want)
		}
	}
	public := search.Note{AuthorID: 37, IsPublic: true, Title: "x"}
	if got, want := public.FTS5(), "11! 11=x 11:x 11/x 11<x ! =x :x /x <x "; got != want {
		t.Errorf("a public note has the terms %q, want %q", got, want)
	}
	if got, want := public.TSVector(), "'11!' '11=x' '11:x' '11/x' '11<x' '!' '=x' ':x' '/x' '<x' "; got != want {
		t.Errorf("a public note has the terms %q, want %q", got, want)
	}
}

func TestTheTermsOfALongNoteAreBounded(t *testing.T) {
	var latin, han strings.Builder
	for i := range 200_000 {
		fmt.Fprintf(&latin, "word%d ", i)
		han.WriteRune(rune(0x4E00 + i*7919%20000))
	}
	for name, content := range map[string]string{
		"many words":     latin.String(),
		"one long word":  strings.Repeat("a", 2<<20),
		"long words":     strings.Repeat(strings.Repeat("𐐨", 64)+" ", 1000),
		"no spaces":      han.String(),
		"different ones": strings.ReplaceAll(latin.String(), "word", strings.Repeat("𐐨", 60)),
	} {
		n := search.Note{AuthorID: 1<<63 - 1, IsPublic: true, Title: strings.Repeat("ﷺ", 100), Content: content}
		terms := strings.Fields(n.TSVector())
		size, longest := 0, 0
		for _, term := range terms {
			size += len(term) - len("''")
			longest = max(longest, len(term))
		}
		if len(terms) == 0 || size >= 1<<20 || longest > 2046 {
			t.Errorf("%s: %d terms of %d bytes, the longest of %d: a tsvector takes no more than 1 MiB, in parts of 2,046", name,
				len(terms), size, longest)
		}
	}
}

func TestTextThatIsFarLongerInItsNormalFormIsReadInPart(t *testing.T) {
	for count, found := range map[int]bool{1000: true, 200_000: false} {
		n := search.Note{Content: strings.Repeat("ﷺ", count) + " zebra"} // of eighteen letters
		if got := slices.Contains(termsOf(n, "/"), "zebra"); got != found {
			t.Errorf("behind %d signs a word is found: %t, want %t", count, got, found)
		}
	}
}

func TestAQueryIsAnExpressionOfTerms(t *testing.T) {
	mine, everybodys := search.Reader{ID: 37}, search.Reader{Others: true}
	for _, c := range []struct {
		text   string
		reader search.Reader
		want   []string
	}{
		{"", mine, nil},
		{" !?\"'* ", mine, nil},
		{"Alg", mine, []string{`"11=alg"`, `("11:alg"* NOT "11=alg")`, `("11/alg"* NOT "11:alg"*)`}},
		{"a", mine, []string{`"11=a"`, `("11<a" NOT "11=a")`, `(("11/a" OR "11<a") NOT "11<a")`}},
		{"料理", everybodys, []string{`"=料理"`, `(":料理" NOT "=料理")`, `("/料理" NOT ":料理")`}},
		{"料", everybodys, []string{`"=料"`, `(":料" NOT "=料")`, `("/料" NOT ":料")`}},
		{"AND a-a", mine, []string{
			`"11=and/a/a"`, `(("11:and"* AND "11<a") NOT "11=and/a/a")`,
			`((("11/and"* AND ("11/a" OR "11<a")) AND ("11:and"* OR "11<a")) NOT ("11:and"* AND "11<a"))`,
			`(("11/and"* AND ("11/a" OR "11<a")) NOT ("11:and"* OR "11<a"))`,
		}},
		{"abc", search.Reader{ID: 37, Others: true}, []string{
			`("11=abc" OR "=abc")`, `(("11:abc"* OR ":abc"*) NOT ("11=abc" OR "=abc"))`,
			`(("11/abc"* OR "/abc"*) NOT ("11:abc"* OR ":abc"*))`,
		}},
		{"ab", search.Reader{ID: 37, OnlyPublic: true}, []string{
			`("11=ab" AND "11!")`, `(("11<ab" NOT "11=ab") AND "11!")`, `((("11/ab" OR "11<ab") NOT "11<ab") AND "11!")`,
		}},
		{"ab", search.Reader{ID: 37, OnlyPrivate: true}, []string{
			`("11=ab" NOT "11!")`, `(("11<ab" NOT "11=ab") NOT "11!")`, `((("11/ab" OR "11<ab") NOT "11<ab") NOT "11!")`,
		}},
	} {
		q := search.Parse(c.text, c.reader)
		if got := matches(q.AllWords(database.SQLite)); !slices.Equal(got, c.want) {
			t.Errorf("%q of %+v is\n%s\nwant\n%s", c.text, c.reader, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
		if q.Empty() != (c.want == nil) {
			t.Errorf("%q: empty %t", c.text, q.Empty())
		}
	}
	if got, want := search.Parse("alg",
		mine).AllWords(database.PostgreSQL)[2].Match, `('11/alg':* & !'11:alg':*)`; got != want {
		t.Errorf("for PostgreSQL: %s, want %s", got, want)
	}
}

func matches(groups []search.Group) (list []string) {
	for _, g := range groups {
		list = append(list, g.Match)
	}
	return list
}

func TestCompletedWords(t *testing.T) {
	q := search.Parse("alg a", search.Reader{ID: 37, Others: true})
	if got := q.Prefixes(); !slices.Equal(got, []string{"11/alg", "/alg"}) {
		t.Fatalf("the prefixes are %q", got)
	}
	if got, want := q.Complete([]string{"11/alg", "11/algebra"}).Total(database.SQLite),
		`(("11/alg" OR "11/algebra") AND (("11/a" OR "11<a") OR ("/a" OR "<a")))`; got != want {
		t.Errorf("completed: %s, want %s", got, want)
	}
	if got := q.Complete(nil).Total(database.SQLite); got != "" {
		t.Errorf("without completions: %s", got)
	}
	var many []string
	for i := range search.MaxCompletions {
		many = append(many, fmt.Sprintf("11/alg%d", i), fmt.Sprintf("/alg%d", i))
	}
	got := search.Parse("alg", search.Reader{ID: 37, Others: true}).Complete(many).Total(database.SQLite)
	if !strings.HasPrefix(got, `("11/alg"* OR ("/alg0" OR `) || strings.Contains(got, "alg50") {
		t.Errorf("with too many completions: %s", got)
	}
}

func TestTypingErrorsThatAreForgiven(t *testing.T) {
	for _, c := range []struct {
		query, title string
		near         bool
	}{
		{"algbra", "Algebra basics", true},       // left out
		{"algeebra", "Algebra basics", true},     // doubled
		{"algobra", "Algebra basics", true},      // replaced
		{"aglebra", "Algebra basics", true},      // swapped
		{"allgebar", "Algebra basics", true},     // two of them
		{"algbr", "Algebra basics", true},        // unfinished
		{"bascs", "Algebra basics", true},        //
		{"gebr", "Algebra basics", true},         // inside
		{"algbra bascs", "Algebra basics", true}, //
		{"algbra cooking", "Algebra basics", true},
		{"algbra cooking rings", "Algebra basics", false},
		{"zebra", "Algebra basics", false},
		{"cat", "Car", false},
		{"aebgrla", "Algebra basics", false},
		{"fotosynthesis", "Photosynthesis", true},
		{"料亭", "料理", false},
	} {
		_, near := search.Parse(c.query, search.Reader{ID: 1}).Nearness(search.OnlyLike, c.title, "")
		if near != c.near {
			t.Errorf("%q and %q: near %t, want %t", c.query, c.title, near, c.near)
		}
	}
}

func TestNearerNotesComeFirst(t *testing.T) {
	q := search.Parse("algbra bascs", search.Reader{ID: 1})
	titles := []string{"Cooking basics", "Bascs", "Algebra basics", "Algebra bascs"}
	slices.SortStableFunc(titles, func(a, b string) int {
		x, _ := q.Nearness(search.OnlyLike, a, "")
		y, _ := q.Nearness(search.OnlyLike, b, "")
		return x.Compare(y)
	})
	want := []string{"Algebra bascs", "Algebra basics", "Bascs", "Cooking basics"}
	if !slices.Equal(titles, want) {
		t.Errorf("the order is %q, want %q", titles, want)
	}
}

// FuzzQuery checks that whatever is looked for, no quotation is broken up, and that a query is not longer than engines
// bear.
func FuzzQuery(f *testing.F) {
	for _, text := range []string{"alpha beta", `"a" OR b*`, "'a' & !b:*", "a\\'b", "料理 C言語", "\x00\xff",
		strings.Repeat("a ", 10000), strings.Repeat("料", 10000), "ﷺ"} {
		f.Add(text, false)
	}
	f.Fuzz(func(t *testing.T, text string, others bool) {
		q := search.Parse(text, search.Reader{ID: 37, Others: others})
		for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
			quote := `"`
			if engine == database.PostgreSQL {
				quote = `'`
			}
			for _, match := range append(matches(q.AllWords(engine)), matches(q.SomeWords(engine))...) {
				if !utf8.ValidString(match) || len(match) > 100_000 {
					t.Fatalf("%d bytes: %.200q", len(match), match)
				}
				for i, part := range strings.Split(match, quote) {
					outside := strings.Trim(part, " ()*&|!:ANDORT") == ""
					if i%2 == 0 && !outside || i%2 == 1 && (part == "" || strings.ContainsAny(part, `"'\ `+"\x00")) {
						t.Fatalf("%q has the part %q", match, part)
					}
				}
			}
		}
	})
}
