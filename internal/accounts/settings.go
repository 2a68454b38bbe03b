package accounts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

func (s *Service) registerSettings(api *rest.API) {
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodGet, Path: "/api/v1/settings/", Tag: "settings", Access: rest.Account,
		Summary: "Read profile and settings",
	}, s.readSettings)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPatch, Path: "/api/v1/settings/", Tag: "settings", Access: rest.Account,
		Summary: "Change a part of profile and settings", MaxFileBytes: maxAvatarBytes,
	}, s.changeSettings)
}

type settingsPayload struct {
	Username             string         `json:"username"`
	FirstName            string         `json:"first_name"`
	LastName             string         `json:"last_name"`
	Email                string         `json:"email"`
	IsStaff              bool           `json:"is_staff"`
	IsSuperuser          bool           `json:"is_superuser"`
	Motto                string         `json:"motto"`
	SocialLink           string         `json:"social_link"`
	ImageURL             string         `json:"image_url"`
	EditorMode           string         `json:"editor_mode"`
	ThemePreset          string         `json:"theme_preset"`
	ThemeMode            string         `json:"theme_mode"`
	APIKeyPrefix         string         `json:"api_key_prefix"`
	APIBaseURL           string         `json:"api_base_url"`
	MCPSkillMD           string         `json:"mcp_skill_md"`
	AppSettings          map[string]any `json:"app_settings"`
	AppSettingsUpdatedAt *rest.Time     `json:"app_settings_updated_at"`
}

func settingsOf(ctx context.Context, u user) settingsPayload {
	return settingsPayload{
		Username: u.Username, FirstName: u.FirstName, LastName: u.LastName, Email: u.Email, IsStaff: u.IsStaff,
		IsSuperuser: u.IsSuperuser, Motto: u.Motto, SocialLink: u.SocialLink, ImageURL: ImageURL(ctx, u.ID, u.AvatarPath),
		EditorMode: u.EditorMode, ThemePreset: u.ThemePreset, ThemeMode: u.ThemeMode, APIKeyPrefix: u.APIKeyPrefix,
		APIBaseURL: u.APIBaseURL, MCPSkillMD: u.MCPSkillMD, AppSettings: u.appSettings(), AppSettingsUpdatedAt: u.AppSettingsUpdatedAt,
	}
}

func (s *Service) readSettings(ctx context.Context, _ *struct{}) (settingsPayload, error) {
	u, err := userByID(ctx, s.DB.Read(), rest.CallerID(ctx))
	if err != nil {
		return settingsPayload{}, err
	}
	return settingsOf(ctx, u), nil
}

type settingsInput struct {
	rest.Problems
	Body struct {
		Username    rest.Optional[string] `json:"username" maxLength:"150"`
		FirstName   rest.Optional[string] `json:"first_name" maxLength:"150" blank:"true"`
		LastName    rest.Optional[string] `json:"last_name" maxLength:"150" blank:"true"`
		Email       rest.Optional[string] `json:"email" format:"email" doc:"Must be the present address: /api/v1/auth/change-email/ changes it"`
		Motto       rest.Optional[string] `json:"motto" maxLength:"100" blank:"true"`
		SocialLink  rest.Optional[string] `json:"social_link" maxLength:"255" blank:"true" format:"uri"`
		EditorMode  rest.Optional[string] `json:"editor_mode" maxLength:"16" doc:"G, B or P; M counts as G, anything else as P"`
		ThemePreset rest.Optional[string] `json:"theme_preset" maxLength:"32"`
		ThemeMode   rest.Optional[string] `json:"theme_mode" enum:"S,L,D"`
		APIBaseURL  rest.Optional[string] `json:"api_base_url" maxLength:"255"`
		MCPSkillMD  rest.Optional[string] `json:"mcp_skill_md" maxLength:"100000" blank:"true"`

		Avatar rest.Optional[rest.File] `json:"avatar" doc:"PNG, JPEG, GIF or WebP of at most 10 MiB"`

		AppSettings          rest.Optional[json.RawMessage] `json:"app_settings" doc:"Laid over the stored object, key by key"`
		AppSettingsUpdatedAt rest.Optional[rest.Time]       `json:"app_settings_updated_at" nullable:"true"`
	}
}

const (
	settingsRejected = "Settings not saved: Backend.Creators.Settings/update."
	maxAppSettings   = 256 << 10 // bytes of the stored object
)

func (s *Service) changeSettings(ctx context.Context, in *settingsInput) (settingsPayload, error) {
	var u user
	change := func(tx *database.Tx, avatarPath string) (err error) {
		if u, err = lockedUser(ctx, tx, rest.CallerID(ctx)); err != nil {
			return err
		}
		if err := checkSettings(ctx, tx, in, u); err != nil {
			return err
		}
		applySettings(&u, in)
		if in.Body.AppSettings.Set && len(u.AppSettings) > maxAppSettings {
			return rest.Invalid("app_settings", fmt.Sprintf("Ensure that all settings together have no more than %d bytes.", maxAppSettings))
		}
		if avatarPath != "" {
			if err := s.Media.Remove(ctx, tx, u.AvatarPath); err != nil {
				return err
			}
			u.AvatarPath = avatarPath
		}
		return storeSettings(ctx, tx, u)
	}
	err := s.withAvatar(ctx, in, change)
	if database.IsUnique(err, "users_username_folded_key") {
		return settingsPayload{}, rest.Invalid("username", settingsRejected+"validate_username \u2014 this user name is taken")
	}
	if err != nil {
		return settingsPayload{}, err
	}
	return settingsOf(ctx, u), nil
}

