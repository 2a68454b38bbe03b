package feeds

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
)

// List returns the caller's feeds by title.
func (s *Service) List(ctx context.Context, who actor.Actor) ([]Feed, error) {
	rows, err := database.All[stored](ctx, s.DB.Read(),
		"select "+columns+" from calendar_feeds where user_id = $1 order by id limit $2", who.UserID, maxListed)
	if err != nil {
		return nil, fmt.Errorf("listing calendar feeds: %w", err)
	}
	feeds := make([]Feed, 0, len(rows))
	for _, row := range rows {
		feeds = append(feeds, row.Feed)
	}
	slices.SortStableFunc(feeds, func(a, b Feed) int { return cmp.Compare(a.Title, b.Title) })
	return feeds, nil
}

// Get returns a feed of the caller.
func (s *Service) Get(ctx context.Context, who actor.Actor, id int64) (Feed, error) {
	row, err := database.One[stored](ctx, s.DB.Read(),
		"select "+columns+" from calendar_feeds where id = $1 and user_id = $2", id, who.UserID)
	if errors.Is(err, database.ErrNotFound) {
		return Feed{}, errNoFeed
	}
	if err != nil {
		return Feed{}, fmt.Errorf("reading a calendar feed: %w", err)
	}
	return row.Feed, nil
}
