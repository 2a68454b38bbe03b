package notes_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// blocks are the blocks of a note as its author reads them.
func (s *site) blocks(t testing.TB, note apptest.Reply) []object {
	t.Helper()
	return blocksIn(s.read(t, s.alice, note))
}

func blocksIn(note apptest.Reply) (blocks []object) {
	list, _ := note.Object()["blocks"].([]any)
	for _, block := range list {
		blocks = append(blocks, block.(object))
	}
	return blocks
}

func blockPath(block object) string { return fmt.Sprintf("/api/v1/blocks/%.0f/", block["id"]) }

func TestBlocksThatAnAppSendsAreKept(t *testing.T) {
	sent := []object{
		{"block_type": "T", "text": "White\ncliffs"},
		{"block_type": "", "text": "Chalk.\n\n\nFlint.", "args": "", "is_AI_generated": "yes"},
		{"block_type": "C", "text": "  a\r\n\r\n\r\nb", "args": "go"},
		{"block_type": "U", "text": "map", "args": "https://example.com"},
		{"block_type": "I", "text": "gulls", "is_AI_generated": 0},
		{},
	}
	want := []object{
		{"block_type": "T", "text": "White cliffs", "args": nil, "is_AI_generated": false},
		{"block_type": "N", "text": "Chalk.\n\n\nFlint.", "args": nil, "is_AI_generated": true},
		{"block_type": "C", "text": "  a\r\n\r\n\r\nb", "args": "go", "is_AI_generated": false},
		{"block_type": "U", "text": "map", "args": "https://example.com", "is_AI_generated": false},
		{"block_type": "I", "text": "gulls", "args": nil, "is_AI_generated": false},
		{"block_type": "N", "text": "", "args": nil, "is_AI_generated": false},
	}
	onSite(t, func(t *testing.T, s *site) {
		note := s.create(t, s.alice, object{"title": "Dover", "blocks": sent})
		apptest.WantFields(t, note.JSON, object{"content": "", "excerpt": ""})
		changed := s.create(t, s.alice, object{"title": "Dover", "content": "old"})
		changed = s.Call(t, "PATCH", byID(changed.JSON), s.alice, object{"blocks": sent, "content": "ignored"}).Want(t, 200)
		apptest.WantFields(t, changed.JSON, object{"content": "# White cliffs\n\nChalk.\n\n\nFlint.\n\n" +
			"```go\n  a\r\n\r\n\r\nb\n```\n\n[map](https://example.com)\n\ngulls"})
		for _, n := range []apptest.Reply{note, changed} {
			blocks := s.blocks(t, n)
			if len(blocks) != len(want) {
				t.Fatalf("%d blocks, want %d", len(blocks), len(want))
			}
			for i, block := range blocks {
				apptest.WantFields(t, block, want[i])
			}
		}
		none := s.Call(t, "PATCH", byID(changed.JSON), s.alice, object{"blocks": []object{}, "title": "Empty"}).Want(t, 200)
		apptest.WantFields(t, none.JSON, object{"content": "# Empty", "blocks": []any{}})
		none = s.Call(t, "PATCH", byID(changed.JSON), s.alice, object{"blocks": nil}).Want(t, 200)
		apptest.WantFields(t, none.JSON, object{"content": "# Empty"})
		fromContent := s.create(t, s.alice, object{"title": "x", "content": "# A\n\nb", "blocks": []object{}})
		if types := blockTypes(fromContent); types != "TN" {
			t.Errorf("an empty list of blocks is none: the content gave %s", types)
		}
	})
}

