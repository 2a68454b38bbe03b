package markdown_test

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/trance-0/notechondria/internal/notes/markdown"
)

type sections = []markdown.Section

func title(text, source string) markdown.Section {
	return markdown.Section{Type: markdown.Title, Text: text, Source: source}
}

func text(text, source string) markdown.Section {
	return markdown.Section{Type: markdown.Text, Text: text, Source: source}
}

func heading(hashes, text, source string) markdown.Section {
	return markdown.Section{Type: markdown.Heading, Text: text, Args: hashes, Source: source}
}

func code(info, text, source string) markdown.Section {
	return markdown.Section{Type: markdown.Code, Text: text, Args: info, Source: source}
}

func TestCut(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		content string
		want    sections
	}{
		"nothing":        {"", nil},
		"white space":    {" \n\t\n", sections{text("", " \n\t\n")}},
		"text alone":     {"abc", sections{text("abc", "abc")}},
		"title and text": {"# T\nx", sections{title("T", "# T\n"), text("x", "x")}},
		"text before the headings": {"intro\n# A\na\n## B\nb", sections{
			text("intro", "intro\n"), heading("#", "A", "# A\n"), text("a", "a\n"), heading("##", "B", "## B\n"),
			text("b", "b")}},
		"all kinds": {"# Draft\n\nTwo.\n\nLines.\n\n###### More\n\n```go run\nx := 1\n\n\ty\n```\n\nEnd.\n", sections{
			title("Draft", "# Draft\n\n"), text("Two.\n\nLines.", "Two.\n\nLines.\n\n"),
			heading("######", "More", "###### More\n\n"),
			code("go run", "x := 1\n\n\ty", "```go run\nx := 1\n\n\ty\n```\n\n"), text("End.", "End.\n")}},
		"two level-1 headings":       {"# A\n# B\n", sections{title("A", "# A\n"), heading("#", "B", "# B\n")}},
		"level 2 first":              {"## A\n# B", sections{heading("##", "A", "## A\n"), heading("#", "B", "# B")}},
		"blank lines before a title": {"\n \n# A\n", sections{title("A", "\n \n# A\n")}},
		"closing hashes and tabs":    {"#\tA b \t##  \n", sections{title("A b", "#\tA b \t##  \n")}},
		"indented heading": {"   # A\n    # code",
			sections{title("A", "   # A\n"), text("    # code", "    # code")}},
		"empty headings": {"#\n## \n### ###",
			sections{title("", "#\n"), heading("##", "", "## \n"), heading("###", "", "### ###")}},
		"no headings": {"#A\n####### B\n\\# C",
			sections{text("#A\n####### B\n\\# C", "#A\n####### B\n\\# C")}},
		"underlined headings stay text": {"Title\n===\n\nx\n---\n", sections{
			text("Title\n===\n\nx\n---", "Title\n===\n\nx\n---\n")}},
		"underlined text that begins with a hash": {"#A\n===\n", sections{text("#A\n===", "#A\n===\n")}},
		"CRLF": {"# A\r\n\r\nx\r\n\r\n```sh\r\nls\r\nps\r\n```\r\n", sections{
			title("A", "# A\r\n\r\n"), text("x", "x\r\n\r\n"), code("sh", "ls\r\nps", "```sh\r\nls\r\nps\r\n```\r\n")}},
		"heading interrupts a paragraph": {"a\n## B\nc",
			sections{text("a", "a\n"), heading("##", "B", "## B\n"), text("c", "c")}},
		"heading in a quote or list": {"> # A\n\n- # B\n\n  ```\n  c\n  ```\n",
			sections{text("> # A\n\n- # B\n\n  ```\n  c\n  ```", "> # A\n\n- # B\n\n  ```\n  c\n  ```\n")}},
		"heading in code": {"```\n# A\n```", sections{code("", "# A", "```\n# A\n```")}},
		"heading in a comment": {"<!--\n# A\n\n```\n-->\n# B",
			sections{text("<!--\n# A\n\n```\n-->", "<!--\n# A\n\n```\n-->\n"), heading("#", "B", "# B")}},
		"tildes, longer closing fence": {"~~~ a`b\n```\n~~~~~\n", sections{code("a`b", "```", "~~~ a`b\n```\n~~~~~\n")}},
		"empty code":                   {"```\n```\n", sections{code("", "", "```\n```\n")}},
		"code next to text": {"a\n```\nb\n```\nc\n",
			sections{text("a", "a\n"), code("", "b", "```\nb\n```\n"), text("c", "c\n")}},
		"code after code": {"```\na\n```\n```\nb\n```",
			sections{code("", "a", "```\na\n```\n"), code("", "b", "```\nb\n```")}},
		"code without an end": {"x\n\n```py\na\n\n# b\n\n",
			sections{text("x", "x\n\n"), code("py", "a\n\n# b\n", "```py\na\n\n# b\n\n")}},
		"opening fence alone":      {"```py", sections{code("py", "", "```py")}},
		"fence that is none":       {"```a`b\n", sections{text("```a`b", "```a`b\n")}},
		"indented code stays text": {"    a\n\n    b\n", sections{text("    a\n\n    b", "    a\n\n    b\n")}},
		"code in an indented fence": {"  ```\n  a\n    b\n c\n  ```\n",
			sections{code("", "a\n  b\nc", "  ```\n  a\n    b\n c\n  ```\n")}},
		"no-break space is text": {"# A\n\u00a0\n", sections{title("A", "# A\n"), text("\u00a0", "\u00a0\n")}},
		"definitions before a heading": {"[a]: /b\n# A\n",
			sections{text("[a]: /b", "[a]: /b\n"), heading("#", "A", "# A\n")}},
		"invalid UTF-8 and NUL": {"# \xff\x00\n\xfe",
			sections{title("\xff\x00", "# \xff\x00\n"), text("\xfe", "\xfe")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := markdown.New().Cut(c.content)
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("Cut(%q)\n got %q\nwant %q", c.content, got, c.want)
			}
			checkLossless(t, c.content, got)
		})
	}
}

