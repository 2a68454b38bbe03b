package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/adopt"
	"github.com/trance-0/notechondria/internal/config"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/static"
)

// Phases choose what Serve does besides serving.
type Phases struct {
	Migrate       bool
	Bootstrap     bool
	CollectStatic bool
}

// Server is a process that serves.
type Server struct {
	Config  *config.Config
	Log     *slog.Logger
	Version string
	Phases  Phases
	// Listening is called once the socket is open, with its address.
	Listening func(address string)
	// Ready is called once requests are served, with the parts of the server. It may be nil.
	Ready   func(*App)
	Options []Option
}

const (
	databaseWait      = 60 * time.Second // a database that starts beside the server may take so long
	readHeaderTimeout = 10 * time.Second // bodies and answers: package rest sets and takes back their deadlines
	idleTimeout       = 2 * time.Minute
)

// Run serves until ctx is done, then finishes what runs, within the configured time, and closes everything in the
// reverse order of opening. The socket is opened first: liveness answers at once, other requests wait for the schema.
func (s *Server) Run(ctx context.Context) error {
	var plain net.ListenConfig
	plain.SetMultipathTCP(false) // its sockets take no filter, see drainingListener
	listener, err := plain.Listen(ctx, "tcp", s.Config.ListenAddress)
	if err != nil {
		return fmt.Errorf("listening on %s (PORT chooses another port): %w", s.Config.ListenAddress, err)
	}
	entrance := newGate()
	server := &http.Server{
		Handler: entrance, ReadHeaderTimeout: readHeaderTimeout, IdleTimeout: idleTimeout,
		ErrorLog: slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug),
	}
	ending := &drainingListener{Listener: listener}
	served := make(chan error, 1)
	go func() { served <- server.Serve(ending) }() // ends with the listener
	s.Listening(listener.Addr().String())

	running, err := s.boot(ctx, entrance)
	if err != nil {
		entrance.refuse()
		ending.end()
		<-served
		closing := s.finishRequests(server)
		if ctx.Err() != nil {
			return closing // asked to stop while starting
		}
		return errors.Join(err, closing)
	}
	select {
	case <-ctx.Done():
		s.drain(entrance, ending)
		<-served
	case err = <-served:
		err = fmt.Errorf("serving: %w", err)
	}
	return errors.Join(err, s.shutDown(server, running))
}

// drain goes on serving until proxies had the time to notice that this instance stops. Then it takes what has arrived,
// and no more.
func (s *Server) drain(entrance *gate, listener *drainingListener) {
	s.Log.Info("stopping", "at_most", s.Config.ShutdownTimeout.String(), "after", s.Config.ShutdownDelay.String())
	entrance.beginShutdown()
	time.Sleep(s.Config.ShutdownDelay)
	listener.end()
}

// background is the work of a server beside requests.
type background struct {
	app    *App
	cancel context.CancelFunc
	group  sync.WaitGroup
}