func TestBadBlocksAreRefusedByTheirNumber(t *testing.T) {
	cases := map[string][]string{ // JSON to the numbers at fault
		`[{"block_type": "Z"}]`:                          {"0"},
		`[{}, {"block_type": "NN"}, "x"]`:                {"1", "2"},
		`[{"text": 5}]`:                                  {"0"},
		`[{"text": ["x"]}, {"args": {}}]`:                {"0", "1"},
		`[{"block_type": 1}, null, []]`:                  {"0", "1", "2"},
		`[{"text": "a\u0000b"}]`:                         {"0"},
		`[{"args": "a\u0000b"}]`:                         {"0"},
		`[{"args": "` + strings.Repeat("é", 257) + `"}]`: {"0"},
	}
	onSite(t, func(t *testing.T, s *site) {
		note := s.create(t, s.alice, object{"title": "x", "content": "kept"})
		for sent, numbers := range cases {
			for _, reply := range []apptest.Reply{
				s.Call(t, "POST", notesPath, s.alice, `{"title": "x", "blocks": `+sent+`}`),
				s.Call(t, "PATCH", byID(note.JSON), s.alice, `{"blocks": `+sent+`}`),
			} {
				reply.WantKeys(t, 400, "blocks")
				apptest.WantKeys(t, sent, reply.Object()["blocks"], numbers...)
			}
		}
		many := slices.Repeat([]object{{"text": "x"}}, 2001)
		for _, blocks := range []any{"x", object{}, many} {
			s.Call(t, "POST", notesPath, s.alice, object{"title": "x", "blocks": blocks}).WantFieldErrors(t, "blocks")
		}
		s.Call(t, "POST", notesPath, s.alice, object{"title": "x", "blocks": many[1:]}).Want(t, 201)
		apptest.WantFields(t, s.read(t, s.alice, note).JSON, object{"content": "kept"})
	})
}

func TestABlockIsAddedAtTheEnd(t *testing.T) {
	cases := []struct {
		before, block object
		content, text string
	}{
		{object{}, object{"block_type": "N", "text": "x"}, "# Note\n\nx", "x"},
		{object{"content": "abc"}, object{"block_type": "N", "text": "d\r\n\r\n\r\ne"}, "abc\n\nd\r\n\r\n\r\ne",
			"d\r\n\r\n\r\ne"},
		{object{"content": "# A\r\nb\r\n\r\n* c"}, object{"block_type": "S", "text": "Two\nlines", "args": "###"},
			"# A\r\nb\r\n\r\n* c\n\n### Two lines", "Two lines"},
		{object{"content": "# A\n\n```go\nx"}, object{"block_type": "N", "text": "y"}, "# A\n\n```go\nx\n```\n\ny", "y"},
		{object{"content": "a"}, object{"block_type": "N"}, "a", ""},
		{object{"content": "a"}, object{"block_type": "I", "text": "no file"}, "a\n\nno file", "no file"},
		{object{"blocks": []object{{"block_type": "N", "text": "a"}}}, object{"block_type": "L", "text": "b\nc"},
			"# Note\n\na\n\n- b\n\n- c", "b\nc"},
		{object{"blocks": []object{{"block_type": "T"}}}, object{"block_type": "N", "text": "b"}, "# Note\n\nb", "b"},
		{object{"content": "other", "blocks": []object{{"block_type": "T", "text": "A"}}},
			object{"block_type": "N", "text": "b"}, "# A\n\nb", "b"},
	}
	onSite(t, func(t *testing.T, s *site) {
		for _, c := range cases {
			body := object{"title": "Note"}
			maps.Copy(body, c.before)
			note := s.create(t, s.alice, body)
			before := s.blocks(t, note)
			added := s.Call(t, "POST", byID(note.JSON)+"blocks/", s.alice, c.block).WantKeys(t, 201,
				"id", "block_type", "text", "args", "is_AI_generated", "image_url", "date_created", "last_edit")
			apptest.WantFields(t, added.JSON, object{"text": c.text, "block_type": c.block["block_type"], "image_url": ""})
			after := s.read(t, s.alice, note)
			apptest.WantFields(t, after.JSON, object{"content": c.content})
			blocks := blocksIn(after)
			if len(blocks) != len(before)+1 || !reflect.DeepEqual(blocks[len(before)], added.Object()) {
				t.Errorf("after adding %v the blocks are %v", c.block, blocks)
			}
			if after.String("last_edit") <= note.String("last_edit") {
				t.Errorf("last_edit did not move: %s", after.Text)
			}
		}
	})
}

