package notes

import (
	"context"
	"math"
	"reflect"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notes/blocks"
	"github.com/trance-0/notechondria/internal/patch"
	"github.com/trance-0/notechondria/internal/problem"
)

// Patch is a change to a part of a note.
type Patch struct {
	Title       patch.Field[string]
	Description patch.Field[*string]
	Content     patch.Field[string]         // an empty one empties the note
	Blocks      patch.Field[[]blocks.Draft] // from which the content follows, whatever Content says
	CourseID    patch.Field[*int64]         // nil for none
	Metadata    patch.Field[string]
	CustomMeta  patch.Field[string]
	IsPublic    patch.Field[bool]
	EditorMode  patch.Field[string] // see accounts.EditorMode

	cut []blocks.Block // of Content
}

func (p *Patch) check(problems *problem.Fields) error {
	if p.Title.Set {
		problems.CheckText("title", p.Title.Value, 1, MaxTitle)
	}
	if p.Description.Value != nil {
		problems.CheckText("description", *p.Description.Value, 0, MaxDescription)
	}
	problems.CheckText("content", p.Content.Value, 0, math.MaxInt)
	problems.CheckText("metadata_json", p.Metadata.Value, 0, math.MaxInt)
	problems.CheckText("custom_meta", p.CustomMeta.Value, 0, math.MaxInt)
	blocks.CheckAll(problems, "blocks", p.Blocks.Value)
	return nil
}

// onlyLeaves reports whether the change is that the note leaves its course, and nothing else.
func (p Patch) onlyLeaves() bool {
	return reflect.DeepEqual(p, Patch{CourseID: patch.To[*int64](nil)})
}

// Update changes one of the caller's notes. Only its author learns what is wrong with the change. The owner of a course
// may also take other people's public notes out of it, and change nothing else of them.
func (s *Service) Update(
	ctx context.Context, who actor.Actor, ref Ref, revisions []int64, change problem.Input[Patch],
) (Note, error) {
	p, wrong := change.Check((*Patch).check)
	if wrong == nil && p.onlyLeaves() {
		if taken, err := s.takeOutOfOwn(ctx, who, ref); err != nil {
			return Note{}, err
		} else if taken {
			return s.Get(ctx, who, ref)
		}
	}
	if wrong == nil {
		p.cut = s.cutOf(p)
	}
	var stored Note
	err := s.change(ctx, who, edit{ref, revisions, wrong}, func(tx *database.Tx, old state) (err error) {
		n := old
		n.touch()
		stored, err = s.apply(ctx, tx, old, n, p)
		return err
	})
	return stored, err
}

// cutOf returns the blocks of a new content, if there is one. It cuts them before the transaction, which others may
// wait for.
func (s *Service) cutOf(p Patch) []blocks.Block {
	if !p.Content.Set || p.Blocks.Set {
		return nil
	}
	return s.cutter.Cut(p.Content.Value)
}

// apply stores a change to n, which is what old has become so far, and returns the note as its author sees it.
func (s *Service) apply(ctx context.Context, tx *database.Tx, old, n state, p Patch) (stored Note, err error) {
	// A note may stay where it lies, though its author may have left the course: the apps send the course with every save.
	if course := p.CourseID.Value; course != nil && !patch.Same(course, old.CourseID) {
		if err := checkFiling(ctx, tx, n, *course); err != nil {
			return Note{}, err
		}
	}
	n.set(p)
	after := p.cut
	if p.Blocks.Set {
		n.Content, after = s.cutter.Compose(n.Title, blocks.CleanAll(blocks.New(p.Blocks.Value)))
	}
	emptied := p.Content.Set && n.Content == ""
	if emptied {
		if err := keepText(ctx, tx, old); err != nil {
			return Note{}, err
		}
	}
	if stored, err = s.save(ctx, tx, old, n); err != nil {
		return Note{}, err
	}
	if p.Blocks.Set || n.Content != old.Content || emptied {
		stored.Blocks, err = s.replaceBlocks(ctx, tx, n.ID, after)
	} else {
		stored.Blocks, err = shownBlocks(ctx, tx, n.ID)
	}
	return stored, err
}

// set takes over a change, apart from the blocks.
func (n *state) set(p Patch) {
	n.Title = p.Title.Or(n.Title)
	n.Description = p.Description.Or(n.Description)
	n.Content = p.Content.Or(n.Content)
	n.CourseID = p.CourseID.Or(n.CourseID)
	n.Metadata = p.Metadata.Or(n.Metadata)
	n.CustomMeta = p.CustomMeta.Or(n.CustomMeta)
	n.IsPublic = p.IsPublic.Or(n.IsPublic)
	if p.EditorMode.Set {
		n.EditorMode = accounts.EditorMode(p.EditorMode.Value)
	}
}
