package app

import (
	"context"
	"log/slog"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/mcp"
	"github.com/trance-0/notechondria/internal/metrics"
)

// newTools makes the face for programs. What users want these to know is a setting of theirs.
func newTools(log *slog.Logger, users *accounts.Service, counts *metrics.Metrics) *mcp.Face {
	o := mcp.Options{Log: log, Instructions: func(ctx context.Context, who actor.Actor) (string, error) {
		u, err := users.Settings(ctx, who)
		return u.MCPSkillMD, err
	}}
	if counts != nil {
		o.Observe = counts.Tool
	}
	return mcp.New(o)
}