func TestChangingABlock(t *testing.T) {
	const content = "Intro \n\n# A\r\nb\r\n\r\n\r\nc\n## D ##\n```go\nx  \n\n\ny\n```\nlast\n\n* * *"
	// The blocks: N "Intro", S "A", N "b\r\n\r\n\r\nc", S "D", C, N "last\n\n* * *"
	cases := []struct {
		block int
		body  object
		want  string // content
	}{
		{0, object{}, content},
		{2, object{"is_AI_generated": true}, content},
		{2, object{"text": "b\r\n\r\n\r\nc"}, content},
		{4, object{"text": "x  \n\n\ny", "args": "go", "block_type": "C"}, content},
		{4, object{"text": "\tx  \n\n\nz"}, strings.Replace(strings.Replace(content, "x", "\tx", 1), "y", "z", 1)},
		{0, object{"text": "Start"}, "Start \n\n# A\r\nb\r\n\r\n\r\nc\n## D ##\n```go\nx  \n\n\ny\n```\nlast\n\n* * *"},
		{1, object{"text": "New\nA"}, "Intro \n\n# New A\r\nb\r\n\r\n\r\nc\n## D ##\n```go\nx  \n\n\ny\n```\nlast\n\n* * *"},
		{2, object{"text": "e\n\n\nf"}, "Intro \n\n# A\r\ne\n\n\nf\n## D ##\n```go\nx  \n\n\ny\n```\nlast\n\n* * *"},
		{3, object{"args": "####"}, "Intro \n\n# A\r\nb\r\n\r\n\r\nc\n#### D ##\n```go\nx  \n\n\ny\n```\nlast\n\n* * *"},
		{4, object{"args": nil}, "Intro \n\n# A\r\nb\r\n\r\n\r\nc\n## D ##\n```\nx  \n\n\ny\n```\nlast\n\n* * *"},
		{5, object{"block_type": "Q"}, "Intro \n\n# A\r\nb\r\n\r\n\r\nc\n## D ##\n```go\nx  \n\n\ny\n```\n\n> last\n> * * *"},
		{5, object{"text": ""}, "Intro \n\n# A\r\nb\r\n\r\n\r\nc\n## D ##\n```go\nx  \n\n\ny\n```\n"},
	}
	onSite(t, func(t *testing.T, s *site) {
		for _, c := range cases {
			note := s.create(t, s.alice, object{"title": "Note", "content": content})
			before := s.blocks(t, note)
			if blockTypes(note) != "NSNSCN" {
				t.Fatalf("the blocks are %s", blockTypes(note))
			}
			answer := s.Call(t, "PATCH", blockPath(before[c.block]), s.alice, c.body).Want(t, 200)
			after := s.read(t, s.alice, note)
			apptest.WantFields(t, after.JSON, object{"content": c.want})
			for i, block := range blocksIn(after) {
				if i != c.block && !reflect.DeepEqual(block, before[i]) {
					t.Errorf("%v on block %d changed block %d: %v", c.body, c.block, i, block)
				}
				if i == c.block && !reflect.DeepEqual(block, answer.Object()) {
					t.Errorf("the answer is %s, the block %v", answer.Text, block)
				}
			}
		}
	})
}

func TestTheTitleOfANoteWhoseTitleBlockGoes(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		note := s.create(t, s.alice, object{"title": "Bread", "content": "# Loaf\nFlour."})
		blocks := s.blocks(t, note)
		s.Call(t, "DELETE", blockPath(blocks[0]), s.alice, nil).Want(t, 204)
		apptest.WantFields(t, s.read(t, s.alice, note).JSON, object{"content": "# Bread\n\nFlour."})
		s.Call(t, "DELETE", blockPath(blocks[1]), s.alice, nil).Want(t, 204)
		apptest.WantFields(t, s.read(t, s.alice, note).JSON, object{"content": "# Bread", "blocks": []any{}})
		s.Call(t, "POST", byID(note.JSON)+"blocks/", s.alice, object{"block_type": "N", "text": "Salt."}).Want(t, 201)
		apptest.WantFields(t, s.read(t, s.alice, note).JSON, object{"content": "# Bread\n\nSalt."})
		s.Call(t, "POST", byID(note.JSON)+"blocks/", s.alice, object{"block_type": "T", "text": "Crust"}).Want(t, 201)
		apptest.WantFields(t, s.read(t, s.alice, note).JSON, object{"content": "Salt.\n\n# Crust"})
	})
}

