package notes

import (
	"context"
	"net/http"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/blob"
	"github.com/trance-0/notechondria/internal/notelist"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/rest"
)

func (s *Service) registerFiles(api *rest.API) {
	list := rest.Operation{
		Method: http.MethodGet, Path: idPath + "attachments/", Tag: "attachments", Process: "Notes.Attachments/list",
		Access: rest.Account, Summary: "List the attachments of a note", Description: "Newest first.",
	}
	rest.Handle(api, list, func(ctx context.Context, who actor.Actor, in *idInput) ([]AttachmentJSON, error) {
		return s.handleAttachments(ctx, who, in.ref())
	})
	list.Path, list.Summary = uuidPath+"attachments/", "List the attachments of a note by UUID"
	rest.Handle(api, list, func(ctx context.Context, who actor.Actor, in *uuidInput) ([]AttachmentJSON, error) {
		return s.handleAttachments(ctx, who, in.ref())
	})

	attach := rest.Operation{
		Method: http.MethodPost, Path: idPath + "attachments/", Tag: "attachments", Process: "Notes.Attachments/create",
		Access: rest.Account, Status: http.StatusCreated, Summary: "Attach a file to a note", MaxFileBytes: s.MaxFileBytes,
		Description: "Anyone who knows the URL of a file can read it; the URL can't be guessed.",
	}
	handleWrite(api, attach, func(ctx context.Context, who actor.Actor, in *idAttach) (AttachmentJSON, error) {
		return s.handleAttach(ctx, who, in.ref(), in.Body)
	})
	attach.Path, attach.Summary = uuidPath+"attachments/", "Attach a file to a note by UUID"
	handleWrite(api, attach, func(ctx context.Context, who actor.Actor, in *uuidAttach) (AttachmentJSON, error) {
		return s.handleAttach(ctx, who, in.ref(), in.Body)
	})

	detach := rest.Operation{
		Method: http.MethodDelete, Path: idPath + "attachments/{attachment_id}/", Tag: "attachments",
		Process: "Notes.Attachments/delete", Access: rest.Account, Status: http.StatusNoContent,
		Summary: "Remove an attachment",
	}
	handleWrite(api, detach, func(ctx context.Context, who actor.Actor, in *idDetach) (rest.NoContent, error) {
		return rest.NoContent{}, s.Detach(ctx, who, in.ref(), in.AttachmentID)
	})
	detach.Path, detach.Summary = uuidPath+"attachments/{attachment_id}/", "Remove an attachment of a note by UUID"
	handleWrite(api, detach, func(ctx context.Context, who actor.Actor, in *uuidDetach) (rest.NoContent, error) {
		return rest.NoContent{}, s.Detach(ctx, who, in.ref(), in.AttachmentID)
	})
	s.registerCovers(api)
}

func (s *Service) registerCovers(api *rest.API) {
	handleWrite(api, rest.Operation{
		Method: http.MethodPost, Path: idPath + "cover/", Tag: "notes", Process: "Notes.Notes/cover", Access: rest.Account,
		Summary: "Set the cover of a note", MaxFileBytes: MaxCoverBytes,
	}, s.handleSetCover)
	handleWrite(api, rest.Operation{
		Method: http.MethodDelete, Path: idPath + "cover/", Tag: "notes", Process: "Notes.Notes/cover", Access: rest.Account,
		Summary: "Remove the cover of a note",
	}, s.handleClearCover)
}

func (s *Service) handleAttachments(ctx context.Context, who actor.Actor, ref Ref) ([]AttachmentJSON, error) {
	attachments, err := s.Attachments(ctx, who, ref)
	list := make([]AttachmentJSON, 0, len(attachments))
	for _, a := range attachments {
		list = append(list, toAttachmentJSON(ctx, a))
	}
	return list, err
}

type idAttach struct {
	idInput
	Body rest.Deferred[fileBody]
}

type uuidAttach struct {
	uuidInput
	Body rest.Deferred[fileBody]
}

type fileBody struct {
	File rest.Optional[rest.File] `json:"file"`
}

func (s *Service) handleAttach(
	ctx context.Context, who actor.Actor, ref Ref, body rest.Deferred[fileBody],
) (AttachmentJSON, error) {
	file := rest.Convert(body, func(b *fileBody, _ *problem.Fields) *blob.Upload { return sentFile(&b.File) })
	attachment, err := s.Attach(ctx, who, ref, file)
	return toAttachmentJSON(ctx, attachment), err
}

// sentFile is the file that was sent, nil for none.
func sentFile(sent *rest.Optional[rest.File]) *blob.Upload {
	if !sent.Set {
		return nil
	}
	return &sent.Value.Upload
}

type idDetach struct {
	idInput
	detachInput
}

type uuidDetach struct {
	uuidInput
	detachInput
}

type detachInput struct {
	AttachmentID int64 `path:"attachment_id"`
}

type coverInput struct {
	idWrite
	Body rest.Deferred[coverBody]
}

type coverBody struct {
	Cover rest.Optional[rest.File] `json:"cover" doc:"PNG, JPEG, GIF or WebP, at most 5 MiB"`
}

func (s *Service) handleSetCover(
	ctx context.Context, who actor.Actor, in *coverInput,
) (notelist.NoteSummaryJSON, error) {
	file := rest.Convert(in.Body, func(b *coverBody, _ *problem.Fields) *blob.Upload { return sentFile(&b.Cover) })
	note, err := s.SetCover(ctx, who, in.ref(), in.revisions(), file)
	return notelist.ToJSON(ctx, note), err
}

func (s *Service) handleClearCover(
	ctx context.Context, who actor.Actor, in *idWrite,
) (notelist.NoteSummaryJSON, error) {
	note, err := s.ClearCover(ctx, who, in.ref(), in.revisions())
	return notelist.ToJSON(ctx, note), err
}
