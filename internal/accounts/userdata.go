package accounts

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/accounts/events"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
)

// RegisterDataOwners adds features whose data of users is counted, and deleted with the account, in this order.
func (s *Service) RegisterDataOwners(features ...DataOwner) {
	s.dataOwners = append(s.dataOwners, features...)
}

// UserData tells what all parts of the server keep for a user.
func (s *Service) UserData(ctx context.Context, who actor.Actor, userID int64) (UserData, error) {
	if err := who.CheckOperator(); err != nil {
		return UserData{}, err
	}
	return s.userData(ctx, s.DB.Read(), userID)
}

func (s *Service) userData(ctx context.Context, q database.Querier, userID int64) (all UserData, err error) {
	for _, feature := range s.dataOwners {
		data, err := feature.UserData(ctx, q, userID)
		if err != nil {
			return UserData{}, err
		}
		all.Add(data)
	}
	sessions, err := database.One[int64](ctx, q, "select count(*) from sessions where user_id = $1", userID)
	if err != nil {
		return UserData{}, fmt.Errorf("counting the sessions of user %d: %w", userID, err)
	}
	files, err := database.All[string](ctx, q, "select avatar_path from users where id = $1 and avatar_path <> ''", userID)
	if err != nil {
		return UserData{}, fmt.Errorf("reading the picture of user %d: %w", userID, err)
	}
	all.Add(UserData{Counts: []Count{{"sessions", sessions}}, Files: files})
	return all, nil
}

// DeleteUser removes an account with everything that belongs to it, and returns what that was. A file that is
// uploaded at the same time is left to the sweep of files without a row.
func (s *Service) DeleteUser(ctx context.Context, who actor.Actor, id int64) (gone UserData, err error) {
	if err := who.CheckOperator(); err != nil {
		return UserData{}, err
	}
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		if gone, err = s.userData(ctx, tx, id); err != nil {
			return err
		}
		for _, feature := range s.dataOwners {
			if err := feature.DeleteUserData(ctx, tx, id); err != nil {
				return err
			}
		}
		if err := s.deleteRow(ctx, tx, id); err != nil {
			return err
		}
		if err := s.Events.Record(ctx, tx, who, events.Entry{Kind: events.Deleted, UserID: id}); err != nil {
			return err
		}
		return s.Media.Remove(ctx, tx, gone.Files...)
	})
	return gone, err
}

// deleteRow removes the row of a user; an account that nobody ever used gives its invitation back.
func (s *Service) deleteRow(ctx context.Context, tx *database.Tx, id int64) error {
	unused, err := database.All[int64](ctx, tx,
		"select id from users where id = $1 and "+waiting+" and welcomed_at is null", id)
	if err != nil {
		return fmt.Errorf("looking up a user: %w", err)
	}
	if err := s.Invitations.Release(ctx, tx, unused...); err != nil {
		return err
	}
	deleted, err := database.Exec(ctx, tx, "delete from users where id = $1", id)
	if err != nil {
		return fmt.Errorf("deleting a user: %w", err)
	}
	if deleted == 0 {
		return ErrNoUser
	}
	return nil
}
