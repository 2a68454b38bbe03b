package apptest_test

import (
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func TestSignUpGivesAnAccountThatWorks(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUp(t, "alice")
		notes := s.Call(t, "GET", "/api/v1/notes/", alice.Token, nil).Want(t, 200)
		if len(notes.List()) != 1 {
			t.Errorf("want the welcome note alone: %s", notes.Text)
		}
	})
}
