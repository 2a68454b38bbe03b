package accounts

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
)

// User is a person as they see themselves.
type User struct {
	ID          int64
	Username    string
	Email       string // "" for none
	FirstName   string
	LastName    string
	IsStaff     bool
	IsSuperuser bool
	Motto       string
	SocialLink  string
	AvatarPath  string // of the picture in the media store; "" for the generated one

	EditorMode   string // see the function EditorMode
	ThemePreset  string
	ThemeMode    string // S (as the system), L (light) or D (dark)
	APIBaseURL   string
	MCPSkillMD   string
	APIKeyPrefix string // how the API key begins; "" for none

	AppSettings          map[string]any // what the apps keep here, with the settings that every account has
	AppSettingsUpdatedAt *time.Time
}

// Author is a user as others see them, beside notes and courses.
type Author struct {
	ID         int64
	Username   string
	AvatarPath string // of the picture in the media store; "" for the generated one
}

// user is a row of users.
type user struct {
	ID                   int64
	Username             string
	Email                string
	EmailFolded          string
	PasswordHash         string
	FirstName            string
	LastName             string
	IsActive             bool // the address was verified, or an operator or a provider vouched for it
	IsStaff              bool
	IsSuperuser          bool
	Motto                string
	SocialLink           string
	EditorMode           string
	ThemePreset          string
	ThemeMode            string
	APIBaseURL           string `db:"api_base_url"`
	AppSettings          string
	AppSettingsUpdatedAt *time.Time
	MCPSkillMD           string `db:"mcp_skill_md"`
	AvatarPath           string
	APIKeyPrefix         string `db:"api_key_prefix"`
	WelcomedAt           *time.Time
	DisabledAt           *time.Time
}

const userColumns = `id, username, email, email_folded, password_hash, first_name, last_name, is_active, is_staff,
	is_superuser, motto, social_link, editor_mode, theme_preset, theme_mode, api_base_url, app_settings,
	app_settings_updated_at, mcp_skill_md, avatar_path, api_key_prefix, welcomed_at, disabled_at`

// The unique indexes that a new name or address can run into.
const (
	UsernameIndex = "users_username_folded_key"
	EmailIndex    = "users_email_folded_key"
)

// pending reports whether the account waits for its address to be verified. One that an operator switched off does not:
// no code opens it.
func (u user) pending() bool { return !u.IsActive && u.DisabledAt == nil }

// contested reports whether an account that waits was registered more than once, see storePending.
func (u user) contested() bool { return u.pending() && u.PasswordHash == "" }

// open reports whether somebody can be signed in to the account: it is verified and not switched off.
func (u user) open() bool { return u.IsActive && u.DisabledAt == nil }

// openAccount is open as a condition on the columns of users, and waiting is pending.
const (
	openAccount = "is_active and disabled_at is null"
	waiting     = "not is_active and disabled_at is null"

	// OpenUser is openAccount for users u, for packages that work for people without a request.
	OpenUser = "u.is_active and u.disabled_at is null"
)

// ErrNoUser is returned when no account has that id, user name or mail address.
var ErrNoUser error = &problem.Error{Kind: problem.NotFound, Cause: "there is no such user"}

func findUser(ctx context.Context, q database.Querier, condition string, args ...any) (user, error) {
	u, err := database.One[user](ctx, q, "select "+userColumns+" from users where "+condition, args...)
	switch {
	case errors.Is(err, database.ErrNotFound):
		return user{}, ErrNoUser
	case err != nil:
		return user{}, fmt.Errorf("looking up a user: %w", err)
	}
	return u, nil
}

// Lock has other transactions that lock this user wait until tx ends.
func Lock(ctx context.Context, tx *database.Tx, userID int64) error {
	if _, err := tx.ExecContext(ctx, "update users set id = id where id = $1", userID); err != nil {
		return fmt.Errorf("locking a user: %w", err)
	}
	return nil
}

func userByID(ctx context.Context, q database.Querier, id int64) (user, error) {
	return findUser(ctx, q, "id = $1", id)
}

