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
	mailer, err := newMailer(c)
	if err != nil {
		return nil, err
	}
	queue := jobs.New(db, log)
	queue.Every(24*time.Hour, "jobs.purge", queue.Purge)
	mediaStore, err := MediaStore(c)
	if err != nil {
		return nil, err
	}
	counts := newMetrics(c, db, queue)
	if counts != nil {
		mediaStore = blob.Observe(mediaStore, counts.Storage("media"))
	}
	mediaService := media.New(media.Options{
		Store: mediaStore, DB: db, Queue: queue, Log: log,
		MaxStorageBytes: c.MaxStorageBytes, LockOwner: accounts.Lock,
	})
	uses := lastuse.New(db, log)
	outboundClient := outbound.New(outbound.Options{AllowPrivate: c.AllowPrivateFeedHosts})
	courseService := courses.New(courses.Options{DB: db, Queue: queue, Media: mediaService})
	noteService := notes.New(notes.Options{
		DB: db, Queue: queue, Media: mediaService, Log: log, Courses: courseService,
		MaxFileBytes: c.MaxUploadBytes,
	})
	if counts != nil {
		counts.Unindexed(noteService.Unindexed)
	}
	clients := attempts.Clients{ServerKey: c.SecretKey}
	invitationService := invitations.New(invitations.Options{DB: db, Clients: clients})
	codeService := codes.New(codes.Options{
		DB: db, Queue: queue, Log: log, Mailer: mailer, Clients: clients, ServerKey: c.SecretKey,
		TTL: time.Duration(c.CodeTTLHours) * time.Hour, VerifyURL: verifyURL(c), LogCodes: c.LogCodes,
	})
	eventService := events.New(events.Options{
		DB: db, Queue: queue, Log: log, Mailer: mailer, Clients: clients, Codes: codeService,
		Keep: c.AccountEventsKept, Mails: events.Mails(c.AccountMails),
	})
	accountService := accounts.New(accounts.Options{
		DB: db, Queue: queue, Mailer: mailer, Media: mediaService, Uses: uses, NewcomersPerHour: c.NewcomersPerHour,
		Clients: clients, Codes: codeService, Invitations: invitationService, Events: eventService,
		SessionIdle: c.SessionIdle, SessionAbsolute: c.SessionAbsolute, PasswordCost: o.passwordCost,
		FrontendURL: c.FrontendOrigin, Welcome: noteService.Welcome,
	})
	socialService := social.New(social.Options{
		DB: db, Queue: queue, Log: log, Outbound: outboundClient,
		Clients: clients, Invitations: invitationService, Accounts: accountService,
		Providers: socialProviders(c), FrontendURL: c.FrontendOrigin,
	})
	oauthService := oauth.New(oauth.Options{
		DB: db, Queue: queue, Log: log, Uses: uses, ServerKey: c.SecretKey, Clients: clients, Accounts: accountService,
		Social:    socialService,
		PublicURL: c.PublicURL,
		Outbound: outbound.New(outbound.Options{AllowPrivate: c.AllowPrivateFeedHosts, NoRedirects: true,
			Timeout: documentTimeout}),
	})
	plannerService := planner.New(planner.Options{DB: db})
	feedService := feeds.New(feeds.Options{DB: db, Queue: queue, Media: mediaService, Log: log, Outbound: outboundClient})
	calendarService := calendar.New(calendar.Options{
		DB: db, Uses: uses, Events: eventService, Planner: plannerService, PublicURL: c.PublicURL,
	})
	activityService := activity.New(activity.Options{
		DB: db, Courses: courseService, Planner: plannerService, Feeds: feedService,
	})
	accountService.RegisterDataOwners(noteService, courseService, plannerService, feedService, socialService, oauthService)
	accountService.RegisterAccessGranters(calendarService, socialService, oauthService)
	accountService.RegisterPublishers(noteService)
	backupService, err := newBackups(c, backup.Options{
		DB: db, Queue: queue, Log: log, Media: mediaService, Program: o.version, Mailer: mailer,
		Administrators: accountService.AdministratorAddresses,
	}, counts, noteService, feedService)
	if err != nil {
		return nil, err
	}
	sampleService := samples.New(samples.Options{
		DB: db, Log: log, Accounts: accountService, Courses: courseService, Notes: noteService, Root: c.SampleRoot,
	})
	return &App{
		Config: c, Log: log, DB: db, Queue: queue, Accounts: accountService, Invitations: invitationService,
		OAuth: oauthService,
		Media: mediaService, Backups: backupService, Uses: uses, Notes: noteService, Metrics: counts,
		social: socialService, courses: courseService, planner: plannerService, feeds: feedService,
		calendar: calendarService, activity: activityService, samples: sampleService,
	}, nil
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
