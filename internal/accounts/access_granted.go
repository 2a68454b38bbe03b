package accounts

import (
	"context"
	"fmt"
	"strings"

	"github.com/trance-0/notechondria/internal/accounts/events"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/formats"
)

// RegisterAccessGranters adds features whose access is listed when a password is changed, and ends when one is reset.
func (s *Service) RegisterAccessGranters(features ...AccessGranter) {
	s.accessGranters = append(s.accessGranters, features...)
}

// accessOf lists what has access to an account besides its sessions.
func (s *Service) accessOf(ctx context.Context, q database.Querier, userID int64) ([]Access, error) {
	all, err := apiKeyOf(ctx, q, userID)
	if err != nil {
		return nil, err
	}
	for _, feature := range s.accessGranters {
		some, err := feature.AccessOf(ctx, q, userID)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// revokeEverything ends all access that an intruder may have set up before a password was reset: sessions (which also
// voids identity codes), the API key, and what features have granted. It returns what has ended besides sessions.
func (s *Service) revokeEverything(ctx context.Context, tx *database.Tx, userID int64) ([]Access, error) {
	if err := revokeSessions(ctx, tx, userID, 0); err != nil {
		return nil, err
	}
	ended, err := apiKeyOf(ctx, tx, userID)
	if err != nil {
		return nil, err
	}
	if err := s.deleteAPIKey(ctx, tx, userID); err != nil {
		return nil, err
	}
	for _, feature := range s.accessGranters {
		some, err := feature.RevokeAccess(ctx, tx, userID)
		if err != nil {
			return nil, err
		}
		ended = append(ended, some...)
	}
	return ended, nil
}

// resetPassword is what comes with every reset, by mail or by an operator, once the password is stored.
func (s *Service) resetPassword(ctx context.Context, tx *database.Tx, who actor.Actor, userID int64) error {
	ended, err := s.revokeEverything(ctx, tx, userID)
	if err != nil {
		return err
	}
	mail := "All sessions have ended."
	if len(ended) > 0 {
		mail = "All sessions have ended, and so has other access: " + joinNames(ended) + "."
	}
	return s.Events.Record(ctx, tx, who, events.Entry{
		Kind: events.PasswordReset, UserID: userID, Detail: endedDetail(ended), Mail: mail,
	})
}

func endedDetail(ended []Access) string {
	if len(ended) == 0 {
		return ""
	}
	return formats.Truncate(fmt.Sprintf("ended: %s", joinNames(ended)), maxEventDetail)
}

// maxEventDetail bounds the details of an event, in characters.
const maxEventDetail = 500

func joinNames(list []Access) string {
	words := make([]string, 0, len(list))
	for _, a := range list {
		words = append(words, a.String())
	}
	return strings.Join(words, ", ")
}