// withAvatar runs change in a transaction, after storing the uploaded picture, if there is one. Nothing is stored when
// something is known to be wrong already.
func (s *Service) withAvatar(ctx context.Context, in *settingsInput, change func(tx *database.Tx, avatarPath string) error) error {
	if in.Body.Avatar.Set {
		picture, problem, err := s.uploadedAvatar(ctx, in.Body.Avatar.Value)
		if err != nil {
			return err
		}
		if problem != "" {
			in.Add("avatar", problem)
		}
		if in.Err() == nil {
			return s.keepAvatar(ctx, rest.CallerID(ctx), picture, change)
		}
	}
	return s.DB.Write(ctx, func(tx *database.Tx) error { return change(tx, "") })
}

// checkSettings adds what needs the stored account to the problems, and returns all of them.
func checkSettings(ctx context.Context, q database.Querier, in *settingsInput, u user) error {
	b := &in.Body
	if b.Username.Set {
		other, err := findUser(ctx, q, "username_folded = $1", database.Fold(b.Username.Value))
		if err != nil && !errors.Is(err, errNoUser) {
			return err
		}
		if err == nil && other.ID != u.ID {
			in.Add("username", settingsRejected+"validate_username \u2014 this user name is taken")
		}
	}
	if b.Email.Set && database.Fold(b.Email.Value) != u.EmailFolded {
		in.Add("email", settingsRejected+"validate_email \u2014 an address is changed through change-email, which asks for codes")
	}
	if b.APIBaseURL.Set && !webAddress(b.APIBaseURL.Value) {
		in.Add("api_base_url", settingsRejected+"validate_api_base_url \u2014 it must begin with http:// or https:// and name a host")
	}
	if b.AppSettings.Set {
		for _, text := range appSettingsProblems(b.AppSettings.Value) {
			in.Add("app_settings", text)
		}
	}
	return in.Err()
}

func webAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}

// appSettingsProblems checks the three keys that are settings of their own too; the others are the apps' business.
func appSettingsProblems(raw json.RawMessage) (problems []string) {
	if json.Unmarshal(raw, new(any)) != nil { // a number that clients can't read back
		return []string{"Value must be valid JSON."}
	}
	sent := objectOf(raw)
	for _, check := range []struct {
		key   string
		valid func(string) bool
	}{
		{"theme_preset", func(v string) bool {
			return strings.TrimSpace(v) != "" && !strings.ContainsRune(v, 0) && utf8.RuneCountInString(v) <= 32
		}},
		{"theme_mode", func(v string) bool { return v == "S" || v == "L" || v == "D" }},
		{"api_base_url", func(v string) bool { return utf8.RuneCountInString(v) <= 255 && webAddress(v) }},
	} {
		value, present := sent[check.key]
		if text, ok := value.(string); present && (!ok || !check.valid(text)) {
			problems = append(problems, fmt.Sprintf("%s: %v is not a valid value.", check.key, value))
		}
	}
	return problems
}

// applySettings follows the old system's merge: what app_settings holds is laid over the stored object, the three
// settings sent beside it win over both, and the columns follow the result.
func applySettings(u *user, in *settingsInput) {
	b := &in.Body
	u.Username = b.Username.Or(u.Username)
	u.FirstName = b.FirstName.Or(u.FirstName)
	u.LastName = b.LastName.Or(u.LastName)
	u.Motto = b.Motto.Or(u.Motto)
	u.SocialLink = b.SocialLink.Or(u.SocialLink)
	u.MCPSkillMD = b.MCPSkillMD.Or(u.MCPSkillMD)
	if b.EditorMode.Set {
		u.EditorMode = EditorMode(b.EditorMode.Value)
	}
	settings := u.appSettings()
	maps.Copy(settings, objectOf(b.AppSettings.Value))
	for key, field := range map[string]rest.Optional[string]{
		"theme_preset": b.ThemePreset, "theme_mode": b.ThemeMode, "api_base_url": b.APIBaseURL,
	} {
		if field.Set {
			settings[key] = field.Value
		}
	}
	u.ThemePreset = textOr(settings["theme_preset"], u.ThemePreset)
	u.ThemeMode = textOr(settings["theme_mode"], u.ThemeMode)
	u.APIBaseURL = textOr(settings["api_base_url"], u.APIBaseURL)
	if b.AppSettings.Set || b.ThemePreset.Set || b.ThemeMode.Set || b.APIBaseURL.Set {
		stored, err := json.Marshal(settings) // keys come out sorted
		if err == nil {                       // it was read from JSON
			u.AppSettings = string(stored)
		}
		at := b.AppSettingsUpdatedAt.Or(rest.Time{Time: database.Now()})
		u.AppSettingsUpdatedAt = &at
	}
}

func textOr(value any, fallback string) string {
	if text, ok := value.(string); ok {
		return text
	}
	return fallback
}

func storeSettings(ctx context.Context, tx *database.Tx, u user) error {
	_, err := tx.ExecContext(ctx, `
		update users set username = $1, username_folded = $2, first_name = $3, last_name = $4, motto = $5, social_link = $6,
			editor_mode = $7, theme_preset = $8, theme_mode = $9, api_base_url = $10, mcp_skill_md = $11, app_settings = $12,
			app_settings_updated_at = $13, avatar_path = $14
		where id = $15`,
		u.Username, database.Fold(u.Username), u.FirstName, u.LastName, u.Motto, u.SocialLink, u.EditorMode, u.ThemePreset, u.ThemeMode,
		u.APIBaseURL, u.MCPSkillMD, u.AppSettings, u.AppSettingsUpdatedAt, u.AvatarPath, u.ID)
	if err != nil {
		return fmt.Errorf("storing settings: %w", err)
	}
	return nil
}
