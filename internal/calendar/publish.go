package planner

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

// publishedPath is where calendar programs read a planner. It needs nothing but the key: they can't sign in.
const publishedPath = "/api/v1/planner-events/calendar.ics"

func (s *Service) registerPublishing(api *rest.API) {
	const path = "/api/v1/planner-events/calendar/"
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodGet, Path: path, Tag: "planner", Access: rest.Account,
		Summary: "Tell whether one's planner has a secret calendar address",
	}, s.publication)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPost, Path: path, Tag: "planner", Access: rest.Account, Status: http.StatusCreated,
		Summary: "Make a secret address under which calendar programs can read one's planner",
		Description: "The address is shown this once; an earlier one ends. It serves iCalendar (text/calendar) with the events that " +
			"are not completed, up to a year back.",
	}, s.publish)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodDelete, Path: path, Tag: "planner", Access: rest.Account, Status: http.StatusNoContent,
		Summary: "End the secret calendar address of one's planner",
	}, s.unpublish)
	api.Route(http.MethodGet, publishedPath, s.serveCalendar)
}

// publication says whether and since when a planner is published.
type publication struct {
	IsPublished bool       `json:"is_published"`
	CreatedAt   *rest.Time `json:"created_at"`
	LastUsedAt  *rest.Time `json:"last_used_at" doc:"To the hour"`
}

// newPublication is the answer that shows the address.
type newPublication struct {
	publication
	URL string `json:"url" doc:"Whoever knows it can read the planner"`
}

func (s *Service) publication(ctx context.Context, _ *struct{}) (publication, error) {
	p, err := database.One[publication](ctx, s.DB.Read(),
		"select true as is_published, created_at, last_used_at from calendar_keys where user_id = $1", rest.CallerID(ctx))
	if errors.Is(err, database.ErrNotFound) {
		return publication{}, nil
	}
	if err != nil {
		return publication{}, fmt.Errorf("looking for a calendar key: %w", err)
	}
	return p, nil
}

func (s *Service) publish(ctx context.Context, _ *struct{}) (newPublication, error) {
	key, now := rand.Text(), rest.Time{Time: database.Now()}
	err := s.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, `
			insert into calendar_keys (user_id, key_hash, created_at) values ($1, $2, $3)
			on conflict (user_id) do update set key_hash = excluded.key_hash, created_at = excluded.created_at, last_used_at = null`,
			rest.CallerID(ctx), hashKey(key), now)
		if err != nil {
			return fmt.Errorf("storing a calendar key: %w", err)
		}
		return nil
	})
	if err != nil {
		return newPublication{}, err
	}
	base := s.PublicURL
	if base == "" {
		base = rest.ClientOf(ctx).BaseURL()
	}
	return newPublication{publication{IsPublished: true, CreatedAt: &now}, base + publishedPath + "?" + url.Values{"key": {key}}.Encode()}, nil
}

func (s *Service) unpublish(ctx context.Context, _ *struct{}) (rest.NoContent, error) {
	return rest.NoContent{}, s.DB.Write(ctx, func(tx *database.Tx) error {
		if _, err := tx.ExecContext(ctx, "delete from calendar_keys where user_id = $1", rest.CallerID(ctx)); err != nil {
			return fmt.Errorf("removing a calendar key: %w", err)
		}
		return nil
	})
}

// hashKey is what is stored of a key.
func hashKey(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}
