package app

import (
	"context"
	"net/http"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/config"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

// serviceName is how clients recognise a server of this product.
const serviceName = "notechondria-backend"

type versionJSON struct {
	Version      string `json:"version"`
	Commit       string `json:"commit"`
	BuildTime    string `json:"build_time"`
	DeployTarget string `json:"deploy_target"`
}

func buildOf(c *config.Config, version string) versionJSON {
	if c.BackendVersion != "" {
		version = c.BackendVersion
	}
	return versionJSON{
		Version: version, Commit: c.BackendBuildCommit, BuildTime: c.BackendBuildTime, DeployTarget: c.BackendDeployTarget,
	}
}

type healthJSON struct {
	Status  string `json:"status"`
	Service string `json:"service,omitempty"`
	// Details are what an administrator should know; nobody else sees them.
	Details []string `json:"details,omitempty"`
}

type pingJSON struct {
	Pong      bool      `json:"pong"`
	Service   string    `json:"service"`
	Timestamp rest.Time `json:"timestamp"`
}

// handshakeJSON tells a client that this is a server it can work with. The numbers are revisions of formats.
type handshakeJSON struct {
	Service      string         `json:"service"`
	APIVersion   string         `json:"api_version"`
	Version      string         `json:"version"`
	Capabilities map[string]int `json:"capabilities"`
	Build        versionJSON    `json:"build"`
}

// Probes of platforms.
const (
	livePath  = "/healthz"
	readyPath = "/readyz"
)

// registerPlatform adds what clients, platforms and operators ask a server about itself.
func registerPlatform(api *rest.API, db *database.DB, lifetime time.Duration, b versionJSON) {
	const health, identify = "Health check", "Identify the server"
	fixed(api, "/", health, healthJSON{Status: "ok", Service: serviceName})
	fixed(api, "/api/v1/health/", health, healthJSON{Status: "ok"})
	fixed(api, "/api/health/", health, healthJSON{Status: "ok"})
	fixed(api, livePath, "Liveness check", healthJSON{Status: "ok"})
	hello := handshakeJSON{
		Service: serviceName, APIVersion: "v1", Version: b.Version, Build: b,
		Capabilities: map[string]int{
			"auth": 1, "notes": 1, "courses": 1, "planner": 1, "calendar_feeds": 1, "attachments": 1, "mcp": 1,
		},
	}
	fixed(api, "/handshake/", identify, hello)
	fixed(api, "/api/v1/handshake/", identify, hello)
	rest.Handle(api, rest.Operation{
		Method: http.MethodGet, Path: "/api/v1/ping/", Tag: "platform", Access: rest.Anonymous,
		Summary: "Get the server's time",
	}, func(context.Context, actor.Actor, *struct{}) (pingJSON, error) {
		return pingJSON{Pong: true, Service: serviceName, Timestamp: rest.Time{Time: time.Now()}}, nil
	})
	rest.Handle(api, rest.Operation{
		Method: http.MethodGet, Path: readyPath, Tag: "platform", Access: rest.Probe, Summary: "Readiness check",
		Description: "Tells whether requests can be served: the database answers, accepts writes, and has the schema of " +
			"this version.",
	}, func(ctx context.Context, who actor.Actor, _ *struct{}) (healthJSON, error) {
		answer := healthJSON{Status: "ok"}
		if err := checkReady(ctx, db); err != nil || !who.Staff {
			return answer, err
		}
		ending, err := db.Ending(ctx, lifetime)
		if ending != "" {
			answer.Details = append(answer.Details, ending)
		}
		return answer, err
	})
}

// fixed always answers the same, whoever asks.
func fixed[T any](api *rest.API, path, summary string, answer T) {
	rest.Handle(api, rest.Operation{
		Method: http.MethodGet, Path: path, Tag: "platform", Access: rest.Anonymous, Summary: summary,
	}, func(context.Context, actor.Actor, *struct{}) (T, error) { return answer, nil })
}
