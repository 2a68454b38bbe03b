// Package oauth lets people grant programs access to their account, above all connectors of assistants, which have no
// place for an API key. It is the authorization server of the endpoint for agents (OAuth 2.1 as the Model Context
// Protocol uses it), and owns programs, grants and tokens. It must not know what a scope opens: the endpoint asks
// Authenticate whose token it is, and looks at the scopes itself. REST operations take no such tokens.
package oauth

import (
	"log/slog"
	"time"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/accounts/attempts"
	"github.com/trance-0/notechondria/internal/accounts/social"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/jobs"
	"github.com/trance-0/notechondria/internal/lastuse"
	"github.com/trance-0/notechondria/internal/outbound"
)

// Options are what the authorization server depends on.
type Options struct {
	DB       *database.DB
	Queue    *jobs.Queue
	Log      *slog.Logger
	Uses     *lastuse.Recorder
	Outbound *outbound.Client // fetches the documents of programs; it must follow no redirects

	ServerKey string // keys what forms and providers' answers are recognised by
	Clients   attempts.Clients
	Accounts  *accounts.Service
	Social    *social.Service
	PublicURL string // of this server; "" for the address that a client uses
}

// Service is the authorization server of one server.
type Service struct {
	Options
	uses     *lastuse.Kind // of grants
	fetching chan struct{} // holds a token for each document that is fetched
}

// How long things are good.
const (
	codeLife    = time.Minute
	accessLife  = time.Hour
	grantLife   = 90 * 24 * time.Hour // without being used
	signInLife  = 15 * time.Minute
	refreshLost = 30 * time.Second // for which the answer to a refresh can be asked for again
)
