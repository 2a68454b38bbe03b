package accounts

import (
	"runtime"
	"time"

	"github.com/trance-0/notechondria/internal/accounts/events"
	"github.com/trance-0/notechondria/internal/accounts/password"
)

// hashesAtOnce bounds the memory that password hashing takes (19 MiB each) to what suits the machine: one where there
// are few cores, which other requests need as well, else two.
func hashesAtOnce() int {
	const few = 3
	if runtime.GOMAXPROCS(0) <= few {
		return 1
	}
	return 2
}

// New makes the service and registers its jobs.
func New(o Options) *Service {
	s := &Service{Options: o, passwords: password.New(hashesAtOnce(), o.PasswordCost), decoding: make(chan struct{}, 1)}
	s.sessionUses = o.Uses.Kind("sessions", "id", "last_seen_at")
	s.keyUses = o.Uses.Kind("users", "id", "api_key_last_used_at")
	o.Media.RegisterColumn("users", "avatar_path")
	o.Queue.HandleWith(sendEmailChangedJob, events.Notices, s.sendEmailChanged)
	o.Queue.Every(24*time.Hour, "accounts.purge", s.purge)
	return s
}
