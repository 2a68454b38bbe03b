package notes_test

import (
	"fmt"
	"mime"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

const (
	png      = "\x89PNG\r\n\x1a\n and so on"
	fileSize = 1 << 10
)

func file(name, content string) apptest.Part {
	return apptest.Part{Name: "file", FileName: name, Content: content}
}

func TestAttachments(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		note := s.create(t, s.alice, object{"title": "Album"})
		before := s.read(t, s.alice, note)
		path := byID(note.JSON) + "attachments/"
		text := s.Upload(t, "POST", path, s.alice, file(`C:\My Notes.txt`, "sunny")).
			WantKeys(t, 201, "id", "note_id", "original_filename", "file_size", "content_type", "url", "date_created")
		apptest.WantFields(t, text.JSON, object{"note_id": note.Object()["id"], "original_filename": "My Notes.txt",
			"file_size": 5, "content_type": "text/plain; charset=utf-8"})
		page := s.Upload(t, "POST", byUUID(note.JSON)+"attachments/", s.alice,
			file("page.html", "<script>alert(1)</script>")).Want(t, 201)
		for _, list := range []apptest.Reply{s.Call(t, "GET", path, s.alice, nil),
			s.Call(t, "GET", byUUID(note.JSON)+"attachments/", s.alice, nil)} {
			rows := list.Want(t, 200).List()
			if len(rows) != 2 || rows[0].(object)["id"] != page.Object()["id"] {
				t.Fatalf("want the newest of two first: %s", list.Text)
			}
		}
		shown := s.Fetch(t, text.String("url")).Want(t, 200)
		if shown.Text != "sunny" || !strings.HasPrefix(shown.Header.Get("Content-Disposition"), "inline") {
			t.Errorf("%q %v", shown.Text, shown.Header)
		}
		saved := s.Fetch(t, page.String("url")).Want(t, 200)
		if !strings.HasPrefix(saved.Header.Get("Content-Disposition"), "attachment") ||
			!strings.HasPrefix(saved.Header.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("a page is shown on this origin: %v", saved.Header)
		}
		if after := s.read(t, s.alice, note); after.String("last_edit") != before.String("last_edit") ||
			after.Header.Get("ETag") != before.Header.Get("ETag") {
			t.Error("attaching a file counts as an edit of the note")
		}
		item := fmt.Sprintf("%s%d/", path, text.Int("id"))
		s.Call(t, "GET", item, s.alice, nil).WantKeys(t, 405, "detail")
		s.Call(t, "DELETE", item, s.alice, nil).Want(t, 204)
		s.Call(t, "DELETE", item, s.alice, nil).WantKeys(t, 404, "detail")
		s.Call(t, "DELETE", path+"99999999999999999999/", s.alice, nil).WantKeys(t, 404, "detail")
		apptest.Eventually(t, "the file goes", func() bool { return s.Fetch(t, text.String("url")).Status == 404 })
		s.Fetch(t, page.String("url")).Want(t, 200)
	})
}

func TestWhoMayAttach(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		open := s.create(t, s.alice, object{"title": "Open", "is_public": true})
		hidden := s.create(t, s.alice, object{"title": "Hidden"})
		part := file("a.txt", "x")
		attached := s.Upload(t, "POST", byID(open.JSON)+"attachments/", s.alice, part).Want(t, 201)
		item := fmt.Sprintf("%d/", attached.Int("id"))
		for _, path := range []string{byID(open.JSON) + "attachments/", byUUID(open.JSON) + "attachments/"} {
			s.Call(t, "GET", path, s.bob, nil).Want(t, 200)
			s.Call(t, "GET", path, "", nil).WantKeys(t, 401, "detail")
			s.Upload(t, "POST", path, s.bob, part).WantKeys(t, 403, "detail")
			s.Upload(t, "POST", path, "", part).WantKeys(t, 401, "detail")
			s.Call(t, "DELETE", path+item, s.bob, nil).WantKeys(t, 403, "detail")
		}
		private := byID(hidden.JSON) + "attachments/"
		wantPrivate(t, s.Call(t, "GET", private, s.bob, nil))
		wantPrivate(t, s.Upload(t, "POST", private, s.bob, part))
		wantPrivate(t, s.Call(t, "DELETE", private+item, s.bob, nil))
		s.Call(t, "DELETE", private+item, s.alice, nil).WantKeys(t, 404, "detail") // it belongs to the other note
		s.Upload(t, "POST", "/api/v1/notes/4711/attachments/", s.alice, part).WantKeys(t, 404, "detail")
		if n := len(s.Files(t)); n != 1 {
			t.Errorf("%d files are kept, want 1: refused ones must not be", n)
		}
	})
}

