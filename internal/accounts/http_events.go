package accounts

import (
	"context"
	"net/http"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/rest"
)

func (s *Service) registerEvents(api *rest.API) {
	rest.Handle(api, rest.Operation{
		Method: http.MethodGet, Path: "/api/v1/auth/events/", Tag: "auth", Access: rest.SessionOnly,
		Summary: "List your account events",
		Description: "Lists sign-ins and failed attempts, changes of keys, linked accounts, password and email address, " +
			"and actions of operators; newest first. Failed attempts of one client within an hour are one event.",
	}, s.handleListEvents)
}

type eventsInput struct {
	Limit  *int64 `query:"limit" doc:"1 to 100; default 50"`
	Offset int64  `query:"offset"`
}

// eventsPage is how many events are listed when nobody says how many.
const eventsPage = 50

type accountEventJSON struct {
	ID           int64     `json:"id"`
	Event        string    `json:"event"`
	Detail       string    `json:"detail"`
	Actor        string    `json:"actor" doc:"operator or administrator; empty if it was you"`
	DeviceLabel  string    `json:"device_label"`
	UserAgent    string    `json:"user_agent"`
	IPHashPrefix string    `json:"ip_hash_prefix"`
	Times        int       `json:"times"`
	CreatedAt    rest.Time `json:"created_at"`
	LastAt       rest.Time `json:"last_at"`
}

type accountEventListJSON rest.Page[accountEventJSON]

func (s *Service) handleListEvents(
	ctx context.Context, who actor.Actor, in *eventsInput,
) (accountEventListJSON, error) {
	limit := int64(eventsPage)
	if in.Limit != nil {
		limit = *in.Limit
	}
	page, err := s.ListEvents(ctx, who, limit, in.Offset)
	list := make([]accountEventJSON, 0, len(page.Events))
	for _, e := range page.Events {
		list = append(list, accountEventJSON{
			ID: e.ID, Event: string(e.Kind), Detail: e.Detail, Actor: e.Actor, DeviceLabel: e.DeviceLabel,
			UserAgent: e.UserAgent, IPHashPrefix: e.ShownKey(), Times: e.Times, CreatedAt: rest.Time{Time: e.CreatedAt},
			LastAt: rest.Time{Time: e.LastAt},
		})
	}
	return accountEventListJSON(rest.NewPage(list, page.Total, page.Offset, page.Limit)), err
}