func TestBlocksAreReordered(t *testing.T) {
	const content = "# A\nb\n## C\nd\n\n```\ne"
	onSite(t, func(t *testing.T, s *site) {
		note := s.create(t, s.alice, object{"title": "Note", "content": content})
		before := s.blocks(t, note)
		reorder := func(order ...int) apptest.Reply {
			ids := []any{}
			for i, at := range order {
				if ids = append(ids, before[at]["id"]); i == 0 {
					ids[0] = fmt.Sprintf("%.0f", ids[0]) // digits in quotes are taken, too
				}
			}
			return s.Call(t, "POST", byID(note.JSON)+"reorder/", s.alice, object{"ordered_block_ids": ids})
		}
		for _, c := range []struct {
			order []int
			want  string
		}{
			{[]int{0, 1, 2, 3, 4}, content},
			{[]int{0, 2, 3, 1, 4}, "# A\n## C\nd\n\nb\n```\ne"},
			{[]int{0, 1, 4, 2, 3}, "# A\nb\n```\ne\n```\n\n## C\nd"},
			{[]int{4, 0, 1, 4, 2, 3}, "# A\nb\n```\ne\n```\n\n## C\nd"},
		} {
			reorder(c.order...).WantKeys(t, 200, "message")
			apptest.WantFields(t, s.read(t, s.alice, note).JSON, object{"content": c.want})
		}
		for _, order := range [][]int{{0, 1, 2, 3}, {0, 1, 2, 3, 3}} {
			wantPrivate(t, reorder(order...)) // the same shape
		}
		for _, body := range []any{object{}, object{"ordered_block_ids": []int{}}, object{"ordered_block_ids": "x"},
			object{"ordered_block_ids": nil}} {
			s.Call(t, "POST", byID(note.JSON)+"reorder/", s.alice, body).WantFieldErrors(t, "ordered_block_ids")
		}
		odd := s.Call(t, "POST", byID(note.JSON)+"reorder/", s.alice,
			`{"ordered_block_ids": [1.5, "x", null, 3]}`).WantKeys(t, 400, "ordered_block_ids")
		apptest.WantKeys(t, "the problems", odd.Object()["ordered_block_ids"], "0", "1", "2")
		s.Call(t, "POST", byID(note.JSON)+"reorder/", s.alice, `[1]`).WantFieldErrors(t, "non_field_errors")
		apptest.WantFields(t, s.read(t, s.alice, note).JSON, object{"content": "# A\nb\n```\ne\n```\n\n## C\nd"})
	})
}

func TestOnlyTheAuthorChangesBlocks(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		note := s.create(t, s.alice, object{"title": "x", "content": "a", "is_public": true})
		block := s.blocks(t, note)[0]
		calls := func(token string) []apptest.Reply {
			return []apptest.Reply{
				s.Call(t, "POST", byID(note.JSON)+"blocks/", token, object{"block_type": "N"}),
				s.Call(t, "POST", byID(note.JSON)+"reorder/", token, object{"ordered_block_ids": []any{block["id"]}}),
				s.Call(t, "PATCH", blockPath(block), token, object{"text": "b"}),
				s.Call(t, "DELETE", blockPath(block), token, nil),
			}
		}
		for i, reply := range append(calls(""), calls(s.bob)...) {
			reply.WantKeys(t, []int{401, 403}[i/4], "detail")
		}
		s.Call(t, "PATCH", byID(note.JSON), s.alice, object{"is_public": false}).Want(t, 200)
		for i, reply := range calls(s.bob) {
			if i < 2 {
				wantPrivate(t, reply)
			} else {
				reply.WantKeys(t, 403, "detail")
			}
		}
		apptest.WantFields(t, s.read(t, s.alice, note).JSON, object{"content": "a"})
		s.Call(t, "DELETE", byID(note.JSON), s.alice, nil).Want(t, 204)
		for _, reply := range calls(s.alice) {
			reply.WantKeys(t, 404, "detail")
		}
		for _, id := range []string{"999999", "9223372036854775808"} {
			s.Call(t, "PATCH", "/api/v1/blocks/"+id+"/", s.alice, object{"text": "b"}).WantKeys(t, 404, "detail")
			s.Call(t, "DELETE", "/api/v1/blocks/"+id+"/", s.alice, nil).WantKeys(t, 404, "detail")
			s.Call(t, "POST", notesPath+id+"/blocks/", s.alice, object{"block_type": "N"}).WantKeys(t, 404, "detail")
		}
	})
}

