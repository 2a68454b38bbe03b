package notes

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notelist"
	"github.com/trance-0/notechondria/internal/problem"
)

// Suggest returns the UUIDs of notes of the caller that begin with what was typed, or else of those with these words,
// limit at most, and how many there are. Without a text these are the notes that were edited last.
func (s *Service) Suggest(
	ctx context.Context, who actor.Actor, typed string, limit int64,
) (uuids []string, total int64, err error) {
	listing := Listing{Scope: notelist.Own, Limit: limit}
	if typed = strings.TrimSpace(typed); typed == "" {
		return uuidsOf(s.List(ctx, who, listing))
	}
	if strings.Trim(typed, "0123456789abcdef-") == "" {
		uuids, total, err = s.uuidsWithPrefix(ctx, who, typed, limit)
		if err != nil || total > 0 {
			return uuids, total, err
		}
	}
	return uuidsOf(s.Search(ctx, who, typed, listing))
}

func uuidsOf(page Page, err error) ([]string, int64, error) {
	uuids := make([]string, 0, len(page.Notes))
	for _, n := range page.Notes {
		uuids = append(uuids, n.UUID)
	}
	return uuids, page.Total, err
}

// Lookup returns the note that somebody means by its UUID, or else the caller's note that some words find first.
func (s *Service) Lookup(ctx context.Context, who actor.Actor, text string) (Note, error) {
	note, err := s.Get(ctx, who, ByUUID(text))
	if !problem.IsKind(err, problem.NotFound) {
		return note, err
	}
	found, err := s.Search(ctx, who, text, Listing{Scope: notelist.Own, Limit: 1})
	if err != nil {
		return Note{}, err
	}
	if len(found.Notes) == 0 {
		return Note{}, errNoNote
	}
	return s.Get(ctx, who, ByID(found.Notes[0].ID))
}

// uuidsWithPrefix returns UUIDs of the caller's notes with a prefix, sorted, and how many there are, up to a thousand.
func (s *Service) uuidsWithPrefix(
	ctx context.Context, who actor.Actor, prefix string, limit int64,
) ([]string, int64, error) {
	const first, last = "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"
	if len(prefix) > len(first) || uuid.Validate(prefix+first[len(prefix):]) != nil {
		return nil, 0, nil
	}
	found, err := database.All[string](ctx, s.DB.Read(), `
		select n.uuid from notes n where n.author_id = $1 and n.deleted_at is null and n.uuid >= $2 and n.uuid <= $3
		order by n.uuid limit $4`, who.UserID, prefix+first[len(prefix):], prefix+last[len(prefix):], maxListed)
	if err != nil {
		return nil, 0, fmt.Errorf("looking for notes by the beginning of their UUIDs: %w", err)
	}
	return found[:min(int64(len(found)), limit)], int64(len(found)), nil
}