func TestRefusedAttachments(t *testing.T) {
	t.Parallel()
	s := newSite(t, database.SQLite, "MAX_UPLOAD_BYTES=1024", "MAX_STORAGE_BYTES_PER_USER=2500")
	path := byID(s.create(t, s.alice, object{"title": "Album"}).JSON) + "attachments/"
	s.Upload(t, "POST", path, s.alice,
		apptest.Part{Name: "attachment", FileName: "a.txt", Content: "x"}).WantKeys(t, 400, "detail")
	s.Upload(t, "POST", path, s.alice, apptest.Part{Name: "file", Content: "x"}).WantKeys(t, 400, "detail")
	s.Call(t, "POST", path, s.alice, object{"file": "a.txt"}).WantKeys(t, 400, "detail")
	s.Call(t, "POST", path, s.alice, "{broken").WantKeys(t, 400, "detail")
	s.Upload(t, "POST", path, s.alice, file("a", strings.Repeat("x", fileSize+1))).WantKeys(t, 400, "detail")
	s.Upload(t, "POST", path, s.alice, file("a", strings.Repeat("x", fileSize+2<<20))).WantKeys(t, 413, "detail",
		"status_code", "path")
	s.Upload(t, "POST", path, s.alice, file("empty", "")).Want(t, 201)
	s.Upload(t, "POST", path, s.alice, file("whole", strings.Repeat("x", fileSize))).Want(t, 201)
	// Together they would be too much: one of them gets in.
	second := byID(s.create(t, s.alice, object{"title": "Second album"}).JSON) + "attachments/"
	accepted := 0
	for _, r := range apptest.AtOnce(4, func(i int) apptest.Reply {
		return s.Upload(t, "POST", []string{path, second}[i%2], s.alice, file("more", strings.Repeat("x", fileSize)))
	}) {
		if r.Status == 201 {
			accepted++
		} else {
			r.WantKeys(t, 400, "detail")
		}
	}
	if n := len(s.Files(t)); accepted != 1 || n != 3 {
		t.Errorf("%d of four were accepted, %d files are kept", accepted, n)
	}
}

