// Package accounts owns users and everything that lets them in: registration and invitations, mailed codes, passwords,
// sessions, API keys, sign-in through Google, GitHub and other providers, limits on guessing, and settings. It must not
// know courses or notes: what a new account finds there is given to it as Welcome.
package accounts

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/accounts/password"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/jobs"
	"github.com/trance-0/notechondria/internal/lastuse"
	"github.com/trance-0/notechondria/internal/mail"
	"github.com/trance-0/notechondria/internal/media"
	"github.com/trance-0/notechondria/internal/outbound"
	"github.com/trance-0/notechondria/internal/rest"
)

// Options are what accounts depend on.
type Options struct {
	DB     *database.DB
	Queue  *jobs.Queue
	Log    *slog.Logger
	Mailer mail.Sender // nil when no mail is configured
	Media  *media.Service
	Uses   *lastuse.Recorder

	Outbound *outbound.Client // fetches the pictures that providers name

	SecretKey       string        // keys the codes and the hashes of addresses
	CodeTTL         time.Duration // life of mailed codes
	SessionIdle     time.Duration // a session ends when it is not used for so long
	SessionAbsolute time.Duration // and at the latest after this time
	VerifyURL       string        // page that confirms an address, for the link in mails; "" for none
	FrontendURL     string        // where that page sends people next; "" for none
	LogCodes        bool          // without mail, codes go to the log
	Social          Social        // sign-in through others

	// Welcome fills a new account, in the transaction of its first sign-in.
	Welcome func(ctx context.Context, tx *database.Tx, userID int64) error
}

// Service is the accounts of one server.
type Service struct {
	Options
	passwords *password.Hasher

	sessionUses, keyUses *lastuse.Kind

	decoding chan struct{} // holds one token for each picture that is decoded
}

// hashesAtOnce bounds the memory that password hashing takes (19 MiB each).
const hashesAtOnce = 2

// New makes the service and registers its jobs.
func New(o Options) *Service {
	o.Social = o.Social.named()
	s := &Service{Options: o, passwords: password.New(hashesAtOnce), decoding: make(chan struct{}, 1)}
	s.sessionUses = o.Uses.Kind("sessions", "id", "last_seen_at")
	s.keyUses = o.Uses.Kind("users", "id", "api_key_last_used_at")
	o.Media.Names("users", "avatar_path")
	o.Queue.Handle(sendCodeJob, s.sendCode)
	o.Queue.Handle(sendEmailChangedJob, s.sendEmailChanged)
	o.Queue.Handle(copyPictureJob, s.copyPicture)
	o.Queue.Every(24*time.Hour, "accounts.purge", s.purge)
	return s
}

// Register adds the operations and pages of accounts.
func (s *Service) Register(api *rest.API) {
	s.registerSignUp(api)
	s.registerSignIn(api)
	s.registerSessions(api)
	s.registerReset(api)
	s.registerIdentity(api)
	s.registerAPIKeys(api)
	s.registerSocial(api)
	s.registerSettings(api)
	s.registerVerifyPage(api)
	s.registerAvatars(api)
}

// keyed is a hash that only this server can make, so that a leaked database does not tell what was hashed.
func (s *Service) keyed(parts ...string) []byte {
	mac := hmac.New(sha256.New, []byte(s.SecretKey))
	_, _ = io.WriteString(mac, strings.Join(parts, "\x00")) // never fails
	return mac.Sum(nil)
}

func hashKey(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// addressHash stands for a client's address in tables and limits: "" for an unknown one. Of IPv6 the network counts, since
// every household has more addresses in its own than could ever be limited one by one.
func (s *Service) addressHash(ctx context.Context) string {
	address := rest.ClientOf(ctx).Address
	if address == "" {
		return ""
	}
	if ip, err := netip.ParseAddr(address); err == nil && ip.Is6() {
		address = netip.PrefixFrom(ip, householdBits).Masked().String()
	}
	return hex.EncodeToString(s.keyed("address", address))
}

// householdBits is the part of an IPv6 address that a provider gives one customer; some give even more addresses.
const householdBits = 64

// purge removes what is of no use any more.
func (s *Service) purge(ctx context.Context) error {
	now := database.Now()
	err := s.DB.Write(ctx, func(tx *database.Tx) error {
		for _, stale := range []struct {
			query string
			limit time.Time
		}{
			{"delete from verification_codes where expires_at < $1", now.AddDate(0, 0, -1)},
			{"delete from failed_attempts where window_started_at < $1", now.Add(-attemptWindow)},
			{"delete from sessions where revoked_at < $1", now.AddDate(0, 0, -30)},
			{"delete from sessions where last_seen_at < $1", now.Add(-s.SessionIdle)},
			{"delete from sessions where created_at < $1", now.Add(-s.SessionAbsolute)},
		} {
			if _, err := tx.ExecContext(ctx, stale.query, stale.limit); err != nil {
				return fmt.Errorf("purging what accounts no longer need: %w", err)
			}
		}
		return nil
	})
	for purged := purgedAtOnce; err == nil && purged == purgedAtOnce; {
		err = s.DB.Write(ctx, func(tx *database.Tx) (err error) {
			purged, err = s.purgeUnverified(ctx, tx, now)
			return err
		})
	}
	return err
}

const (
	unverifiedKept = 7 * 24 * time.Hour // how long an account outlives its first code when nobody verifies it
	purgedAtOnce   = 500                // accounts, so that other writers get their turn
)

// purgeUnverified removes accounts that were never used and have no code that is still good, and gives their invitations
// back. It returns how many.
func (s *Service) purgeUnverified(ctx context.Context, tx *database.Tx, now time.Time) (int, error) {
	// The update locks them: none is verified before it is deleted.
	ids, err := database.All[int64](ctx, tx, "update users set is_active = false where "+waiting+` and id in (
			select id from users where `+waiting+` and welcomed_at is null and not is_staff and date_joined < $1
				and not exists (select 1 from verification_codes c where c.user_id = users.id and c.used_at is null and c.expires_at > $2)
			order by id limit $3)
		returning id`, now.Add(-s.CodeTTL-unverifiedKept), now, purgedAtOnce)
	if err != nil {
		return 0, fmt.Errorf("looking for accounts that were never verified: %w", err)
	}
	if len(ids) == 0 {
		return 0, nil
	}
	if err := s.releaseInvitations(ctx, tx, ids...); err != nil {
		return 0, err
	}
	if _, err := tx.ExecContext(ctx, "delete from users where "+s.DB.In("id", 1), database.List(ids)); err != nil {
		return 0, fmt.Errorf("purging accounts that were never verified: %w", err)
	}
	return len(ids), nil
}
