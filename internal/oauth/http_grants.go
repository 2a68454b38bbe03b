package oauth

import (
	"context"
	"net/http"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/rest"
)

func (s *Service) registerGrants(api *rest.API) {
	rest.Handle(api, rest.Operation{
		Method: http.MethodGet, Path: "/api/v1/auth/grants/", Tag: "auth", Access: rest.SessionOnly,
		Summary:     "List your grants",
		Description: "Lists the programs that may use your account, such as AI assistants, and what each may do.",
	}, s.handleListGrants)
	rest.Handle(api, rest.Operation{
		Method: http.MethodDelete, Path: "/api/v1/auth/grants/{id}/", Tag: "auth", Access: rest.SessionOnly,
		Status: http.StatusNoContent, Summary: "Revoke a grant",
		Description: "The program's tokens stop working immediately.",
	}, s.handleRevokeGrant)
}

type grantJSON struct {
	ID         int64      `json:"id"`
	ClientID   string     `json:"client_id" doc:"If it is an https URL, that host vouches for the client"`
	ClientName string     `json:"client_name" doc:"Name the program gave itself; not verified"`
	LeadsTo    string     `json:"leads_to" doc:"Where the access was sent, in words"`
	Scopes     []string   `json:"scopes"`
	Resource   string     `json:"resource" doc:"Address at which the program uses this server"`
	CreatedAt  rest.Time  `json:"created_at"`
	LastUsedAt *rest.Time `json:"last_used_at" doc:"Accurate to the minute"`
	ExpiresAt  rest.Time  `json:"expires_at" doc:"Each token refresh extends it"`
}

type grantListJSON struct {
	Grants []grantJSON `json:"grants"`
}

func (s *Service) handleListGrants(ctx context.Context, who actor.Actor, _ *struct{}) (grantListJSON, error) {
	grants, err := s.ListGrants(ctx, who, who.UserID)
	if err != nil {
		return grantListJSON{}, err
	}
	list := grantListJSON{Grants: make([]grantJSON, 0, len(grants))}
	for _, g := range grants {
		list.Grants = append(list.Grants, grantJSON{
			ID: g.ID, ClientID: g.ClientID, ClientName: g.ClientName, LeadsTo: Destination(g.RedirectURI), Scopes: g.Scopes,
			Resource: g.Resource, CreatedAt: rest.Time{Time: g.CreatedAt}, LastUsedAt: rest.OptionalTime(g.LastUsedAt),
			ExpiresAt: rest.Time{Time: g.ExpiresAt},
		})
	}
	return list, nil
}

type grantInput struct {
	ID int64 `path:"id"`
}

func (s *Service) handleRevokeGrant(ctx context.Context, who actor.Actor, in *grantInput) (rest.NoContent, error) {
	return rest.NoContent{}, s.RevokeGrant(ctx, who, who.UserID, in.ID)
}
