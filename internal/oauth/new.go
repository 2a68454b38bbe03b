package oauth

import (
	"context"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/database"
)

const fetchesAtOnce = 4 // documents of programs

// New makes the service and registers its jobs.
func New(o Options) *Service {
	s := &Service{Options: o, fetching: make(chan struct{}, fetchesAtOnce)}
	s.uses = o.Uses.Kind("oauth_grants", "id", "last_used_at")
	o.Queue.Every(time.Hour, "oauth.purge", s.purge)
	return s
}

// purge removes what is of no use any more, also the grants of accounts that were switched off: nothing is granted when
// they are switched on again. A grant goes with its tokens.
func (s *Service) purge(ctx context.Context) error {
	now := database.Now()
	if err := s.endSignIns(ctx, now); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		for _, statement := range []string{
			"delete from oauth_access_tokens where expires_at < $1",
			"delete from oauth_grants where expires_at < $1",
			"delete from oauth_grants where user_id in (select id from users where disabled_at <= $1)",
		} {
			if _, err := tx.ExecContext(ctx, statement, now); err != nil {
				return fmt.Errorf("purging grants: %w", err)
			}
		}
		return purgeClients(ctx, tx, now)
	})
}
