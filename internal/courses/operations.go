package courses

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notesummary"
	"github.com/trance-0/notechondria/internal/rest"
)

const (
	allPath = "/api/v1/courses/"
	onePath = allPath + "{id}/"
)

// Register adds the operations of courses.
func (s *Service) Register(api *rest.API) {
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodGet, Path: allPath, Tag: "courses",
		Summary: "List the courses that one may see",
	}, s.listVisible)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPost, Path: allPath, Tag: "courses", Access: rest.Account, Status: http.StatusCreated,
		Summary:     "Make a course",
		Description: "The same client_course_id again changes that course; the title Inbox returns the Inbox that is there (both 200).",
	}, s.create)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPost, Path: allPath + "reorder/", Tag: "courses", Access: rest.Account,
		Summary:     "Put one's own courses in an order",
		Description: "Ids of others' courses, of the Inbox, and unknown or odd ones are skipped. The answer lists one's own courses.",
	}, s.reorder)
	rest.LegacyHandle(api, rest.Operation{Method: http.MethodGet, Path: onePath, Tag: "courses", Summary: "Read a course"}, s.read)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPatch, Path: onePath, Tag: "courses", Access: rest.Account,
		Summary: "Change a part of a course",
	}, s.update)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodDelete, Path: onePath, Tag: "courses", Access: rest.Account, Status: http.StatusNoContent,
		Summary: "Delete a course; its owner's notes in it move to the Inbox",
	}, s.delete)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodGet, Path: onePath + "notes/", Tag: "courses",
		Summary: "List the notes of a course that one may read, the newest edit first",
	}, s.notes)
	s.registerSubscriptions(api)
}

type courseInput struct {
	ID int64 `path:"id"`
}

// page is a part of a bare list.
type page struct {
	Limit  *int64 `query:"limit" doc:"1 to 1000"`
	Offset int64  `query:"offset"`
}

func (p page) bounds() (limit, offset int64) {
	limit = maxListed
	if p.Limit != nil {
		limit = min(max(*p.Limit, 1), maxListed)
	}
	return limit, max(p.Offset, 0)
}

type listInput struct{ page }

func (s *Service) listVisible(ctx context.Context, in *listInput) ([]Course, error) {
	limit, offset := in.bounds()
	return s.List(ctx, limit, offset)
}

func (s *Service) read(ctx context.Context, in *courseInput) (Course, error) {
	return s.show(ctx, in.ID, visible)
}

type notesInput struct {
	courseInput
	page
}

func (s *Service) notes(ctx context.Context, in *notesInput) ([]notesummary.Summary, error) {
	isMember, err := database.One[bool](ctx, s.DB.Read(), "select "+member+" from"+viewed+" where c.id = $2 and "+visible, rest.CallerID(ctx), in.ID)
	if errors.Is(err, database.ErrNotFound) {
		return nil, errNoCourse()
	}
	if err != nil {
		return nil, fmt.Errorf("looking for a course: %w", err)
	}
	shown, args := notesummary.Public, []any{}
	if isMember {
		shown, args = notesummary.Visible, []any{rest.CallerID(ctx)}
	}
	limit, offset := in.bounds()
	rows, err := database.All[notesummary.Row](ctx, s.DB.Read(), fmt.Sprintf("select %s from notes n %s where %s and n.course_id = $%d order by %s limit $%d offset $%d",
		notesummary.Columns, notesummary.Joins, shown, len(args)+1, notesummary.NewestFirst, len(args)+2, len(args)+3), append(args, in.ID, limit, offset)...)
	if err != nil {
		return nil, fmt.Errorf("listing the notes of a course: %w", err)
	}
	return notesummary.Summaries(ctx, rows), nil
}
