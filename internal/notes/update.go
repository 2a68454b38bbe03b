package notes

import (
	"context"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/courses"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

// precondition is the input of operations that change a note.
type precondition struct {
	IfMatch string `header:"If-Match" doc:"The ETag of the note that is to be changed; with another one the answer is 412 and shows the note as it is now"`
}

// changes are the body of a change. Its problems are kept, since they come after the look at whose note it is.
type changes struct {
	rest.Problems
	precondition
	Body struct{ fields }
}

type numberUpdate struct {
	ID int64 `path:"id"`
	changes
}

type uuidUpdate struct {
	UUID string `path:"uuid"`
	changes
}

// update changes what was sent and leaves the rest. Nulls change nothing but the course and the description.
func (s *Service) update(ctx context.Context, k key, operation string, in *changes) (rest.Reply[Detail], error) {
	blocks := readBlocks(&in.Problems, in.Body.Blocks.Value)
	var id int64
	err := s.change(ctx, edit{key: k, operation: operation, ifMatch: in.IfMatch, problems: in.Err()}, func(tx *database.Tx, old state) error {
		id = old.ID
		// A note may stay where it lies, though its author may have left the course: the apps send the course with every save.
		if course := in.Body.course(); course != nil && !same(course, old.CourseID) {
			if err := courses.CheckFiling(ctx, tx, old.AuthorID, *course); err != nil {
				return err
			}
		}
		return s.apply(ctx, tx, old, &in.Body.fields, blocks)
	})
	if err != nil {
		return rest.Reply[Detail]{}, err
	}
	return s.show(ctx, byID(id))
}

// apply stores the fields of a change. Blocks that were sent come before a content that was sent, and follow it otherwise.
func (s *Service) apply(ctx context.Context, tx *database.Tx, old state, f *fields, blocks []blockRow) error {
	n := old
	n.touch()
	n.set(f)
	if f.Blocks.Set {
		n.Content, blocks = compose(n.Title, blocks)
	} else if content := f.content(); content != "" { // an empty text leaves the present one, as in the old system
		n.Content = content
	}
	if err := s.save(ctx, tx, old, n); err != nil {
		return err
	}
	switch {
	case f.Blocks.Set:
		return s.replaceBlocks(ctx, tx, n.ID, cleanTexts(blocks)) // the content keeps the blank lines in their texts
	case n.Content != old.Content:
		return s.replaceBlocks(ctx, tx, n.ID, s.cut(n.Content))
	}
	return nil
}

// set takes over what was sent, apart from the content.
func (n *state) set(f *fields) {
	n.Title = f.Title.Or(n.Title)
	n.MetadataJSON = f.MetadataJSON.Or(n.MetadataJSON)
	n.CustomMeta = f.CustomMeta.Or(n.CustomMeta)
	n.IsPublic = f.IsPublic.Or(n.IsPublic)
	if f.Description.Set {
		n.Description = &f.Description.Value
	} else if f.Description.Null {
		n.Description = nil
	}
	if f.CourseID.Present() {
		n.CourseID = f.course()
	}
	if f.EditorMode.Set {
		n.EditorMode = accounts.EditorMode(f.EditorMode.Value)
	}
}
