package githubsync

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

// connectInput names a repository as GitHub does: `owner/name`, whose characters are checked because the name becomes a
// part of addresses (`.` and `..` are no names). What is left out goes back to its default.
type connectInput struct {
	Body struct {
		InstallationID    string `json:"installation_id" required:"true" maxLength:"64" doc:"A number, also as a text"`
		AccountLogin      string `json:"account_login" blank:"true" maxLength:"80"`
		RepoFullName      string `json:"repo_full_name" blank:"true" maxLength:"160" pattern:"^[A-Za-z0-9][A-Za-z0-9_-]*/([A-Za-z0-9_-]|[.][A-Za-z0-9_-]|[.][.][A-Za-z0-9._-])[A-Za-z0-9._-]*$" doc:"owner/name"`
		RepoDefaultBranch string `json:"repo_default_branch" blank:"true" maxLength:"80" doc:"main when left out"`
	}
}

const defaultBranch = "main"

type connected struct {
	Connected      bool   `json:"connected"`
	InstallationID string `json:"installation_id"`
	RepoFullName   string `json:"repo_full_name"`
}

// connect keeps what GitHub has confirmed only while installation and repository stay the same.
func (s *Service) connect(ctx context.Context, in *connectInput) (connected, error) {
	b, now := &in.Body, database.Now()
	branch := b.RepoDefaultBranch
	if branch == "" {
		branch = defaultBranch
	}
	err := s.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, `
			insert into github_integrations (user_id, installation_id, account_login, repo_full_name, repo_default_branch, created_at, updated_at)
			values ($1, $2, $3, $4, $5, $6, $6)
			on conflict (user_id) do update set
				verified_at = case when github_integrations.installation_id = excluded.installation_id
					and github_integrations.repo_full_name = excluded.repo_full_name then github_integrations.verified_at end,
				installation_id = excluded.installation_id, account_login = excluded.account_login,
				repo_full_name = excluded.repo_full_name, repo_default_branch = excluded.repo_default_branch,
				last_error = '', updated_at = excluded.updated_at`,
			rest.CallerID(ctx), b.InstallationID, b.AccountLogin, b.RepoFullName, branch, now)
		if err != nil {
			return fmt.Errorf("storing a GitHub integration: %w", err)
		}
		return nil
	})
	if err != nil {
		return connected{}, err
	}
	return connected{Connected: true, InstallationID: b.InstallationID, RepoFullName: b.RepoFullName}, nil
}
