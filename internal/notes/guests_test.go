package notes_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// A subscriber files public notes in somebody's course: they are seen there by their author and the course's owner
// alone.
func TestSubscribersPublishNothingInACourse(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		course := s.course(t, s.alice, "Botany")
		path := fmt.Sprintf("/api/v1/courses/%d/", course)
		intro := s.create(t, s.alice, object{"title": "intro", "course_id": course, "is_public": true})
		s.Call(t, "POST", path+"subscribe/", s.bob, nil).Want(t, 200)
		guest := s.create(t, s.bob, object{"title": "guest", "content": "pills", "course_id": course, "is_public": true})
		s.create(t, s.bob, object{"title": "diary", "course_id": course})
		carol := s.newAccount(t, "carol")

		in := func(token string) []string {
			listed := titlesOf(s.Call(t, "GET", path+"notes/", token, nil).Want(t, 200).List())
			recent, _ := s.Call(t, "GET", path, token, nil).Want(t, 200).Object()["recent_notes"].([]any)
			if shown := titlesOf(recent); !slices.Equal(shown, listed) {
				t.Errorf("the course shows %q and lists %q", shown, listed)
			}
			return listed
		}
		for token, want := range map[string][]string{
			s.alice: {"guest", "intro"}, s.bob: {"diary", "guest", "intro"}, carol: {"intro"}, "": {"intro"},
		} {
			if got := in(token); !slices.Equal(got, want) {
				t.Errorf("in the course: %q, want %q", got, want)
			}
		}
		// Everywhere else it is a note like others, in no course that somebody else could learn of.
		everybody := func(token, query string) []string { return s.titles(t, token, "?scope=all"+query) }
		for token, withGuest := range map[string]bool{s.alice: true, s.bob: true, carol: false} {
			inCourse := everybody(token, fmt.Sprintf("&course_id=%d", course))
			found := everybody(token, fmt.Sprintf("&course_id=%d&q=pills", course))
			if slices.Contains(inCourse, "guest") != withGuest || slices.Contains(found, "guest") != withGuest {
				t.Errorf("by the course: %q, found: %q, want the guest's: %v", inCourse, found, withGuest)
			}
			if !slices.Contains(everybody(token, ""), "guest") || !slices.Contains(everybody(token, "&q=pills"), "guest") {
				t.Error("a public note is not seen outside of the course")
			}
			note := s.Call(t, "GET", byID(guest.JSON), token, nil).Want(t, 200)
			if (note.Object()["course"] != nil) != withGuest || (note.Object()["course_id"] != nil) != withGuest {
				t.Errorf("the note tells of its course: %s", note.Text)
			}
		}
		// Without a public note of its owner the course is private, whatever others have filed there.
		s.Call(t, "PATCH", byID(intro.JSON), s.alice, object{"is_public": false}).Want(t, 200)
		s.Call(t, "GET", path, carol, nil).Want(t, 404)
		s.Call(t, "GET", path, s.bob, nil).Want(t, 200) // until the owner ends the subscription
	})
}

