package accounts_test

import (
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/app"
	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func TestAdministratorOfTheConfigurationCanSignIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, "DJANGO_SUPERUSER_USERNAME=Root", "DJANGO_SUPERUSER_EMAIL=Root@example.com", "DJANGO_SUPERUSER_PASSWORD="+apptest.Password)
		apptest.Eventually(t, "the administrator is made", func() bool { return len(s.Logs.Find("administrator was made")) > 0 })
		reply := signIn(t, s, "root@EXAMPLE.com", apptest.Password)
		wantSignedIn(t, s, reply)
		apptest.WantFields(t, reply.Object()["user"], keys{"username": "Root", "email": "root@example.com", "is_staff": true, "is_superuser": true})
		notes := s.Call(t, "GET", "/api/v1/notes/", reply.String("token"), nil).Want(t, 200)
		if len(notes.List()) != 1 {
			t.Errorf("want the welcome note: %s", notes.Text)
		}
		if lines := s.Logs.Find(apptest.Password); len(lines) > 0 {
			t.Errorf("the password is in the log: %q", lines)
		}
	})
}

func TestPasswordOfAnExampleMakesNoAdministrator(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, database.SQLite, "DJANGO_SUPERUSER_PASSWORD=change-me")
	apptest.Eventually(t, "bootstrap fails", func() bool { return len(s.Logs.Find("bootstrap failed", "choose another one")) > 0 })
	wantProblem(t, signIn(t, s, "admin", "change-me"), "non_field_errors")
}

// serviceOf is the accounts of a server, called from outside as commands do.
func serviceOf(t testing.TB, s *apptest.Server) *accounts.Service {
	t.Helper()
	a, err := app.New(s.Config, slog.New(slog.DiscardHandler), s.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	return a.Accounts
}

func TestAdministratorIsMadeOnceAndNeverChanged(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		service := serviceOf(t, s)
		root := accounts.Administrator{Username: "root", Email: "root@example.com", Password: apptest.Password}
		var (
			group sync.WaitGroup
			made  = make(chan bool, 4)
		)
		for range cap(made) { // as instances do that start together
			group.Go(func() {
				created, err := service.EnsureAdministrator(t.Context(), root)
				if err != nil {
					t.Error(err)
				}
				made <- created
			})
		}
		group.Wait()
		close(made)
		count := 0
		for created := range made {
			if created {
				count++
			}
		}
		if count != 1 {
			t.Errorf("the administrator was made %d times", count)
		}
		root.Username, root.Email, root.Password = " ROOT ", "new@example.com", newPassword
		if created, err := service.EnsureAdministrator(t.Context(), root); created || err != nil {
			t.Errorf("made again: %v %v", created, err)
		}
		wantProblem(t, signIn(t, s, "root", newPassword), "non_field_errors")
		wantProblem(t, signIn(t, s, "new@example.com", apptest.Password), "non_field_errors")
		signIn(t, s, "root", apptest.Password).Want(t, 200)
	})
}

func TestAdministratorOfAUserNameThatIsThereIsLeftAlone(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		s.SignUp(t, "alice")
		service := serviceOf(t, s)
		created, err := service.EnsureAdministrator(t.Context(), accounts.Administrator{Username: "Alice", Email: "root@example.com", Password: newPassword})
		if created || err != nil {
			t.Errorf("made: %v %v", created, err)
		}
		reply := signIn(t, s, "alice", apptest.Password).Want(t, 200)
		apptest.WantFields(t, reply.Object()["user"], keys{"is_staff": false, "is_superuser": false})

		_, err = service.EnsureAdministrator(t.Context(), accounts.Administrator{Username: "root", Email: "ALICE@example.com", Password: newPassword})
		if !errors.Is(err, accounts.ErrTaken) {
			t.Errorf("the address of somebody else: %v, want ErrTaken", err)
		}
	})
}

func TestAdministratorsThatAreRefused(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, database.SQLite)
	db := s.Database(t)
	service := serviceOf(t, s)
	for name, a := range map[string]accounts.Administrator{
		"no name":               {"", "root@example.com", newPassword},
		"over-long name":        {strings.Repeat("r", 151), "root@example.com", newPassword},
		"no address":            {"root", "", newPassword},
		"address with a name":   {"root", "Root <root@example.com>", newPassword},
		"short password":        {"root", "root@example.com", "  Sh0rt   "},
		"password of examples":  {"root", "root@example.com", " Change-Me "},
		"password of tutorials": {"root", "root@example.com", "password"},
	} {
		if err := service.CreateAdministrator(t.Context(), a); err == nil {
			t.Errorf("%s: no error", name)
		} else if a.Password != "password" && strings.Contains(err.Error(), strings.TrimSpace(a.Password)) {
			t.Errorf("%s: the error tells the password: %v", name, err)
		}
	}
	if users := value[int](t, db, "select count(*) from users"); users != 0 {
		t.Errorf("%d administrators were made", users)
	}
}
