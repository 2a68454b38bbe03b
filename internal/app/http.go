package app

import (
	"net/http"
	"runtime/debug"

	"github.com/trance-0/notechondria/internal/githubsync"
	"github.com/trance-0/notechondria/internal/rest"
	"github.com/trance-0/notechondria/internal/static"
)

// Handler builds what serves requests.
func (a *App) Handler(version string) http.Handler { return a.API(version).Handler() }

// API builds all operations, pages and files.
func (a *App) API(version string) *rest.API {
	c := a.Config
	build := buildOf(c, version)
	options := rest.Options{
		Log: a.Log, Authenticator: a.Accounts, Hosts: c.AllowedHosts, Origins: c.TrustedOrigins,
		TrustedProxies: c.TrustedProxies, OnRender: c.OnRender, MaxJSONBytes: c.MaxJSONBytes, MediaURL: mediaURL(c),
		Version: version, Scope: scopeOf,
		Working: atOnce(c.DatabasePoolSize, debug.SetMemoryLimit(-1)),
	}
	if a.Metrics != nil {
		a.Metrics.Build(build.Version, build.Commit)
		options.Observe = a.Metrics.Request
	}
	api := rest.New(options)
	if c.MetricsToken != "" {
		registerMetrics(api, a.Metrics, c.MetricsToken)
	}
	files := static.New()
	registerPlatform(api, a.DB, build)
	registerDocs(api, files)
	files.Register(api)
	a.Media.Register(api)
	a.Accounts.Register(api)
	a.Invitations.Register(api)
	a.social.Register(api)
	a.OAuth.Register(api)
	a.courses.Register(api)
	a.notes.Register(api)
	a.planner.Register(api)
	a.feeds.Register(api)
	a.calendar.Register(api)
	a.activity.Register(api)
	a.samples.Register(api)
	githubsync.New(githubsync.Options{
		DB: a.DB, AppName: c.GitHubDataSyncAppName, InstallURL: c.GitHubDataSyncInstallURL,
		HasKey: c.GitHubDataSyncPrivateKey != "",
	}).Register(api)
	a.Tools(version).Register(api, "")
	return api
}

// atOnce is how many requests of a kind are worked on at once. They hold a connection to the database for a part of
// their time only; in a small memory there is no place for many large notes side by side.
func atOnce(connections int, memory int64) int {
	const least, each = 4, 8 << 20
	return int(min(2*int64(max(connections, least)), max(memory/each, least)))
}
