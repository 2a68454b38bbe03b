package githubsync

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

// pushTarget is what decides whether a push may begin.
type pushTarget struct {
	RepoFullName string
	IsVerified   bool
}

// push refuses: this version knows what stands in the way of a push, and does not upload yet. The owner finds the reason
// in the status, too.
func (s *Service) push(ctx context.Context, _ *struct{}) (rest.NoContent, error) {
	refusal := ""
	err := s.DB.Write(ctx, func(tx *database.Tx) error {
		// The row is locked by its update, so that a repository connected meanwhile does not get the reason of the former.
		target, err := database.One[pushTarget](ctx, tx, `
			update github_integrations set updated_at = $1 where user_id = $2
			returning repo_full_name, verified_at is not null as is_verified`, database.Now(), rest.CallerID(ctx))
		if errors.Is(err, database.ErrNotFound) {
			refusal = refusedPush("no repository is connected")
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading a GitHub integration: %w", err)
		}
		refusal = refusedPush(s.obstacle(target))
		if _, err := tx.ExecContext(ctx, "update github_integrations set last_error = $1 where user_id = $2", refusal, rest.CallerID(ctx)); err != nil {
			return fmt.Errorf("noting why nothing was pushed: %w", err)
		}
		return nil
	})
	if err != nil {
		return rest.NoContent{}, err
	}
	return rest.NoContent{}, rest.Detail(http.StatusBadRequest, refusal)
}

func (s *Service) obstacle(target pushTarget) string {
	switch {
	case !s.HasKey:
		return "the GitHub app of this server has no private key"
	case target.RepoFullName == "":
		return "no repository is chosen"
	case !target.IsVerified:
		return "GitHub has not confirmed that this installation is yours"
	}
	return "this version of the server does not push"
}

func refusedPush(cause string) string {
	return "Nothing was pushed: Backend.GithubSync/push_user_data \u2014 " + cause
}
