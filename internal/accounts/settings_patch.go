package accounts

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/formats"
	"github.com/trance-0/notechondria/internal/patch"
	"github.com/trance-0/notechondria/internal/problem"
)

// SettingsPatch is a change to a part of one's profile and settings.
type SettingsPatch struct {
	Username    patch.Field[string]
	FirstName   patch.Field[string]
	LastName    patch.Field[string]
	Email       patch.Field[string] // must be the present address: RequestEmailChange changes it
	Motto       patch.Field[string]
	SocialLink  patch.Field[string]
	EditorMode  patch.Field[string]
	ThemePreset patch.Field[string]
	ThemeMode   patch.Field[string]
	APIBaseURL  patch.Field[string]
	MCPSkillMD  patch.Field[string]
	Avatar      patch.Field[Picture]

	AppSettings          patch.Field[json.RawMessage] // laid over the stored object, key by key
	AppSettingsUpdatedAt patch.Field[time.Time]
}

const notSavedSettings = "Settings not saved"

// check looks at the fields by themselves.
func (p *SettingsPatch) check(problems *problem.Fields) error {
	for _, text := range []struct {
		field       string
		value       patch.Field[string]
		least, most int
	}{
		{"username", p.Username, 1, MaxUsername},
		{"first_name", p.FirstName, 0, MaxFirstName},
		{"last_name", p.LastName, 0, MaxLastName},
		{"motto", p.Motto, 0, MaxMotto},
		{"social_link", p.SocialLink, 0, MaxSocialLink},
		{"editor_mode", p.EditorMode, 1, MaxEditorMode},
		{"theme_preset", p.ThemePreset, 1, MaxThemePreset},
		{"api_base_url", p.APIBaseURL, 1, MaxAPIBaseURL},
		{"mcp_skill_md", p.MCPSkillMD, 0, MaxMCPSkillMD},
	} {
		if text.value.Set {
			problems.CheckText(text.field, text.value.Value, text.least, text.most)
		}
	}
	if link := p.SocialLink.Value; link != "" && !problems.Has("social_link") && !formats.URL(link) {
		problems.Add("social_link", formats.WrongURL)
	}
	if p.ThemeMode.Set && !isThemeMode(p.ThemeMode.Value) && !problems.Has("theme_mode") {
		problems.Add("theme_mode", problem.NotAChoice(p.ThemeMode.Value))
	}
	if p.APIBaseURL.Set && !webAddress(p.APIBaseURL.Value) && !problems.Has("api_base_url") {
		problems.Because("api_base_url", notSavedSettings, "it must begin with http:// or https:// and name a host")
	}
	if p.AppSettings.Set && !problems.Has("app_settings") {
		for _, text := range appSettingsProblems(p.AppSettings.Value) {
			problems.Add("app_settings", text)
		}
	}
	return nil
}

// webAddress accepts names that formats.URL does not: people have servers in networks of their own.
func webAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}

func isThemeMode(text string) bool { return text == "S" || text == "L" || text == "D" }

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
			return strings.TrimSpace(v) != "" && !strings.ContainsRune(v, 0) && utf8.RuneCountInString(v) <= MaxThemePreset
		}},
		{"theme_mode", isThemeMode},
		{"api_base_url", func(v string) bool { return utf8.RuneCountInString(v) <= MaxAPIBaseURL && webAddress(v) }},
	} {
		value, present := sent[check.key]
		if text, ok := value.(string); present && (!ok || !check.valid(text)) {
			problems = append(problems, fmt.Sprintf("%s: %v is not a valid value.", check.key, value))
		}
	}
	return problems
}

// apply changes a row. It follows the former system's merge: what app_settings holds is laid over the stored object,
// the three settings sent beside it win over both, and the columns follow the result.
func (p *SettingsPatch) apply(u *user) error {
	u.Username = p.Username.Or(u.Username)
	u.FirstName = p.FirstName.Or(u.FirstName)
	u.LastName = p.LastName.Or(u.LastName)
	u.Motto = p.Motto.Or(u.Motto)
	u.SocialLink = p.SocialLink.Or(u.SocialLink)
	u.MCPSkillMD = p.MCPSkillMD.Or(u.MCPSkillMD)
	if p.EditorMode.Set {
		u.EditorMode = EditorMode(p.EditorMode.Value)
	}
	settings := u.appSettings()
	maps.Copy(settings, objectOf(p.AppSettings.Value))
	for key, field := range map[string]patch.Field[string]{
		"theme_preset": p.ThemePreset, "theme_mode": p.ThemeMode, "api_base_url": p.APIBaseURL,
	} {
		if field.Set {
			settings[key] = field.Value
		}
	}
	u.ThemePreset = textOr(settings["theme_preset"], u.ThemePreset)
	u.ThemeMode = textOr(settings["theme_mode"], u.ThemeMode)
	u.APIBaseURL = textOr(settings["api_base_url"], u.APIBaseURL)
	if !p.AppSettings.Set && !p.ThemePreset.Set && !p.ThemeMode.Set && !p.APIBaseURL.Set {
		return nil
	}
	stored, err := json.Marshal(settings) // keys come out sorted
	if err != nil {
		return fmt.Errorf("writing the settings of the apps: %w", err)
	}
	u.AppSettings = string(stored)
	at := p.AppSettingsUpdatedAt.Or(database.Now())
	u.AppSettingsUpdatedAt = &at
	if p.AppSettings.Set && len(u.AppSettings) > MaxAppSettings {
		return problem.InvalidField("app_settings",
			fmt.Sprintf("Ensure that all settings together have no more than %d bytes.", MaxAppSettings))
	}
	return nil
}

func textOr(value any, fallback string) string {
	if text, ok := value.(string); ok {
		return text
	}
	return fallback
}
