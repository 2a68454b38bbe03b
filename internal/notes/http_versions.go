package notes

import (
	"context"
	"net/http"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/rest"
)

func (s *Service) registerVersions(api *rest.API) {
	rest.Handle(api, rest.Operation{
		Method: http.MethodGet, Path: idPath + "history/", Tag: "versions", Process: "Notes.Notes/history",
		Access: rest.Account, Summary: "List the versions of a note",
		Description: "Newest first: up to twelve that you saved, and up to twelve that were saved automatically before the " +
			"note was overwritten.",
	}, s.handleVersions)
	handleWrite(api, rest.Operation{
		Method: http.MethodPost, Path: idPath + "snapshot/", Tag: "versions", Process: "Notes.Notes/snapshot",
		Access: rest.Account, Status: http.StatusCreated, Summary: "Save a version of a note",
	}, s.handleSnapshot)
	handleWrite(api, rest.Operation{
		Method: http.MethodPost, Path: idPath + "restore/{version_id}/", Tag: "versions", Process: "Notes.Notes/restore",
		Access: rest.Account, Summary: "Restore a version of a note",
		Description: "Saves the current state as a version first. A version that was saved automatically also restores " +
			"visibility, course and custom metadata.",
	}, s.handleRestoreVersion)
}

func (s *Service) handleVersions(ctx context.Context, who actor.Actor, in *idInput) ([]NoteVersionJSON, error) {
	versions, err := s.Versions(ctx, who, in.ref())
	list := make([]NoteVersionJSON, 0, len(versions))
	for _, v := range versions {
		list = append(list, toVersionJSON(v))
	}
	return list, err
}

type snapshotInput struct {
	idInput
	Body rest.Deferred[snapshotBody]
}

type snapshotBody struct {
	Reason rest.Optional[string] `json:"reason" nullable:"true" blank:"true" maxLength:"32"`
}

func (s *Service) handleSnapshot(ctx context.Context, who actor.Actor, in *snapshotInput) (NoteVersionJSON, error) {
	reason := rest.Convert(in.Body, func(b *snapshotBody, _ *problem.Fields) string { return b.Reason.Value })
	version, err := s.Snapshot(ctx, who, in.ref(), reason)
	return toVersionJSON(version), err
}

type restoreVersionInput struct {
	idWrite
	VersionID int64 `path:"version_id"`
}

func (s *Service) handleRestoreVersion(
	ctx context.Context, who actor.Actor, in *restoreVersionInput,
) (rest.Reply[NoteJSON], error) {
	return answer(ctx)(s.RestoreVersion(ctx, who, in.ref(), in.VersionID, in.revisions()))
}
