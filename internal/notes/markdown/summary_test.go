package markdown_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/notes/markdown"
)

func TestExcerpt(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 219)
	for name, c := range map[string]struct{ content, description, want string }{
		"nothing":                    {"", "", ""},
		"description":                {" \n", "About it", "About it"},
		"long description":           {"", long + "abc", long + "a"},
		"content before description": {"x", "About it", "x"},
		"without its title":          {"\n# Bruges\n\nLace. \n", "", "Lace."},
		"title alone":                {"# Bruges\n\n", "About it", "# Bruges"},
		"other headings stay":        {"## Ferry\n\nTwice a day.", "", "## Ferry\n\nTwice a day."},
		"hash without a space":       {"#tag\nx", "", "#tag\nx"},
		"second title stays":         {"# A\n# B\nx", "", "# B\nx"},
		"code points":                {"# T\n" + long + "éé", "", long + "é"},
		"short enough":               {long, "", long},
		"CRLF":                       {"# A\r\nx\r\ny", "", "x\r\ny"},
		"line separator":             {"# A\u2028x", "", "x"},
		"file separator, next line":  {"# A\x1c# B\u0085y", "", "# B\u0085y"},
		"trimmed of odd white space": {"\u3000\x1f x \u00a0", "", "x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := markdown.Excerpt(c.content, c.description); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestPreview(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		content string
		want    []string
	}{
		"nothing":     {"", []string{}},
		"title alone": {"# Bruges\n", []string{}},
		"first three": {"# R\n\nCranes and *ships*.\n\n More **ships**. \n\nFog.\n\nRain.",
			[]string{"Cranes and *ships*.", "More **ships**.", "Fog."}},
		"no title":         {"Before.\n\n## Ferry\n\nTwice a day.", []string{"Before.", "## Ferry", "Twice a day."}},
		"blank lines":      {"\n \n  # T\n\t\nx\n", []string{"x"}},
		"a second title":   {"# A\n# B", []string{"# B"}},
		"a later title":    {"a\n# B", []string{"a", "# B"}},
		"odd line ends":    {"a\rb\vc", []string{"a", "b", "c"}},
		"fewer than three": {"a\r\n\r\nb", []string{"a", "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := markdown.Preview(c.content); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestWordCount(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]int{
		"":                          0,
		" \n\t":                     0,
		"one":                       1,
		"## sub":                    2,
		"> one\n> two":              4,
		"```py\nx=1\ny=2\n```":      4,
		" a  b\u00a0c\u2003d\x1ce ": 5,
		"日本 語":                      2,
	} {
		if got := markdown.WordCount(content); got != want {
			t.Errorf("WordCount(%q) = %d, want %d", content, got, want)
		}
	}
}
