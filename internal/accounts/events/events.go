// Package events owns what happened to accounts (table account_events): sign-ins and failures, keys, links, passwords,
// addresses, and what operators did. Each event is kept for its person and for operators, logged, and some are told by
// mail. It holds no secrets, and decides nothing: what an event means belongs to its callers.
package events

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/trance-0/notechondria/internal/accounts/attempts"
	"github.com/trance-0/notechondria/internal/accounts/codes"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/jobs"
	"github.com/trance-0/notechondria/internal/mail"
)

// Options are what events depend on.
type Options struct {
	DB      *database.DB
	Queue   *jobs.Queue
	Log     *slog.Logger
	Mailer  mail.Sender // nil when no mail is configured
	Clients attempts.Clients
	Codes   *codes.Service // whose mails notices don't come between
	Keep    time.Duration  // how long events are kept
	Mails   Mails
}

// Mails says which events are told by mail.
type Mails string

// The choices.
const (
	AllMails    Mails = "all"     // changes, and sign-ins from new devices
	ChangeMails Mails = "changes" // what changes how people get in
	NoMails     Mails = "none"
)

// Service is the events of one server.
type Service struct{ Options }

// New makes the service and registers its jobs.
func New(o Options) *Service {
	s := &Service{o}
	o.Queue.HandleWith(sendJob, Notices, s.send)
	return s
}

// Notices are mails that tell of something and that nobody waits for: a lane of their own keeps them from holding up
// codes, and a mail server that is down for a day does not lose them. The delay is for a code that is asked for right
// after the event, see Send.
var Notices = jobs.Options{Lane: "notices", Attempts: 36, Delay: time.Second}

// Kind is what happened.
type Kind string

// The kinds of events.
const (
	SignedIn            Kind = "signed_in"
	SignInFailed        Kind = "sign_in_failed"
	SessionEnded        Kind = "session_ended" // by its owner, from another device or the same
	KeyMade             Kind = "key_made"
	KeyRemoved          Kind = "key_removed"
	Linked              Kind = "linked"
	Unlinked            Kind = "unlinked"
	PasswordChanged     Kind = "password_changed"
	PasswordReset       Kind = "password_reset"
	EmailChanged        Kind = "email_changed"
	CalendarPublished   Kind = "calendar_published"
	CalendarUnpublished Kind = "calendar_unpublished"
	AccessGranted       Kind = "access_granted" // to a program
	AccessRevoked       Kind = "access_revoked"
	Disabled            Kind = "disabled"
	Enabled             Kind = "enabled"
	Deleted             Kind = "deleted" // the only one that outlasts the account
)

// isFailure tells what strangers can bring about: it must not push the rest out.
func (k Kind) isFailure() bool { return k == SignInFailed }

// How many events of a person are kept. Failures of one client within an hour are one event.
const (
	maxEvents     = 400
	maxFailures   = 100
	failureWindow = time.Hour
)

func (k Kind) most() int {
	if k.isFailure() {
		return maxFailures
	}
	return maxEvents
}

// Actors of events that others than the person have brought about.
const (
	ByOperator      = "operator" // on the command line, or the server itself
	ByAdministrator = "administrator"
)

// Event is what happened to an account.
type Event struct {
	ID          int64
	Kind        Kind
	Detail      string // in words: the provider, how the key begins, what ended; "" for nothing more
	Actor       string // ByOperator or ByAdministrator; "" for the person, or who passed for them
	DeviceLabel string
	UserAgent   string
	ClientKey   string `db:"ip_hash"` // stands for the client's address; "" for an unknown one
	Times       int    // of failures: how often within an hour
	CreatedAt   time.Time
	LastAt      time.Time // of failures: the last time
}

// Entry is an event that has just happened.
type Entry struct {
	Kind   Kind
	UserID int64
	Detail string
	Mail   string // a further paragraph for the mail; "" for none
}

// Record keeps an event, has it logged after the commit, and has it told by mail where it is one of those. who is its
// cause. Of the oldest events of a person those beyond the number that is kept go.
func (s *Service) Record(ctx context.Context, tx *database.Tx, who actor.Actor, n Entry) error {
	now := database.Now()
	e := Event{
		Kind: n.Kind, Detail: n.Detail, Actor: actorOf(who, n.UserID), DeviceLabel: DeviceLabel(who.Client.UserAgent),
		UserAgent: who.Client.UserAgent, ClientKey: s.Clients.Key(who.Client), Times: 1, CreatedAt: now, LastAt: now,
	}
	if e.Actor == ByOperator {
		e.DeviceLabel = ""
	}
	if err := store(ctx, tx, n.UserID, e); err != nil {
		return err
	}
	tx.AfterCommit(func() { s.log(n.UserID, e) })
	return s.tell(ctx, tx, n, e)
}

// actorOf tells on whose authority something happened to the user.
func actorOf(who actor.Actor, userID int64) string {
	switch {
	case who.By == actor.Server:
		return ByOperator
	case who.Anonymous() || who.Is(userID):
		return ""
	}
	return ByAdministrator
}

