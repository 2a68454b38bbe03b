package backup_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/archive"
	"github.com/trance-0/notechondria/internal/database"
)

// entry is what a tar contains.
type entry struct {
	name, content string
	records       map[string]string
}

func unpack(t *testing.T, path string) (list []entry) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	plain, err := zstd.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	for r := tar.NewReader(plain); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, entry{name: header.Name, content: string(content)})
	}
}

// pack writes an archive whose counts and checksums are right, whatever its entries are.
func pack(t *testing.T, path string, list []entry, padding int) {
	t.Helper()
	var text bytes.Buffer
	w := tar.NewWriter(&text)
	sums := ""
	for _, e := range list {
		switch e.name {
		case "counts.json":
			e.content = countsOf(t, list)
		case "SHA256SUMS":
			e.content = sums
		}
		header := &tar.Header{Typeflag: tar.TypeReg, Name: e.name, Size: int64(len(e.content)), PAXRecords: e.records}
		if err := w.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e.content)); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(e.name, "files/data/") {
			sums += sumOf(e.content) + "  " + e.name + "\n"
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	text.Write(make([]byte, padding))
	// The package tar writes no files with holes.
	content := bytes.ReplaceAll(text.Bytes(), []byte("ANY.sparse."), []byte("GNU.sparse."))
	packer, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, packer.EncodeAll(content, nil), 0o600); err != nil {
		t.Fatal(err)
	}
}

func sumOf(text string) string {
	digest := sha256.Sum256([]byte(text))
	return hex.EncodeToString(digest[:])
}

func countsOf(t *testing.T, list []entry) string {
	t.Helper()
	counts := archive.Counts{Tables: map[string]int64{}}
	for _, e := range list {
		parts := strings.Split(e.name, "/")
		switch {
		case parts[0] == "tables":
			counts.Tables[parts[1]] += int64(strings.Count(e.content, "\n"))
		case strings.HasPrefix(e.name, "files/list/"):
			for line := range strings.Lines(e.content) {
				var f archive.File
				if err := json.Unmarshal([]byte(line), &f); err != nil {
					t.Fatal(err)
				}
				counts.Files++
				counts.Bytes += f.Size
			}
		}
	}
	text, err := json.Marshal(counts)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// holes is a file of 1 TiB in the form of GNU tar, version 1.0: its map says that only its last byte is there.
var holes = "1\n1099511627775\n1\n" + strings.Repeat("\x00", 512-len("1\n1099511627775\n1\n")) + "x"

var holeRecords = map[string]string{
	"ANY.sparse.major": "1", "ANY.sparse.minor": "0", "ANY.sparse.name": "files/data/some/holes",
	"ANY.sparse.realsize": "1099511627776",
}

const notesPiece = "tables/notes/000001.ndjson"

// forgery changes what an archive contains.
type forgery func(list []entry) []entry

func replaced(name, before, after string) forgery {
	return func(list []entry) []entry {
		for i, e := range list {
			if e.name == name {
				list[i].content = strings.Replace(e.content, before, after, 1)
			}
		}
		return list
	}
}

func inserted(before string, more ...entry) forgery {
	return func(list []entry) []entry {
		i := slices.IndexFunc(list, func(e entry) bool { return e.name == before })
		return slices.Insert(list, i, more...)
	}
}

func withFile(key, content string, size int, records map[string]string) forgery {
	line := fmt.Sprintf(`{"key":%q,"size":%d,"sha256":%q}`+"\n", key, size, sumOf(content))
	add := inserted("counts.json", entry{"files/data/" + key, content, records},
		entry{name: "files/list/000001.ndjson", content: line})
	return func(list []entry) []entry {
		return add(replaced("manifest.json", `"files": false`, `"files": true`)(list))
	}
}

// forgeries are those that no server writes, by the reason why they are refused.
var forgeries = map[string]forgery{
	`"counts.json" comes after its counts`:        inserted("SHA256SUMS", entry{name: "counts.json"}),
	`notes/000001.ndjson" is not in its manifest`: inserted("counts.json", entry{name: notesPiece, content: "{}\n"}),
	`notes/x/000001.ndjson" is not in its`:        inserted("counts.json", entry{name: "tables/notes/x/000001.ndjson"}),
	"notes/000001.ndjson has 0 bytes":             inserted(notesPiece, entry{name: notesPiece}),
	"row 1 of the table notes has no title":       replaced(notesPiece, `"title":`, `"titel":`),
	"notes has more columns than its table":       replaced(notesPiece, `{`, `{"more":1,`),
	"something in id that is no integer":          replaced(notesPiece, `"id":`, `"id":0.`),
	"in created_at that is no time":               replaced(notesPiece, `"created_at":"`, `"created_at":"about `),
	"in title that is no text":                    replaced(notesPiece, `"title":"`, `"title":"\u0000`),
	"row 1 of the table notes can't be read":      replaced(notesPiece, "}\n", "},{}\n"),
	"in is_active that is no boolean":             replaced("tables/users/000001.ndjson", `_active":`, `_active":1,"x":`),
	"it has no id":                                replaced("manifest.json", `"id": "`, `"id": "", "was": "`),
	"it has the migration 1 twice":                replaced("manifest.json", `"schema": [`, `"schema": [1,`),
	"it has the table notes twice":                replaced("manifest.json", `"note_activity"`, `"notes"`),
	"the last number of the table":                replaced("manifest.json", `"last_id": `, `"last_id": -`),
	`it has a relative segment: "../x"`:           withFile("../x", "text", 4, nil),
	`the file "some/file" is missing or changed`:  withFile("some/file", "text", 5, nil),
	`the file "some/file" has -4 bytes`:           withFile("some/file", "text", -4, nil),
	`holes" has holes`:                            withFile("some/holes", holes, 1<<40, holeRecords),
}

// TestForgedArchivesAreRefused also sees that they change nothing, not even the schema.
func TestForgedArchivesAreRefused(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		full := newSite(t, engine, apptest.NoBackups)
		seedNotes(t, full.open(t), 3)
		folder := t.TempDir()
		good, file := filepath.Join(folder, "good"), filepath.Join(folder, "forged")
		full.must(t, "backup", "--output", good)
		empty := newSite(t, engine, apptest.NoBackups)
		for reason, forge := range forgeries {
			pack(t, file, forge(unpack(t, good)), 0)
			empty.wantOneLine(t, reason, "restore", "--dry-run", file)
			empty.wantOneLine(t, "the archive is damaged", "restore", file)
		}
		pack(t, file, unpack(t, good), 2<<20)
		empty.wantOneLine(t, "there is data after its end", "restore", file)
		db := empty.open(t)
		if users := apptest.Value[int](t, db, "select count(*) from users"); users != 0 {
			t.Errorf("%d accounts were restored", users)
		}
		pack(t, file, unpack(t, good), 10_000) // as tar fills up its last block
		empty.must(t, "restore", file)
		wantSame(t, contents(t, db), contents(t, full.open(t)))
	})
}
