package courses

import (
	"context"
	"net/http"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/rest"
)

func (s *Service) registerSubscribers(api *rest.API) {
	const path = onePath + "subscribers/"
	const process = "Notes.Courses/subscribers"
	rest.Handle(api, rest.Operation{
		Method: http.MethodGet, Path: path, Tag: "courses", Process: process, Access: rest.Account,
		Summary: "List the subscribers of your course",
		Description: "Most recent first. Private subscriptions count in the course's number of subscribers, but are not " +
			"listed.",
	}, s.handleSubscribers)
	rest.Handle(api, rest.Operation{
		Method: http.MethodDelete, Path: path, Tag: "courses", Process: process, Access: rest.Account,
		Status: http.StatusNoContent, Summary: "End all subscriptions to your course",
		Description: "Includes private ones. Anyone who can see the course can subscribe again.",
	}, func(ctx context.Context, who actor.Actor, in *courseInput) (rest.NoContent, error) {
		return rest.NoContent{}, s.EndSubscriptions(ctx, who, in.ID)
	})
	rest.Handle(api, rest.Operation{
		Method: http.MethodDelete, Path: path + "{user_id}/", Tag: "courses", Process: process, Access: rest.Account,
		Status: http.StatusNoContent, Summary: "End a subscription to your course",
		Description: "The subscriber's notes stay in the course until you remove them.",
	}, func(ctx context.Context, who actor.Actor, in *subscriberInput) (rest.NoContent, error) {
		return rest.NoContent{}, s.EndSubscription(ctx, who, in.ID, in.UserID)
	})
}

type subscriberInput struct {
	courseInput
	UserID int64 `path:"user_id"`
}

// CourseSubscriberJSON is a Subscriber on the wire.
type CourseSubscriberJSON struct {
	User         accounts.AuthorJSON `json:"user"`
	SubscribedAt rest.Time           `json:"subscribed_at"`
}

type subscribersInput struct {
	courseInput
	pageInput
}

func (s *Service) handleSubscribers(
	ctx context.Context, who actor.Actor, in *subscribersInput,
) ([]CourseSubscriberJSON, error) {
	subscribers, err := s.Subscribers(ctx, who, in.ID, in.page())
	list := make([]CourseSubscriberJSON, 0, len(subscribers))
	for _, r := range subscribers {
		list = append(list, CourseSubscriberJSON{accounts.ToAuthorJSON(ctx, r.Person), rest.Time{Time: r.Since}})
	}
	return list, err
}
