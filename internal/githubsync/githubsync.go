// Package githubsync owns the repository that a user wants copies of notes in: which installation of the server's
// GitHub app it belongs to, and how the last push went. What an app says about an installation is stored, not believed:
// nothing may be pushed or read before GitHub itself has confirmed that the installation is the user's.
package githubsync

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
)

// Options are what githubsync depends on.
type Options struct {
	DB         *database.DB
	AppName    string // of the GitHub app, shown to users; may be ""
	InstallURL string // page on which users install it; may be ""
	HasKey     bool   // the app's private key is configured
}

// Service is the GitHub integrations of one server.
type Service struct {
	Options
}

// New makes the service.
func New(o Options) *Service { return &Service{Options: o} }

// Connection is a connected repository.
type Connection struct {
	AccountLogin  string
	Repository    string // owner/name, "" for none yet
	DefaultBranch string
	LastPushAt    *time.Time
	LastPushSHA   string
	LastError     string // why the last push failed, "" for one that did not
}

// Status returns the caller's connection, nil without one.
func (s *Service) Status(ctx context.Context, who actor.Actor) (*Connection, error) {
	found, err := database.One[Connection](ctx, s.DB.Read(), `
		select account_login, repo_full_name as repository, repo_default_branch as default_branch, last_push_at,
			last_push_sha, last_error
		from github_integrations where user_id = $1`, who.UserID)
	if errors.Is(err, database.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading a GitHub integration: %w", err)
	}
	return &found, nil
}

// Disconnect forgets the caller's repository, if there is one. Nothing changes at GitHub.
func (s *Service) Disconnect(ctx context.Context, who actor.Actor) error {
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		if _, err := database.Exec(ctx, tx, "delete from github_integrations where user_id = $1", who.UserID); err != nil {
			return fmt.Errorf("removing a GitHub integration: %w", err)
		}
		return nil
	})
}
