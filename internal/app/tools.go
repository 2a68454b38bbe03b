package app

import (
	"context"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/mcp"
)

// Tools builds the face for programs. What users want these to know is a setting of theirs.
func (a *App) Tools(version string) *mcp.Face {
	o := mcp.Options{
		Log: a.Log, Version: version, CallsPerMinute: a.Config.MCPCallsPerMinute,
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
		a.Accounts, a.courses, a.notes, a.planner, a.feeds, a.activity,
	} {
		feature.Tools(face)
	}
	return face
}
