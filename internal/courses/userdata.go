package courses

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/database"
)

// UserData tells what courses keep for a user.
func (s *Service) UserData(ctx context.Context, q database.Querier, userID int64) (accounts.UserData, error) {
	counts, err := database.One[struct{ Courses, Subscriptions int64 }](ctx, q, `
		select (select count(*) from courses where owner_id = $1) as courses,
			(select count(*) from course_subscriptions where user_id = $1) as subscriptions`, userID)
	if err != nil {
		return accounts.UserData{}, fmt.Errorf("counting the courses of user %d: %w", userID, err)
	}
	files, err := database.All[string](ctx, q, `
		select cover_path from courses where owner_id = $1 and cover_path <> ''
		union
		select m.image_path from course_media m join courses c on c.id = m.course_id
			where c.owner_id = $1 and m.image_path <> ''`, userID)
	if err != nil {
		return accounts.UserData{}, fmt.Errorf("collecting the files of user %d's courses: %w", userID, err)
	}
	return accounts.UserData{Files: files,
		Counts: []accounts.Count{{What: "courses", Number: counts.Courses},
			{What: "subscriptions", Number: counts.Subscriptions}}}, nil
}

// DeleteUserData removes a user's courses, which would otherwise outlive the account. Notes of others in them stay, in
// no course. They are taken out before the courses are locked, since saving a note locks the note first.
func (s *Service) DeleteUserData(ctx context.Context, tx *database.Tx, userID int64) error {
	ids, err := database.All[int64](ctx, tx, "select id from courses where owner_id = $1", userID)
	if err != nil {
		return fmt.Errorf("looking for the courses of user %d: %w", userID, err)
	}
	if err := s.empty(ctx, tx, ids, userID, 0); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "delete from courses where owner_id = $1", userID); err != nil {
		return fmt.Errorf("deleting the courses of user %d: %w", userID, err)
	}
	return nil
}
