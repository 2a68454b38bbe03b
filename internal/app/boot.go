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
}

const (
	databaseWait      = 60 * time.Second // a database that starts beside the server may take so long
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 5 * time.Minute // of the largest upload on a slow line; operations set shorter ones
	idleTimeout       = 2 * time.Minute
)

// Run serves until ctx is done, then finishes what runs, within the configured time, and closes everything in the
// reverse order of opening. The socket is opened first: liveness answers at once, other requests wait for the schema.
func (s *Server) Run(ctx context.Context) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.Config.ListenAddress)
	if err != nil {
		return fmt.Errorf("listening on %s: %w", s.Config.ListenAddress, err)
	}
	door := newGate()
	server := &http.Server{
		Handler: door, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, IdleTimeout: idleTimeout,
		ErrorLog: slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }() // ends with Shutdown or Close below
	s.Listening(listener.Addr().String())

	booted, stop, err := s.boot(ctx, door)
	if err != nil {
		_ = server.Close() // the error of the boot is the one to report
		<-served
		if ctx.Err() != nil {
			return nil // asked to stop while starting
		}
		return err
	}
	select {
	case <-ctx.Done():
	case err = <-served:
		err = fmt.Errorf("serving: %w", err)
	}
	return errors.Join(err, s.shutDown(server, booted, stop))
}

// boot opens the database, brings its schema up to date, and opens the gate. stop ends the work beside requests.
func (s *Server) boot(ctx context.Context, door *gate) (app *App, stop func(), err error) {
	start := time.Now()
	if err := s.Config.EnsureSecretKey(); err != nil {
		return nil, nil, err
	}
	db, err := OpenDatabase(ctx, s.Config, s.Log, databaseWait)
	if err != nil {
		return nil, nil, err
	}
	opened := time.Now()
	if err := s.schema(ctx, db); err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	migrated := time.Now()
	app, err = New(s.Config, s.Log, db, s.Version)
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	door.open(app.handler)
	s.Log.Info("ready", "version", s.Version, "database", db.Engine(), "open", since(start, opened), "migrate", since(opened, migrated),
		"build", since(migrated, time.Now()), "total", since(start, time.Now()))

	background, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var group sync.WaitGroup
	group.Go(func() { app.Queue.Run(background) })
	if s.Phases.Bootstrap {
		group.Go(func() {
			if err := app.Bootstrap(background); err != nil && background.Err() == nil {
				s.Log.Error("bootstrap failed; the server goes on without", "error", err)
			}
		})
	}
	if s.Phases.CollectStatic && collectWanted(s.Config) {
		group.Go(func() { app.keepCollecting(background) })
	}
	return app, func() { cancel(); group.Wait() }, nil
}

func since(start, end time.Time) string { return end.Sub(start).Round(100 * time.Microsecond).String() }

func (s *Server) schema(ctx context.Context, db *database.DB) error {
	if s.Phases.Migrate {
		return db.Migrate(ctx, s.Log)
	}
	status, err := db.Status(ctx)
	switch {
	case err != nil:
		return err
	case status.Err() != nil:
		return status.Err()
	case len(status.Pending) > 0:
		return fmt.Errorf("%d migrations are pending: run the migrate command first, or start instead of serve", len(status.Pending))
	}
	return nil
}

func (s *Server) shutDown(server *http.Server, app *App, stop func()) error {
	s.Log.Info("stopping", "at_most", s.Config.ShutdownTimeout.String())
	ctx, cancel := context.WithTimeout(context.Background(), s.Config.ShutdownTimeout)
	defer cancel()
	err := server.Shutdown(ctx)
	if err != nil {
		err = errors.Join(fmt.Errorf("finishing the requests that run: %w", err), server.Close())
	}
	stop()
	if closing := app.DB.Close(); closing != nil {
		err = errors.Join(err, fmt.Errorf("closing the database: %w", closing))
	}
	s.Log.Info("stopped")
	return err
}

// collectWanted is false where nobody but this server would serve the files.
func collectWanted(c *config.Config) bool {
	return c.R2Bucket != "" || c.Origin("STATIC_ROOT") != "default"
}

// collectPauses are the waits between tries to fill the bucket. Until it is filled, and if it never is, the copies inside
// the program serve.
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
			a.Log.Info("static files collected", "uploaded", report.Uploaded, "unchanged", report.Unchanged, "removed", report.Removed)
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

// Bootstrap makes the administrator of the configuration where there is none of that name.
func (a *App) Bootstrap(ctx context.Context) error {
	if a.Config.SuperuserPassword == "" {
		a.Log.Debug("no administrator is made: DJANGO_SUPERUSER_PASSWORD is not set")
		return nil
	}
	created, err := a.Accounts.EnsureAdministrator(ctx, accounts.Administrator{
		Username: a.Config.SuperuserUsername, Email: a.Config.SuperuserEmail, Password: a.Config.SuperuserPassword})
	if err != nil {
		return fmt.Errorf("making the administrator: %w", err)
	}
	if created {
		a.Log.Info("the administrator was made", "username", a.Config.SuperuserUsername)
	}
	return nil
}
