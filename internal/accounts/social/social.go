// Package social lets people sign in through Google, GitHub and another provider that follows OpenID Connect. It owns
// which account is linked to whom there (table social_accounts), and decides which account an identity opens;
// accounts themselves belong to package accounts, and asking a provider who somebody is to package provider.
package social

import (
	"log/slog"
	"net/http"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/accounts/attempts"
	"github.com/trance-0/notechondria/internal/accounts/invitations"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/jobs"
	"github.com/trance-0/notechondria/internal/outbound"
)

// Options are what sign-in through providers depends on.
type Options struct {
	DB       *database.DB
	Queue    *jobs.Queue
	Log      *slog.Logger
	Outbound *outbound.Client // fetches the pictures that providers name

	Clients     attempts.Clients
	Invitations *invitations.Service
	Accounts    *accounts.Service

	Providers   Providers
	FrontendURL string // where the landing pages send people; "" for this server
}

// Service is the sign-in through providers of one server.
type Service struct {
	Options
	onReturn Returned
}

// Returned looks at a browser that comes back from a provider, and answers it where a page of this server has sent it
// there.
type Returned func(w http.ResponseWriter, r *http.Request, name Name) (answered bool, err error)
