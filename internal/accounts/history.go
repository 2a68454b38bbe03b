package accounts

import (
	"context"

	"github.com/trance-0/notechondria/internal/accounts/events"
	"github.com/trance-0/notechondria/internal/actor"
)

// ListEvents returns what happened to the caller's account, the newest first. It requires a session.
func (s *Service) ListEvents(ctx context.Context, who actor.Actor, limit, offset int64) (events.Page, error) {
	if err := who.CheckSession(); err != nil {
		return events.Page{}, err
	}
	return s.Events.List(ctx, who.UserID, limit, offset)
}

// EventsOf returns what happened to an account, the newest first; of one that was deleted, that it was.
func (s *Service) EventsOf(ctx context.Context, who actor.Actor, userID, limit, offset int64) (events.Page, error) {
	if err := who.CheckOperator(); err != nil {
		return events.Page{}, err
	}
	return s.Events.List(ctx, userID, limit, offset)
}
