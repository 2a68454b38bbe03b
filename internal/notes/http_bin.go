package notes

import (
	"context"
	"net/http"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/rest"
)

func (s *Service) registerBin(api *rest.API) {
	const binPath = allPath + "deleted/"
	rest.Handle(api, rest.Operation{
		Method: http.MethodGet, Path: binPath, Tag: "recycle bin", Access: rest.Account, Summary: "List deleted notes",
		Description: "Most recently deleted first. Notes stay in the recycle bin for 30 days.",
	}, s.handleListDeleted)
	handleWrite(api, rest.Operation{
		Method: http.MethodPost, Path: idPath + "restore/", Tag: "recycle bin", Process: "Notes.Notes/restore_deleted",
		Access: rest.Account, Summary: "Restore a deleted note", Description: "The note is private afterwards, and so are " +
			"the comments on it.",
	}, s.handleRestore)
	rest.Handle(api, rest.Operation{
		Method: http.MethodDelete, Path: binPath + "empty/", Tag: "recycle bin", Access: rest.Account,
		Summary: "Empty the recycle bin", Description: "Deletes all notes in it permanently.",
	}, s.handleEmptyBin)
	rest.Handle(api, rest.Operation{
		Method: http.MethodPost, Path: binPath + "empty/", Tag: "recycle bin", Access: rest.Account,
		Summary: "Empty the recycle bin (for apps that use POST)", Description: "Deletes all notes in it permanently.",
	}, s.handleEmptyBin)
}

func (s *Service) handleListDeleted(ctx context.Context, who actor.Actor, _ *struct{}) ([]deletedNoteJSON, error) {
	list, err := s.ListDeleted(ctx, who)
	return toDeletedJSON(ctx, list), err
}

func (s *Service) handleRestore(ctx context.Context, who actor.Actor, in *idInput) (rest.Reply[NoteJSON], error) {
	return answer(ctx)(s.Restore(ctx, who, in.ID, problem.Clean(Patch{})))
}

// emptiedBinJSON counts what was deleted, under the names that different apps read.
type emptiedBinJSON struct {
	Count        int `json:"count"`
	DeletedCount int `json:"deleted_count"`
}

func (s *Service) handleEmptyBin(ctx context.Context, who actor.Actor, _ *struct{}) (emptiedBinJSON, error) {
	count, err := s.EmptyBin(ctx, who)
	return emptiedBinJSON{count, count}, err
}
