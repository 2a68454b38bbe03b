package notes

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notelist"
	"github.com/trance-0/notechondria/internal/rest"
)

func (s *Service) registerNotes(api *rest.API) {
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodGet, Path: "/api/v1/notes/", Tag: "notes",
		Summary:     "List notes, the newest edit first",
		Description: "With limit the answer is an object with results, total, offset, limit and has_more; without, a bare list.",
	}, s.list)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/notes/", Tag: "notes", Access: rest.Account, Status: http.StatusCreated,
		Summary: "Make a note; 200 when its client_draft_id is known already",
	}, s.create)
	const byNumber, byUUIDPath = "/api/v1/notes/{id}/", "/api/v1/notes/uuid/{uuid}/"
	rest.LegacyHandle(api, rest.Operation{Method: http.MethodGet, Path: byNumber, Tag: "notes", Summary: "Read a note"},
		func(ctx context.Context, in *numberInput) (rest.Reply[Detail], error) {
			return s.read(ctx, byID(in.ID))
		})
	rest.LegacyHandle(api, rest.Operation{Method: http.MethodGet, Path: byUUIDPath, Tag: "notes", Summary: "Read a note by its UUID"},
		func(ctx context.Context, in *uuidInput) (rest.Reply[Detail], error) {
			return s.read(ctx, byUUID(in.UUID))
		})
	rest.LegacyHandle(api, rest.Operation{Method: http.MethodPatch, Path: byNumber, Tag: "notes", Access: rest.Account, Summary: "Change a part of a note"},
		func(ctx context.Context, in *numberUpdate) (rest.Reply[Detail], error) {
			return s.update(ctx, byID(in.ID), "Notes/update", &in.changes)
		})
	rest.LegacyHandle(api, rest.Operation{Method: http.MethodPatch, Path: byUUIDPath, Tag: "notes", Access: rest.Account, Summary: "Change a part of a note by its UUID"},
		func(ctx context.Context, in *uuidUpdate) (rest.Reply[Detail], error) {
			reply, err := s.update(ctx, byUUID(in.UUID), "Notes/update_by_uuid", &in.changes)
			reply.Body.CanEdit = new(true)
			return reply, err
		})
	rest.LegacyHandle(api, rest.Operation{Method: http.MethodDelete, Path: byNumber, Tag: "notes", Access: rest.Account, Status: http.StatusNoContent, Summary: "Move a note to the recycle bin"},
		func(ctx context.Context, in *numberDelete) (rest.NoContent, error) {
			return s.delete(ctx, byID(in.ID), "Notes/delete", in.IfMatch)
		})
	rest.LegacyHandle(api, rest.Operation{Method: http.MethodDelete, Path: byUUIDPath, Tag: "notes", Access: rest.Account, Status: http.StatusNoContent, Summary: "Move a note to the recycle bin by its UUID"},
		func(ctx context.Context, in *uuidDelete) (rest.NoContent, error) {
			return s.delete(ctx, byUUID(in.UUID), "Notes/delete_by_uuid", in.IfMatch)
		})
}

type numberInput struct {
	ID int64 `path:"id"`
}

type uuidInput struct {
	UUID string `path:"uuid"`
}

type numberDelete struct {
	numberInput
	precondition
}

type uuidDelete struct {
	uuidInput
	precondition
}

const (
	maxPage   = 100
	maxListed = 1000 // of a bare list
)

type listInput struct {
	Scope    string `query:"scope" doc:"personal (own, the default), private, public, or all (own and everybody's public ones)"`
	CourseID *int64 `query:"course_id"`
	Limit    *int64 `query:"limit" doc:"1 to 100"`
	Offset   int64  `query:"offset"`
	Query    string `query:"q" doc:"Words to look for: notes with all of them first, and of those the ones with a word in the title. Typing errors are forgiven in titles and descriptions"`
}

// page is the answer to a list with a limit.
type page struct {
	Results []notelist.NoteJSON `json:"results"`
	Total   int64               `json:"total"`
	Offset  int64               `json:"offset"`
	Limit   int64               `json:"limit"`
	HasMore bool                `json:"has_more"`
}

