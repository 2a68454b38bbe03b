package courses

import (
	"context"
	"errors"
	"fmt"

	"github.com/trance-0/notechondria/internal/database"
)

// EnsureInbox returns the id of the user's Inbox, and makes one if necessary.
func EnsureInbox(ctx context.Context, tx *database.Tx, userID int64) (int64, error) {
	id, err := database.One[int64](ctx, tx, `
		select id from courses where owner_id = $1 and (is_default or title_folded = $2)
			order by is_default desc limit 1`, userID, inboxTitle)
	if err == nil {
		return id, nil
	}
	if !errors.Is(err, database.ErrNotFound) {
		return 0, fmt.Errorf("looking for an Inbox: %w", err)
	}
	return insert(ctx, tx, newCourse{owner: userID, title: "Inbox", description: "Default category", isDefault: true,
		slugBase: fmt.Sprintf("inbox-%d", userID)})
}
