package notes

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/database"
)

// UserData tells what notes keep for a user, the recycle bin included.
func (s *Service) UserData(ctx context.Context, q database.Querier, userID int64) (accounts.UserData, error) {
	counts, err := database.One[struct{ Notes, Attachments int64 }](ctx, q, `
		select (select count(*) from notes where author_id = $1) as notes,
			(select count(*) from attachments where owner_id = $1) as attachments`, userID)
	if err != nil {
		return accounts.UserData{}, fmt.Errorf("counting the notes of user %d: %w", userID, err)
	}
	files, err := database.All[string](ctx, q, `
		select cover_path from notes where author_id = $1 and cover_path <> ''
		union
		select path from attachments where owner_id = $1
		union
		select a.path from attachments a join notes n on n.id = a.note_id where n.author_id = $1`, userID)
	if err != nil {
		return accounts.UserData{}, fmt.Errorf("collecting the files of user %d's notes: %w", userID, err)
	}
	return accounts.UserData{Files: files, Counts: []accounts.Count{
		{What: "notes", Number: counts.Notes}, {What: "attachments", Number: counts.Attachments},
	}}, nil
}

// DeleteUserData removes a user's notes for good, without their files. Comments of others on them become private, as
// when a note goes to the recycle bin: without it they would stand alone.
func (s *Service) DeleteUserData(ctx context.Context, tx *database.Tx, userID int64) error {
	err := s.hide(ctx, tx, "author_id <> $1 and source_note_id in (select id from notes where author_id = $1)", userID)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "delete from notes where author_id = $1", userID); err != nil {
		return fmt.Errorf("deleting the notes of user %d: %w", userID, err)
	}
	return nil
}