// Whose note it is comes first; then the form says what is wrong with it, and not that it lacks a file.
func TestUploadsThatCannotBeRead(t *testing.T) {
	const part = "--edge\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"a.png\"\r\n\r\n" + png
	onSite(t, func(t *testing.T, s *site) {
		open := s.create(t, s.alice, object{"title": "Open", "is_public": true})
		hidden := s.create(t, s.alice, object{"title": "Hidden"})
		send := func(path, token, label, body string) apptest.Reply {
			request := s.Request(t, "POST", path, body)
			request.Header.Set("Content-Type", label)
			request.Header.Set("Authorization", "Token "+token)
			return apptest.Do(t, request)
		}
		for _, upload := range []struct {
			path func(note any) string
			name string
		}{
			{func(note any) string { return byID(note) + "attachments/" }, "file"},
			{func(note any) string { return byUUID(note) + "attachments/" }, "file"},
			{func(note any) string { return byID(note) + "cover/" }, "cover"},
		} {
			for what, form := range map[string]struct{ label, body string }{
				"cut in the file":  {"multipart/form-data; boundary=edge", fmt.Sprintf(part, upload.name)},
				"cut in a header":  {"multipart/form-data; boundary=edge", "--edge\r\nContent-Disp"},
				"without an end":   {"multipart/form-data; boundary=edge", fmt.Sprintf(part, upload.name) + "\r\n--edge"},
				"no boundary":      {"multipart/form-data", fmt.Sprintf(part, upload.name) + "\r\n--edge--\r\n"},
				"an empty body":    {"multipart/form-data; boundary=edge", ""},
				"JSON that is cut": {"application/json", `{"file": `},
			} {
				reply := send(upload.path(open.JSON), s.alice, form.label, form.body).WantKeys(t, 400, "detail")
				if detail := reply.String("detail"); !strings.Contains(detail, "parse error") {
					t.Errorf("%s, %s: %q", upload.path(open.JSON), what, detail)
				}
				send(upload.path(open.JSON), s.bob, form.label, form.body).WantKeys(t, 403, "detail")
				wantPrivate(t, send(upload.path(hidden.JSON), s.bob, form.label, form.body))
				unknown := object{"id": 4711.0, "uuid": "00000000-0000-4000-8000-000000000000"}
				send(upload.path(unknown), s.alice, form.label, form.body).WantKeys(t, 404, "detail")
			}
			send(upload.path(open.JSON), s.alice, "application/xml", "<file/>").WantKeys(t, 415, "detail")
		}
		if n := len(s.Files(t)); n != 0 {
			t.Errorf("%d files are kept", n)
		}
	})
}

func TestFilesGoWithTheirNote(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		doomed, other := s.create(t, s.alice, object{"title": "Doomed"}), s.create(t, s.alice, object{"title": "Other"})
		for _, note := range []apptest.Reply{doomed, other} {
			s.Upload(t, "POST", byID(note.JSON)+"attachments/", s.alice, file("a.txt", "x")).Want(t, 201)
			s.Upload(t, "POST", byID(note.JSON)+"cover/", s.alice,
				apptest.Part{Name: "cover", FileName: "a.png", Content: png}).Want(t, 200)
		}
		s.Call(t, "DELETE", byID(doomed.JSON), s.alice, nil).Want(t, 204)
		if n := len(s.Files(t)); n != 4 {
			t.Errorf("%d files are left, want 4: a note in the bin may come back", n)
		}
		s.Upload(t, "POST", byID(doomed.JSON)+"attachments/", s.alice, file("a.txt", "x")).WantKeys(t, 404, "detail")
		s.Call(t, "DELETE", "/api/v1/notes/deleted/empty/", s.alice, nil).Want(t, 200)
		apptest.Eventually(t, "the files of the deleted note go", func() bool { return len(s.Files(t)) == 2 })
	})
}

func TestCovers(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		note := s.create(t, s.alice, object{"title": "Album", "is_public": true})
		path := byID(note.JSON) + "cover/"
		cover := func(token, name, content string) apptest.Reply {
			return s.Upload(t, "POST", path, token, apptest.Part{Name: "cover", FileName: name, Content: content})
		}
		first := cover(s.alice, "x.txt", png).Want(t, 200)
		if shown := s.Fetch(t, first.String("cover_image_url")).Want(t,
			200); shown.Header.Get("Content-Type") != "image/png" {
			t.Errorf("the cover is %s", shown.Header.Get("Content-Type"))
		}
		if first.String("last_edit") == note.String("last_edit") {
			t.Error("a new cover does not count as an edit")
		}
		second := cover(s.alice, "b.gif", "GIF89a and so on").Want(t, 200)
		apptest.Eventually(t, "the replaced cover goes",
			func() bool { return s.Fetch(t, first.String("cover_image_url")).Status == 404 })
		if got := s.read(t, s.bob, note).String("cover_image_url"); got != second.String("cover_image_url") {
			t.Errorf("the note has the cover %s", got)
		}
		for name, content := range map[string]string{"text.png": "dear all", "drawing.svg": "<svg/>",
			"large.png": png + strings.Repeat("x", 5<<20)} {
			cover(s.alice, name, content).WantKeys(t, 400, "detail")
		}
		s.Upload(t, "POST", path, s.alice, file("a.png", png)).WantKeys(t, 400, "detail")
		cover(s.bob, "a.png", png).WantKeys(t, 403, "detail")
		s.Call(t, "DELETE", path, s.bob, nil).WantKeys(t, 403, "detail")
		cleared := s.Call(t, "DELETE", path, s.alice, nil).Want(t, 200)
		if again := s.Call(t, "DELETE", path, s.alice, nil).Want(t, 200); cleared.String("cover_image_url") != "" ||
			again.Text != cleared.Text {
			t.Errorf("removing the cover: %s, and again: %s", cleared.Text, again.Text)
		}
		apptest.Eventually(t, "no file is left", func() bool { return len(s.Files(t)) == 0 })
	})
}