// checkLossless checks what holds for the sections of every document.
func checkLossless(t *testing.T, content string, cut sections) {
	t.Helper()
	var all strings.Builder
	for i, s := range cut {
		all.WriteString(s.Source)
		if s.Source == "" {
			t.Errorf("section %d of %q has no source: %q", i, content, s)
		}
		if !strings.Contains("TNSC", s.Type) || s.Type == markdown.Title && i > 0 {
			t.Errorf("section %d of %q has the type %q", i, content, s.Type)
		}
		if s.Type == markdown.Text && i > 0 && cut[i-1].Type == markdown.Text {
			t.Errorf("sections %d and %d of %q are both text: %q", i-1, i, content, cut)
		}
	}
	if all.String() != content {
		t.Errorf("the sources of %q add up to %q", content, all.String())
	}
	if joined := markdown.New().Join(cut); joined != content {
		t.Errorf("Join(Cut(%q)) = %q", content, joined)
	}
}

// Nesting has a bound, below which headings and code stay what they are.
func TestDeepNesting(t *testing.T) {
	t.Parallel()
	for _, mark := range []string{">", "+ ", "1. ", "> - "} {
		nested := strings.Repeat(mark, 20_000)
		content := "# A\n" + nested + "x\n\n## B\n```\n" + nested + "\n```\n"
		got := markdown.New().Cut(content)
		checkLossless(t, content, got)
		want := sections{title("A", "# A\n"), text(nested+"x", nested+"x\n\n"), heading("##", "B", "## B\n"),
			code("", nested, "```\n"+nested+"\n```\n")}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("nesting with %q: got %d sections, want %d", mark, len(got), len(want))
		}
	}
}

// fragments is what random documents are made of: all that Cut must tell apart, in odd combinations.
var fragments = strings.Split(
	"# |## |#|###### x #|T|word|é|  |    |\t|\n|\n\n|\r\n|\n\r\n|```|````|~~~|`|~|go|---|===|- |1. |> |* * *"+
		"|<!--|-->|<div>|</div>|<script>|[a]: /b|\\|\u00a0|\u2028|\x00|\xff|\f|\v|$$", "|")

func randomDocument(random *rand.Rand) string {
	var b strings.Builder
	for range random.IntN(40) {
		b.WriteString(fragments[random.IntN(len(fragments))])
	}
	return b.String()
}

