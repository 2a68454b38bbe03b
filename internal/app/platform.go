package app

import (
	"context"
	"net/http"
	"time"

	"github.com/trance-0/notechondria/internal/config"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

// serviceName is how clients recognise a server of this product.
const serviceName = "notechondria-backend"

type build struct {
	Version      string `json:"version"`
	Commit       string `json:"commit"`
	BuildTime    string `json:"build_time"`
	DeployTarget string `json:"deploy_target"`
}

func buildOf(c *config.Config, version string) build {
	if c.BackendVersion != "" {
		version = c.BackendVersion
	}
	return build{Version: version, Commit: c.BackendBuildCommit, BuildTime: c.BackendBuildTime, DeployTarget: c.BackendDeployTarget}
}

type status struct {
	Status  string `json:"status"`
	Service string `json:"service,omitempty"`
}

type ping struct {
	Pong      bool      `json:"pong"`
	Service   string    `json:"service"`
	Timestamp rest.Time `json:"timestamp"`
}

// handshake tells a client that this is a server it can work with. The numbers are revisions of formats.
type handshake struct {
	Service      string         `json:"service"`
	APIVersion   string         `json:"api_version"`
	Version      string         `json:"version"`
	Capabilities map[string]int `json:"capabilities"`
	Build        build          `json:"build"`
}

// registerPlatform adds what clients, platforms and operators ask a server about itself.
func registerPlatform(api *rest.API, db *database.DB, b build) {
	fixed(api, "/", "Ask for a sign of life", status{Status: "ok", Service: serviceName})
	fixed(api, "/api/v1/health/", "Ask for a sign of life", status{Status: "ok"})
	fixed(api, "/api/health/", "Ask for a sign of life", status{Status: "ok"})
	hello := handshake{
		Service: serviceName, APIVersion: "v1", Version: b.Version, Build: b,
		Capabilities: map[string]int{"auth": 1, "notes": 1, "courses": 1, "planner": 1, "calendar_feeds": 1, "attachments": 1, "mcp": 1},
	}
	fixed(api, "/handshake/", "Ask whether this is a server of this product", hello)
	fixed(api, "/api/v1/handshake/", "Ask whether this is a server of this product", hello)
	rest.LegacyHandle(api, rest.Operation{Method: http.MethodGet, Path: "/api/v1/ping/", Tag: "platform", Access: rest.Anonymous, Summary: "Ask for the server's time"},
		func(context.Context, *struct{}) (ping, error) {
			return ping{Pong: true, Service: serviceName, Timestamp: rest.Time{Time: time.Now()}}, nil
		})
	rest.LegacyHandle(api, rest.Operation{Method: http.MethodGet, Path: livePath, Tag: "platform", Access: rest.Anonymous, Summary: "Tell that the process is alive"},
		func(context.Context, *struct{}) (status, error) { return status{Status: "ok"}, nil })
	rest.LegacyHandle(api, rest.Operation{Method: http.MethodGet, Path: readyPath, Tag: "platform", Access: rest.Anonymous,
		Summary: "Tell whether requests can be served: the database answers and its schema is current"},
		func(ctx context.Context, _ *struct{}) (status, error) { return readiness(ctx, db) })
}

// fixed answers always the same, whoever asks.
func fixed[T any](api *rest.API, path, summary string, answer T) {
	rest.LegacyHandle(api, rest.Operation{Method: http.MethodGet, Path: path, Tag: "platform", Access: rest.Anonymous, Summary: summary},
		func(context.Context, *struct{}) (T, error) { return answer, nil })
}

const (
	livePath  = "/healthz"
	readyPath = "/readyz"
	// readyTimeout is shorter than the patience of platforms' probes.
	readyTimeout = 3 * time.Second
)

func readiness(ctx context.Context, db *database.DB) (status, error) {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	schema, err := db.Status(ctx)
	switch {
	case err != nil:
		return status{}, rest.Detail(http.StatusServiceUnavailable, "The database does not answer.")
	case schema.Err() != nil || len(schema.Pending) > 0:
		return status{}, rest.Detail(http.StatusServiceUnavailable, "The database schema is not the one of this version.")
	}
	if err := db.CheckWritable(ctx); err != nil {
		return status{}, rest.Detail(http.StatusServiceUnavailable, "The database takes no writes: "+err.Error()+".")
	}
	return status{Status: "ok"}, nil
}
