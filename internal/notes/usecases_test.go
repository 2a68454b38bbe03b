package notes_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/blob"
	"github.com/trance-0/notechondria/internal/courses"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/jobs"
	"github.com/trance-0/notechondria/internal/media"
	"github.com/trance-0/notechondria/internal/notelist"
	"github.com/trance-0/notechondria/internal/notes"
	"github.com/trance-0/notechondria/internal/notes/blocks"
	"github.com/trance-0/notechondria/internal/patch"
	"github.com/trance-0/notechondria/internal/problem"
)

// fixture is the use cases alone: no HTTP, no job runs.
type fixture struct {
	*notes.Service
	db         *database.DB
	alice, bob actor.Actor
}

// withoutHTTP runs a test on each engine.
func withoutHTTP(t *testing.T, test func(t *testing.T, h *fixture)) {
	t.Helper()
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		log := slog.New(slog.DiscardHandler)
		db := apptest.OpenDatabase(t, append(apptest.Environment(t, engine),
			"SECRET_KEY=that-of-the-tests-is-no-secret-at-all-0123456789"))
		if err := db.Migrate(t.Context(), log); err != nil {
			t.Fatal(err)
		}
		store, err := blob.OpenLocal(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		queue := jobs.New(db, log)
		files := media.New(media.Options{Store: store, DB: db, Queue: queue, Log: log})
		h := &fixture{db: db, Service: notes.New(notes.Options{
			DB: db, Queue: queue, Media: files, MaxFileBytes: 100,
			Courses: courses.New(courses.Options{DB: db, Queue: queue, Media: files}),
		})}
		h.alice, h.bob = h.person(t, "alice"), h.person(t, "bob")
		test(t, h)
	})
}

