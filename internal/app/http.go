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
	}
	options.MaxConcurrent, options.MaxConcurrentLarge = atOnce(c.DatabasePoolSize, debug.SetMemoryLimit(-1))
	if a.Metrics != nil {
		a.Metrics.Build(build.Version, build.Commit)
		options.Observe = a.Metrics.Request
	}
	api := rest.New(options)
	if c.MetricsToken != "" {
		registerMetrics(api, a.Metrics, c.MetricsToken)
	}
	files := static.New()
	registerPlatform(api, a.DB, c.DatabaseLifetime, build)
	registerDocs(api, files)
	files.Register(api)
	a.Media.Register(api)
	a.Accounts.Register(api)
	a.Invitations.Register(api)
	a.social.Register(api)
	a.OAuth.Register(api)
	a.courses.Register(api)
	a.Notes.Register(api)
	a.planner.Register(api)
	a.feeds.Register(api)
	a.calendar.Register(api)
	a.activity.Register(api)
	a.samples.Register(api)
	githubsync.New(githubsync.Options{
		DB: a.DB, AppName: c.GitHubDataSyncAppName, InstallURL: c.GitHubDataSyncInstallURL,
		HasKey: c.GitHubDataSyncPrivateKey != "",
	}).Register(api)
	a.Tools(version).Register(api)
	return api
}

// atOnce is how many requests of a kind are worked on at once, and how many of those with large bodies. They hold a
// connection to the database for a part of their time only; a small memory has no place for many of them side by side.
func atOnce(connections int, memory int64) (all, large int) {
	const least, each, eachLarge = 4, 8 << 20, 64 << 20
	all = int(min(2*int64(max(connections, least)), max(memory/each, least)))
	return all, int(min(int64(all), max(memory/eachLarge, 1)))
}
