package courses

import (
	"context"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
)

// Subscriber is a user who has subscribed to a course.
type Subscriber struct {
	Person accounts.Author
	Since  time.Time
}

// Subscribers returns who has subscribed to a course of the caller, the latest first. Private subscriptions are only
// counted in the course, and named nowhere.
func (s *Service) Subscribers(ctx context.Context, who actor.Actor, id int64, p Page) ([]Subscriber, error) {
	if err := s.checkOwner(ctx, who, id, "Subscribers not shown"); err != nil {
		return nil, err
	}
	limit, offset := p.bounds()
	rows, err := database.All[struct {
		ID         int64
		Username   string
		AvatarPath string
		Since      time.Time
	}](ctx, s.DB.Read(), `
		select u.id, u.username, u.avatar_path, s.subscribed_at as since
		from course_subscriptions s join users u on u.id = s.user_id
		where s.course_id = $1 and s.is_active and not s.is_private
		order by s.subscribed_at desc, u.id limit $2 offset $3`, id, limit, offset)
	if err != nil {
		return nil, fmt.Errorf("listing the subscribers of a course: %w", err)
	}
	list := make([]Subscriber, 0, len(rows))
	for _, r := range rows {
		person := accounts.Author{ID: r.ID, Username: r.Username, AvatarPath: r.AvatarPath}
		list = append(list, Subscriber{Person: person, Since: r.Since})
	}
	return list, nil
}

// EndSubscription ends somebody's subscription to a course of the caller. Their notes stay in it until they are taken
// out.
func (s *Service) EndSubscription(ctx context.Context, who actor.Actor, id, userID int64) error {
	ended, err := s.endSubscriptions(ctx, who, id, " and user_id = $2", userID)
	if err == nil && ended == 0 {
		return problem.NoSuch("CourseSubscription")
	}
	return err
}

// EndSubscriptions ends all subscriptions to a course of the caller, private ones included.
func (s *Service) EndSubscriptions(ctx context.Context, who actor.Actor, id int64) error {
	_, err := s.endSubscriptions(ctx, who, id, "")
	return err
}

func (s *Service) endSubscriptions(
	ctx context.Context, who actor.Actor, id int64, condition string, args ...any,
) (ended int64, err error) {
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		if _, err := lockOwn(ctx, tx, who, id, "Subscription not ended"); err != nil {
			return err
		}
		ended, err = database.Exec(ctx, tx,
			"update course_subscriptions set is_active = false where course_id = $1 and is_active"+
				condition, append([]any{id}, args...)...)
		if err != nil {
			return fmt.Errorf("ending subscriptions: %w", err)
		}
		return nil
	})
	return ended, err
}

// checkOwner is lockOwn without a lock.
func (s *Service) checkOwner(ctx context.Context, who actor.Actor, id int64, outcome string) error {
	course, err := s.Get(ctx, who, id)
	if err != nil {
		return err
	}
	if course.Owner == nil || !who.Is(course.Owner.ID) {
		return problem.Deny(outcome, belongsToOthers)
	}
	return nil
}
