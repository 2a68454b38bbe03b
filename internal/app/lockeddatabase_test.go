package app_test

import (
	"context"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// Readers note the use of their sessions, keys and calendars: none of them may wait for the one who writes.
func TestReadersDoNotWaitForAWriter(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, database.SQLite)
	alice := s.SignUp(t, "alice")
	key := s.Call(t, "POST", "/api/v1/auth/rotate-api-key/", alice.Token, nil).Want(t, 200).String("api_key")
	calendar := s.Call(t, "POST", "/api/v1/planner-events/calendar/", alice.Token, nil).Want(t, 201).String("url")
	s.Exec(t, "update sessions set last_seen_at = $1", database.Now().Add(-2*time.Minute))

	err := s.Database(t).Write(t.Context(), func(tx *database.Tx) error {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second) // half of what a writer waits for the lock
		defer cancel()
		for _, request := range []struct{ url, authorization string }{
			{s.URL + "/api/v1/notes/", "Token " + alice.Token}, {s.URL + "/api/v1/notes/", "Bearer " + key}, {calendar, ""},
		} {
			r := s.Request(t, "GET", "", nil).WithContext(ctx)
			address, err := r.URL.Parse(request.url)
			if err != nil {
				return err
			}
			r.URL = address
			r.Header.Set("Authorization", request.authorization)
			apptest.Do(t, r).Want(t, 200)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
