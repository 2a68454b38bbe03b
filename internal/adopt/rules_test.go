package adopt_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/adopt"
	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

const annsPassword = "Old-Pass-1"

// token signs somebody of the fixture in.
func token(t *testing.T, s *apptest.Server, name string) string {
	t.Helper()
	return signIn(t, s, name, annsPassword).Want(t, 200).String("token")
}

func TestWhatYearsLeave(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		o := fixture(t, engine, 0)
		s := o.start(t)
		ann, other := token(t, s, "ann"), token(t, s, "ANN")
		db := s.App(t).DB

		t.Run("people", func(t *testing.T) {
			settings := s.Call(t, "GET", "/api/v1/settings/", ann, nil).Want(t, 200)
			apptest.WantFields(t, settings.JSON, map[string]any{
				"username": "ann", "email": "ann@example.org", "motto": "one", "social_link": "https://example.org",
				"mcp_skill_md": "skill",
				"app_settings": map[string]any{"a": 1, "b": 3, "theme_mode": "D", "theme_preset": "forest",
					"api_base_url": "http://localhost:9080/api/v1"},
			})
			apptest.WantFields(t, s.Call(t, "GET", "/api/v1/settings/", other, nil).JSON,
				map[string]any{"username": "ANN", "email": "ANN@example.org"})
			s.Call(t, "PATCH", "/api/v1/settings/", other, map[string]any{"motto": "still me", "username": "ANN"}).Want(t, 200)
			signIn(t, s, "ANN", annsPassword).Want(t, 200)
			for _, name := range []string{"off", "waits", "bob"} {
				signIn(t, s, name, annsPassword).Want(t, 400)
			}
			s.Call(t, "GET", "/api/v1/settings/", "abababababababababababababababababababab", nil).Want(t, 401)
			if n := apptest.Value[int](t, db, "select count(*) from users where disabled_at is not null and id = 4"); n != 1 {
				t.Error("an inactive account that was used is not switched off")
			}
			if n := apptest.Value[int](t, db, "select count(*) from users where disabled_at is null and id = 5"); n != 1 {
				t.Error("an account that was never used does not wait")
			}
		})

		t.Run("courses", func(t *testing.T) {
			for _, c := range []struct {
				id        string
				title     string
				isDefault bool
			}{{"1", "Inbox", true}, {"2", "Inbox", false}, {"3", "Mine", false}} {
				got := s.Call(t, "GET", "/api/v1/courses/"+c.id+"/", ann, nil).Want(t, 200)
				apptest.WantFields(t, got.JSON, map[string]any{"title": c.title, "is_default": c.isDefault})
			}
			s.Call(t, "PATCH", "/api/v1/courses/2/", ann, map[string]any{"description": "edited", "title": "Inbox"}).Want(t, 200)
			s.Call(t, "PATCH", "/api/v1/courses/2/", ann, map[string]any{"title": "Another"}).Want(t, 200)
			// A note in a course of somebody else stays there, as if its author had left the course.
			apptest.WantFields(t, s.Call(t, "GET", "/api/v1/notes/2/", ann, nil).Want(t, 200).JSON,
				map[string]any{"course_id": 4})
			s.Call(t, "PATCH", "/api/v1/notes/2/", ann, map[string]any{"course_id": 4, "description": "saved"}).Want(t, 200)
		})

		t.Run("blocks", func(t *testing.T) {
			only := s.Call(t, "GET", "/api/v1/notes/1/", ann, nil).Want(t, 200)
			blocks, _ := only.Object()["blocks"].([]any)
			if len(blocks) != 3 || only.String("content") != "" {
				t.Fatalf("a note of blocks alone is %v", only.Object())
			}
			picture, _ := blocks[1].(map[string]any)
			if address, _ := picture["image_url"].(string); !strings.HasSuffix(address,
				"/media/user_upload/user_1/notes/noteblock_2/a.png") {
				t.Errorf("the picture of a block is at %q", address)
			}
			same := s.Call(t, "GET", "/api/v1/notes/3/", ann, nil).Want(t, 200)
			blocks, _ = same.Object()["blocks"].([]any)
			if len(blocks) != 3 {
				t.Fatalf("blocks that the content consists of become %v", blocks)
			}
			// One of them is changed: the rest of the content stays, byte for byte.
			s.Call(t, "PATCH", "/api/v1/blocks/5/", ann, map[string]any{"text": "two"}).Want(t, 200)
			got := s.Call(t, "GET", "/api/v1/notes/3/", ann, nil).String("content")
			if got != "# Agrees\n\ntwo\n\n- a\n\n- b" {
				t.Errorf("the content becomes %q", got)
			}
			history := s.Call(t, "GET", "/api/v1/notes/2/history/", ann, nil).Want(t, 200).List()
			if !slices.ContainsFunc(history, func(v any) bool {
				content, _ := v.(map[string]any)["content"].(string)
				return strings.Contains(content, "What the block says.")
			}) {
				t.Errorf("what only a block said is not in %v", history)
			}
		})

		t.Run("recycle bin", func(t *testing.T) {
			s.WaitForPurge(t, "notes.purge")
			if bin := s.Call(t, "GET", "/api/v1/notes/deleted/", ann, nil).Want(t, 200).List(); len(bin) != 1 {
				t.Errorf("in the bin is %v", bin)
			}
			if n := apptest.Value[int](t, db, "select count(*) from users where id = 5"); n != 1 {
				t.Error("an account that waits was purged at once")
			}
		})

		t.Run("the next ids", func(t *testing.T) {
			made := s.Call(t, "POST", "/api/v1/notes/", ann, map[string]any{"title": "New", "content": "x"}).Want(t, 201)
			if made.Int("id") <= 5 {
				t.Errorf("a new note has the id %d", made.Int("id"))
			}
		})
	})
}

func TestReport(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		o := fixture(t, engine, 0)
		file := filepath.Join(t.TempDir(), "report.json")
		dry := o.adopt(t, true, "--dry-run", "--report", file)
		planned := readReport(t, file)
		if strings.Contains(dry, "Adopted") || !planned.DryRun {
			t.Errorf("a dry run says %s", dry)
		}
		o.adopt(t, true, "--report", file)
		done := readReport(t, file)
		for i, table := range planned.Tables {
			got := done.Tables[i]
			if table.Name != got.Name || table.Read != got.Read || table.Kept != got.Kept || table.Merged != got.Merged ||
				table.Skipped != got.Skipped {
				t.Errorf("planned %+v, done %+v", table, got)
			}
			if table.Kept+table.Merged+table.Skipped != table.Read {
				t.Errorf("%s does not add up: %+v", table.Name, table)
			}
			if table.Skipped > 0 && len(table.Remarks) == 0 {
				t.Errorf("%s does not say why rows are left out", table.Name)
			}
		}
		if out := o.adopt(t, true); !strings.HasPrefix(out, "Nothing is new") {
			t.Errorf("another run says %s", out)
		}
	})
}

func readReport(t *testing.T, file string) (report adopt.Report) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(data, &report)
	}
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// adopt runs the command on the configured database, and returns what it says.
func (o *old) adopt(t *testing.T, succeeds bool, arguments ...string) string {
	t.Helper()
	cmd := apptest.Program(t, o.environment("SECRET_KEY=a-key-for-tests-of-at-least-fifty-characters-0123456789"),
		append([]string{"adopt"}, arguments...)...)
	var said, log strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &log
	if err := cmd.Run(); (err == nil) != succeeds {
		t.Fatalf("adopt %v: %v\n%s%s", arguments, err, &said, &log)
	}
	if !succeeds {
		return log.String()
	}
	return said.String()
}
