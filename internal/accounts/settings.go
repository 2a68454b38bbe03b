package accounts

import (
	"context"
	"errors"
	"fmt"

	"github.com/trance-0/notechondria/internal/accounts/avatar"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
)

// Settings returns the caller's profile and settings.
func (s *Service) Settings(ctx context.Context, who actor.Actor) (User, error) {
	u, err := userByID(ctx, s.DB.Read(), who.UserID)
	if err != nil {
		return User{}, err
	}
	return u.profile(), nil
}

// checkOwnNames looks at the fields that another account may have, or that belong to this one alone.
func (s *Service) checkOwnNames(
	ctx context.Context, who actor.Actor, p *SettingsPatch, problems *problem.Fields,
) error {
	u, err := userByID(ctx, s.DB.Read(), who.UserID)
	if err != nil {
		return err
	}
	changed := p.Username.Set && p.Username.Value != u.Username // one of the former system may be of other kinds
	if changed && !problems.Has("username") {
		checkUsername(problems, "username", p.Username.Value)
	}
	if changed && !problems.Has("username") {
		other, err := userByName(ctx, s.DB.Read(), p.Username.Value)
		if err != nil && !errors.Is(err, ErrNoUser) {
			return err
		}
		if err == nil && !who.Is(other.ID) {
			problems.Because("username", notSavedSettings, usernameTaken)
		}
	}
	if p.Email.Set && !problems.Has("email") {
		if database.Fold(p.Email.Value) != database.Fold(u.Email) {
			problems.Because("email", notSavedSettings, "use change-email to change the address")
		}
	}
	return nil
}

// UpdateSettings changes some of the caller's profile and settings, and returns all of them.
func (s *Service) UpdateSettings(
	ctx context.Context, who actor.Actor, in problem.Input[SettingsPatch],
) (User, error) {
	var picture avatar.Picture
	p, err := in.Check((*SettingsPatch).check,
		func(p *SettingsPatch, problems *problem.Fields) error { return s.checkOwnNames(ctx, who, p, problems) },
		func(p *SettingsPatch, problems *problem.Fields) (err error) {
			if p.Avatar.Set {
				picture, err = s.checkPicture(ctx, p.Avatar.Value, problems)
			}
			return err
		})
	if err != nil {
		return User{}, err
	}
	var u user
	change := func(tx *database.Tx, avatarPath string) (err error) {
		if u, err = lockedUser(ctx, tx, who.UserID); err != nil {
			return err
		}
		if err := p.apply(&u); err != nil {
			return err
		}
		if avatarPath != "" {
			if err := s.Media.Remove(ctx, tx, u.AvatarPath); err != nil {
				return err
			}
			u.AvatarPath = avatarPath
		}
		return storeSettings(ctx, tx, u)
	}
	if p.Avatar.Set {
		err = s.keepPicture(ctx, who.UserID, picture, change)
	} else {
		err = s.DB.Write(ctx, func(tx *database.Tx) error { return change(tx, "") })
	}
	if database.IsUnique(err, UsernameIndex) {
		err = problem.InvalidBecause("username", notSavedSettings, usernameTaken)
	}
	if err != nil {
		return User{}, err
	}
	return u.profile(), nil
}

func storeSettings(ctx context.Context, tx *database.Tx, u user) error {
	_, err := tx.ExecContext(ctx, `
		update users set username = $1, username_folded = case when username = $1 then username_folded else $2 end,
			first_name = $3, last_name = $4, motto = $5, social_link = $6, editor_mode = $7, theme_preset = $8, theme_mode = $9,
			api_base_url = $10, mcp_skill_md = $11, app_settings = $12, app_settings_updated_at = $13, avatar_path = $14
		where id = $15`,
		u.Username, database.Fold(u.Username), u.FirstName, u.LastName, u.Motto, u.SocialLink, u.EditorMode, u.ThemePreset,
		u.ThemeMode, u.APIBaseURL, u.MCPSkillMD, u.AppSettings, u.AppSettingsUpdatedAt, u.AvatarPath, u.ID)
	if err != nil {
		return fmt.Errorf("storing settings: %w", err)
	}
	return nil
}