func TestOwnersTakeNotesOutOfTheirCourses(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		course := s.course(t, s.alice, "Botany")
		path := fmt.Sprintf("/api/v1/courses/%d/", course)
		s.create(t, s.alice, object{"title": "intro", "course_id": course, "is_public": true})
		s.Call(t, "POST", path+"subscribe/", s.bob, nil).Want(t, 200)
		file := func(public bool) (note object, at string) {
			reply := s.create(t, s.bob, object{"title": "guest", "content": "x", "course_id": course, "is_public": public})
			return reply.Object(), fmt.Sprintf("%snotes/%d/", path, reply.Int("id"))
		}
		courseOf := func(note object) any {
			return s.Call(t, "GET", byID(note), s.bob, nil).Want(t, 200).Object()["course_id"]
		}

		first, at := file(true)
		s.Call(t, "DELETE", at, s.bob, nil).Want(t, 403)
		s.Call(t, "DELETE", at, s.alice, nil).Want(t, 204)
		if got := courseOf(first); got != nil {
			t.Errorf("taken out, it is in %v", got)
		}
		s.Call(t, "DELETE", at, s.alice, nil).Want(t, 404)

		second, _ := file(true)
		for _, more := range []object{{"course_id": course}, {"course_id": nil, "title": "mine"}, {}, {"course_id": "x"}} {
			if reply := s.Call(t, "PATCH", byID(second), s.alice, more); reply.Status != 403 {
				t.Errorf("%v: status %d: %s", more, reply.Status, reply.Text)
			}
		}
		s.Call(t, "PATCH", byID(second), s.newAccount(t, "carol"), object{"course_id": nil}).Want(t, 403)
		s.Call(t, "PATCH", byUUID(second), s.alice, object{"course_id": nil}).Want(t, 200)
		if got := courseOf(second); got != nil {
			t.Errorf("taken out, it is in %v", got)
		}

		private, at := file(false)
		s.Call(t, "PATCH", byID(private), s.alice, object{"course_id": nil}).Want(t, 400)
		s.Call(t, "DELETE", at, s.alice, nil).Want(t, 204) // who knows of it may do so
	})
}

// TestOwnersOfCoursesChangeNothingElseOfGuestNotes tries each field that a change may have by the API's description.
func TestOwnersOfCoursesChangeNothingElseOfGuestNotes(t *testing.T) {
	values := object{
		"title": "theirs", "description": "theirs", "content": "theirs", "markdown": "theirs", "metadata_json": `{"a":1}`,
		"custom_meta": `{"a":2}`, "is_public": false, "editor_mode": "B",
		"blocks": []object{{"block_type": "P", "text": "theirs"}},
	}
	onSite(t, func(t *testing.T, s *site) {
		course := s.course(t, s.alice, "Botany")
		s.create(t, s.alice, object{"title": "intro", "course_id": course, "is_public": true})
		s.Call(t, "POST", fmt.Sprintf("/api/v1/courses/%d/subscribe/", course), s.bob, nil).Want(t, 200)
		for _, field := range patchable(t, s) {
			if field == "course_id" {
				continue
			}
			value, known := values[field]
			if !known {
				t.Errorf("this test needs a value of %s that changes a note", field)
				continue
			}
			note := s.create(t, s.bob, object{"title": "guest", "course_id": course, "is_public": true})
			before := s.read(t, s.bob, note)
			change := object{field: value, "course_id": nil}
			if reply := s.Call(t, "PATCH", byID(note.JSON), s.alice, change); reply.Status != 403 {
				t.Errorf("%s: status %d: %s", field, reply.Status, reply.Text)
			}
			if after := s.read(t, s.bob, note); after.Text != before.Text {
				t.Errorf("%s: the note was\n%s\nand is\n%s", field, before.Text, after.Text)
			}
			s.Call(t, "PATCH", byID(note.JSON), s.bob, object{field: value}).Want(t, 200) // so the value was good
		}
	})
}

// patchable are the fields that a change to a note may have.
func patchable(t *testing.T, s *site) []string {
	t.Helper()
	type schema struct {
		Ref        string         `json:"$ref"`
		Properties map[string]any `json:"properties"`
	}
	var document struct {
		Paths map[string]map[string]struct {
			RequestBody struct {
				Content map[string]struct {
					Schema schema `json:"schema"`
				} `json:"content"`
			} `json:"requestBody"`
		} `json:"paths"`
		Components struct {
			Schemas map[string]schema `json:"schemas"`
		} `json:"components"`
	}
	text := s.Call(t, "GET", "/api/openapi.json", "", nil).Want(t, 200).Text
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	body := document.Paths["/api/v1/notes/{id}/"]["patch"].RequestBody.Content["application/json"].Schema
	if body.Ref != "" {
		body = document.Components.Schemas[strings.TrimPrefix(body.Ref, "#/components/schemas/")]
	}
	if len(body.Properties) == 0 {
		t.Fatal("the API describes no change to a note")
	}
	return slices.Sorted(maps.Keys(body.Properties))
}
