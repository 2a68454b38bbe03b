package backup_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/trance-0/notechondria/internal/archive"
)

// manifestOf reads what an archive that lies open begins with.
func manifestOf(t *testing.T, path string) archive.Manifest {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := archive.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	return r.Manifest()
}

// blocksOfEach are those of a note of the test.
const blocksOfEach = 1

// countNotes reads an archive: how many notes up to an id there are, and whether each note has its two blocks and its
// day of activity, written in the same transaction.
func countNotes(t *testing.T, path string, upTo int64) (notes int64, whole bool) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := archive.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	titles, blocks, days := map[int64]string{}, map[int64]int{}, map[int64]bool{}
	_, err = r.Read(archive.Contents{Row: func(table archive.Table, row []byte) error {
		var values struct {
			ID     int64  `json:"id"`
			NoteID int64  `json:"note_id"`
			Title  string `json:"title"`
		}
		switch table.Name {
		case "notes", "note_blocks", "note_activity":
			if err := json.Unmarshal(row, &values); err != nil {
				return err
			}
		}
		switch table.Name {
		case "notes":
			if titles[values.ID] = values.Title; values.ID <= upTo {
				notes++
			}
		case "note_blocks":
			blocks[values.NoteID]++
		case "note_activity":
			days[values.NoteID] = true
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	whole = true
	for id, title := range titles { // the welcome notes are other ones
		if title == "N" && (blocks[id] != blocksOfEach || !days[id]) {
			t.Logf("note %d has %d blocks, and its day is there: %t", id, blocks[id], days[id])
			whole = false
		}
	}
	for id := range blocks {
		_, there := titles[id]
		whole = whole && there
	}
	return notes, whole
}
