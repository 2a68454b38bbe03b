package markdown_test

import (
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/notes/markdown"
)

func TestRender(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind, text, args string
		want             string
	}{
		"title":                        {markdown.Title, " White\r\n\ncliffs ", "", "# White cliffs"},
		"title without text":           {markdown.Title, "", "", "#"},
		"title that ends in hashes":    {markdown.Title, "Learn C #", "", "# Learn C # #"},
		"title that ends in a sharp":   {markdown.Title, "Learn C#", "", "# Learn C#"},
		"title of hashes":              {markdown.Title, "##", "", "# ## #"},
		"heading":                      {markdown.Heading, "Geology", "###", "### Geology"},
		"heading without hashes":       {markdown.Heading, "Part", "", "## Part"},
		"heading with odd hashes":      {markdown.Heading, "Part", "#######", "## Part"},
		"heading with a word for them": {markdown.Heading, "Part", "sub", "## Part"},
		"heading without text":         {markdown.Heading, " ", "####", "####"},
		"text":                         {markdown.Text, "\n\nChalk.\n\nFlint.\n ", "", "Chalk.\n\nFlint."},
		"text keeps its indentation":   {markdown.Text, "\n    a\n    b\n", "", "    a\n    b"},
		"no text":                      {markdown.Text, " \n", "", ""},
		"link":                         {markdown.Link, "map", "https://example.com/map", "[map](https://example.com/map)"},
		"link without text":            {markdown.Link, "", "/map", "[/map](/map)"},
		"link without address":         {markdown.Link, "map", "", "map"},
		"image":                        {markdown.Image, "cliff\nedge", "/c.png", "![cliff edge](/c.png)"},
		"image without text":           {markdown.Image, "", "/c.png", "![](/c.png)"},
		"image without address":        {markdown.Image, "cliff", "", "cliff"},
		"example":                      {markdown.Example, "1 + 1", "", "1 + 1"},
		"proof":                        {markdown.Proof, "trivial", "", "trivial"},
		"HTML":                         {markdown.HTMLText, "<b>x</b>", "", "<b>x</b>"},
		"quote":                        {markdown.Quote, "one\n\ntwo", "a sailor", "> one\n> two"},
		"list":                         {markdown.List, "knead\nwait\n\nbake", "", "- knead\n\n- wait\n\n- bake"},
		"empty list":                   {markdown.List, "\n", "", ""},
		"code": {markdown.Code, "bake(220)\nbake(180)", "oven",
			"```oven\nbake(220)\nbake(180)\n```"},
		"code keeps white space":        {markdown.Code, "\n  a\n\n\n  b\n", "", "```\n\n  a\n\n\n  b\n\n```"},
		"empty code":                    {markdown.Code, "", "", "```\n```"},
		"code with a fence":             {markdown.Code, "```\nx\n````", "md", "`````md\n```\nx\n````\n`````"},
		"code with a backtick for info": {markdown.Code, "x", "a`b", "~~~a`b\nx\n~~~"},
		"code with a tilde for info":    {markdown.Code, "x", "~`", "~~~ ~`\nx\n~~~"},
		"code with info on two lines":   {markdown.Code, "x", "go\nrun", "```go run\nx\n```"},
		"an unknown type":               {"Z", "?", "", "?"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := markdown.Render(markdown.Section{Type: c.kind, Text: c.text, Args: c.args})
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestRenderOfManyFences would not end if the fence grew by trying.
func TestRenderOfManyFences(t *testing.T) {
	t.Parallel()
	for _, char := range []string{"`", "~"} {
		info := map[string]string{"`": "go", "~": "a`b"}[char] // which decides about the fence
		code := strings.Repeat(char, 2_000_000)
		fence := code + char
		got := markdown.Render(markdown.Section{Type: markdown.Code, Text: code, Args: info})
		if got != fence+info+"\n"+code+"\n"+fence {
			t.Errorf("%d bytes of %s become %d bytes", len(code), char, len(got))
		}
	}
}

func TestJoin(t *testing.T) {
	t.Parallel()
	cut := func(content string) sections { return markdown.New().Cut(content) }
	made := func(kind, text string) markdown.Section { return markdown.Section{Type: kind, Text: text} }
	edited := func(content string, index int, text string) sections {
		all := cut(content)
		all[index].Text, all[index].Source = text, ""
		return all
	}
	swapped := func(content string, i, j int) sections {
		all := cut(content)
		all[i], all[j] = all[j], all[i]
		return all
	}
	for name, c := range map[string]struct {
		sections sections
		want     string
	}{
		"nothing": {nil, ""},
		"made sections": {sections{made(markdown.Title, "Bread"), made(markdown.Text, "Flour."),
			made(markdown.List, "knead\nbake")},
			"# Bread\n\nFlour.\n\n- knead\n\n- bake"},
		"empty ones are left out": {sections{made(markdown.Text, ""), made(markdown.Text, "a"), made(markdown.Text, " "),
			made(markdown.Text, "b")},
			"a\n\nb"},
		"an edit keeps the rest":      {edited("# A\nx\n## B ##\n* * *\n", 1, "new"), "# A\n\nnew\n\n## B ##\n* * *\n"},
		"an edit of the last one":     {edited("# A\r\n\r\nx\r\n", 1, "new"), "# A\r\n\r\nnew"},
		"an edit between blank lines": {edited("# A\n\nx\n\n## B\n", 1, "new"), "# A\n\nnew\n\n## B\n"},
		"added after open code":       {append(cut("```go\nx"), made(markdown.Text, "after")), "```go\nx\n```\n\nafter"},
		"added after code, not closed": {append(cut("```\nx\n    ```\n"), made(markdown.Text, "y")),
			"```\nx\n    ```\n```\n\ny"},
		"added after code of tildes":     {append(cut("~~~\nx\n```\n"), made(markdown.Text, "y")), "~~~\nx\n```\n~~~\n\ny"},
		"added after an opening fence":   {append(cut("```"), made(markdown.Text, "y")), "```\n```\n\ny"},
		"added after closed code":        {append(cut("~~~\nx\n ~~~~ \n"), made(markdown.Text, "y")), "~~~\nx\n ~~~~ \n\ny"},
		"added after text without end":   {append(cut("a"), made(markdown.Heading, "B")), "a\n\n## B"},
		"the last one moved":             {swapped("# A\nx", 0, 1), "x\n\n# A\n"},
		"two texts that became adjacent": {append(cut("a\n"), cut("b\n===\n")...), "a\n\nb\n===\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := markdown.New().Join(c.sections); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