func (h *fixture) person(t *testing.T, name string) (who actor.Actor) {
	t.Helper()
	err := h.db.Write(t.Context(), func(tx *database.Tx) (err error) {
		who.By = actor.Session
		who.UserID, err = database.One[int64](t.Context(), tx,
			"insert into users (username, username_folded, date_joined) values ($1, $1, $2) returning id", name, database.Now())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return who
}

func (h *fixture) make(t *testing.T, who actor.Actor, d notes.Draft) notes.Note {
	t.Helper()
	n, created, err := h.Create(t.Context(), who, problem.Clean(d))
	if err != nil || !created {
		t.Fatalf("created: %v, %v", created, err)
	}
	return n
}

// upload is a file as a face hands it over.
func upload(t *testing.T, name, content string) problem.Input[*blob.Upload] {
	t.Helper()
	spooled, err := blob.Spool(t.Context(), strings.NewReader(content), 1<<20, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = spooled.Close() })
	return problem.Clean(&blob.Upload{Name: name, Content: spooled})
}

// What a face has not checked is checked by the use case.
func TestUseCasesHoldTheRulesThemselves(t *testing.T) {
	withoutHTTP(t, func(t *testing.T, h *fixture) {
		ctx := t.Context()
		note := h.make(t, h.alice, notes.Draft{Title: "Note", Content: "# Note\n\ntext"})
		ref, block := notes.ByID(note.ID), note.Blocks[0].ID
		long := strings.Repeat("é", 1000)
		create := func(d notes.Draft) error { _, _, err := h.Create(ctx, h.alice, problem.Clean(d)); return err }
		update := func(p notes.Patch) error { _, err := h.Update(ctx, h.alice, ref, nil, problem.Clean(p)); return err }
		for what, err := range map[string]error{
			"no title": create(notes.Draft{}), "a long title": create(notes.Draft{Title: long}),
			"a zero byte":            create(notes.Draft{Title: "x", Content: "a\x00"}),
			"no UTF-8":               create(notes.Draft{Title: "x", Metadata: "\xff"}),
			"a type that nobody has": create(notes.Draft{Title: "x", Type: "Z"}),
			"no UUID":                create(notes.Draft{Title: "x", SourceUUID: "x"}),
			"a long client id":       create(notes.Draft{Title: "x", ClientID: long}),
			"a bad block":            create(notes.Draft{Title: "x", Blocks: []blocks.Draft{{Type: "Z"}}}),
			"an empty title":         update(notes.Patch{Title: patch.To("")}),
			"a long description":     update(notes.Patch{Description: patch.To(&long)}),
			"a zero byte, changed":   update(notes.Patch{CustomMeta: patch.To("\x00")}),
			"a bad block, changed":   update(notes.Patch{Blocks: patch.To([]blocks.Draft{{Type: "N", Args: &long}})}),
			"a bad new block":        third(h.AddBlock(ctx, h.alice, ref, nil, problem.Clean(blocks.Draft{Type: ""}))),
			"a bad type": third(h.UpdateBlock(ctx, h.alice, block, nil, problem.Clean(
				blocks.Patch{Type: patch.To("NN")}))),
			"no order":      second(h.ReorderBlocks(ctx, h.alice, ref, nil, problem.Clean([]int64{}))),
			"a long reason": second(h.Snapshot(ctx, h.alice, ref, problem.Clean(long))),
		} {
			if !problem.IsKind(err, problem.Invalid) {
				t.Errorf("%s: %v", what, err)
			}
		}
		for what, err := range map[string]error{
			"no file":        second(h.Attach(ctx, h.alice, ref, problem.Clean[*blob.Upload](nil))),
			"too large":      second(h.Attach(ctx, h.alice, ref, problem.Clean(&blob.Upload{Name: "a"}))),
			"no cover":       second(h.SetCover(ctx, h.alice, ref, nil, problem.Clean[*blob.Upload](nil))),
			"a cover's text": second(h.SetCover(ctx, h.alice, ref, nil, upload(t, "a.png", "dear all"))),
		} {
			if !problem.IsKind(err, problem.Refused) {
				t.Errorf("%s: %v", what, err)
			}
		}
		err := third(h.Create(ctx, actor.Actor{}, problem.Clean(notes.Draft{Title: "x"})))
		if !problem.IsKind(err, problem.NotAllowed) {
			t.Errorf("nobody makes a note: %v", err)
		}
		if after, err := h.Get(ctx, h.alice, ref); err != nil || after.Revision != note.Revision {
			t.Errorf("the note was changed: %+v, %v", after, err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func third[T, U any](_ T, _ U, err error) error { return err }

func TestUseCasesAskWhoseNoteItIsFirst(t *testing.T) {
	withoutHTTP(t, func(t *testing.T, h *fixture) {
		ctx := t.Context()
		open := h.make(t, h.alice, notes.Draft{Title: "Open", Content: "text", IsPublic: true})
		hidden := h.make(t, h.alice, notes.Draft{Title: "Hidden", Content: "text"})
		bad := problem.Clean(notes.Patch{Title: patch.To("")})
		writes := map[string]func(who actor.Actor, n notes.Note) error{
			"update": func(who actor.Actor, n notes.Note) error {
				return second(h.Update(ctx, who, notes.ByID(n.ID), nil, bad))
			},
			"delete":  func(who actor.Actor, n notes.Note) error { return h.Delete(ctx, who, notes.ByUUID(n.UUID), nil) },
			"history": func(who actor.Actor, n notes.Note) error { return second(h.Versions(ctx, who, notes.ByID(n.ID))) },
			"snapshot": func(who actor.Actor, n notes.Note) error {
				return second(h.Snapshot(ctx, who, notes.ByID(n.ID), problem.Clean("")))
			},
			"restore a version": func(who actor.Actor, n notes.Note) error {
				return second(h.RestoreVersion(ctx, who, notes.ByID(n.ID), 1, nil))
			},
			"add a block": func(who actor.Actor, n notes.Note) error {
				return third(h.AddBlock(ctx, who, notes.ByID(n.ID), nil, problem.Clean(blocks.Draft{})))
			},
			"reorder blocks": func(who actor.Actor, n notes.Note) error {
				return second(h.ReorderBlocks(ctx, who, notes.ByID(n.ID), nil, problem.Clean([]int64{})))
			},
			"attach": func(who actor.Actor, n notes.Note) error {
				return second(h.Attach(ctx, who, notes.ByID(n.ID), upload(t, "a", "x")))
			},
			"detach": func(who actor.Actor, n notes.Note) error { return h.Detach(ctx, who, notes.ByID(n.ID), 1) },
			"set the cover": func(who actor.Actor, n notes.Note) error {
				return second(h.SetCover(ctx, who, notes.ByID(n.ID), nil, upload(t, "a.png", png)))
			},
			"clear the cover": func(who actor.Actor, n notes.Note) error {
				return second(h.ClearCover(ctx, who, notes.ByID(n.ID), nil))
			},
		}
		for what, write := range writes {
			for _, who := range []actor.Actor{h.bob, {}, actor.ServerFor(h.bob.UserID)} {
				if err := write(who, open); !problem.IsKind(err, problem.NotAllowed) {
					t.Errorf("%s, open: %v", what, err)
				}
				if err := write(who, hidden); !problem.IsKind(err, problem.Invalid) {
					t.Errorf("%s, hidden: %v", what, err)
				}
			}
			if err := write(h.alice, notes.Note{}); !problem.IsKind(err, problem.NotFound) {
				t.Errorf("%s, no note: %v", what, err)
			}
		}
		for _, err := range []error{
			third(h.UpdateBlock(ctx, h.bob, hidden.Blocks[0].ID, nil, problem.Clean(blocks.Patch{}))),
			second(h.DeleteBlock(ctx, h.bob, hidden.Blocks[0].ID, nil)),
		} {
			if !problem.IsKind(err, problem.NotAllowed) {
				t.Errorf("a block: %v", err)
			}
		}
		for _, ref := range []notes.Ref{notes.ByUUID("nonsense"), notes.ByUUID(""), {}} {
			if _, err := h.Get(ctx, h.alice, ref); !problem.IsKind(err, problem.NotFound) {
				t.Errorf("no reference: %v", err)
			}
		}
		if n, err := h.Get(ctx, h.alice, notes.ByUUID(strings.ToUpper(hidden.UUID))); err != nil || n.ID != hidden.ID {
			t.Errorf("a UUID in capitals: %v", err)
		}
		for who, number := range map[*actor.Actor]int{&h.alice: 2, &h.bob: 1, {}: 1} {
			page, err := h.List(ctx, *who, notes.Listing{Scope: notelist.Readable})
			found, searching := h.Search(ctx, *who, "text", notes.Listing{Scope: notelist.Readable})
			if err != nil || searching != nil || len(page.Notes) != number || len(found.Notes) != number {
				t.Errorf("%v lists %d and finds %d notes, want %d: %v %v",
					who, len(page.Notes), len(found.Notes), number, err, searching)
			}
		}
	})
}

func TestAStaleWriteSaysWhatIsThereNow(t *testing.T) {
	withoutHTTP(t, func(t *testing.T, h *fixture) {
		note := h.make(t, h.alice, notes.Draft{Title: "First"})
		change := func(title string, revisions ...int64) error {
			p := notes.Patch{Title: patch.To(title)}
			return second(h.Update(t.Context(), h.alice, notes.ByID(note.ID), revisions, problem.Clean(p)))
		}
		if err := change("Second", note.Revision, 77); err != nil {
			t.Fatal(err)
		}
		var stale *problem.Error
		err := change("Third", note.Revision)
		if !errors.As(err, &stale) || stale.Kind != problem.Stale {
			t.Fatalf("got %v", err)
		}
		if now, ok := stale.Now.(notes.Note); !ok || now.Title != "Second" || now.Revision != note.Revision+1 {
			t.Errorf("it is %+v", stale.Now)
		}
	})
}

// What the server does in somebody's name is no activity of theirs, and is not bound to the courses that they may file
// in.
func TestTheServerItselfActsInSomebodysName(t *testing.T) {
	withoutHTTP(t, func(t *testing.T, h *fixture) {
		ctx := t.Context()
		server := actor.ServerFor(h.alice.UserID)
		foreign, _, err := h.Courses.Create(ctx, h.bob, courses.Draft{Title: "Rivers"})
		if err != nil {
			t.Fatal(err)
		}
		draft := notes.Draft{Title: "Note", Content: "one two", CourseID: &foreign.ID, ClientID: "d"}
		if _, _, err := h.Create(ctx, h.alice, problem.Clean(draft)); !problem.IsKind(err, problem.NotFound) {
			t.Errorf("alice files in a foreign course: %v", err)
		}
		note := h.make(t, server, draft)
		steps := []func() error{
			func() error { _, _, err := h.Create(ctx, server, problem.Clean(draft)); return err },
			func() error {
				p := notes.Patch{Content: patch.To("three")}
				return second(h.Update(ctx, server, notes.ByID(note.ID), nil, problem.Clean(p)))
			},
			func() error {
				d := blocks.Draft{Type: "N", Text: "four"}
				return third(h.AddBlock(ctx, server, notes.ByID(note.ID), nil, problem.Clean(d)))
			},
			func() error { return h.Delete(ctx, server, notes.ByID(note.ID), nil) },
			func() error {
				p := notes.Patch{IsPublic: patch.To(true), Content: patch.To("five")}
				restored, err := h.Restore(ctx, server, note.ID, problem.Clean(p))
				if !restored.IsPublic || len(restored.Blocks) != 1 || restored.Blocks[0].Text != "five" {
					t.Errorf("the restored note is %+v", restored)
				}
				return err
			},
		}
		for i, step := range steps {
			if err := step(); err != nil {
				t.Errorf("step %d: %v", i, err)
			}
		}
		if n := h.activities(t, ctx); n != 0 {
			t.Errorf("%d activities of alice are recorded", n)
		}
		_, err = h.Update(ctx, h.alice, notes.ByID(note.ID), nil, problem.Clean(notes.Patch{Content: patch.To("six")}))
		if n := h.activities(t, ctx); err != nil || n != 1 {
			t.Errorf("her own change counts as %d activities, %v", n, err)
		}
		found, err := h.Locate(ctx, []int64{note.ID, 4711})
		want := notes.Location{ID: note.ID, AuthorID: h.alice.UserID}
		if err != nil || len(found) != 1 || found[note.ID] != want {
			t.Errorf("the holders are %v, %v", found, err)
		}
	})
}

func (h *fixture) activities(t *testing.T, ctx context.Context) int {
	t.Helper()
	n, err := database.One[int](ctx, h.db.Read(), "select count(*) from note_activity")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestFilesWithoutHTTP(t *testing.T) {
	withoutHTTP(t, func(t *testing.T, h *fixture) {
		ctx := t.Context()
		note := h.make(t, h.alice, notes.Draft{Title: "Album"})
		a, err := h.Attach(ctx, h.alice, notes.ByID(note.ID), upload(t, "May.txt", "sunny"))
		if err != nil || a.ContentType != "text/plain; charset=utf-8" || a.FileSize != 5 || a.NoteID != note.ID {
			t.Fatalf("%+v, %v", a, err)
		}
		list, err := h.Attachments(ctx, h.alice, notes.ByUUID(note.UUID))
		if err != nil || !slices.ContainsFunc(list, func(other notes.Attachment) bool { return other.Path == a.Path }) {
			t.Errorf("the attachments are %+v, %v", list, err)
		}
		covered, err := h.SetCover(ctx, h.alice, notes.ByID(note.ID), []int64{note.Revision}, upload(t, "a.txt", png))
		if err != nil || covered.CoverPath == "" {
			t.Errorf("the cover is %q, %v", covered.CoverPath, err)
		}
		_, err = h.SetCover(ctx, h.alice, notes.ByID(note.ID), []int64{note.Revision}, upload(t, "a.txt", png))
		if !problem.IsKind(err, problem.Stale) {
			t.Errorf("a cover for a revision that is gone: %v", err)
		}
	})
}
