package courses

import (
	"context"
	"fmt"
	"net/http"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

func (s *Service) registerSubscriptions(api *rest.API) {
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPost, Path: onePath + "subscribe/", Tag: "courses", Access: rest.Account,
		Summary: "Subscribe to a course",
	}, func(ctx context.Context, in *courseInput) (Course, error) { return s.subscribe(ctx, in.ID, false) })
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPost, Path: onePath + "subscribe-private/", Tag: "courses", Access: rest.Account,
		Summary:     "Subscribe to a course for oneself alone",
		Description: "Subscribing as usual later on does not undo that.",
	}, func(ctx context.Context, in *courseInput) (Course, error) { return s.subscribe(ctx, in.ID, true) })
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodDelete, Path: onePath + "subscribe/", Tag: "courses", Access: rest.Account,
		Summary: "Leave a course; one's own notes stay in it",
	}, s.unsubscribe)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPost, Path: onePath + "open/", Tag: "courses", Access: rest.Account,
		Summary: "Note that one has opened a course to which one has subscribed",
	}, s.open)
}

func (s *Service) subscribe(ctx context.Context, id int64, private bool) (Course, error) {
	err := s.DB.Write(ctx, func(tx *database.Tx) error {
		if err := exists(ctx, tx, id, visible, tx.Locking(toRefer)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `
			insert into course_subscriptions (user_id, course_id, is_private, subscribed_at) values ($1, $2, $3, $4)
			on conflict (user_id, course_id) do update set is_active = true, subscribed_at = excluded.subscribed_at,
				is_private = course_subscriptions.is_private or excluded.is_private`,
			rest.CallerID(ctx), id, private, database.Now()); err != nil {
			return fmt.Errorf("subscribing to a course: %w", err)
		}
		return record(ctx, tx, id, "subscribe")
	})
	if err != nil {
		return Course{}, err
	}
	return s.show(ctx, id, visible)
}

// unsubscribe answers with the course, also when that was the last look at it.
func (s *Service) unsubscribe(ctx context.Context, in *courseInput) (Course, error) {
	if err := s.changeSubscription(ctx, in.ID, "unsubscribe", "is_active = $3", false); err != nil {
		return Course{}, err
	}
	return s.show(ctx, in.ID, whichever)
}

func (s *Service) open(ctx context.Context, in *courseInput) (Course, error) {
	if err := s.changeSubscription(ctx, in.ID, "open", "last_opened_at = $3", database.Now()); err != nil {
		return Course{}, err
	}
	return s.show(ctx, in.ID, visible)
}

// changeSubscription sets a column of the caller's subscription; without an active one that is a 404.
func (s *Service) changeSubscription(ctx context.Context, id int64, operation, assignment string, value any) error {
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		if err := exists(ctx, tx, id, visible, tx.Locking(toRefer)); err != nil {
			return err
		}
		changed, err := database.Exec(ctx, tx, "update course_subscriptions set "+assignment+
			" where user_id = $1 and course_id = $2 and is_active", rest.CallerID(ctx), id, value)
		if err != nil {
			return fmt.Errorf("changing a subscription: %w", err)
		}
		if changed == 0 {
			return rest.NotFound("CourseSubscription")
		}
		return record(ctx, tx, id, operation)
	})
}
