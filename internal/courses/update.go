package courses

import (
	"context"
	"errors"
	"fmt"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/patch"
	"github.com/trance-0/notechondria/internal/problem"
)

// Patch is a change to a part of a course.
type Patch struct {
	Title       patch.Field[string]
	Description patch.Field[string]
	Icon        patch.Field[*int64] // nil for none
}

func (p *Patch) check(problems *problem.Fields) error {
	if p.Title.Set {
		problems.CheckText("title", p.Title.Value, 1, MaxTitle)
	}
	problems.CheckText("description", p.Description.Value, 0, MaxDescription)
	checkIcon(problems, p.Icon)
	return nil
}

// Update changes a course of the caller. Only the owner learns what is wrong with the change.
func (s *Service) Update(ctx context.Context, who actor.Actor, id int64, change problem.Input[Patch]) (Course, error) {
	err := s.write(ctx, func(tx *database.Tx, _ bool) error {
		course, err := lockOwn(ctx, tx, who, id, notChanged)
		if err != nil {
			return err
		}
		p, err := change.Check((*Patch).check)
		if err != nil {
			return err
		}
		title := p.Title.Or(course.Title)
		if title != course.Title {
			if err := checkRename(ctx, tx, who, course, title); err != nil {
				return err
			}
		}
		return overwrite(ctx, tx, course.ID, texts{title, p.Description.Or(course.Description)}, p.Icon)
	})
	if err != nil {
		return Course{}, err
	}
	return s.Get(ctx, who, id)
}

// checkRename goes by the titles alone, as the former system did. A course that becomes an Inbox by its new title is
// not marked as the default one.
func checkRename(ctx context.Context, tx *database.Tx, who actor.Actor, course target, title string) error {
	if course.TitleFolded == inboxTitle {
		return inboxStays(notChanged)
	}
	_, err := database.One[int64](ctx, tx, "select id from courses where owner_id = $1 and title_folded = $2 and id <> $3",
		who.UserID, database.Fold(title), course.ID)
	if errors.Is(err, database.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking for a course of that title: %w", err)
	}
	return titleTaken(notChanged, title)
}
