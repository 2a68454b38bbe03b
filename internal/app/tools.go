package app

import (
	"context"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/mcp"
	"github.com/trance-0/notechondria/internal/oauth"
)

// authenticateProgram takes an API key anywhere, and the token of a grant at the path that it was issued for.
func (a *App) authenticateProgram(ctx context.Context, path, scheme, key string) (actor.Actor, error) {
	if scheme == "bearer" && oauth.IsToken(key) {
		return a.OAuth.Authenticate(ctx, key, a.OAuth.ResourceAt(ctx, path))
	}
	return a.Accounts.Authenticate(ctx, scheme, key)
}

// Tools builds the face for programs. What users want these to know is a setting of theirs.
func (a *App) Tools(version string) *mcp.Face { return a.ToolsFor(version, a.authenticateProgram) }

// ProgramAuthenticator finds out whose credentials these are, at a path of the face for programs.
type ProgramAuthenticator func(ctx context.Context, path, scheme, key string) (actor.Actor, error)

// ToolsFor is Tools for who comes in another way than by key or grant.
func (a *App) ToolsFor(version string, authenticate ProgramAuthenticator) *mcp.Face {
	o := mcp.Options{
		Log: a.Log, Version: version, CallsPerMinute: a.Config.MCPCallsPerMinute,
		Authenticate: authenticate, Metadata: a.OAuth.ResourceMetadata,
		Instructions: func(ctx context.Context, who actor.Actor) (string, error) {
			u, err := a.Accounts.Settings(ctx, who)
			return u.MCPSkillMD, err
		},
	}
	if a.Metrics != nil {
		o.Observe = a.Metrics.Tool
	}
	face := mcp.New(o)
	for _, feature := range []interface{ Tools(face *mcp.Face) }{
		a.Accounts, a.courses, a.Notes, a.planner, a.feeds, a.activity,
	} {
		feature.Tools(face)
	}
	return face
}
