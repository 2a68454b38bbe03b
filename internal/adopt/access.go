package adopt

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/secret"
)

var (
	oldSessions = table{[]string{"creators_session"},
		[]string{"id", "key", "device_label", "user_agent", "created_at", "last_seen_at",
			"revoked_at", "user_id"}}
	oldSocial = table{[]string{"creators_socialaccount"},
		[]string{"id", "provider", "provider_uid", "email", "extra_data", "created_at",
			"user_id"}}
	oldInvitations = table{[]string{"creators_invitationcode"},
		[]string{"id", "code_hash", "label", "max_uses", "times_used", "expire_date",
			"created_at"}}
	oldGitHub = table{[]string{"creators_githubintegration"},
		[]string{"id", "installation_id", "account_login", "repo_full_name",
			"repo_default_branch", "last_push_at", "last_push_sha", "last_error", "created_at", "updated_at", "creator_id"}}
)

type sessionRecord struct {
	ID          int64               `json:"id"`
	UserID      int64               `json:"user_id"`
	KeyHash     string              `json:"key_hash"`
	DeviceLabel string              `json:"device_label"`
	UserAgent   string              `json:"user_agent"`
	CreatedAt   database.RecordTime `json:"created_at"`
	LastSeenAt  database.RecordTime `json:"last_seen_at"`
}

// How long the former system's sessions lasted.
const (
	oldIdle     = 24 * time.Hour
	oldAbsolute = 3 * 24 * time.Hour
)

