// Package app builds the parts of the server from a Config, registers their operations, and owns the boot sequence and
// its reverse. It holds no rule of any feature.
package app

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/accounts/attempts"
	"github.com/trance-0/notechondria/internal/accounts/codes"
	"github.com/trance-0/notechondria/internal/accounts/events"
	"github.com/trance-0/notechondria/internal/accounts/invitations"
	"github.com/trance-0/notechondria/internal/accounts/password"
	"github.com/trance-0/notechondria/internal/accounts/social"
	"github.com/trance-0/notechondria/internal/activity"
	"github.com/trance-0/notechondria/internal/backup"
	"github.com/trance-0/notechondria/internal/blob"
	"github.com/trance-0/notechondria/internal/calendar"
	"github.com/trance-0/notechondria/internal/config"
	"github.com/trance-0/notechondria/internal/courses"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/feeds"
	"github.com/trance-0/notechondria/internal/jobs"
	"github.com/trance-0/notechondria/internal/lastuse"
	"github.com/trance-0/notechondria/internal/mail"
	"github.com/trance-0/notechondria/internal/media"
	"github.com/trance-0/notechondria/internal/metrics"
	"github.com/trance-0/notechondria/internal/notes"
	"github.com/trance-0/notechondria/internal/oauth"
	"github.com/trance-0/notechondria/internal/outbound"
	"github.com/trance-0/notechondria/internal/planner"
	"github.com/trance-0/notechondria/internal/samples"
)

// App is the parts of a server, built and connected, not running.
type App struct {
	Config      *config.Config
	Log         *slog.Logger
	DB          *database.DB
	Queue       *jobs.Queue
	Accounts    *accounts.Service
	Invitations *invitations.Service
	OAuth       *oauth.Service
	Media       *media.Service
	Backups     *backup.Service
	Uses        *lastuse.Recorder
	Notes       *notes.Service
	Metrics     *metrics.Metrics // nil unless somebody may see them

	social   *social.Service
	courses  *courses.Service
	planner  *planner.Service
	feeds    *feeds.Service
	calendar *calendar.Service
	activity *activity.Service
	samples  *samples.Service
}

// OpenDatabase opens the database of a Config, and waits that long while PostgreSQL can't be reached.
func OpenDatabase(ctx context.Context, c *config.Config, log *slog.Logger, wait time.Duration) (*database.DB, error) {
	o := database.Options{
		PoolSize: c.DatabasePoolSize, StatementCache: database.StatementCache(c.DatabaseStatementCache), Wait: wait, Log: log,
		PageCache: pageCache(debug.SetMemoryLimit(-1)),
	}
	if path := c.SQLitePath(); path != "" {
		o.SQLitePath = path
	} else {
		o.URL = c.DatabaseURL
	}
	return database.Open(ctx, o)
}

// documentTimeout bounds fetching what a program says about itself, while somebody waits for a page.
const documentTimeout = 5 * time.Second

// Option changes what New builds, in ways that no configuration offers.
type Option func(*options)

type options struct {
	passwordCost password.Cost
	version      string
}

// WithVersion tells which version of the program this is.
func WithVersion(version string) Option { return func(o *options) { o.version = version } }

// WithPasswordCost has passwords hashed at another cost than the usual one.
func WithPasswordCost(cost password.Cost) Option { return func(o *options) { o.passwordCost = cost } }

// New builds the parts on an open database, whose schema must be current before they are used.
func New(c *config.Config, log *slog.Logger, db *database.DB, changes ...Option) (*App, error) {
	var o options
	for _, change := range changes {
		change(&o)
	}
	b := builder{
		App:      &App{Config: c, Log: log, DB: db, Queue: jobs.New(db, log), Uses: lastuse.New(db, log)},
		clients:  attempts.Clients{ServerKey: c.SecretKey},
		outbound: outbound.New(outbound.Options{AllowPrivate: c.AllowPrivateFeedHosts}),
	}
	b.Queue.Every(24*time.Hour, "jobs.purge", b.Queue.Purge)
	b.Metrics = newMetrics(c, db, b.Queue)
	var err error
	if b.mailer, err = newMailer(c); err != nil {
		return nil, err
	}
	if err := b.addMedia(); err != nil {
		return nil, err
	}
	b.addContent()
	b.addAccounts(o.passwordCost)
	b.addAccess()
	b.addViews()
	if err := b.addBackups(o.version); err != nil {
		return nil, err
	}
	b.Accounts.RegisterDataOwners(b.Notes, b.courses, b.planner, b.feeds, b.social, b.OAuth)
	b.Accounts.RegisterAccessGranters(b.calendar, b.social, b.OAuth)
	b.Accounts.RegisterPublishers(b.Notes)
	return b.App, nil
}

// builder is an App under construction, with what several of its parts need.
type builder struct {
	*App
	clients  attempts.Clients
	outbound *outbound.Client
	mailer   mail.Sender // nil without mail
	events   *events.Service
}

func (b *builder) addMedia() error {
	store, err := MediaStore(b.Config)
	if err != nil {
		return err
	}
	if b.Metrics != nil {
		store = blob.Observe(store, b.Metrics.Storage("media"))
	}
	b.Media = media.New(media.Options{
		Store: store, DB: b.DB, Queue: b.Queue, Log: b.Log, MaxStorageBytes: b.Config.MaxStorageBytes,
		LockOwner: accounts.Lock,
	})
	return nil
}