func store(ctx context.Context, tx *database.Tx, userID int64, e Event) error {
	if e.Kind.isFailure() {
		counted, err := database.Exec(ctx, tx, `
			update account_events set times = times + 1, last_at = $1 where id = (
				select max(id) from account_events
				where user_id = $2 and is_failure and kind = $3 and ip_hash = $4 and created_at > $5)`,
			e.LastAt, userID, e.Kind, e.ClientKey, e.LastAt.Add(-failureWindow))
		if err != nil {
			return fmt.Errorf("counting an event: %w", err)
		}
		if counted > 0 {
			return nil
		}
	}
	var row *int64 // of the account, while there is one
	if e.Kind != Deleted {
		row = &userID
	}
	_, err := tx.ExecContext(ctx, `
		insert into account_events (user_id, account_id, kind, detail, actor, is_failure, device_label, user_agent, ip_hash,
			created_at, last_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)`,
		row, userID, e.Kind, e.Detail, e.Actor, e.Kind.isFailure(), e.DeviceLabel, e.UserAgent, e.ClientKey, e.CreatedAt)
	if err != nil {
		return fmt.Errorf("storing an event: %w", err)
	}
	_, err = tx.ExecContext(ctx, `
		delete from account_events where user_id = $1 and is_failure = $2 and id <= (
			select id from account_events where user_id = $1 and is_failure = $2 order by id desc limit 1 offset $3)`,
		userID, e.Kind.isFailure(), e.Kind.most())
	if err != nil {
		return fmt.Errorf("removing old events: %w", err)
	}
	return nil
}

func (s *Service) log(userID int64, e Event) {
	level := slog.LevelInfo
	if e.Kind.isFailure() {
		level = slog.LevelWarn
	}
	s.Log.Log(context.Background(), level, "account event", "event", e.Kind, "user", userID, "detail", e.Detail,
		"actor", e.Actor, "device", e.DeviceLabel, "client", e.ShownKey())
}

// RecordFailure records a failed sign-in. Where there is no such account, with the id 0, it is only logged, without the
// name that was tried: people type passwords there.
func (s *Service) RecordFailure(ctx context.Context, tx *database.Tx, who actor.Actor, userID int64) error {
	if userID != 0 {
		return s.Record(ctx, tx, who, Entry{Kind: SignInFailed, UserID: userID})
	}
	e := Event{Kind: SignInFailed, DeviceLabel: DeviceLabel(who.Client.UserAgent), ClientKey: s.Clients.Key(who.Client)}
	tx.AfterCommit(func() { s.log(0, e) })
	return nil
}

// ShownKey is what is shown of ClientKey.
func (e Event) ShownKey() string { return attempts.ShownKey(e.ClientKey) }

// IsNewDevice reports whether nobody has signed in to the account from this kind of device at this address before, as
// far as events and sessions are kept.
func (s *Service) IsNewDevice(ctx context.Context, q database.Querier, who actor.Actor, userID int64) (bool, error) {
	known, err := database.One[bool](ctx, q, `
		select exists (select 1 from sessions where user_id = $1 and ip_hash = $2 and device_label = $3)
			or exists (select 1 from account_events
				where user_id = $1 and not is_failure and kind = $4 and ip_hash = $2 and device_label = $3)`,
		userID, s.Clients.Key(who.Client), DeviceLabel(who.Client.UserAgent), SignedIn)
	if err != nil {
		return false, fmt.Errorf("looking for earlier sign-ins: %w", err)
	}
	return !known, nil
}

// Page is a part of the events of a person, the newest first.
type Page struct {
	Limit, Offset int64
	Total         int64
	Events        []Event
}

// MaxListed bounds a page.
const MaxListed = 100

// ofAccount is the condition on the events of the account with the id of parameter $1, also of one that is gone.
const ofAccount = "(user_id = $1 or user_id is null and account_id = $1)"

// List returns events of an account, the newest first. Limit is cut to 1 to MaxListed.
func (s *Service) List(ctx context.Context, userID, limit, offset int64) (Page, error) {
	page := Page{Limit: min(max(limit, 1), MaxListed), Offset: max(offset, 0)}
	var err error
	page.Events, err = database.All[Event](ctx, s.DB.Read(), `
		select id, kind, detail, actor, device_label, user_agent, ip_hash, times, created_at, last_at
		from account_events where `+ofAccount+`
		order by last_at desc, id desc limit $2 offset $3`, userID, page.Limit, page.Offset)
	if err == nil {
		page.Total, err = database.One[int64](ctx, s.DB.Read(),
			"select count(*) from account_events where "+ofAccount, userID)
	}
	if err != nil {
		return Page{}, fmt.Errorf("listing events: %w", err)
	}
	return page, nil
}

// Purge removes events that are too old.
func (s *Service) Purge(ctx context.Context, tx *database.Tx, now time.Time) error {
	if _, err := tx.ExecContext(ctx, "delete from account_events where last_at < $1", now.Add(-s.Keep)); err != nil {
		return fmt.Errorf("purging events: %w", err)
	}
	return nil
}

// person is who gets a mail.
type person struct{ Username, Email string }

// findPerson gives no person for an account that is gone.
func findPerson(ctx context.Context, q database.Querier, userID int64) (person, error) {
	p, err := database.One[person](ctx, q, "select username, email from users where id = $1", userID)
	if errors.Is(err, database.ErrNotFound) {
		return person{}, nil
	}
	if err != nil {
		return person{}, fmt.Errorf("looking up whom to tell of an event: %w", err)
	}
	return p, nil
}
