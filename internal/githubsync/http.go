package githubsync

import (
	"context"
	"net/http"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/rest"
)

const (
	statusPath = "/api/v1/integrations/github/status/"
	tag        = "integrations"
)

// Register adds the operations of githubsync.
func (s *Service) Register(api *rest.API) {
	rest.Handle(api, rest.Operation{
		Method: http.MethodGet, Path: statusPath, Tag: tag, Access: rest.Account, Summary: "Get your GitHub connection",
		Description: "Returns only connected, install_url and app_name if no repository is connected.",
	}, s.handleStatus)
	rest.Handle(api, rest.Operation{
		Method: http.MethodDelete, Path: statusPath, Tag: tag, Access: rest.SessionOnly,
		Summary:     "Disconnect your repository",
		Description: "Changes nothing at GitHub.",
	}, s.handleDisconnect)
	rest.Handle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/integrations/github/callback/", Tag: tag, Access: rest.SessionOnly,
		Summary: "Connect a repository", Description: "Replaces the connected repository, if any. Omitted fields are reset " +
			"to their defaults.",
	}, s.handleConnect)
	rest.Handle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/integrations/github/push/", Tag: tag, Process: "GithubSync/push_user_data",
		Access: rest.Account, Status: http.StatusNoContent, Summary: "Push your notes to the connected repository",
		Description: "This version always answers 400 and says what is missing.",
	}, s.handlePush)
}

// GitHubConnectionJSON is a Connection on the wire.
type GitHubConnectionJSON struct {
	AccountLogin      string     `json:"account_login"`
	RepoFullName      string     `json:"repo_full_name"`
	RepoDefaultBranch string     `json:"repo_default_branch"`
	LastPushAt        *rest.Time `json:"last_push_at"`
	LastPushSHA       string     `json:"last_push_sha"`
	LastError         string     `json:"last_error"`
}

// GitHubStatusJSON has the keys of GitHubConnectionJSON only where there is a connection.
type GitHubStatusJSON struct {
	Connected  bool   `json:"connected"`
	InstallURL string `json:"install_url"`
	AppName    string `json:"app_name"`
	*GitHubConnectionJSON
}

func (s *Service) handleStatus(ctx context.Context, who actor.Actor, _ *struct{}) (GitHubStatusJSON, error) {
	status := GitHubStatusJSON{InstallURL: s.InstallURL, AppName: s.AppName}
	c, err := s.Status(ctx, who)
	if err != nil || c == nil {
		return status, err
	}
	status.Connected, status.GitHubConnectionJSON = true, &GitHubConnectionJSON{
		AccountLogin: c.AccountLogin, RepoFullName: c.Repository, RepoDefaultBranch: c.DefaultBranch,
		LastPushAt: rest.OptionalTime(c.LastPushAt), LastPushSHA: c.LastPushSHA, LastError: c.LastError,
	}
	return status, nil
}

// GitHubDisconnectedJSON says that there is no connection any more.
type GitHubDisconnectedJSON struct {
	Connected bool `json:"connected"`
}

func (s *Service) handleDisconnect(ctx context.Context, who actor.Actor, _ *struct{}) (GitHubDisconnectedJSON, error) {
	return GitHubDisconnectedJSON{}, s.Disconnect(ctx, who)
}

type connectBody struct {
	InstallationID    string `json:"installation_id" required:"true" maxLength:"64" doc:"Number, also as a string"`
	AccountLogin      string `json:"account_login" blank:"true" maxLength:"80"`
	RepoFullName      string `json:"repo_full_name" blank:"true" maxLength:"160" doc:"owner/name, as GitHub writes it"`
	RepoDefaultBranch string `json:"repo_default_branch" blank:"true" maxLength:"80" doc:"default main"`
}

type connectInput struct {
	Body rest.Deferred[connectBody]
}

// GitHubConnectedJSON is what was connected.
type GitHubConnectedJSON struct {
	Connected      bool   `json:"connected"`
	InstallationID string `json:"installation_id"`
	RepoFullName   string `json:"repo_full_name"`
}

func (s *Service) handleConnect(ctx context.Context, who actor.Actor, in *connectInput) (GitHubConnectedJSON, error) {
	connected, err := s.Connect(ctx, who, rest.Convert(in.Body, func(b *connectBody, _ *problem.Fields) Repository {
		return Repository{
			InstallationID: b.InstallationID, AccountLogin: b.AccountLogin, Name: b.RepoFullName,
			DefaultBranch: b.RepoDefaultBranch,
		}
	}))
	if err != nil {
		return GitHubConnectedJSON{}, err
	}
	return GitHubConnectedJSON{
		Connected: true, InstallationID: connected.InstallationID, RepoFullName: connected.Name,
	}, nil
}

func (s *Service) handlePush(ctx context.Context, who actor.Actor, _ *struct{}) (rest.NoContent, error) {
	return rest.NoContent{}, s.Push(ctx, who)
}