// addContent adds what people write and plan.
func (b *builder) addContent() {
	b.courses = courses.New(courses.Options{DB: b.DB, Queue: b.Queue, Media: b.Media})
	b.Notes = notes.New(notes.Options{
		DB: b.DB, Queue: b.Queue, Media: b.Media, Log: b.Log, Courses: b.courses, MaxFileBytes: b.Config.MaxUploadBytes,
	})
	if b.Metrics != nil {
		b.Metrics.Unindexed(b.Notes.Unindexed)
	}
	b.planner = planner.New(planner.Options{DB: b.DB})
	b.feeds = feeds.New(feeds.Options{DB: b.DB, Queue: b.Queue, Media: b.Media, Log: b.Log, Outbound: b.outbound})
}

func (b *builder) addAccounts(cost password.Cost) {
	c := b.Config
	b.Invitations = invitations.New(invitations.Options{DB: b.DB, Clients: b.clients})
	codeService := codes.New(codes.Options{
		DB: b.DB, Queue: b.Queue, Log: b.Log, Mailer: b.mailer, Clients: b.clients, ServerKey: c.SecretKey,
		TTL: time.Duration(c.CodeTTLHours) * time.Hour, VerifyURL: verifyURL(c), LogCodes: c.LogCodes,
	})
	b.events = events.New(events.Options{
		DB: b.DB, Queue: b.Queue, Log: b.Log, Mailer: b.mailer, Clients: b.clients, Codes: codeService,
		Keep: c.AccountEventsKept, Mails: events.Mails(c.AccountMails),
	})
	b.Accounts = accounts.New(accounts.Options{
		DB: b.DB, Queue: b.Queue, Mailer: b.mailer, Media: b.Media, Uses: b.Uses, NewcomersPerHour: c.NewcomersPerHour,
		Clients: b.clients, Codes: codeService, Invitations: b.Invitations, Events: b.events,
		SessionIdle: c.SessionIdle, SessionAbsolute: c.SessionAbsolute, PasswordCost: cost,
		FrontendURL: c.FrontendOrigin, Welcome: b.Notes.Welcome,
	})
}

// addAccess adds the ways to an account beside its password.
func (b *builder) addAccess() {
	c := b.Config
	b.social = social.New(social.Options{
		DB: b.DB, Queue: b.Queue, Log: b.Log, Outbound: b.outbound, Clients: b.clients, Invitations: b.Invitations,
		Accounts: b.Accounts, Providers: socialProviders(c), FrontendURL: c.FrontendOrigin,
	})
	b.OAuth = oauth.New(oauth.Options{
		DB: b.DB, Queue: b.Queue, Log: b.Log, Uses: b.Uses, ServerKey: c.SecretKey, Clients: b.clients,
		Accounts: b.Accounts, Social: b.social, PublicURL: c.PublicURL,
		Outbound: outbound.New(outbound.Options{
			AllowPrivate: c.AllowPrivateFeedHosts, NoRedirects: true, Timeout: documentTimeout,
		}),
	})
}

// addViews adds what shows or fills the content of others.
func (b *builder) addViews() {
	b.calendar = calendar.New(calendar.Options{
		DB: b.DB, Uses: b.Uses, Events: b.events, Planner: b.planner, PublicURL: b.Config.PublicURL,
	})
	b.activity = activity.New(activity.Options{DB: b.DB, Courses: b.courses, Planner: b.planner, Feeds: b.feeds})
	b.samples = samples.New(samples.Options{
		DB: b.DB, Log: b.Log, Accounts: b.Accounts, Courses: b.courses, Notes: b.Notes, Root: b.Config.SampleRoot,
	})
}

// pageCache is how many KiB each connection to SQLite may keep; 0 for the usual.
func pageCache(memory int64) int {
	if memory < 256<<20 {
		return 500
	}
	return 0
}

// newMailer prefers sending over HTTPS: who sets it up does so where SMTP is blocked. It returns nil without mail.
func newMailer(c *config.Config) (mail.Sender, error) {
	switch {
	case c.ResendAPIKey != "":
		sender, err := mail.NewResend(mail.ResendOptions{APIKey: c.ResendAPIKey, BaseURL: c.ResendURL, From: c.SMTPFromEmail})
		if err != nil {
			return nil, fmt.Errorf("setting up mail through Resend: %w", err)
		}
		return sender, nil
	case c.SMTPHost != "":
		encryption := mail.Plain
		if c.SMTPUseSSL {
			encryption = mail.ImplicitTLS
		} else if c.SMTPUseTLS {
			encryption = mail.STARTTLS
		}
		sender, err := mail.NewSMTP(mail.SMTPOptions{Host: c.SMTPHost, Port: c.SMTPPort, Username: c.SMTPUsername,
			Password: c.SMTPPassword, From: c.SMTPFromEmail, Encryption: encryption})
		if err != nil {
			return nil, fmt.Errorf("setting up mail through SMTP: %w", err)
		}
		return sender, nil
	}
	return nil, nil
}

// verifyURL is the page that the link in a verification mail opens: the configured one, or this server's own when its
// address is known.
func verifyURL(c *config.Config) string {
	switch {
	case c.FrontendVerifyURL != "":
		return c.FrontendVerifyURL
	case c.PublicURL != "":
		return c.PublicURL + accounts.VerifyPath
	}
	return ""
}
