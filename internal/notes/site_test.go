package notes_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

type object = map[string]any

const notesPath = "/api/v1/notes/"

var (
	summaryKeys = []string{
		"id", "uuid", "title", "description", "excerpt", "preview_lines", "editor_mode", "note_type",
		"is_public", "last_edit",
		"date_created", "course_id", "course", "author", "source_note_uuid", "cover_image_url",
	}
	detailKeys     = append([]string{"blocks", "content", "metadata_json", "custom_meta"}, summaryKeys...)
	editDetailKeys = append([]string{"can_edit"}, detailKeys...)
)

// site is a server with two accounts that have no notes.
type site struct {
	*apptest.Server
	alice, bob string // tokens

	indexEvery int64        // after how many created notes all are indexed; 0 for never
	created    atomic.Int64 // tests create notes side by side
}

// onSite runs a test on each engine, on a site of its own.
func onSite(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	apptest.Each(t, func(t *testing.T, engine database.Engine) { test(t, newSite(t, engine)) })
}

func newSite(t testing.TB, engine database.Engine, settings ...string) *site {
	t.Helper()
	s := &site{Server: apptest.Start(t, engine, settings...)}
	s.alice, s.bob = s.newAccount(t, "alice"), s.newAccount(t, "bob")
	return s
}

// newAccount returns the token of a new account, whose welcome note is deleted.
func (s *site) newAccount(t testing.TB, name string) string {
	t.Helper()
	token := s.SignUp(t, name).Token
	for _, note := range s.Call(t, "GET", notesPath, token, nil).Want(t, 200).List() {
		s.Call(t, "DELETE", byID(note), token, nil).Want(t, 204)
	}
	return token
}

// create makes a note.
func (s *site) create(t testing.TB, token string, body object) apptest.Reply {
	t.Helper()
	note := s.Call(t, "POST", notesPath, token, body).Want(t, 201)
	if created := s.created.Add(1); s.indexEvery > 0 && created%s.indexEvery == 0 {
		s.index(t)
	}
	return note
}

// course makes a course and returns its id.
func (s *site) course(t testing.TB, token, title string) int64 {
	t.Helper()
	return s.Call(t, "POST", "/api/v1/courses/", token, object{"title": title}).Want(t, 201).Int("id")
}

// read returns a note as its author sees it.
func (s *site) read(t testing.TB, token string, note apptest.Reply) apptest.Reply {
	t.Helper()
	return s.Call(t, "GET", byID(note.JSON), token, nil).Want(t, 200)
}

// titles lists notes.
func (s *site) titles(t testing.TB, token, query string) []string {
	t.Helper()
	return titlesOf(s.Call(t, "GET", notesPath+query, token, nil).Want(t, 200).List())
}

func titlesOf(list []any) []string {
	titles := []string{}
	for _, note := range list {
		title, _ := note.(object)["title"].(string)
		titles = append(titles, title)
	}
	return titles
}

func byID(note any) string {
	id, _ := note.(object)["id"].(float64)
	return fmt.Sprintf("%s%d/", notesPath, int64(id))
}

func byUUID(note any) string { return fmt.Sprintf("%suuid/%s/", notesPath, note.(object)["uuid"]) }

// blockTypes are the types of the blocks of a note, in their order.
func blockTypes(note apptest.Reply) string {
	types := ""
	blocks, _ := note.Object()["blocks"].([]any)
	for _, block := range blocks {
		kind, _ := block.(object)["block_type"].(string)
		types += kind
	}
	return types
}
