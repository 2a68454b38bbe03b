package calendar

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/rest"
)

const (
	publicationPath = "/api/v1/planner-events/calendar/"
	documentPath    = "/api/v1/planner-events/calendar.ics" // needs nothing but the key

	serveTimeout = 10 * time.Second
)

// Register adds the operations of published calendars.
func (s *Service) Register(api *rest.API) {
	rest.Handle(api, rest.Operation{
		Method: http.MethodGet, Path: publicationPath, Tag: "planner", Access: rest.Account,
		Summary:     "Get the state of your published calendar",
		Description: "Tells whether your planner has a secret calendar address, and when it was last used.",
	}, s.handleStatus)
	rest.Handle(api, rest.Operation{
		Method: http.MethodPost, Path: publicationPath, Tag: "planner", Access: rest.SessionOnly, Status: http.StatusCreated,
		Summary: "Publish your planner as a calendar",
		Description: "Returns a secret address that calendar programs can subscribe to. It is shown only once, and an " +
			"earlier one stops working. It serves your open events as iCalendar (text/calendar), up to one year back.",
	}, s.handlePublish)
	rest.Handle(api, rest.Operation{
		Method: http.MethodDelete, Path: publicationPath, Tag: "planner", Access: rest.SessionOnly,
		Status:  http.StatusNoContent,
		Summary: "Stop publishing your planner", Description: "The secret calendar address stops working.",
	}, s.handleUnpublish)
	api.Route(http.MethodGet, documentPath, s.serve)
}

// PublicationJSON is a Status on the wire.
type PublicationJSON struct {
	IsPublished bool       `json:"is_published"`
	CreatedAt   *rest.Time `json:"created_at"`
	LastUsedAt  *rest.Time `json:"last_used_at" doc:"Accurate to the hour"`
}

// PublishedCalendarJSON is the answer that shows the address.
type PublishedCalendarJSON struct {
	PublicationJSON
	URL string `json:"url" doc:"Anyone who knows it can read your planner"`
}

func toJSON(s Status) PublicationJSON {
	return PublicationJSON{
		IsPublished: s.IsPublished, CreatedAt: rest.OptionalTime(s.CreatedAt), LastUsedAt: rest.OptionalTime(s.LastUsedAt),
	}
}

func (s *Service) handleStatus(ctx context.Context, who actor.Actor, _ *struct{}) (PublicationJSON, error) {
	status, err := s.Status(ctx, who)
	return toJSON(status), err
}

func (s *Service) handlePublish(ctx context.Context, who actor.Actor, _ *struct{}) (PublishedCalendarJSON, error) {
	key, status, err := s.Publish(ctx, who)
	return PublishedCalendarJSON{PublicationJSON: toJSON(status), URL: s.address(ctx, key)}, err
}

// address is where the calendar that a key opens can be read.
func (s *Service) address(ctx context.Context, key string) string {
	base := s.PublicURL
	if base == "" {
		base = rest.ClientOf(ctx).BaseURL()
	}
	return base + documentPath + "?" + url.Values{"key": {key}}.Encode()
}

func (s *Service) handleUnpublish(ctx context.Context, who actor.Actor, _ *struct{}) (rest.NoContent, error) {
	return rest.NoContent{}, s.Unpublish(ctx, who)
}

// serve answers calendar programs. One that has the present state already is told so after one query.
func (s *Service) serve(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), serveTimeout)
	defer cancel()
	document, err := s.Open(ctx, r.URL.Query().Get("key"))
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Cache-Control", "private, max-age=300")
	if rest.NotModified(w, r, strconv.Quote(document.Revision)) {
		return nil
	}
	text, err := document.Text(ctx)
	if err != nil {
		return err
	}
	h.Set("Content-Type", "text/calendar; charset=utf-8")
	h.Set("Content-Disposition", `inline; filename="planner.ics"`)
	h.Set("Content-Length", strconv.Itoa(len(text)))
	_, _ = w.Write(text) // the client may be gone
	return nil
}
