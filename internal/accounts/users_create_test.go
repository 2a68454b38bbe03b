package accounts_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func TestAdministratorOfTheConfigurationCanSignIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, "DJANGO_SUPERUSER_USERNAME=Root", "DJANGO_SUPERUSER_EMAIL=Root@example.com",
			"DJANGO_SUPERUSER_PASSWORD="+apptest.Password)
		apptest.Eventually(t, "the administrator is made",
			func() bool { return len(s.Logs.Find("administrator created")) > 0 })
		reply := s.TrySignIn(t, "root@EXAMPLE.com", apptest.Password)
		s.WantSignedIn(t, reply)
		apptest.WantFields(t, reply.Object()["user"], keys{"username": "Root", "email": "root@example.com",
			"is_staff": true, "is_superuser": true})
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
	apptest.Eventually(t, "bootstrap fails",
		func() bool { return len(s.Logs.Find("bootstrap failed", "too common")) > 0 })
	apptest.WantProblem(t, s.TrySignIn(t, "admin", "change-me"), "non_field_errors")
}

func TestAdministratorIsMadeOnceAndNeverChanged(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		service := serviceOf(t, s)
		root := accounts.NewUser{Username: "root", Email: "root@example.com", Password: apptest.Password, IsSuperuser: true}
		var (
			group sync.WaitGroup
			made  = make(chan bool, 4)
		)
		for range cap(made) { // as instances do that start together
			group.Go(func() {
				created, err := service.EnsureUser(t.Context(), operator, root)
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
			t.Errorf("the administrator was created %d times", count)
		}
		root.Username, root.Email, root.Password = " ROOT ", "new@example.com", newPassword
		if created, err := service.EnsureUser(t.Context(), operator, root); created || err != nil {
			t.Errorf("made again: %v %v", created, err)
		}
		apptest.WantProblem(t, s.TrySignIn(t, "root", newPassword), "non_field_errors")
		apptest.WantProblem(t, s.TrySignIn(t, "new@example.com", apptest.Password), "non_field_errors")
		s.TrySignIn(t, "root", apptest.Password).Want(t, 200)
	})
}

func TestAdministratorOfAUserNameThatIsThereIsLeftAlone(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		s.SignUpByMail(t, "alice")
		service := serviceOf(t, s)
		created, err := service.EnsureUser(t.Context(), operator, accounts.NewUser{Username: "Alice",
			Email: "root@example.com", Password: newPassword, IsSuperuser: true})
		if created || err != nil {
			t.Errorf("made: %v %v", created, err)
		}
		reply := s.TrySignIn(t, "alice", apptest.Password).Want(t, 200)
		apptest.WantFields(t, reply.Object()["user"], keys{"is_staff": false, "is_superuser": false})

		_, err = service.EnsureUser(t.Context(), operator, accounts.NewUser{Username: "root", Email: "ALICE@example.com",
			Password: newPassword, IsSuperuser: true})
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
	for name, a := range map[string]accounts.NewUser{
		"no name":               {"", "root@example.com", newPassword, true},
		"over-long name":        {strings.Repeat("r", 151), "root@example.com", newPassword, true},
		"no address":            {"root", "", newPassword, true},
		"address with a name":   {"root", "Root <root@example.com>", newPassword, true},
		"short password":        {"root", "root@example.com", "  Sh0rt   ", true},
		"password of examples":  {"root", "root@example.com", " Change-Me ", true},
		"password of tutorials": {"root", "root@example.com", "password", true},
	} {
		if _, err := service.CreateUser(t.Context(), operator, a); err == nil {
			t.Errorf("%s: no error", name)
		} else if a.Password != "password" && strings.Contains(err.Error(), strings.TrimSpace(a.Password)) {
			t.Errorf("%s: the error tells the password: %v", name, err)
		}
	}
	if users := apptest.Value[int](t, db, "select count(*) from users"); users != 0 {
		t.Errorf("%d administrators were made", users)
	}
}
