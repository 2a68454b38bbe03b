package accounts

import (
	"context"
	"strings"

	"github.com/trance-0/notechondria/internal/rest"
)

// SignedInJSON is a SignedIn on the wire.
type SignedInJSON struct {
	Token              string      `json:"token"`
	Session            SessionJSON `json:"session"`
	MultiDevice        bool        `json:"multi_device"`
	OtherSessionsCount int64       `json:"other_sessions_count"`
	User               UserJSON    `json:"user"`
}

// SessionJSON is a Session on the wire of sign-in.
type SessionJSON struct {
	ID          int64     `json:"id"`
	DeviceLabel string    `json:"device_label"`
	CreatedAt   rest.Time `json:"created_at"`
	LastSeenAt  rest.Time `json:"last_seen_at"`
}

func (s Session) toJSON() SessionJSON {
	return SessionJSON{
		ID: s.ID, DeviceLabel: s.DeviceLabel,
		CreatedAt: rest.Time{Time: s.CreatedAt}, LastSeenAt: rest.Time{Time: s.LastSeenAt},
	}
}

// UserJSON is a User on the wire of sign-in.
type UserJSON struct {
	ID                   int64          `json:"id"`
	Email                string         `json:"email"`
	Username             string         `json:"username"`
	FirstName            string         `json:"first_name"`
	LastName             string         `json:"last_name"`
	DisplayName          string         `json:"display_name"`
	IsStaff              bool           `json:"is_staff"`
	IsSuperuser          bool           `json:"is_superuser"`
	Motto                string         `json:"motto"`
	SocialLink           string         `json:"social_link"`
	ImageURL             string         `json:"image_url"`
	EditorMode           string         `json:"editor_mode" enum:"G,B,P"`
	ThemePreset          string         `json:"theme_preset"`
	ThemeMode            string         `json:"theme_mode" enum:"S,L,D"`
	APIBaseURL           string         `json:"api_base_url"`
	AppSettings          map[string]any `json:"app_settings"`
	AppSettingsUpdatedAt *rest.Time     `json:"app_settings_updated_at"`
}

func (u User) toJSON(ctx context.Context) UserJSON {
	display := strings.TrimSpace(u.FirstName + " " + u.LastName)
	if display == "" {
		display = u.Username
	}
	return UserJSON{
		ID: u.ID, Email: u.Email, Username: u.Username, FirstName: u.FirstName, LastName: u.LastName, DisplayName: display,
		IsStaff: u.IsStaff, IsSuperuser: u.IsSuperuser, Motto: u.Motto, SocialLink: u.SocialLink,
		ImageURL:   ImageURL(ctx, u.ID, u.AvatarPath),
		EditorMode: u.EditorMode, ThemePreset: u.ThemePreset, ThemeMode: u.ThemeMode, APIBaseURL: u.APIBaseURL,
		AppSettings: u.AppSettings, AppSettingsUpdatedAt: rest.OptionalTime(u.AppSettingsUpdatedAt),
	}
}

// ToSignedInJSON writes the answer to a sign-in.
func ToSignedInJSON(ctx context.Context, in SignedIn) SignedInJSON {
	return SignedInJSON{
		Token: in.Token, Session: in.Session.toJSON(), User: in.User.toJSON(ctx),
		MultiDevice: in.OtherSessions > 0, OtherSessionsCount: in.OtherSessions,
	}
}

// signedInAnswer writes what a use case returns.
func signedInAnswer(ctx context.Context) func(SignedIn, error) (SignedInJSON, error) {
	return func(in SignedIn, err error) (SignedInJSON, error) {
		if err != nil {
			return SignedInJSON{}, err
		}
		return ToSignedInJSON(ctx, in), nil
	}
}

// deliveryJSON is a Delivery on the wire.
type deliveryJSON struct {
	Message          string `json:"message"`
	DeliveryFallback bool   `json:"delivery_fallback" doc:"No mail is configured: ask an administrator for the code"`
	Email            string `json:"email,omitempty"`
}

// toJSON words how a code reaches its owner; sent is the message where it is mailed.
func (d Delivery) toJSON(sent string) deliveryJSON {
	if !d.ByMail {
		sent = "Mail is not set up on this server: ask its administrator for the code."
	}
	return deliveryJSON{Message: sent, DeliveryFallback: !d.ByMail, Email: d.Email}
}
