package notes

import (
	"context"
	"fmt"
	"slices"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notes/blocks"
	"github.com/trance-0/notechondria/internal/problem"
)

// AddBlock adds a block at the end of a note of the caller. Like the other changes to blocks, it also returns the
// note's new revision.
func (s *Service) AddBlock(
	ctx context.Context, who actor.Actor, ref Ref, revisions []int64, draft problem.Input[blocks.Draft],
) (added Block, revision int64, err error) {
	d, wrong := draft.Check((*blocks.Draft).Check)
	d.Text = blocks.Clean(d.Type, d.Text)
	err = s.change(ctx, who, edit{ref, revisions, wrong}, func(tx *database.Tx, n state) (err error) {
		var after []Block
		after, revision, err = s.editBlocks(ctx, tx, n, func(list []blocks.Block) ([]blocks.Block, error) {
			if len(list) >= blocks.Max {
				return nil, problem.Refuse("", fmt.Sprintf("A note can have at most %d blocks.", blocks.Max))
			}
			return append(list, blocks.Block{Draft: d}), nil
		})
		if err != nil {
			return err
		}
		added = after[len(after)-1]
		return nil
	})
	return added, revision, err
}

// UpdateBlock changes a block of the caller's notes. The rest of the content stays the same, byte for byte.
func (s *Service) UpdateBlock(
	ctx context.Context, who actor.Actor, id int64, revisions []int64, change problem.Input[blocks.Patch],
) (updated Block, revision int64, err error) {
	p, wrong := change.Check((*blocks.Patch).Check)
	err = s.change(ctx, who, edit{byBlock(id), revisions, wrong}, func(tx *database.Tx, n state) (err error) {
		var after []Block
		var at int
		after, revision, err = s.editBlocks(ctx, tx, n, func(list []blocks.Block) ([]blocks.Block, error) {
			if at, err = indexOf(list, id); err != nil {
				return nil, err
			}
			list[at].Change(p)
			return list, nil
		})
		if err != nil {
			return err
		}
		updated = after[at]
		return nil
	})
	return updated, revision, err
}

// DeleteBlock deletes a block of the caller's notes.
func (s *Service) DeleteBlock(
	ctx context.Context, who actor.Actor, id int64, revisions []int64,
) (revision int64, err error) {
	err = s.change(ctx, who, edit{ref: byBlock(id), revisions: revisions}, func(tx *database.Tx, n state) (err error) {
		_, revision, err = s.editBlocks(ctx, tx, n, func(list []blocks.Block) ([]blocks.Block, error) {
			at, err := indexOf(list, id)
			if err != nil {
				return nil, err
			}
			return slices.Delete(list, at, at+1), nil
		})
		return err
	})
	return revision, err
}

func indexOf(list []blocks.Block, id int64) (int, error) {
	at := slices.IndexFunc(list, func(b blocks.Block) bool { return b.ID == id })
	if at < 0 { // deleted while this request waited for the note
		return 0, errNoBlock
	}
	return at, nil
}

// ReorderBlocks puts all blocks of a note of the caller into the order of ids, which must name each of them. If an id
// is repeated, its last place counts.
func (s *Service) ReorderBlocks(
	ctx context.Context, who actor.Actor, ref Ref, revisions []int64, ids problem.Input[[]int64],
) (revision int64, err error) {
	order, wrong := ids.Check(func(ids *[]int64, problems *problem.Fields) error {
		if len(*ids) == 0 && !problems.Has(orderField) && !problems.Has(problem.NonField) {
			problems.Add(orderField, "Ensure this field has at least 1 elements.")
		}
		return nil
	})
	err = s.change(ctx, who, edit{ref, revisions, wrong}, func(tx *database.Tx, n state) (err error) {
		_, revision, err = s.editBlocks(ctx, tx, n, func(list []blocks.Block) ([]blocks.Block, error) {
			return reordered(list, order)
		})
		return err
	})
	return revision, err
}

// orderField is the name of the list of ids in problems.
const orderField = "ordered_block_ids"

func reordered(list []blocks.Block, ids []int64) ([]blocks.Block, error) {
	places := make(map[int64]int, len(ids))
	for i, id := range ids {
		places[id] = i
	}
	unknown := func(b blocks.Block) bool { _, known := places[b.ID]; return !known }
	if len(places) != len(list) || slices.ContainsFunc(list, unknown) {
		return nil, problem.InvalidBecause("", notReordered, "the ids are not those of the note's blocks")
	}
	slices.SortFunc(list, func(a, b blocks.Block) int { return places[a.ID] - places[b.ID] })
	return list, nil
}

// editBlocks lets f change the blocks of a locked note, whose content follows: see blocks.Cutter. It returns the blocks
// as they are shown then, and the note's new revision.
func (s *Service) editBlocks(
	ctx context.Context, tx *database.Tx, old state, f func(list []blocks.Block) ([]blocks.Block, error),
) (shown []Block, revision int64, err error) {
	before, err := blocksOf(ctx, tx, old.ID)
	if err != nil {
		return nil, 0, err
	}
	content, after, err := s.cutter.Edit(old.Title, old.Content, before.plain(), f)
	if err != nil {
		return nil, 0, err
	}
	if len(content) > max(blocks.MaxContent, len(old.Content)) {
		return nil, 0, problem.Refuse("", "The note would be larger than "+problem.Bytes(blocks.MaxContent)+".")
	}
	n := old
	n.Content = content
	n.touch()
	if _, err := s.save(ctx, tx, old, n); err != nil {
		return nil, 0, err
	}
	shown, err = s.storeBlocks(ctx, tx, n.ID, before, after)
	return shown, old.Revision + 1, err
}
