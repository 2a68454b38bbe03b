package notes

import (
	"context"
	"net/http"
	"strings"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/notelist"
	"github.com/trance-0/notechondria/internal/rest"
)

// Register adds the operations of notes.
func (s *Service) Register(api *rest.API) {
	rest.Handle(api, rest.Operation{
		Method: http.MethodGet, Path: allPath, Tag: "notes", Summary: "List or search notes",
		Description: "Most recently edited first. With limit, returns an object with results, total, offset, limit and " +
			"has_more; without it, a plain list. With q, notes that contain all the words come first, and among those the " +
			"ones with a word in the title; typos are tolerated in titles and descriptions.",
	}, s.handleList)
	handleWrite(api, rest.Operation{
		Method: http.MethodPost, Path: allPath, Tag: "notes", Process: "Notes.Notes/create", Access: rest.Account,
		Status: http.StatusCreated, Other: []int{http.StatusOK}, Summary: "Create a note",
		Description: "Sending the same client_draft_id again updates that note (200), even if it is in the recycle bin. " +
			"Omitted fields are reset, except custom_meta; cover, attachments and source note are kept. " + bodyDescription +
			" source_note_uuid is the note this one comments on; it is ignored if you can't read that note.",
	}, s.handleCreate)
	s.registerByID(api)
	s.registerByUUID(api)
	s.registerBin(api)
	s.registerVersions(api)
	s.registerBlocks(api)
	s.registerFiles(api)
	rest.Handle(api, rest.Operation{
		Method: http.MethodDelete, Path: "/api/v1/courses/{id}/notes/{note_id}/", Tag: "courses",
		Process: "Notes.Courses/take_out", Access: rest.Account, Status: http.StatusNoContent,
		Summary:     "Take a note out of your course",
		Description: "Works whoever the author is. The note is kept but no longer belongs to a course.",
	}, func(ctx context.Context, who actor.Actor, in *courseNote) (rest.NoContent, error) {
		return rest.NoContent{}, s.TakeOut(ctx, who, in.ID, in.NoteID)
	})
}

type courseNote struct {
	ID     int64 `path:"id"`
	NoteID int64 `path:"note_id"`
}

func (s *Service) registerByID(api *rest.API) {
	rest.Handle(api, rest.Operation{
		Method: http.MethodGet, Path: idPath, Tag: "notes", Process: "Notes.Notes/access_check", Summary: "Get a note",
	}, func(ctx context.Context, who actor.Actor, in *idInput) (rest.Reply[NoteJSON], error) {
		return s.handleGet(ctx, who, in.ref())
	})
	handleWrite(api, rest.Operation{
		Method: http.MethodPatch, Path: idPath, Tag: "notes", Process: "Notes.Notes/update", Access: rest.Account,
		Summary: "Update a note", Description: updateDescription,
	}, func(ctx context.Context, who actor.Actor, in *idUpdate) (rest.Reply[NoteJSON], error) {
		return answer(ctx)(s.Update(ctx, who, in.ref(), in.revisions(), in.change()))
	})
	handleWrite(api, rest.Operation{
		Method: http.MethodDelete, Path: idPath, Tag: "notes", Process: "Notes.Notes/delete", Access: rest.Account,
		Status: http.StatusNoContent, Summary: "Delete a note",
		Description: "Moves the note to the recycle bin. The note and the comments on it stop being public.",
	}, func(ctx context.Context, who actor.Actor, in *idWrite) (rest.NoContent, error) {
		return rest.NoContent{}, s.Delete(ctx, who, in.ref(), in.revisions())
	})
}

func (s *Service) registerByUUID(api *rest.API) {
	rest.Handle(api, rest.Operation{
		Method: http.MethodGet, Path: uuidPath, Tag: "notes", Process: "Notes.Notes/access_check_by_uuid",
		Summary: "Get a note by UUID",
	}, func(ctx context.Context, who actor.Actor, in *uuidInput) (rest.Reply[NoteJSON], error) {
		return s.handleGet(ctx, who, in.ref())
	})
	handleWrite(api, rest.Operation{
		Method: http.MethodPatch, Path: uuidPath, Tag: "notes", Process: "Notes.Notes/update_by_uuid", Access: rest.Account,
		Summary: "Update a note by UUID", Description: updateDescription,
	}, func(ctx context.Context, who actor.Actor, in *uuidUpdate) (rest.Reply[NoteJSON], error) {
		reply, err := answer(ctx)(s.Update(ctx, who, in.ref(), in.revisions(), in.change()))
		reply.Body.CanEdit = new(true)
		return reply, err
	})
	handleWrite(api, rest.Operation{
		Method: http.MethodDelete, Path: uuidPath, Tag: "notes", Process: "Notes.Notes/delete_by_uuid", Access: rest.Account,
		Status: http.StatusNoContent, Summary: "Delete a note by UUID",
		Description: "Moves the note to the recycle bin. The note and the comments on it stop being public.",
	}, func(ctx context.Context, who actor.Actor, in *uuidWrite) (rest.NoContent, error) {
		return rest.NoContent{}, s.Delete(ctx, who, in.ref(), in.revisions())
	})
}

func (s *Service) handleGet(ctx context.Context, who actor.Actor, ref Ref) (rest.Reply[NoteJSON], error) {
	note, err := s.Get(ctx, who, ref)
	reply, err := answer(ctx)(note, err)
	reply.Body.CanEdit = new(who.Is(note.AuthorID))
	return reply, err
}

func (s *Service) handleCreate(ctx context.Context, who actor.Actor, in *createInput) (rest.Reply[NoteJSON], error) {
	note, created, err := s.Create(ctx, who, rest.Convert(in.Body, (*createBody).draft))
	reply, err := answer(ctx)(note, err)
	if !created {
		reply.Status = http.StatusOK
	}
	return reply, err
}

type listInput struct {
	Scope    string `query:"scope" enum:"personal,private,public,all" doc:"all includes public notes of others"`
	CourseID *int64 `query:"course_id"`
	Limit    *int64 `query:"limit" doc:"1 to 100"`
	Offset   int64  `query:"offset"`
	Query    string `query:"q" doc:"Search words"`
}

// scopes maps the names on the wire; unknown ones mean Own.
var scopes = map[string]notelist.Scope{
	"personal": notelist.Own, "private": notelist.OwnPrivate, "public": notelist.OwnPublic, "all": notelist.Readable,
}

func (in *listInput) listing() Listing {
	l := Listing{Scope: scopes[strings.ToLower(in.Scope)], Course: in.CourseID, Offset: in.Offset}
	if in.Limit != nil {
		l.Limit = max(*in.Limit, 1)
	}
	return l
}

func (s *Service) handleList(ctx context.Context, who actor.Actor, in *listInput) (listJSON, error) {
	var page Page
	var err error
	if in.Query == "" {
		page, err = s.List(ctx, who, in.listing())
	} else {
		page, err = s.Search(ctx, who, in.Query, in.listing())
	}
	return toListJSON(ctx, page, in.Limit != nil), err
}
