package accounts

import (
	"context"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/mcp"
	"github.com/trance-0/notechondria/internal/patch"
	"github.com/trance-0/notechondria/internal/problem"
)

// Tools adds the tools of accounts.
func (s *Service) Tools(face *mcp.Face) {
	mcp.Add(face, mcp.Tool{
		Name: "get_profile", Title: "Get the profile", Set: mcp.Account, Scopes: []string{mcp.ReadAccount},
		Description: "Returns the user's profile and editor settings. Use it to learn their name, or what they want " +
			"programs to know about how they work (mcp_skill_md).",
	}, s.toolProfile)
	mcp.Add(face, mcp.Tool{
		Name: "update_profile", Title: "Change the profile", Set: mcp.Account, Scopes: []string{mcp.WriteAccount},
		Effect: mcp.Changes, Repeatable: true,
		Description: "Changes the user's name, motto, link or editor mode. Omitted fields keep their values. Use it only " +
			"when the user asks for it.",
	}, s.toolUpdateProfile)
}

type profileResult struct {
	Username    string `json:"username"`
	Email       string `json:"email"`
	FirstName   string `json:"first_name"`
	LastName    string `json:"last_name"`
	Motto       string `json:"motto"`
	SocialLink  string `json:"social_link"`
	EditorMode  string `json:"editor_mode" doc:"G (live preview), B (blocks) or P (plain text)"`
	ThemePreset string `json:"theme_preset"`
	ThemeMode   string `json:"theme_mode" doc:"S (follow the system), L (light) or D (dark)"`
	Skill       string `json:"mcp_skill_md,omitempty" doc:"What the user wants programs to know; Markdown"`
}

func (s *Service) toolProfile(ctx context.Context, who actor.Actor, _ *struct{}) (profileResult, error) {
	u, err := s.Settings(ctx, who)
	return profileResult{
		Username: u.Username, Email: u.Email, FirstName: u.FirstName, LastName: u.LastName, Motto: u.Motto,
		SocialLink: u.SocialLink, EditorMode: u.EditorMode, ThemePreset: u.ThemePreset, ThemeMode: u.ThemeMode,
		Skill: u.MCPSkillMD,
	}, err
}

type profileChange struct {
	Motto      patch.Field[string] `json:"motto" maxLength:"100"`
	SocialLink patch.Field[string] `json:"social_link" maxLength:"255" doc:"Web address; empty for none"`
	EditorMode patch.Field[string] `json:"editor_mode" enum:"G,B,P" doc:"G live preview, B blocks, P plain text"`
	FirstName  patch.Field[string] `json:"first_name" maxLength:"150"`
	LastName   patch.Field[string] `json:"last_name" maxLength:"150"`
}

type updatedResult struct {
	Updated bool `json:"updated"`
}

func (s *Service) toolUpdateProfile(ctx context.Context, who actor.Actor, in *profileChange) (updatedResult, error) {
	_, err := s.UpdateSettings(ctx, who, problem.Clean(SettingsPatch{
		Motto: in.Motto, SocialLink: in.SocialLink, EditorMode: in.EditorMode,
		FirstName: in.FirstName, LastName: in.LastName,
	}))
	return updatedResult{true}, err
}