// lockedUser keeps others from changing the user until the transaction ends: of two changes at once neither is lost.
func lockedUser(ctx context.Context, tx *database.Tx, id int64) (user, error) {
	if err := Lock(ctx, tx, id); err != nil {
		return user{}, err
	}
	return userByID(ctx, tx, id)
}

func userByEmail(ctx context.Context, q database.Querier, email string) (user, error) {
	return findUser(ctx, q, "email_folded = $1 and email_folded <> ''", database.Fold(email))
}

func userByName(ctx context.Context, q database.Querier, username string) (user, error) {
	return findUser(ctx, q, "username_folded = $1", database.Fold(username))
}

// userByIdentifier finds a user by mail address (looked for first) or user name. An exact match comes before one that
// ignores case: of adopted users whose names differ in case alone, all but one have theirs unfolded in the index.
func userByIdentifier(ctx context.Context, q database.Querier, identifier string) (user, error) {
	return findUser(ctx, q, `id = coalesce(
		(select id from users where email_folded = $2 and email_folded <> ''),
		(select id from users where username_folded = $2),
		(select id from users where email_folded = $1 and email_folded <> ''),
		(select id from users where username_folded = $1))`, database.Fold(identifier), identifier)
}

// lower is how addresses are stored and shown.
func lower(address string) string { return strings.ToLower(address) }

// newUser is what a new row needs; the rest are defaults of the table.
type newUser struct {
	username, email, passwordHash  string // no password: ""
	firstName, lastName            string
	isActive, isStaff, isSuperuser bool
}

func insertUser(ctx context.Context, tx *database.Tx, n newUser) (int64, error) {
	id, err := database.One[int64](ctx, tx, `
		insert into users (username, username_folded, email, email_folded, password_hash, first_name, last_name, is_active,
			is_staff, is_superuser, date_joined)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning id`,
		n.username, database.Fold(n.username), n.email, database.Fold(n.email), n.passwordHash, n.firstName, n.lastName,
		n.isActive, n.isStaff, n.isSuperuser, database.Now())
	if err != nil {
		return 0, fmt.Errorf("storing a user: %w", err)
	}
	return id, nil
}

// profile is the row as its owner sees it.
func (u user) profile() User {
	return User{
		ID: u.ID, Username: u.Username, Email: u.Email, FirstName: u.FirstName, LastName: u.LastName, IsStaff: u.IsStaff,
		IsSuperuser: u.IsSuperuser, Motto: u.Motto, SocialLink: u.SocialLink, AvatarPath: u.AvatarPath,
		EditorMode: u.EditorMode, ThemePreset: u.ThemePreset, ThemeMode: u.ThemeMode, APIBaseURL: u.APIBaseURL,
		MCPSkillMD: u.MCPSkillMD, APIKeyPrefix: u.APIKeyPrefix,
		AppSettings: u.appSettings(), AppSettingsUpdatedAt: u.AppSettingsUpdatedAt,
	}
}

// appSettings is what the apps stored, over the three settings that every account has.
func (u user) appSettings() map[string]any {
	settings := map[string]any{"theme_preset": u.ThemePreset, "theme_mode": u.ThemeMode, "api_base_url": u.APIBaseURL}
	maps.Copy(settings, objectOf([]byte(u.AppSettings)))
	return settings
}

// objectOf reads a JSON object with its numbers as they are written; it is nil for anything else, which counts as
// nothing.
func objectOf(raw []byte) map[string]any {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var object map[string]any
	if decoder.Decode(&object) != nil {
		return nil
	}
	return object
}

// EditorMode maps what the apps send for an editor mode to the modes that exist: G (GitHub-flavoured Markdown),
// B (blocks), P (plain text). Some versions of the apps offer M and T, and old drafts hold yet others.
func EditorMode(sent string) string {
	switch strings.ToUpper(sent) {
	case "G", "M":
		return "G"
	case "B":
		return "B"
	}
	return "P"
}
