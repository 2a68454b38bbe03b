package notes_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// wantSome makes eight calls at once and wants so many of them to succeed; the others are refused with 400.
func wantSome(t *testing.T, what string, wanted int, call func(i int) apptest.Reply) {
	t.Helper()
	accepted := 0
	for _, reply := range apptest.AtOnce(8, call) {
		if reply.Status == 201 {
			accepted++
		} else {
			reply.WantKeys(t, 400, "detail")
		}
	}
	if accepted != wanted {
		t.Errorf("%s: %d of eight were accepted, want %d", what, accepted, wanted)
	}
}

// Every limit holds for requests that are counted at once.
func TestLimitsHoldForRequestsAtOnce(t *testing.T) {
	const series = "with recursive n(i) as (select 1 union all select i + 1 from n where i < %d) select "
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := newSite(t, engine, "DATABASE_POOL_SIZE=20", "MAX_STORAGE_BYTES_PER_USER=10000")
		album, second := s.create(t, s.alice, object{"title": "Album"}), s.create(t, s.alice, object{"title": "Second"})

		s.Exec(t, fmt.Sprintf(`
			insert into attachments (note_id, owner_id, path, original_filename, file_size, created_at) `+series+
			"$1, author_id, 'none/' || i, 'x', 1, updated_at from n, notes where id = $1", 998), album.Int("id"))
		wantSome(t, "attachments of a note", 2, func(int) apptest.Reply {
			return s.Upload(t, "POST", byID(album.JSON)+"attachments/", s.alice, file("a.txt", "x"))
		})
		// 1,000 bytes are taken.
		wantSome(t, "bytes of a person", 2, func(i int) apptest.Reply {
			third := s.create(t, s.alice, object{"title": "Third"})
			path := byID([]any{second.JSON, third.JSON}[i%2]) + "attachments/"
			return s.Upload(t, "POST", path, s.alice, file("a.txt", strings.Repeat("x", 4000)))
		})

		full := s.create(t, s.alice, object{"title": "Full", "content": strings.Repeat("# a\n", 1997)})
		wantSome(t, "blocks of a note", 3, func(i int) apptest.Reply {
			return s.Call(t, "POST", byID(full.JSON)+"blocks/", s.alice, object{"block_type": "N", "text": fmt.Sprint(i)})
		})
		large := s.create(t, s.alice, object{"title": "Large", "content": strings.Repeat("a", 3<<19)})
		wantSome(t, "bytes of a note's blocks", 2, func(int) apptest.Reply {
			block := object{"block_type": "N", "text": strings.Repeat("b", 5<<18-10)}
			return s.Call(t, "POST", byID(large.JSON)+"blocks/", s.alice, block)
		})

		apptest.AtOnce(30, func(i int) apptest.Reply {
			return s.Call(t, "POST", byID(album.JSON)+"snapshot/", s.alice, object{"reason": fmt.Sprint(i)}).Want(t, 201)
		})
		if n := len(s.history(t, album)); n != 12 {
			t.Errorf("there are %d versions, want 12", n)
		}
	})
}

// All places are written with one statement: one for each block takes longer than a request may.
func TestABlockOfALongNoteIsChanged(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		note := s.create(t, s.alice, object{"title": "Long", "content": strings.Repeat("# a\n\ntext\n\n", 1000)})
		blocks := s.blocks(t, note)
		if len(blocks) != 2000 {
			t.Fatalf("%d blocks", len(blocks))
		}
		ids := []any{}
		for _, block := range blocks[2:] {
			ids = append(ids, block["id"])
		}
		ids = append(ids, blocks[0]["id"])
		s.Call(t, "PATCH", blockPath(blocks[0]), s.alice, object{"text": "new"}).Want(t, 200)
		s.Call(t, "DELETE", blockPath(blocks[1]), s.alice, nil).Want(t, 204)
		s.Call(t, "POST", byID(note.JSON)+"reorder/", s.alice, object{"ordered_block_ids": ids}).Want(t, 200)
		after := s.blocks(t, note)
		if len(after) != 1999 || after[1998]["text"] != "new" || after[0]["id"] != blocks[2]["id"] {
			t.Errorf("%d blocks, the first %v, the last %v", len(after), after[0], after[len(after)-1])
		}
	})
}