// A file is saved under the name that its sender sees, however that is written.
func TestNamesOfAttachments(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		path := byID(s.create(t, s.alice, object{"title": "Album"}).JSON) + "attachments/"
		for sent, want := range map[string]string{
			"हिन्दी नोट्स.pdf": "हिन्दी नोट्स.pdf", "U\u0308bung.pdf": "Übung.pdf", "Übung.pdf": "Übung.pdf",
			"100% 日本語 (1).pdf": "100% 日本語 (1).pdf",
			"ญี่ปุ่น.pdf":      "ญี่ปุ่น.pdf", "a %22b%22.pdf": `a "b".pdf`,
			"50%25.pdf": "50%25.pdf", "a;b=c'd.pdf": "a;b=c'd.pdf",
			"می\u200cخواهم.pdf": "می\u200cخواهم.pdf",
			"🎉.pdf":             "🎉.pdf", `C:\tmp\Größe.pdf`: "Größe.pdf", "\u1100\u1161.pdf": "가.pdf",
		} {
			body := "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + sent +
				"\"\r\n\r\n%PDF\r\n--edge--\r\n"
			request := s.Request(t, "POST", path, body)
			request.Header.Set("Content-Type", "multipart/form-data; boundary=edge")
			request.Header.Set("Authorization", "Token "+s.alice)
			attached := apptest.Do(t, request).Want(t, 201)
			apptest.WantFields(t, attached.JSON, object{"original_filename": want})
			header := s.Fetch(t, attached.String("url")).Want(t, 200).Header.Get("Content-Disposition")
			kind, parameters, err := mime.ParseMediaType(header)
			if err != nil || kind != "inline" || parameters["filename"] != want ||
				strings.ContainsFunc(header, func(r rune) bool { return r > '~' }) {
				t.Errorf("%q is saved as %q: %s, %v", sent, parameters["filename"], header, err)
			}
		}
	})
}

// Of what only its sender knows the charset, browsers do not hear that it is UTF-8.
func TestCharsetsOfTexts(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		path := byID(s.create(t, s.alice, object{"title": "Album"}).JSON) + "attachments/"
		for content, want := range map[string]string{
			"plain": "text/plain; charset=utf-8", "Größe": "text/plain; charset=utf-8",
			"\xef\xbb\xbfGröße": "text/plain; charset=utf-8",
			"":                  "text/plain; charset=utf-8",
			"Gr\xf6\xdfe":       "text/plain", "\xff\xfeG\x00": "text/plain; charset=utf-16le",
			"\xfe\xff\x00G": "text/plain; charset=utf-16be", "G\x00r\x00": "text/plain",
		} {
			for _, name := range []string{"a.txt", "b.md"} {
				attached := s.Upload(t, "POST", path, s.alice, file(name, content)).Want(t, 201)
				for _, method := range []string{"GET", "HEAD"} {
					shown := s.Call(t, method, strings.TrimPrefix(attached.String("url"), s.URL), "", nil).Want(t, 200)
					if got := shown.Header.Get("Content-Type"); got != want {
						t.Errorf("%s of %.20q has the type %q, want %q", method, content, got, want)
					}
				}
			}
		}
	})
}