func TestBadFieldsOfBlocks(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		note := s.create(t, s.alice, object{"title": "x", "content": "a"})
		block := blockPath(s.blocks(t, note)[0])
		for sent, field := range map[string]string{
			`{"block_type": "Z"}`: "block_type", `{"block_type": ""}`: "block_type", `{"block_type": "N", "text": []}`: "text",
			`{"block_type": "N", "args": "` + strings.Repeat("é", 257) + `"}`: "args",
			`{"block_type": "N", "is_AI_generated": "maybe"}`:                 "is_AI_generated",
			`[]`: "non_field_errors", `{"block_type": "N", "text": "a\u0000"}`: "text",
		} {
			s.Call(t, "POST", byID(note.JSON)+"blocks/", s.alice, sent).WantFieldErrors(t, field)
			s.Call(t, "PATCH", block, s.alice, sent).WantFieldErrors(t, field)
		}
		s.Call(t, "POST", byID(note.JSON)+"blocks/", s.alice, object{}).WantFieldErrors(t, "block_type")
		full := s.create(t, s.alice, object{"title": "x", "content": strings.Repeat("# a\n", 2001)})
		if n := len(blocksIn(full)); n != 2000 {
			t.Errorf("a long note has %d blocks, want 2000", n)
		}
		s.Call(t, "POST", byID(full.JSON)+"blocks/", s.alice, object{"block_type": "N"}).WantKeys(t, 400, "detail")
	})
}

func TestBlocksAddedAtOnceHaveTheirPlaces(t *testing.T) {
	const calls = 20
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := newSite(t, engine, "DATABASE_POOL_SIZE=20")
		note := s.create(t, s.alice, object{"title": "Note", "content": "# Note"})
		for _, reply := range apptest.AtOnce(calls, func(i int) apptest.Reply {
			return s.Call(t, "POST", byID(note.JSON)+"blocks/", s.alice,
				object{"block_type": "N", "text": fmt.Sprint("block ", i)})
		}) {
			reply.Want(t, 201)
		}
		after := s.read(t, s.alice, note)
		want := "# Note"
		for _, block := range blocksIn(after)[1:] {
			want += "\n\n" + block["text"].(string)
		}
		if got := after.String("content"); got != want || len(blocksIn(after)) != calls+1 {
			t.Errorf("the content is %q, want %q", got, want)
		}
		blocks := blocksIn(after)
		statuses := map[int]int{}
		for _, reply := range apptest.AtOnce(4,
			func(int) apptest.Reply { return s.Call(t, "DELETE", blockPath(blocks[1]), s.alice, nil) }) {
			statuses[reply.Status]++
		}
		if statuses[204] != 1 || statuses[404] != 3 {
			t.Errorf("deleting a block four times at once gave %v", statuses)
		}
	})
}

func TestBlocksDoNotAddUpToAnySize(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		text := strings.Repeat("a", 3<<19)
		note := s.create(t, s.alice, object{"title": "Note", "content": text})
		add := func(text string) apptest.Reply {
			return s.Call(t, "POST", byID(note.JSON)+"blocks/", s.alice, object{"block_type": "N", "text": text})
		}
		add(text).Want(t, 201)
		add(text).WantKeys(t, 400, "detail")
		add("more").Want(t, 201)
		if got := len(blocksIn(s.read(t, s.alice, note))); got != 3 {
			t.Errorf("the note has %d blocks, want 3", got)
		}
	})
}

// Blocks that a server of an earlier version has stored have no lengths.
func TestBlocksWithoutLengthsAreFoundInTheContent(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		note := s.create(t, s.alice, object{"title": "Note", "content": "# A\r\nb\n```sh\nls\n```\nc"})
		s.Exec(t, "update note_blocks set source_length = null")
		s.Call(t, "PATCH", blockPath(s.blocks(t, note)[3]), s.alice, object{"text": "d"}).Want(t, 200)
		apptest.WantFields(t, s.read(t, s.alice, note).JSON, object{"content": "# A\r\nb\n```sh\nls\n```\nd"})
	})
}
