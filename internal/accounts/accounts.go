// Package accounts owns users and what lets them in: registration, passwords, sessions, API keys and settings, and
// what operators do with accounts. Limits on guessing, invitations, mailed codes and sign-in through other services
// have packages of their own below this one. It must not know courses or notes: what a new account finds there is
// given to it as Welcome, and what becomes of them when an account is deleted is registered with RegisterDataOwners.
package accounts

import (
	"context"
	"time"

	"github.com/trance-0/notechondria/internal/accounts/attempts"
	"github.com/trance-0/notechondria/internal/accounts/codes"
	"github.com/trance-0/notechondria/internal/accounts/events"
	"github.com/trance-0/notechondria/internal/accounts/invitations"
	"github.com/trance-0/notechondria/internal/accounts/password"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/jobs"
	"github.com/trance-0/notechondria/internal/lastuse"
	"github.com/trance-0/notechondria/internal/mail"
	"github.com/trance-0/notechondria/internal/media"
)

// Options are what accounts depend on.
type Options struct {
	DB     *database.DB
	Queue  *jobs.Queue
	Mailer mail.Sender // nil when no mail is configured
	Media  *media.Service
	Uses   *lastuse.Recorder

	Clients     attempts.Clients
	Codes       *codes.Service
	Invitations *invitations.Service
	Events      *events.Service

	NewcomersPerHour int // how many mails go to addresses without an account that is in use

	SessionIdle     time.Duration // a session ends when it is not used for so long
	SessionAbsolute time.Duration // and at the latest after this time
	PasswordCost    password.Cost // of new hashes; the zero value is the usual one
	FrontendURL     string        // where the page that verifies addresses sends people next; "" for none

	// Welcome fills a new account, in the transaction of its first sign-in.
	Welcome func(ctx context.Context, tx *database.Tx, userID int64) error
}

// Service is the accounts of one server.
type Service struct {
	Options
	passwords      *password.Hasher
	accessGranters []AccessGranter
	publishers     []Publisher
	dataOwners     []DataOwner

	sessionUses, keyUses *lastuse.Kind

	decoding chan struct{} // holds one token for each picture that is decoded
}

// The limits on what anybody may try without knowing anything. Guesses at codes and invitations are limited where
// those are.
var (
	signInPerAccount = attempts.Limit{Scope: "sign_in_account", Most: 10}
	signInPerAddress = attempts.Limit{Scope: "sign_in_address", Most: 30}
	// Answers that tell whether an account exists.
	probesPerAddress    = attempts.Limit{Scope: "probe_address", Most: 60}
	resetMailsPerClient = attempts.Limit{Scope: "reset_address", Most: 60} // mails asked for from one client
	// Mails to one mailbox that anybody asks for.
	asksPerMailbox          = attempts.Limit{Scope: "mail_mailbox", Most: 20}
	asksPerClientAndMailbox = attempts.Limit{Scope: "mail_address_mailbox", Most: 10} // of these, by one client
	// Mails to addresses without an account that is in use, by one client; see also newcomers.
	newcomersPerAddress = attempts.Limit{Scope: "newcomer_address", Most: 60, Within: time.Hour}
	// Mails that allow a new password; not to clients that their owner has signed in from.
	resetsPerMailbox      = attempts.Limit{Scope: "reset_mailbox", Most: 20, Within: 24 * time.Hour}
	requestedMailsPerUser = attempts.Limit{Scope: "mail_user", Most: 10} // by who is signed in: others can't use these up
)

// newcomers is newcomersPerAddress for all clients together, under the key everybody.
func (s *Service) newcomers() attempts.Limit {
	return attempts.Limit{Scope: "newcomers", Most: s.NewcomersPerHour, Within: time.Hour}
}

const everybody = "all"
