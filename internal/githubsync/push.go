package githubsync

import (
	"context"
	"errors"
	"fmt"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
)

// pushTarget is what decides whether a push may begin.
type pushTarget struct {
	RepoFullName string
	IsVerified   bool
}

// Push refuses: this version knows what stands in the way of a push, and does not upload yet. The owner finds the
// reason in the status, too.
func (s *Service) Push(ctx context.Context, who actor.Actor) error {
	var refusal error
	err := s.DB.Write(ctx, func(tx *database.Tx) error {
		// The row is locked by its update, so that a repository connected meanwhile does not get the reason of the former.
		target, err := database.One[pushTarget](ctx, tx, `
			update github_integrations set updated_at = $1 where user_id = $2
			returning repo_full_name, verified_at is not null as is_verified`, database.Now(), who.UserID)
		if errors.Is(err, database.ErrNotFound) {
			refusal = problem.Refuse(notPushed, "no repository is connected")
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading a GitHub integration: %w", err)
		}
		obstacle := s.obstacle(target)
		refusal = problem.Refuse(notPushed, obstacle)
		if _, err := database.Exec(ctx, tx, "update github_integrations set last_error = $1 where user_id = $2",
			notPushed+recordedProcess+obstacle, who.UserID); err != nil {
			return fmt.Errorf("storing why nothing was pushed: %w", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return refusal
}

const (
	notPushed = "Nothing was pushed"
	// recordedProcess stands between the parts of a stored last_error, as in rows of the former system.
	recordedProcess = ": Backend.GithubSync/push_user_data \u2014 "
)

func (s *Service) obstacle(target pushTarget) string {
	switch {
	case !s.HasKey:
		return "the GitHub app of this server has no private key"
	case target.RepoFullName == "":
		return "no repository is selected"
	case !target.IsVerified:
		return "GitHub has not confirmed that this installation is yours"
	}
	return "this version of the server can't push yet"
}
