package courses_test

import (
	"fmt"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
)

func TestOwnersEndSubscriptions(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		course := s.Course(t, s.Alice, "Botany")
		path := byID(course)
		note := s.note(t, s.Alice, course, "intro", true)
		alice, bob, carol := s.Alice.Token, s.Bob.Token, s.SignUp(t, "carol").Token
		s.Call(t, "POST", path+"subscribe/", bob, nil).Want(t, 200)
		s.Call(t, "POST", path+"subscribe-private/", carol, nil).Want(t, 200)

		list := s.Call(t, "GET", path+"subscribers/", alice, nil).Want(t, 200).List()
		if len(list) != 1 {
			t.Fatalf("subscribers: %v", list)
		}
		apptest.WantKeys(t, "a subscriber", list[0], "user", "subscribed_at")
		user, _ := list[0].(object)["user"].(object)
		apptest.WantFields(t, user, object{"username": "bob"})
		for _, token := range []string{bob, s.SignUp(t, "dora").Token} {
			s.Call(t, "GET", path+"subscribers/", token, nil).Want(t, 403)
			s.Call(t, "DELETE", path+"subscribers/", token, nil).Want(t, 403)
		}

		s.Call(t, "PATCH", fmt.Sprintf("/api/v1/notes/%d/", note.Int("id")), alice, object{"is_public": false}).Want(t, 200)
		id, _ := user["id"].(float64)
		one := fmt.Sprintf("%ssubscribers/%d/", path, int64(id))
		s.Call(t, "DELETE", one, alice, nil).Want(t, 204)
		s.Call(t, "DELETE", one, alice, nil).Want(t, 404)
		s.Call(t, "GET", path, bob, nil).Want(t, 404)
		s.Call(t, "GET", path, carol, nil).Want(t, 200)
		s.Call(t, "DELETE", path+"subscribers/", alice, nil).Want(t, 204)
		s.Call(t, "GET", path, carol, nil).Want(t, 404)
	})
}
