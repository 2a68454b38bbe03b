package app_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// Whatever a person stores counts: attachments, covers and calendars. What is removed makes room at once.
func TestOneQuotaForAllThatIsStored(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, "MAX_STORAGE_BYTES_PER_USER=100000")
		anna, ben := s.SignUp(t, "anna").Token, s.SignUp(t, "ben").Token
		picture := apptest.PNG(t, 8, 8, 1)
		picture += strings.Repeat("\x00", 40_000-len(picture))
		note := func(title string) string {
			reply := s.Call(t, "POST", "/api/v1/notes/", anna, map[string]any{"title": title}).Want(t, 201)
			return fmt.Sprintf("/api/v1/notes/%d/", reply.Int("id"))
		}
		cover := func(path string) apptest.Reply {
			return s.Upload(t, "POST", path+"cover/", anna, apptest.Part{Name: "cover", FileName: "c.png", Content: picture})
		}
		attachment := apptest.Part{Name: "file", FileName: "a.txt", Content: strings.Repeat("a", 15_000)}
		calendar := map[string]any{"title": "Work",
			"raw_ical": "BEGIN:VCALENDAR" + strings.Repeat("\r\n", 5_000) + "END:VCALENDAR"}

		first, second, third := note("One"), note("Two"), note("Three")
		cover(first).Want(t, 200)
		cover(first).Want(t, 200) // in place of the one before
		cover(second).Want(t, 200)
		cover(third).WantKeys(t, 400, "detail")
		s.Upload(t, "POST", third+"attachments/", anna, attachment).Want(t, 201)
		s.Call(t, "POST", "/api/v1/calendar-feeds/", anna, calendar).WantKeys(t, 400, "detail")
		s.Call(t, "POST", "/api/v1/calendar-feeds/", ben, calendar).Want(t, 201)

		s.Call(t, "DELETE", second+"cover/", anna, nil)
		s.Call(t, "POST", "/api/v1/calendar-feeds/", anna, calendar).Want(t, 201)
		s.Upload(t, "POST", third+"attachments/", anna, attachment).Want(t, 201)
		cover(third).WantKeys(t, 400, "detail")
	})
}
