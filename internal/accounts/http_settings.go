package accounts

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/patch"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/rest"
)

func (s *Service) registerSettings(api *rest.API) {
	const path = "/api/v1/settings/"
	rest.Handle(api, rest.Operation{
		Method: http.MethodGet, Path: path, Tag: "settings", Access: rest.Account, Summary: "Get your profile and settings",
	}, s.handleSettings)
	rest.Handle(api, rest.Operation{
		Method: http.MethodPatch, Path: path, Tag: "settings", Process: "Creators.Settings/update", Access: rest.Account,
		Summary: "Update your profile and settings", MaxFileBytes: MaxPictureBytes,
	}, s.handleUpdateSettings)
}

func (s *Service) handleSettings(ctx context.Context, who actor.Actor, _ *struct{}) (settingsJSON, error) {
	return settingsAnswer(ctx)(s.Settings(ctx, who))
}

type settingsInput struct {
	Body rest.Deferred[settingsBody]
}

type settingsBody struct {
	Username    rest.Optional[string] `json:"username" maxLength:"150"`
	FirstName   rest.Optional[string] `json:"first_name" maxLength:"150" blank:"true"`
	LastName    rest.Optional[string] `json:"last_name" maxLength:"150" blank:"true"`
	Email       rest.Optional[string] `json:"email" format:"email" doc:"Your current address; see change-email"`
	Motto       rest.Optional[string] `json:"motto" maxLength:"100" blank:"true"`
	SocialLink  rest.Optional[string] `json:"social_link" maxLength:"255" blank:"true" format:"uri"`
	EditorMode  rest.Optional[string] `json:"editor_mode" maxLength:"16" doc:"G, B or P; M means G, others P"`
	ThemePreset rest.Optional[string] `json:"theme_preset" maxLength:"32"`
	ThemeMode   rest.Optional[string] `json:"theme_mode" enum:"S,L,D"`
	APIBaseURL  rest.Optional[string] `json:"api_base_url" maxLength:"255"`
	MCPSkillMD  rest.Optional[string] `json:"mcp_skill_md" maxLength:"100000" blank:"true"`

	Avatar rest.Optional[rest.File] `json:"avatar" doc:"PNG, JPEG, GIF or WebP, at most 20 MiB"`

	AppSettings          rest.Optional[json.RawMessage] `json:"app_settings" doc:"Merged into the stored object by key"`
	AppSettingsUpdatedAt rest.Optional[rest.Time]       `json:"app_settings_updated_at" nullable:"true"`
}

func (s *Service) handleUpdateSettings(ctx context.Context, who actor.Actor, in *settingsInput) (settingsJSON, error) {
	change := rest.Convert(in.Body, func(b *settingsBody, _ *problem.Fields) SettingsPatch {
		return SettingsPatch{
			Username: b.Username.Patch(), FirstName: b.FirstName.Patch(), LastName: b.LastName.Patch(), Email: b.Email.Patch(),
			Motto: b.Motto.Patch(), SocialLink: b.SocialLink.Patch(), EditorMode: b.EditorMode.Patch(),
			ThemePreset: b.ThemePreset.Patch(), ThemeMode: b.ThemeMode.Patch(), APIBaseURL: b.APIBaseURL.Patch(),
			MCPSkillMD: b.MCPSkillMD.Patch(), Avatar: pictureIn(b.Avatar), AppSettings: b.AppSettings.Patch(),
			AppSettingsUpdatedAt: patch.Field[time.Time]{
				Value: b.AppSettingsUpdatedAt.Value.Time, Set: b.AppSettingsUpdatedAt.Set,
			},
		}
	})
	return settingsAnswer(ctx)(s.UpdateSettings(ctx, who, change))
}

func pictureIn(field rest.Optional[rest.File]) patch.Field[Picture] {
	switch {
	case !field.Set:
		return patch.Field[Picture]{}
	case field.Value.TooLarge():
		return patch.To(Picture{Size: MaxPictureBytes + 1}) // its content was thrown away
	}
	return patch.To(Picture{Content: field.Value.Content, Size: field.Value.Content.Size})
}

// settingsJSON is a User on the wire of settings.
type settingsJSON struct {
	Username             string         `json:"username"`
	FirstName            string         `json:"first_name"`
	LastName             string         `json:"last_name"`
	Email                string         `json:"email"`
	IsStaff              bool           `json:"is_staff"`
	IsSuperuser          bool           `json:"is_superuser"`
	Motto                string         `json:"motto"`
	SocialLink           string         `json:"social_link"`
	ImageURL             string         `json:"image_url"`
	EditorMode           string         `json:"editor_mode" enum:"G,B,P"`
	ThemePreset          string         `json:"theme_preset"`
	ThemeMode            string         `json:"theme_mode" enum:"S,L,D"`
	APIKeyPrefix         string         `json:"api_key_prefix"`
	APIBaseURL           string         `json:"api_base_url"`
	MCPSkillMD           string         `json:"mcp_skill_md"`
	AppSettings          map[string]any `json:"app_settings"`
	AppSettingsUpdatedAt *rest.Time     `json:"app_settings_updated_at"`
}

// settingsAnswer writes what a use case returns.
func settingsAnswer(ctx context.Context) func(User, error) (settingsJSON, error) {
	return func(u User, err error) (settingsJSON, error) {
		if err != nil {
			return settingsJSON{}, err
		}
		return settingsJSON{
			Username: u.Username, FirstName: u.FirstName, LastName: u.LastName, Email: u.Email, IsStaff: u.IsStaff,
			IsSuperuser: u.IsSuperuser, Motto: u.Motto, SocialLink: u.SocialLink, ImageURL: ImageURL(ctx, u.ID, u.AvatarPath),
			EditorMode: u.EditorMode, ThemePreset: u.ThemePreset, ThemeMode: u.ThemeMode, APIKeyPrefix: u.APIKeyPrefix,
			APIBaseURL: u.APIBaseURL, MCPSkillMD: u.MCPSkillMD, AppSettings: u.AppSettings,
			AppSettingsUpdatedAt: rest.OptionalTime(u.AppSettingsUpdatedAt),
		}, nil
	}
}
