package githubsync

import (
	"cmp"
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/pattern"
	"github.com/trance-0/notechondria/internal/problem"
)

// Limits of what is stored of a repository, in characters.
const (
	MaxInstallationID = 64
	MaxAccountLogin   = 80
	MaxRepository     = 160
	MaxBranch         = 80
)

const defaultBranch = "main"

// Repository says where notes are to be copied. What is empty goes back to its default.
type Repository struct {
	InstallationID string // of the server's GitHub app; a number
	AccountLogin   string // of the installation
	Name           string // owner/name; "" for none yet
	DefaultBranch  string // "" for main
}

// repositoryName is GitHub's `owner/name`. Its characters are checked because it becomes a part of addresses; `.` and
// `..` are no names.
var repositoryName = pattern.New(
	`^[A-Za-z0-9][A-Za-z0-9_-]*/([A-Za-z0-9_-]|[.][A-Za-z0-9_-]|[.][.][A-Za-z0-9._-])[A-Za-z0-9._-]*$`)

func (r *Repository) check(problems *problem.Fields) error {
	problems.CheckText("installation_id", r.InstallationID, 1, MaxInstallationID)
	problems.CheckText("account_login", r.AccountLogin, 0, MaxAccountLogin)
	problems.CheckText("repo_full_name", r.Name, 0, MaxRepository)
	problems.CheckText("repo_default_branch", r.DefaultBranch, 0, MaxBranch)
	if r.Name != "" && !problems.Has("repo_full_name") && !repositoryName().MatchString(r.Name) {
		problems.Add("repo_full_name", "This is not a GitHub repository (owner/name).")
	}
	return nil
}

// Connect stores the caller's repository in place of the former one, and returns it as it is stored. What GitHub has
// confirmed counts only while installation and repository stay the same.
func (s *Service) Connect(
	ctx context.Context, who actor.Actor, repository problem.Input[Repository],
) (Repository, error) {
	r, err := repository.Check((*Repository).check)
	if err != nil {
		return Repository{}, err
	}
	r.DefaultBranch = cmp.Or(r.DefaultBranch, defaultBranch)
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := database.Exec(ctx, tx, `
			insert into github_integrations (user_id, installation_id, account_login, repo_full_name, repo_default_branch,
				created_at, updated_at)
			values ($1, $2, $3, $4, $5, $6, $6)
			on conflict (user_id) do update set
				verified_at = case when github_integrations.installation_id = excluded.installation_id
					and github_integrations.repo_full_name = excluded.repo_full_name then github_integrations.verified_at end,
				installation_id = excluded.installation_id, account_login = excluded.account_login,
				repo_full_name = excluded.repo_full_name, repo_default_branch = excluded.repo_default_branch,
				last_error = '', updated_at = excluded.updated_at`,
			who.UserID, r.InstallationID, r.AccountLogin, r.Name, r.DefaultBranch, database.Now())
		if err != nil {
			return fmt.Errorf("storing a GitHub integration: %w", err)
		}
		return nil
	})
	return r, err
}