// adoptSessions takes over the sessions that were good when the former system was last used: who was signed in then
// stays so, under the limits of this one.
func (r *run) adoptSessions(ctx context.Context) error {
	light, ok := r.src.find(table{oldSessions.names, []string{"id", "key", "last_seen_at", "revoked_at"}})
	if !ok {
		return nil
	}
	now := r.report.At
	var used time.Time
	var ended []string // since an earlier run
	err := r.src.each(ctx, light, func(batch []row) error {
		for _, o := range batch {
			if r.before(oldSessions.names[0], o.int("id")) && !o.isNull("revoked_at") {
				ended = append(ended, secret.HashKey(o.text("key")))
			}
			if at, _ := o.time("last_seen_at"); at != nil && at.After(used) && !at.After(now) {
				used = *at
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	free, err := r.freeIDs(ctx, "sessions")
	if err != nil {
		return err
	}
	keys := map[string]bool{}
	err = adoptRows(ctx, r, oldSessions, "sessions", func(t *Table, o row) (s sessionRecord, ok bool) {
		id, key := o.int("id"), o.text("key")
		created, okCreated := o.time("created_at")
		seen, okSeen := o.time("last_seen_at")
		switch {
		case !r.hasUser(o.int("user_id")):
			t.skip(noUser, id)
		case !o.isNull("revoked_at"):
			t.skip("it was ended", "")
		case key == "" || keys[key]:
			t.skip("a key that opens nothing", id)
		case !okCreated || !okSeen || created == nil || seen == nil:
			t.skip("a time that can't be read: it has ended", id)
		case created.Before(used.Add(-oldAbsolute)) || seen.Before(used.Add(-oldIdle)):
			t.skip("it had run out", "")
		default:
			keys[key] = true
			if created.After(now) || seen.After(now) {
				t.note("it began in the future: now", id)
				created, seen = &now, &now
			}
			return sessionRecord{free(id), o.int("user_id"), secret.HashKey(key), o.text("device_label"), o.text("user_agent"),
				stamp(*created), stamp(*seen)}, true
		}
		return s, false
	})
	if err != nil || len(ended) == 0 {
		return err
	}
	return r.endSessions(ctx, ended)
}

// endSessions ends sessions that were ended on the former server after they had been adopted.
func (r *run) endSessions(ctx context.Context, keyHashes []string) error {
	ended, err := database.Exec(ctx, r.tx, "update sessions set revoked_at = $1 where revoked_at is null and "+
		r.db.InTexts("key_hash", 2), r.report.At, database.Texts(keyHashes))
	if err != nil {
		return fmt.Errorf("ending sessions: %w", err)
	}
	if ended > 0 {
		t := r.report.Tables[len(r.report.Tables)-1] // the one of sessions
		t.Present -= ended
		t.Changed += ended
		t.remark("it was ended there: here too").Rows += ended
	}
	return nil
}

type socialRecord struct {
	ID          int64               `json:"id"`
	UserID      int64               `json:"user_id"`
	Provider    string              `json:"provider"`
	Issuer      string              `json:"issuer"`
	ProviderUID string              `json:"provider_uid"`
	Email       string              `json:"email"`
	ExtraData   string              `json:"extra_data"`
	CreatedAt   database.RecordTime `json:"created_at"`
	UpdatedAt   database.RecordTime `json:"updated_at"`
}

// adoptSocial takes over accounts with providers. Of several with one provider the newest stays.
func (r *run) adoptSocial(ctx context.Context) error {
	light, ok := r.src.find(table{oldSocial.names, []string{"id", "user_id", "provider", "provider_uid", "created_at"}})
	if !ok {
		return nil
	}
	type newest struct {
		id int64
		at time.Time
	}
	free, err := r.freeIDs(ctx, "social_accounts")
	if err != nil {
		return err
	}
	best, uids := map[ownTitle]newest{}, map[[2]string]bool{}
	err = r.src.each(ctx, light, func(batch []row) error {
		for _, o := range batch {
			at, _ := o.time("created_at")
			key := ownTitle{o.int("user_id"), o.text("provider")}
			old, has := best[key]
			if o.text("provider_uid") == "" {
				continue
			}
			if at == nil {
				at = &firstTime
			}
			if !has || !at.Before(old.at) {
				best[key] = newest{o.int("id"), *at}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return adoptRows(ctx, r, oldSocial, "social_accounts", func(t *Table, o row) (s socialRecord, ok bool) {
		id, user, provider, uid := o.int("id"), o.int("user_id"), o.text("provider"), o.text("provider_uid")
		switch {
		case !r.hasUser(user):
			t.skip(noUser, id)
		case uid == "":
			t.skip("it names nobody at the provider", id)
		case best[ownTitle{user, provider}].id != id:
			t.merge("a newer one of the same person and provider stays", id)
		case uids[[2]string{provider, uid}]:
			t.skip("it is linked to somebody else", id)
		default:
			uids[[2]string{provider, uid}] = true
			created := r.timeOf(o, t, "created_at")
			extra, isObject := objectText(o.text("extra_data"))
			if !isObject {
				t.note("what the provider said is no JSON object: left out", id)
			}
			return socialRecord{free(id), user, r.key(o, t, "provider"), "", r.key(o, t, "provider_uid"),
				o.text("email"), extra, created, created}, true
		}
		return s, false
	})
}

// objectText is a text that holds a JSON object, {} for any other.
func objectText(text string) (object string, isObject bool) {
	var fields map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &fields) != nil || fields == nil {
		return "{}", false
	}
	return text, true
}

type invitationRecord struct {
	ID        int64                `json:"id"`
	CodeHash  string               `json:"code_hash"`
	Label     string               `json:"label"`
	MaxUses   int                  `json:"max_uses"`
	TimesUsed int                  `json:"times_used"`
	ExpiresAt *database.RecordTime `json:"expires_at"`
	CreatedAt database.RecordTime  `json:"created_at"`
}

func (r *run) adoptInvitations(ctx context.Context) error {
	free, err := r.freeIDs(ctx, "invitations")
	if err != nil {
		return err
	}
	codes := map[string]bool{}
	return adoptRows(ctx, r, oldInvitations, "invitations", func(t *Table, o row) (i invitationRecord, ok bool) {
		expires, ok := o.time("expire_date")
		if !ok {
			t.note("an end that can't be read: it has ended", o.int("id"))
			expires = &firstTime
		}
		hash := r.key(o, t, "code_hash")
		if hash == "" || codes[hash] {
			t.skip("a code that nobody has, or that another one has", o.int("id"))
			return i, false
		}
		codes[hash] = true
		return invitationRecord{free(o.int("id")), hash, o.text("label"), r.amount(o, t, "max_uses"),
			r.amount(o, t, "times_used"), optionalStamp(expires), r.timeOf(o, t, "created_at")}, true
	})
}

type gitHubRecord struct {
	UserID            int64                `json:"user_id"`
	InstallationID    string               `json:"installation_id"`
	AccountLogin      string               `json:"account_login"`
	RepoFullName      string               `json:"repo_full_name"`
	RepoDefaultBranch string               `json:"repo_default_branch"`
	LastPushAt        *database.RecordTime `json:"last_push_at"`
	LastPushSHA       string               `json:"last_push_sha"`
	LastError         string               `json:"last_error"`
	CreatedAt         database.RecordTime  `json:"created_at"`
	UpdatedAt         database.RecordTime  `json:"updated_at"`
}

// adoptGitHub takes over which repositories people connected. GitHub has to confirm each before it is used.
func (r *run) adoptGitHub(ctx context.Context) error {
	f, ok := r.src.find(oldGitHub)
	if !ok {
		return nil
	}
	t := r.report.table(f)
	latest := map[int64]time.Time{}
	return r.src.each(ctx, f, func(batch []row) error {
		for _, o := range batch {
			t.Read++
			id, user := o.int("id"), r.userByProfile(o)
			if r.before(oldGitHub.names[0], id) {
				t.Present++
				continue
			}
			r.mark(oldGitHub.names[0], id)
			if user == 0 {
				t.skip(noUser, id)
				continue
			}
			updated := r.timeOf(o, t, "updated_at", "created_at")
			before, has := latest[user]
			if has {
				t.merge("of two connections of one person the one that changed last stays", id)
				if before.After(time.Time(updated)) {
					continue
				}
			} else {
				t.Kept++
			}
			latest[user] = time.Time(updated)
			pushed := r.optionalTime(o, t, "last_push_at")
			record := gitHubRecord{user, o.text("installation_id"), o.text("account_login"), o.text("repo_full_name"),
				o.text("repo_default_branch"), optionalStamp(pushed), o.text("last_push_sha"), o.text("last_error"),
				r.timeOf(o, t, "created_at"), updated}
			conflict := overwriting[gitHubRecord]("user_id")
			if r.earlier != nil {
				conflict = " on conflict (user_id) do nothing"
			}
			if err := insert(ctx, r, "github_integrations", conflict, []gitHubRecord{record}); err != nil {
				return err
			}
		}
		return nil
	})
}
