package accounts

import (
	"context"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/accounts/attempts"
	"github.com/trance-0/notechondria/internal/database"
)

const (
	revokedKept    = 30 * 24 * time.Hour // how long a session that was ended is kept
	unverifiedKept = 7 * 24 * time.Hour  // how long an account outlives its last code when nobody verifies it
	purgedAtOnce   = 500                 // accounts, so that other writers get their turn
)

// purge removes what is of no use any more.
func (s *Service) purge(ctx context.Context) error {
	now := database.Now()
	err := s.DB.Write(ctx, func(tx *database.Tx) error {
		if err := s.Codes.Purge(ctx, tx, now); err != nil {
			return err
		}
		if err := attempts.Purge(ctx, tx, now); err != nil {
			return err
		}
		if err := s.Events.Purge(ctx, tx, now); err != nil {
			return err
		}
		return s.purgeSessions(ctx, tx, now)
	})
	for purged := purgedAtOnce; err == nil && purged == purgedAtOnce; {
		err = s.DB.Write(ctx, func(tx *database.Tx) (err error) {
			purged, err = s.purgeUnverified(ctx, tx, now)
			return err
		})
	}
	return err
}

func (s *Service) purgeSessions(ctx context.Context, tx *database.Tx, now time.Time) error {
	_, err := tx.ExecContext(ctx, "delete from sessions where revoked_at < $1 or last_seen_at < $2 or created_at < $3",
		now.Add(-revokedKept), now.Add(-s.SessionIdle), now.Add(-s.SessionAbsolute))
	if err != nil {
		return fmt.Errorf("purging sessions: %w", err)
	}
	return nil
}

// purgeUnverified removes accounts that were never used and have no code that is still good, and gives their
// invitations back. It returns how many. Adopted ones have as long from their adoption on.
func (s *Service) purgeUnverified(ctx context.Context, tx *database.Tx, now time.Time) (int, error) {
	// The update locks them: none is verified before it is deleted.
	ids, err := database.All[int64](ctx, tx, "update users set is_active = false where "+waiting+` and id in (
			select id from users where `+waiting+` and welcomed_at is null and not is_staff and date_joined < $1
				and not exists (select 1 from adoptions where adopted_at >= $1)
				and not exists (select 1 from verification_codes c where c.user_id = users.id
					and c.used_at is null and c.expires_at > $2)
			order by id limit $3)
		returning id`, now.Add(-s.Codes.TTL-unverifiedKept), now, purgedAtOnce)
	if err != nil {
		return 0, fmt.Errorf("looking for accounts that were never verified: %w", err)
	}
	if len(ids) == 0 {
		return 0, nil
	}
	if err := s.Invitations.Release(ctx, tx, ids...); err != nil {
		return 0, err
	}
	if _, err := tx.ExecContext(ctx, "delete from users where "+s.DB.In("id", 1), database.List(ids)); err != nil {
		return 0, fmt.Errorf("purging accounts that were never verified: %w", err)
	}
	return len(ids), nil
}