// scopes are the conditions of a list for the requester with the id of parameter $1.
var scopes = map[string]string{
	"personal": "n.author_id = $1",
	"private":  "n.author_id = $1 and not n.is_public",
	"public":   "n.author_id = $1 and n.is_public",
	"all":      "(n.author_id = $1 or n.is_public)",
	anonymous:  "n.is_public and n.author_id <> $1", // nobody has the id 0
}

// anonymous is the scope of whoever is not signed in. With its capital nobody can ask for it.
const anonymous = "Anonymous"

// listing is a bare list, or a page when the request has a limit: the apps expect either.
type listing struct {
	bare []notelist.NoteJSON
	page *page
}

// Payload is the form that was asked for.
func (l listing) Payload() any {
	if l.page != nil {
		return l.page
	}
	return l.bare
}

// Schema describes both forms in the OpenAPI document.
func (listing) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{
		r.Schema(reflect.TypeFor[page](), true, ""), r.Schema(reflect.TypeFor[[]notelist.NoteJSON](), true, ""),
	}}
}

func (s *Service) list(ctx context.Context, in *listInput) (listing, error) {
	limit, offset := int64(maxListed), int64(0)
	if in.Limit != nil {
		limit, offset = min(max(*in.Limit, 1), maxPage), max(in.Offset, 0)
	}
	if in.Query != "" {
		return s.search(ctx, in, limit, offset)
	}
	where, args := listCondition(ctx, in)
	rows, err := database.All[notelist.Note](ctx, s.DB.Read(), fmt.Sprintf("select %s from notes n %s where %s order by %s limit $%d offset $%d",
		notelist.Columns, notelist.Joins, where, notelist.NewestFirst, len(args)+1, len(args)+2), append(args, limit, offset)...)
	if err != nil {
		return listing{}, fmt.Errorf("listing notes: %w", err)
	}
	summaries := notelist.ListToJSON(ctx, rows)
	if in.Limit == nil {
		return listing{bare: summaries}, nil
	}
	total := offset + int64(len(rows))
	if int64(len(rows)) == limit || len(rows) == 0 && offset > 0 { // otherwise this page is the last one
		total, err = database.One[int64](ctx, s.DB.Read(), "select count(*) from notes n where "+where, args...)
		if err != nil {
			return listing{}, fmt.Errorf("counting notes: %w", err)
		}
	}
	return listing{page: &page{Results: summaries, Total: total, Offset: offset, Limit: limit, HasMore: offset < total-limit}}, nil
}

// scopeOf is the scope that a list has.
func scopeOf(ctx context.Context, in *listInput) string {
	scope := strings.ToLower(in.Scope)
	if rest.CallerID(ctx) == 0 {
		return anonymous
	}
	if _, known := scopes[scope]; !known {
		return "personal"
	}
	return scope
}

func listCondition(ctx context.Context, in *listInput) (string, []any) {
	viewer := rest.CallerID(ctx)
	conditions, args := []string{"n.deleted_at is null", scopes[scopeOf(ctx, in)]}, []any{viewer}
	if in.CourseID != nil {
		args = append(args, *in.CourseID)
		conditions = append(conditions, fmt.Sprintf("n.course_id = $%d", len(args)))
	}
	return strings.Join(conditions, " and "), args
}

// NewestPublic returns the public notes of everybody that were edited last.
func NewestPublic(ctx context.Context, q database.Querier, limit int) ([]notelist.NoteJSON, error) {
	return newest(ctx, q, "n.is_public and n.deleted_at is null", limit)
}

// NewestOwn returns the notes of the caller that were edited last.
func NewestOwn(ctx context.Context, q database.Querier, limit int) ([]notelist.NoteJSON, error) {
	return newest(ctx, q, "n.author_id = $2 and n.deleted_at is null", limit, rest.CallerID(ctx))
}

func newest(ctx context.Context, q database.Querier, condition string, limit int, args ...any) ([]notelist.NoteJSON, error) {
	rows, err := database.All[notelist.Note](ctx, q, "select "+notelist.Columns+" from notes n"+notelist.Joins+
		" where "+condition+" order by "+notelist.NewestFirst+" limit $1", append([]any{limit}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("listing the newest notes: %w", err)
	}
	return notelist.ListToJSON(ctx, rows), nil
}
