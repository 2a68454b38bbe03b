package courses

import (
	"context"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/notelist"
	"github.com/trance-0/notechondria/internal/rest"
)

// CourseJSON is a Course on the wire.
type CourseJSON struct {
	ID              int64                      `json:"id"`
	ClientCourseID  *string                    `json:"client_course_id"`
	Slug            string                     `json:"slug"`
	Title           string                     `json:"title"`
	Description     string                     `json:"description"`
	CoverImageURL   string                     `json:"cover_image_url"`
	Icon            *int64                     `json:"icon" doc:"Code point of a Flutter icon"`
	IsDefault       bool                       `json:"is_default" doc:"Whether it is its owner's Inbox"`
	SortOrder       int64                      `json:"sort_order"`
	Owner           *accounts.AuthorJSON       `json:"owner"`
	SubscriberCount int64                      `json:"subscriber_count"`
	IsSubscribed    bool                       `json:"is_subscribed"`
	LastOpenedAt    *rest.Time                 `json:"last_opened_at"`
	RecentNotes     []notelist.NoteSummaryJSON `json:"recent_notes"`
	Media           []CoursePictureJSON        `json:"media"`
}

// CoursePictureJSON is a Picture on the wire.
type CoursePictureJSON struct {
	ID          int64   `json:"id"`
	Title       string  `json:"title"`
	Description *string `json:"description"`
	Source      *string `json:"source"`
	ImageURL    string  `json:"image_url"`
}

// ToJSON writes a course as its client reads it.
func ToJSON(ctx context.Context, c Course) CourseJSON {
	client := rest.ClientOf(ctx)
	wire := CourseJSON{
		ID: c.ID, ClientCourseID: c.ClientID, Slug: c.Slug, Title: c.Title, Description: c.Description,
		CoverImageURL: client.MediaURL(c.CoverPath), Icon: c.Icon, IsDefault: c.IsDefault, SortOrder: c.SortOrder,
		SubscriberCount: c.SubscriberCount, IsSubscribed: c.IsSubscribed, LastOpenedAt: rest.OptionalTime(c.LastOpenedAt),
		RecentNotes: notelist.ListToJSON(ctx, c.RecentNotes), Media: make([]CoursePictureJSON, 0, len(c.Pictures)),
	}
	if c.Owner != nil {
		owner := accounts.ToAuthorJSON(ctx, *c.Owner)
		wire.Owner = &owner
	}
	for _, p := range c.Pictures {
		wire.Media = append(wire.Media, CoursePictureJSON{
			ID: p.ID, Title: p.Title, Description: p.Description, Source: p.Source, ImageURL: client.MediaURL(p.ImagePath)})
	}
	return wire
}

// ListToJSON writes a list, which is never null.
func ListToJSON(ctx context.Context, courses []Course) []CourseJSON {
	list := make([]CourseJSON, 0, len(courses))
	for _, c := range courses {
		list = append(list, ToJSON(ctx, c))
	}
	return list
}

// answer writes what a use case returns.
func answer(ctx context.Context) func(Course, error) (CourseJSON, error) {
	return func(c Course, err error) (CourseJSON, error) {
		if err != nil {
			return CourseJSON{}, err
		}
		return ToJSON(ctx, c), nil
	}
}
