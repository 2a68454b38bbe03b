package samples

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func tree(files map[string]string) fs.FS {
	m := fstest.MapFS{}
	for name, content := range files {
		m[name] = &fstest.MapFile{Data: []byte(content)}
	}
	return m
}

// Each problem names its file, and only its course is left out.
func TestFilesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ file, content, words string }{
		"no JSON":  {"bad/course.json", "{", "bad/course.json: unexpected end"},
		"a list":   {"bad/course.json", "[]", "bad/course.json: json: cannot unmarshal array"},
		"no title": {"bad/course.json", `{"title": " "}`, "bad/course.json: the course has no title"},
		"a title too long": {"bad/course.json", `{"title": "` + strings.Repeat("ä", 121) + `"}`,
			"bad/course.json: the title has more than 120 characters"},
		"a zero byte": {"bad/course.json", `{"title": "a\u0000"}`, "bad/course.json: the title is not valid"},
		"an Inbox":    {"bad/course.json", `{"title": "INBOX"}`, "bad/course.json: a sample course can't"},
		"the same title": {"bad/course.json", `{"title": "good"}`,
			"good/course.json: the course has the same title as bad/course.json"},
		"a source too long": {"bad/course.json", `{"title": "x", "media": [{"path": "x", "source": "` +
			strings.Repeat("x", 256) + `"}]}`, "bad/course.json: the source of a picture"},
		"too many media": {"bad/course.json", `{"title": "x", "media": [{}` + strings.Repeat(",{}", 50) + `]}`,
			"bad/course.json: the course has more than 50 media"},
		"too large": {"bad/course.json", `{"title": "` + strings.Repeat(" ", 64<<10) + `"}`,
			"bad/course.json: it has more than 64 KiB"},
		"a note without title":  {"bad/notes/1.md", "Text", "bad/notes/1.md: the first line is not a title"},
		"a note with a section": {"bad/notes/1.md", "## Text", "bad/notes/1.md: the first line is not a title"},
		"an empty title":        {"bad/notes/1.md", "#  \nText", "bad/notes/1.md: the first line is not a title"},
		"a long note title": {"bad/notes/1.md", "# " + strings.Repeat("x", 101),
			"bad/notes/1.md: the title has more than 100 characters"},
		"a note in Latin-1":     {"bad/notes/1.md", "# T\n\xe4", "bad/notes/1.md: the text is not valid UTF-8"},
		"a zero byte in a note": {"bad/notes/1.md", "# T\n\x00", "bad/notes/1.md: the text is not valid UTF-8"},
		"a note too large": {"bad/notes/1.md", "# T\n" + strings.Repeat("x", 1<<20),
			"bad/notes/1.md: it has more than 1024 KiB"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{"bad/course.json": `{"title": "Bad"}`, "good/course.json": `{"title": "Good"}`,
				"good/notes/1.md": "# Note"}
			files[test.file] = test.content
			list, err := readCourses(tree(files))
			if err == nil || !strings.Contains(err.Error(), test.words) {
				t.Errorf("the error is %v", err)
			}
			if len(list) != 1 {
				t.Errorf("%d courses are left", len(list))
			}
		})
	}
}

func TestEveryProblemIsReported(t *testing.T) {
	t.Parallel()
	_, err := readCourses(tree(map[string]string{"a/course.json": "{", "b/course.json": `{"title": "B"}`,
		"b/notes/1.md": "x", "b/notes/2.md": "y"}))
	for _, file := range []string{"a/course.json", "b/notes/1.md", "b/notes/2.md"} {
		if err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%s is not in: %v", file, err)
		}
	}
}

func TestLimitsOfAFolder(t *testing.T) {
	t.Parallel()
	fill := func(number int, file, content string) map[string]string {
		files := map[string]string{"c/course.json": `{"title": "C"}`}
		for i := range number {
			files[fmt.Sprintf(file, i)] = content
		}
		return files
	}
	large := "# T\n" + strings.Repeat("x", 1<<20-4)
	for name, test := range map[string]struct {
		files map[string]string
		words string
	}{
		"nothing":          {nil, "none of its folders has a course.json"},
		"too many courses": {fill(100, "%d/course.json", "{}"), "more than 100 courses"},
		"too many notes":   {fill(101, "c/notes/%d.md", "# T"), "c/notes: it has more than 100 notes"},
		"too much text":    {fill(33, "c/notes/%d.md", large), "more than 32 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			list, err := readCourses(tree(test.files))
			if err == nil || !strings.Contains(err.Error(), test.words) || len(list) > 0 {
				t.Errorf("%d courses, and the error %v", len(list), err)
			}
		})
	}
	if list, err := readCourses(tree(fill(100, "c/notes/%d.md", "# T"))); err != nil || len(list) != 1 ||
		len(list[0].notes) != 100 {
		t.Errorf("as many notes as are allowed: %v", err)
	}
}

var (
	fenced = regexp.MustCompile("(?ms)^(`{3,}).*?^`{3,}$")
	inline = regexp.MustCompile("`+[^`\n]+`+")
)

// Newcomers learn from the built-in notes, so whatever can be checked in them is checked.
func TestOwnContent(t *testing.T) {
	t.Parallel()
	own, err := (&Service{}).open()
	if err != nil {
		t.Fatal(err)
	}
	list, err := readCourses(own.FS)
	if err != nil || len(list) != 3 {
		t.Fatalf("%d courses, %v", len(list), err)
	}
	titles := map[string]bool{}
	for _, c := range list {
		if c.About == "" || len(c.notes) < 3 {
			t.Errorf("%s: %d notes, described as %q", c.name, len(c.notes), c.About)
		}
		for _, n := range c.notes {
			if titles[n.Title] || strings.HasSuffix(n.Description, "…") || n.Description == "" {
				t.Errorf("%s: the title %q, described as %q", n.name, n.Title, n.Description)
			}
			titles[n.Title] = true
			text := inline.ReplaceAllString(fenced.ReplaceAllString(n.Content, ""), "")
			if strings.Contains(text, "```") {
				t.Errorf("%s: a block of code does not end", n.name)
			}
			if strings.Count(strings.ReplaceAll(text, "$$", ""), "$")%2 != 0 || strings.Count(text, "$$")%2 != 0 {
				t.Errorf("%s: a formula does not end", n.name)
			}
			if strings.Count(text, `\begin{`) != strings.Count(text, `\end{`) ||
				strings.Count(text, "{") != strings.Count(text, "}") {
				t.Errorf("%s: braces of formulas do not match", n.name)
			}
		}
	}
}