// boot opens the database, brings its schema up to date, adopts what the former system left in it, opens the gate, and
// begins the work beside requests.
func (s *Server) boot(ctx context.Context, entrance *gate) (*background, error) {
	start := time.Now()
	if err := s.Config.EnsureSecretKey(); err != nil {
		return nil, err
	}
	db, err := OpenDatabase(ctx, s.Config, s.Log, databaseWait)
	if err != nil {
		return nil, err
	}
	opened := time.Now()
	app, err := New(s.Config, s.Log, db, append([]Option{WithVersion(s.Version)}, s.Options...)...)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	built := time.Now()
	if err := s.schema(ctx, app); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := s.adopt(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	migrated := time.Now()
	handler := app.Handler(s.Version)
	running, err := s.begin(context.WithoutCancel(ctx), app)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	entrance.open(handler)
	if s.Ready != nil {
		s.Ready(app)
	}
	s.Log.Info("ready", "version", s.Version, "database", db.Engine(), "open", since(start, opened), "build",
		since(opened, built),
		"migrate", since(built, migrated), "total", since(start, time.Now()))
	return running, nil
}

func (s *Server) begin(ctx context.Context, app *App) (*background, error) {
	ctx, cancel := context.WithCancel(ctx)
	b := &background{app: app, cancel: cancel}
	if s.Config.MetricsAddress != "" {
		wait, err := serveMetrics(ctx, s.Config.MetricsAddress, app.Metrics)
		if err != nil {
			cancel()
			return nil, err
		}
		b.group.Go(func() {
			if err := wait(); err != nil {
				s.Log.Error("serving metrics", "error", err)
			}
		})
	}
	b.group.Go(func() { app.Queue.Run(ctx) })
	b.group.Go(func() { app.Uses.Run(ctx) })
	b.group.Go(func() { app.Notes.Run(ctx) })
	b.group.Go(func() { returnMemory(ctx) })
	if s.Phases.Bootstrap {
		b.group.Go(func() {
			if err := app.Bootstrap(ctx); err != nil && ctx.Err() == nil {
				s.Log.Error("bootstrap failed; the server continues without it", "error", err)
			}
		})
	}
	if s.Phases.CollectStatic && collectWanted(s.Config) {
		b.group.Go(func() { app.keepCollecting(ctx) })
	}
	return b, nil
}

func since(start, end time.Time) string { return end.Sub(start).Round(100 * time.Microsecond).String() }

// schema brings the schema up to date, and an empty database back from a backup where that is wanted.
func (s *Server) schema(ctx context.Context, app *App) error {
	db := app.DB
	if s.Phases.Migrate {
		if s.Config.RestoreOnEmpty == "latest" {
			if err := app.Backups.RestoreOnEmpty(ctx); err != nil {
				return err
			}
		}
		return db.Migrate(ctx, s.Log)
	}
	status, err := db.Status(ctx)
	switch {
	case err != nil:
		return err
	case status.Err() != nil:
		return status.Err()
	case len(status.Pending) > 0:
		return fmt.Errorf("%d migrations are pending: run the migrate command first, or start instead of serve",
			len(status.Pending))
	}
	return nil
}

// adopt takes over what the former system left in the database.
func (s *Server) adopt(ctx context.Context, db *database.DB) error {
	if !s.Phases.Migrate || !s.Config.Adopt {
		return nil
	}
	waiting, err := adopt.Waiting(ctx, db)
	if err != nil || !waiting {
		return err
	}
	options, err := AdoptOptions(s.Config, s.Log, db)
	if err != nil {
		return err
	}
	if err := adopt.AtStart(ctx, options); err != nil {
		return fmt.Errorf("adopting the former system's database (ADOPT=false starts without): %w", err)
	}
	return nil
}

// shutDown lets requests and jobs end side by side: a job may take twenty seconds, which is less than requests get.
func (s *Server) shutDown(server *http.Server, running *background) error {
	running.cancel()
	err := s.finishRequests(server)
	running.group.Wait()
	if closing := running.app.DB.Close(); closing != nil {
		err = errors.Join(err, fmt.Errorf("closing the database: %w", closing))
	}
	s.Log.Info("stopped")
	return err
}

func (s *Server) finishRequests(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), s.Config.ShutdownTimeout-s.Config.ShutdownDelay)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("waiting for running requests: %w", err), server.Close())
	}
	return nil
}

// collectWanted is false where nobody but this server would serve the files.
func collectWanted(c *config.Config) bool {
	return c.R2Bucket != "" || c.Origin("STATIC_ROOT") != "default"
}

// collectPauses are the waits between tries to fill the bucket. Until it is filled, and if it never is, the copies
// inside the program serve.
var collectPauses = []time.Duration{0, 10 * time.Second, time.Minute, 10 * time.Minute}

func (a *App) keepCollecting(ctx context.Context) {
	for _, pause := range collectPauses {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		report, err := CollectStatic(ctx, a.Config, static.CollectOptions{Clear: true})
		if err == nil {
			a.Log.Info("static files collected", "uploaded", report.Uploaded, "unchanged", report.Unchanged, "removed",
				report.Removed)
			return
		}
		if ctx.Err() == nil {
			a.Log.Error("collecting static files", "error", err)
		}
	}
}

// collectTimeout bounds one try to collect.
const collectTimeout = 5 * time.Minute

// CollectStatic puts the static files where the configuration wants them. It needs no database.
func CollectStatic(ctx context.Context, c *config.Config, o static.CollectOptions) (static.Report, error) {
	ctx, cancel := context.WithTimeout(ctx, collectTimeout)
	defer cancel()
	store, err := StaticStore(c)
	if err != nil {
		return static.Report{}, err
	}
	return static.New().Collect(ctx, store, o)
}

// Bootstrap makes the administrator of the configuration where there is none of that name, and the sample courses where
// they are wanted. Each is tried, whatever becomes of the other.
func (a *App) Bootstrap(ctx context.Context) error {
	err := a.ensureAdministrator(ctx)
	if !a.Config.BootstrapSamples {
		return err
	}
	return errors.Join(err, a.samples.Seed(ctx))
}

func (a *App) ensureAdministrator(ctx context.Context) error {
	if a.Config.SuperuserPassword == "" {
		a.Log.Debug("no administrator is created: DJANGO_SUPERUSER_PASSWORD is not set")
		return nil
	}
	created, err := a.Accounts.EnsureUser(ctx, actor.Operator(), accounts.NewUser{
		Username: a.Config.SuperuserUsername, Email: a.Config.SuperuserEmail, Password: a.Config.SuperuserPassword,
		IsSuperuser: true,
	})
	if err != nil {
		return fmt.Errorf("creating the administrator: %w", err)
	}
	if created {
		a.Log.Info("administrator created", "username", a.Config.SuperuserUsername)
	}
	return nil
}
