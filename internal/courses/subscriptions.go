package courses

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
)

// Subscribe subscribes to a course that the caller may see; nobody learns of a private subscription. A later public one
// does not change that.
func (s *Service) Subscribe(ctx context.Context, who actor.Actor, id int64, private bool) (Course, error) {
	err := s.DB.Write(ctx, func(tx *database.Tx) error {
		if err := lockIf(ctx, tx, who.UserID, id, visible, toRefer); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `
			insert into course_subscriptions (user_id, course_id, is_private, subscribed_at) values ($1, $2, $3, $4)
			on conflict (user_id, course_id) do update set is_active = true, subscribed_at = excluded.subscribed_at,
				is_private = course_subscriptions.is_private or excluded.is_private`,
			who.UserID, id, private, database.Now()); err != nil {
			return fmt.Errorf("subscribing to a course: %w", err)
		}
		return record(ctx, tx, who, id, "subscribe")
	})
	if err != nil {
		return Course{}, err
	}
	return s.Get(ctx, who, id)
}

// Unsubscribe leaves a course, in which the caller's notes stay. It returns the course, even if the caller can no
// longer see it.
func (s *Service) Unsubscribe(ctx context.Context, who actor.Actor, id int64) (Course, error) {
	if err := s.changeSubscription(ctx, who, id, "unsubscribe", "is_active = $3", false); err != nil {
		return Course{}, err
	}
	return s.get(ctx, who, id, anyCourse)
}

// RecordVisit stores that one has opened a course to which one has subscribed, by which lists are sorted.
func (s *Service) RecordVisit(ctx context.Context, who actor.Actor, id int64) (Course, error) {
	if err := s.changeSubscription(ctx, who, id, "open", "last_opened_at = $3", database.Now()); err != nil {
		return Course{}, err
	}
	return s.Get(ctx, who, id)
}

// changeSubscription sets a column of an active subscription.
func (s *Service) changeSubscription(
	ctx context.Context, who actor.Actor, id int64, operation, assignment string, value any,
) error {
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		if err := lockIf(ctx, tx, who.UserID, id, visible, toRefer); err != nil {
			return err
		}
		changed, err := database.Exec(ctx, tx, "update course_subscriptions set "+assignment+
			" where user_id = $1 and course_id = $2 and is_active", who.UserID, id, value)
		if err != nil {
			return fmt.Errorf("changing a subscription: %w", err)
		}
		if changed == 0 {
			return problem.NoSuch("CourseSubscription")
		}
		return record(ctx, tx, who, id, operation)
	})
}
