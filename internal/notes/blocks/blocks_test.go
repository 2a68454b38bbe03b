package blocks_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/notes/blocks"
	"github.com/trance-0/notechondria/internal/patch"
	"github.com/trance-0/notechondria/internal/problem"
)

func TestClean(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kind, text, want string }{
		{"T", "a\r\n\r\nb", "a b"},
		{"S", "a\nb", "a b"},
		{"T", " a \n", "a"},
		{"N", "\n \n    a\n\n\n b \nc  \n\t\n", "    a\n\n\n b \nc  "},
		{"N", " \n", ""},
		{"L", "a\r\n\r\nb\r\n", "a\r\n\r\nb"},
		{"C", "\n  a\r\n\r\n\rb\n", "\n  a\r\n\r\n\rb\n"},
	} {
		if got := blocks.Clean(c.kind, c.text); got != c.want {
			t.Errorf("%s of %q is %q, want %q", c.kind, c.text, got, c.want)
		}
	}
}

func TestChange(t *testing.T) {
	t.Parallel()
	args := "go"
	code := blocks.Draft{Type: "C", Text: "  a\n", Args: &args}
	for name, c := range map[string]struct {
		change blocks.Patch
		want   blocks.Draft
	}{
		"nothing":          {blocks.Patch{}, code},
		"as it was read":   {blocks.Patch{Text: patch.To("  a\n"), Args: patch.To(&args)}, code},
		"less white space": {blocks.Patch{Text: patch.To("a")}, blocks.Draft{Type: "C", Text: "a", Args: &args}},
		"another text":     {blocks.Patch{Text: patch.To("b")}, blocks.Draft{Type: "C", Text: "b", Args: &args}},
		"no args":          {blocks.Patch{Args: patch.To[*string](nil)}, blocks.Draft{Type: "C", Text: "  a\n"}},
		"another type":     {blocks.Patch{Type: patch.To("N")}, blocks.Draft{Type: "N", Text: "  a\n", Args: &args}},
		"cleaned by type": {blocks.Patch{Type: patch.To("T"), Text: patch.To("b\nc")},
			blocks.Draft{Type: "T", Text: "b c", Args: &args}},
		"marked as generated": {blocks.Patch{IsAIGenerated: patch.To(true)},
			blocks.Draft{Type: "C", Text: "  a\n", Args: &args, IsAIGenerated: true}},
	} {
		b := blocks.Block{Draft: code}
		if b.Change(c.change); !reflect.DeepEqual(b.Draft, c.want) {
			t.Errorf("%s: %+v, want %+v", name, b.Draft, c.want)
		}
	}
}

func TestWhatIsWrongWithBlocks(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", blocks.MaxArgs+1)
	for name, d := range map[string]blocks.Draft{
		"no type":                {},
		"a type that nobody has": {Type: "Z"},
		"two types":              {Type: "NN"},
		"a zero byte":            {Type: "N", Text: "a\x00"},
		"no UTF-8":               {Type: "N", Text: "\xff"},
		"a zero byte in args":    {Type: "N", Args: new("\x00")},
		"long args":              {Type: "N", Args: &long},
	} {
		var single, listed problem.Fields
		if err := errors.Join(d.Check(&single), single.Err()); !problem.IsKind(err, problem.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
		blocks.CheckAll(&listed, "blocks", []blocks.Draft{{Type: "N"}, d})
		if items := listed.Items()["blocks"]; len(items) != 1 || len(items[1]) != 1 {
			t.Errorf("%s in a list: %v", name, items)
		}
	}
	var problems problem.Fields
	blocks.CheckAll(&problems, "blocks", slices.Repeat([]blocks.Draft{{Type: "N"}}, blocks.Max))
	if problems.Err() != nil {
		t.Errorf("as many as there may be: %v", problems.Err())
	}
	blocks.CheckAll(&problems, "blocks", slices.Repeat([]blocks.Draft{{Type: "N"}}, blocks.Max+1))
	if !problems.Has("blocks") {
		t.Error("one too many is taken")
	}
}

func TestEdit(t *testing.T) {
	t.Parallel()
	cutter := blocks.NewCutter()
	const content = "# A\r\nb\r\n\r\n## C\n* d"
	before := cutter.Cut(content)
	for i := range before {
		before[i].ID = int64(i + 1)
	}
	for name, c := range map[string]struct {
		edit func(list []blocks.Block) []blocks.Block
		want string
	}{
		"nothing": {func(list []blocks.Block) []blocks.Block { return list }, content},
		"one text": {func(list []blocks.Block) []blocks.Block {
			list[1].Change(blocks.Patch{Text: patch.To("e")})
			return list
		}, "# A\r\ne\r\n\r\n## C\n* d"},
		"the last": {func(list []blocks.Block) []blocks.Block { return list[:3] }, "# A\r\nb\r\n\r\n## C"},
		"a new one": {func(list []blocks.Block) []blocks.Block {
			return append(list, blocks.Block{Draft: blocks.Draft{Type: "N", Text: "f"}})
		}, content + "\n\nf"},
		"no title": {func(list []blocks.Block) []blocks.Block { return list[1:2] }, "# Note\n\nb"},
		"none":     {func([]blocks.Block) []blocks.Block { return nil }, "# Note"},
	} {
		edit := func(list []blocks.Block) ([]blocks.Block, error) { return c.edit(list), nil }
		got, after, err := cutter.Edit("Note", content, before, edit)
		if err != nil || got != c.want {
			t.Errorf("%s: %q, want %q, %v", name, got, c.want, err)
		}
		for i, b := range after {
			if b.Position != i || b.SourceLength == nil {
				t.Errorf("%s: block %d is at %d", name, i, b.Position)
			}
		}
	}
	wrong := errors.New("wrong")
	fail := func([]blocks.Block) ([]blocks.Block, error) { return nil, wrong }
	if _, _, err := cutter.Edit("Note", content, before, fail); err != wrong {
		t.Errorf("an error of f is returned as %v", err)
	}
}
