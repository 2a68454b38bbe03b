// Package githubsync owns the repository that a user wants copies of notes in: which installation of the server's GitHub
// app it belongs to, and how the last push went. What an app says about an installation is stored, not believed: nothing
// may be pushed or read before GitHub itself has confirmed that the installation is the user's.
package githubsync

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
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

const (
	statusPath = "/api/v1/integrations/github/status/"
	tag        = "integrations"
)

// Register adds the operations of githubsync.
func (s *Service) Register(api *rest.API) {
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodGet, Path: statusPath, Tag: tag, Access: rest.Account,
		Summary: "Read which repository is connected",
	}, s.status)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodDelete, Path: statusPath, Tag: tag, Access: rest.SessionOnly,
		Summary: "Disconnect the repository; nothing changes at GitHub",
	}, s.disconnect)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/integrations/github/callback/", Tag: tag, Access: rest.SessionOnly,
		Summary: "Connect a repository, or another one",
	}, s.connect)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/integrations/github/push/", Tag: tag, Access: rest.Account,
		Summary: "Copy notes to the connected repository",
	}, s.push)
}

// connection is what the status tells about a connected repository.
type connection struct {
	AccountLogin      string     `json:"account_login"`
	RepoFullName      string     `json:"repo_full_name"`
	RepoDefaultBranch string     `json:"repo_default_branch"`
	LastPushAt        *rest.Time `json:"last_push_at"`
	LastPushSHA       string     `json:"last_push_sha" db:"last_push_sha"`
	LastError         string     `json:"last_error"`
}

// statusPayload has the keys of connection only where there is one.
type statusPayload struct {
	Connected  bool   `json:"connected"`
	InstallURL string `json:"install_url"`
	AppName    string `json:"app_name"`
	*connection
}

func (s *Service) status(ctx context.Context, _ *struct{}) (statusPayload, error) {
	payload := statusPayload{InstallURL: s.InstallURL, AppName: s.AppName}
	found, err := database.One[connection](ctx, s.DB.Read(), `
		select account_login, repo_full_name, repo_default_branch, last_push_at, last_push_sha, last_error
		from github_integrations where user_id = $1`, rest.CallerID(ctx))
	if errors.Is(err, database.ErrNotFound) {
		return payload, nil
	}
	if err != nil {
		return statusPayload{}, fmt.Errorf("reading a GitHub integration: %w", err)
	}
	payload.Connected, payload.connection = true, &found
	return payload, nil
}

type disconnected struct {
	Connected bool `json:"connected"`
}

func (s *Service) disconnect(ctx context.Context, _ *struct{}) (disconnected, error) {
	err := s.DB.Write(ctx, func(tx *database.Tx) error {
		if _, err := tx.ExecContext(ctx, "delete from github_integrations where user_id = $1", rest.CallerID(ctx)); err != nil {
			return fmt.Errorf("removing a GitHub integration: %w", err)
		}
		return nil
	})
	return disconnected{}, err
}
