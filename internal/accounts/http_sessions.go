package accounts

import (
	"context"
	"net/http"

	"github.com/trance-0/notechondria/internal/accounts/attempts"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/rest"
)

func (s *Service) registerSessions(api *rest.API) {
	rest.Handle(api, rest.Operation{
		Method: http.MethodGet, Path: "/api/v1/auth/session/", Tag: "auth", Access: rest.Anonymous, Summary: "Check a token",
		Description: "Tells whether the token you send belongs to a session. Never answers 401.",
	}, s.handleProbe)
	rest.Handle(api, rest.Operation{
		Method: http.MethodGet, Path: "/api/v1/auth/sessions/", Tag: "auth", Access: rest.Account,
		Summary:     "List your sessions",
		Description: "Lists the devices on which you are signed in.",
	}, s.handleListSessions)
	rest.Handle(api, rest.Operation{
		Method: http.MethodDelete, Path: "/api/v1/auth/sessions/{id}/", Tag: "auth", Access: rest.SessionOnly,
		Status: http.StatusNoContent, Summary: "Revoke a session", Description: "Signs out a device.",
	}, s.handleRevokeSession)
	rest.Handle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/auth/logout/", Tag: "auth", Access: rest.Account,
		Status:  http.StatusNoContent,
		Summary: "Sign out", Description: "Ends the session whose token you send.",
	}, s.handleSignOut)
}

type credentialsInput struct {
	Authorization string `header:"Authorization"`
}

// probeJSON is a SignedInJSON with authenticated true, or authenticated false alone.
type probeJSON struct {
	Authenticated bool `json:"authenticated"`
	*openedJSON
}

type openedJSON SignedInJSON

// handleProbe is asked at each start of the editor, which signs out on anything but a plain answer.
func (s *Service) handleProbe(ctx context.Context, _ actor.Actor, in *credentialsInput) (probeJSON, error) {
	scheme, token := rest.Credentials(in.Authorization)
	if scheme != "token" {
		return probeJSON{}, nil
	}
	found, ok, err := s.ProbeSession(ctx, token)
	if err != nil || !ok {
		return probeJSON{}, err
	}
	opened := openedJSON(ToSignedInJSON(ctx, found))
	return probeJSON{Authenticated: true, openedJSON: &opened}, nil
}

type listedSessionJSON struct {
	ID           int64     `json:"id"`
	DeviceLabel  string    `json:"device_label"`
	UserAgent    string    `json:"user_agent"`
	IPHashPrefix string    `json:"ip_hash_prefix"`
	CreatedAt    rest.Time `json:"created_at"`
	LastSeenAt   rest.Time `json:"last_seen_at"`
	IsCurrent    bool      `json:"is_current"`
}

type sessionListJSON struct {
	Sessions         []listedSessionJSON `json:"sessions"`
	CurrentSessionID *int64              `json:"current_session_id" doc:"null when an API key is used"`
}

func (s *Service) handleListSessions(ctx context.Context, who actor.Actor, _ *struct{}) (sessionListJSON, error) {
	sessions, err := s.ListSessions(ctx, who)
	if err != nil {
		return sessionListJSON{}, err
	}
	list := sessionListJSON{Sessions: make([]listedSessionJSON, 0, len(sessions))}
	if who.SessionID != 0 {
		list.CurrentSessionID = &who.SessionID
	}
	for _, session := range sessions {
		list.Sessions = append(list.Sessions, listedSessionJSON{
			ID: session.ID, DeviceLabel: session.DeviceLabel, UserAgent: session.UserAgent,
			IPHashPrefix: attempts.ShownKey(session.ClientKey),
			CreatedAt:    rest.Time{Time: session.CreatedAt}, LastSeenAt: rest.Time{Time: session.LastSeenAt},
			IsCurrent: session.ID == who.SessionID,
		})
	}
	return list, nil
}

type sessionInput struct {
	ID int64 `path:"id"`
}

func (s *Service) handleRevokeSession(ctx context.Context, who actor.Actor, in *sessionInput) (rest.NoContent, error) {
	return rest.NoContent{}, s.RevokeSession(ctx, who, in.ID)
}

func (s *Service) handleSignOut(ctx context.Context, who actor.Actor, _ *struct{}) (rest.NoContent, error) {
	return rest.NoContent{}, s.SignOut(ctx, who)
}
