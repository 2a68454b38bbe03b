package blocks_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer/html"

	"github.com/trance-0/notechondria/internal/notes/blocks"
	"github.com/trance-0/notechondria/internal/patch"
)

// examples are those of the CommonMark specification, and some more of what programs write.
func examples(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile("testdata/commonmark.json")
	if err != nil {
		t.Fatal(err)
	}
	var read []struct{ Markdown string }
	if err := json.Unmarshal(data, &read); err != nil {
		t.Fatal(err)
	}
	if len(read) != 652 {
		t.Fatalf("the specification has %d examples, want 652", len(read))
	}
	list := []string{
		"| t | u |\n|---|---|\n| 1 | 2 |\n\nafter\n",
		"a | b\n:-|-:\n1 | 2\n3 | 4\n> q\n", "- [ ] a\n- [x] b\n\n      c\n",
		"word[^1]\n\n[^1]: note\n\n    more of it\n",
		"a  \nb\\\nc\n\n    code  \n\n    more\n", "x\r\n\r\n    y\r\n\r\n- z\r\n",
	}
	for _, e := range read {
		list = append(list, e.Markdown)
	}
	return list
}

// numbered gives blocks ids.
func numbered(list []blocks.Block, first int64) []blocks.Block {
	for i := range list {
		list[i].ID = first + int64(i)
	}
	return list
}

// renderer writes HTML as GitHub does, but for definitions of links and footnotes: they reach into other blocks.
func renderer() func(t *testing.T, source string) string {
	md := goldmark.New(
		goldmark.WithParser(parser.NewParser(
			parser.WithBlockParsers(parser.DefaultBlockParsers()...),
			parser.WithInlineParsers(parser.DefaultInlineParsers()...))),
		goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.TaskList),
		goldmark.WithRendererOptions(html.WithUnsafe()),
	)
	return func(t *testing.T, source string) string {
		t.Helper()
		var b bytes.Buffer
		if err := md.Convert([]byte(source), &b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
}

// Whoever changes one letter of a block has changed one letter of the note.
func TestALetterOfABlock(t *testing.T) {
	t.Parallel()
	cutter, random := blocks.NewCutter(), rand.New(rand.NewPCG(7, 8))
	all := examples(t)
	changes, others := 0, 0
	for i, example := range all {
		neighbour := all[random.IntN(len(all))]
		for _, content := range []string{
			example, "# Title\n\n" + example + "\n## More\n\n" + neighbour, strings.ReplaceAll(example, "\n", "\r\n"),
		} {
			before := numbered(cutter.Cut(content), 1)
			for at, b := range before {
				for letter := range b.Text {
					if !isLetter(b.Text[letter]) {
						continue
					}
					changed := b.Text[:letter] + "Q" + b.Text[letter+1:]
					got, after, err := cutter.Edit("Note", content, before, func(list []blocks.Block) ([]blocks.Block, error) {
						list[at].Change(blocks.Patch{Text: patch.To(changed)})
						return list, nil
					})
					if err != nil || after[at].Text != changed {
						t.Fatalf("example %d: %q becomes %q, %v", i, b.Text, after[at].Text, err)
					}
					changes++
					if !differInOneByte(content, got) {
						others++
						checkParts(t, renderer(), got, after)
						if !opensOrCloses(content, got) {
							t.Errorf("example %d: changing %q to %q in\n%q\ngives\n%q", i, b.Text, changed, content, got)
						}
					}
				}
			}
		}
	}
	t.Logf("%d letters changed, %d of them opened or closed something", changes, others)
}

func isLetter(b byte) bool { return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'P' }

func differInOneByte(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	differences := 0
	for i := range len(a) {
		if a[i] != b[i] {
			differences++
		}
	}
	return differences == 1
}

// opensOrCloses tells of a change that would have made a block swallow the next, or part with it: the letter was a mark
// of HTML.
func opensOrCloses(before, after string) bool {
	return strings.Contains(before, "<") && len(after) > len(before)
}

// checkParts checks that each block is in the note what it is alone.
func checkParts(t *testing.T, render func(t *testing.T, source string) string, content string, list []blocks.Block) {
	t.Helper()
	end := len(content)
	var alone string
	for _, b := range slices.Backward(list) {
		alone = render(t, content[end-*b.SourceLength:end]) + alone
		end -= *b.SourceLength
	}
	alone = render(t, content[:end]) + alone
	if whole := render(t, content); whole != alone {
		t.Errorf("the blocks of\n%q\nare\n%s\nand alone\n%s", content, whole, alone)
	}
}

// However blocks are put together, each is what it is alone.
func TestBlocksBesideEachOther(t *testing.T) {
	t.Parallel()
	cutter, random, render := blocks.NewCutter(), rand.New(rand.NewPCG(9, 10)), renderer()
	all := examples(t)
	for range 20_000 {
		var content strings.Builder
		for range 1 + random.IntN(3) {
			content.WriteString(all[random.IntN(len(all))])
			content.WriteString([]string{"", "\n", "\n## Heading\n"}[random.IntN(3)])
		}
		before := numbered(cutter.Cut(content.String()), 1)
		other := cutter.Cut(all[random.IntN(len(all))])
		got, after, err := cutter.Edit("Note", content.String(), before, func(list []blocks.Block) ([]blocks.Block, error) {
			for range 1 + random.IntN(3) {
				list = edited(random, list, other)
			}
			return list, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if checkParts(t, render, got, after); t.Failed() {
			t.Fatalf("from %q", content.String())
		}
		for _, b := range after {
			if b.Type == "N" && !strings.Contains(got, b.Text) {
				t.Fatalf("%q is not in %q", b.Text, got)
			}
		}
	}
}

// edited deletes, moves, adds or replaces a block.
func edited(random *rand.Rand, list, other []blocks.Block) []blocks.Block {
	added := blocks.Block{Draft: other[random.IntN(len(other))].Draft}
	at := random.IntN(len(list) + 1)
	if at == len(list) {
		return append(list, added)
	}
	switch random.IntN(4) {
	case 0:
		return slices.Delete(list, at, at+1)
	case 1:
		moved := list[at]
		list = slices.Delete(list, at, at+1)
		return slices.Insert(list, random.IntN(len(list)+1), moved)
	case 2:
		return slices.Insert(list, at, added)
	}
	list[at].Change(blocks.Patch{Type: patch.To(added.Type), Text: patch.To(added.Text), Args: patch.To(added.Args)})
	return list
}
