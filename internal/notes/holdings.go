package notes

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/database"
)

// HoldingsOf tells what notes keep for a user, the recycle bin included.
func HoldingsOf(ctx context.Context, q database.Querier, userID int64) (accounts.Holdings, error) {
	count, err := database.One[int64](ctx, q, "select count(*) from notes where author_id = $1", userID)
	if err != nil {
		return accounts.Holdings{}, fmt.Errorf("counting the notes of user %d: %w", userID, err)
	}
	files, err := database.All[string](ctx, q, "select cover_path from notes where author_id = $1 and cover_path <> ''", userID)
	if err != nil {
		return accounts.Holdings{}, fmt.Errorf("reading the note covers of user %d: %w", userID, err)
	}
	return accounts.Holdings{Counts: []accounts.Count{{What: "notes", Number: count}}, Files: files}, nil
}