func TestRandomDocumentsAreCutLosslessly(t *testing.T) {
	t.Parallel()
	p, random := markdown.New(), rand.New(rand.NewPCG(1, 2))
	for range 50_000 {
		content := randomDocument(random)
		checkLossless(t, content, p.Cut(content))
		if t.Failed() {
			return
		}
	}
}

// Sections that are rendered anew still are the same sections.
func TestRandomDocumentsSurviveRendering(t *testing.T) {
	t.Parallel()
	p, random := markdown.New(), rand.New(rand.NewPCG(3, 4))
	for range 50_000 {
		content := randomDocument(random)
		before := p.Cut(content)
		stripped := withoutSources(before)
		joined := markdown.New().Join(stripped)
		after := withoutSources(p.Cut(joined))
		if strings.TrimSpace(content) != "" && !reflect.DeepEqual(after, stripped) {
			t.Fatalf("sections of %q\n%q\nbecame\n%q\nin %q", content, stripped, after, joined)
		}
	}
}

// A document that is parsed a few lines at a time is cut as if it were parsed at once.
func TestPiecesMakeNoDifference(t *testing.T) {
	t.Parallel()
	whole, random := markdown.NewWithPieces(1<<20), rand.New(rand.NewPCG(5, 6))
	for range 50_000 {
		content := randomDocument(random)
		size := 1 + random.IntN(20)
		if got, want := markdown.NewWithPieces(size).Cut(content), whole.Cut(content); !reflect.DeepEqual(got, want) {
			t.Fatalf("%q in pieces of %d bytes\nis cut to %q\nnot to     %q", content, size, got, want)
		}
	}
}

func TestCutAtMost(t *testing.T) {
	t.Parallel()
	content := "\n# A\n\none\n\n## B\n```\ncode\n```\n## C\n"
	for most, want := range map[int]sections{
		1: {text("# A\n\none\n\n## B\n```\ncode\n```\n## C", content)},
		2: {title("A", "\n# A\n\n"), text("one\n\n## B\n```\ncode\n```\n## C", "one\n\n## B\n```\ncode\n```\n## C\n")},
		4: {title("A", "\n# A\n\n"), text("one", "one\n\n"), heading("##", "B", "## B\n"),
			text("```\ncode\n```\n## C", "```\ncode\n```\n## C\n")},
		5: markdown.New().Cut(content), 9: markdown.New().Cut(content),
	} {
		got := markdown.New().CutAtMost(content, most)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("at most %d: %q, want %q", most, got, want)
		}
	}
}

func withoutSources(all sections) sections {
	var stripped sections
	for _, s := range all {
		s.Source = ""
		stripped = append(stripped, s)
	}
	return stripped
}

func TestCutIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	p := markdown.New()
	content := "# T\n\ntext\n\n```go\ncode\n```\n"
	want := markdown.New().Cut(content)
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			for range 100 {
				if got := p.Cut(content); !reflect.DeepEqual(got, want) {
					t.Errorf("Cut = %q", got)
				}
			}
		})
	}
	callers.Wait()
}

func FuzzCut(f *testing.F) {
	for _, seed := range []string{"", "# T\n\nx\n\n## S\n```go\ncode\n```\n", "a\n===\n\n> # q\n", "~~~\r\nopen",
		"\n\n #\t#\n"} {
		f.Add(seed)
	}
	random := rand.New(rand.NewPCG(5, 6))
	for range 100 {
		f.Add(randomDocument(random))
	}
	p := markdown.New()
	f.Fuzz(func(t *testing.T, content string) {
		cut := p.Cut(content)
		checkLossless(t, content, cut)
		p.Cut(markdown.New().Join(withoutSources(cut)))
	})
}

func BenchmarkCut(b *testing.B) {
	const part = "## A heading\n\nSome words with *emphasis*, `code` and a [link](https://example.com) in a paragraph\n" +
		"of two lines.\n\n- one\n- two\n\n```go\nfunc main() {\n\tprintln(1)\n}\n```\n\n"
	content := "# Title\n\n" + strings.Repeat(part, 5000/len(part))
	p := markdown.New()
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	for b.Loop() {
		p.Cut(content)
	}
}
