package backup_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// kept is an archive as backup list shows it.
type kept struct {
	Name                string
	Size                int64
	Verified, Encrypted bool
}

func (s site) list(t *testing.T) (found []kept) {
	t.Helper()
	if err := json.Unmarshal([]byte(s.must(t, "backup", "list", "--json")), &found); err != nil {
		t.Fatal(err)
	}
	return found
}

// TestAServerBacksItselfUpAndComesBack has a server make a backup beside its files in a bucket, and three others come back from
// it at once on a new database.
func TestAServerBacksItselfUpAndComesBack(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		bucket := apptest.StartS3(t)
		settings := append(bucket.Environment(), "CLOUDFLARE_R2_CUSTOM_DOMAIN=files.example.org", "MEDIA_PROXY=true")
		old := newSite(t, engine, settings...)
		mailbox := apptest.NewMailbox(t)
		p := apptest.StartProcess(t, append(slices.Clone(old.environment), append(mailbox.Environment(), "BACKUP_SCHEDULE=off")...), "start")
		s := p.Server()
		s.Mail = mailbox
		alice := s.SignUp(t, "alice")
		note := s.Call(t, "POST", notesPath, alice.Token, map[string]any{"title": "Roses", "content": "are red"}).Want(t, 201)
		attached := s.Upload(t, "POST", fmt.Sprintf("%s%d/attachments/", notesPath, note.Int("id")), alice.Token,
			apptest.Part{Name: "file", FileName: "a.txt", Content: "sunny"}).Want(t, 201)
		p.Stop(t)
		p = apptest.StartProcess(t, old.environment, "start") // daily, since there is a bucket
		apptest.Eventually(t, "a backup is made", func() bool { return len(p.Output.Find("backup made and verified")) == 1 })
		p.Stop(t)
		if list := old.list(t); len(list) != 1 || !list[0].Verified || !list[0].Encrypted {
			t.Fatalf("the backups are %v, want one that is verified and encrypted", list)
		}
		if len(p.Output.Find("who loses that loses them")) != 1 {
			t.Error("nobody is warned of the key that follows from SECRET_KEY")
		}

		fresh := newSite(t, engine, append(settings, "RESTORE_ON_EMPTY=latest", "BACKUP_SCHEDULE=off", "BOOTSTRAP_SAMPLES=false")...)
		var instances []*apptest.Process
		for range 3 {
			instances = append(instances, apptest.LaunchProcess(t, fresh.environment, "start"))
		}
		restored := 0
		for _, p := range instances {
			if !p.Listens() {
				t.Fatalf("an instance does not start: %s", p.Output)
			}
			got := p.Server().Call(t, "GET", fmt.Sprintf("%s%d/", notesPath, note.Int("id")), alice.Token, nil).Want(t, 200)
			if got.String("content") != "are red" {
				t.Errorf("the note is %s", got.Text)
			}
			restored += len(p.Output.Find(`"restored"`))
		}
		if restored != 1 {
			t.Errorf("%d instances have restored, want one", restored)
		}
		address := attached.String("url")
		if address == "" {
			address = attached.String("file_url")
		}
		_, file, _ := strings.Cut(address, "/media/")
		if got := instances[0].Server().Fetch(t, "/media/"+file).Want(t, 200); got.Text != "sunny" {
			t.Errorf("the file is %q", got.Text)
		}
	})
}

// TestFilesStayWhileABackupNamesThem deletes a note whose file a backup names, and then that backup.
func TestFilesStayWhileABackupNamesThem(t *testing.T) {
	t.Parallel()
	bucket := apptest.StartS3(t)
	here := newSite(t, database.SQLite, bucket.Environment()...)
	mailbox := apptest.NewMailbox(t)
	p := apptest.StartProcess(t, append(slices.Clone(here.environment), mailbox.Environment()...), "start")
	s := p.Server()
	s.Mail = mailbox
	apptest.Eventually(t, "a backup is made", func() bool { return len(p.Output.Find("backup made and verified")) == 1 })
	alice := s.SignUp(t, "alice")
	store := bucket.Store(t, "media")
	attach := func(title string) (path, key string) {
		note := s.Call(t, "POST", notesPath, alice.Token, map[string]any{"title": title, "content": "x"}).Want(t, 201)
		path = fmt.Sprintf("%s%d/attachments/", notesPath, note.Int("id"))
		got := s.Upload(t, "POST", path, alice.Token, apptest.Part{Name: "file", FileName: title + ".txt", Content: "sunny"}).Want(t, 201)
		db := here.open(t)
		return fmt.Sprint(path, got.Int("id"), "/"), apptest.Value[string](t, db, "select path from attachments where id = $1", got.Int("id"))
	}
	path, key := attach("kept")
	here.must(t, "backup")
	s.Call(t, "DELETE", path, alice.Token, nil).Want(t, 204)
	db := here.open(t)
	apptest.Eventually(t, "the file is held", func() bool {
		return apptest.Value[int](t, db, "select count(*) from backup_held where key = $1", key) == 1
	})
	if _, err := store.Stat(t.Context(), key); err != nil {
		t.Errorf("a file that a backup names is gone: %v", err)
	}
	backups := bucket.Store(t, "backups")
	for _, b := range here.list(t) {
		if err := backups.Delete(t.Context(), b.Name); err != nil {
			t.Fatal(err)
		}
	}
	path, free := attach("free")
	s.Call(t, "DELETE", path, alice.Token, nil).Want(t, 204)
	apptest.Eventually(t, "a file that no backup names is removed", func() bool {
		_, err := store.Stat(t.Context(), free)
		return err != nil
	})
}

// TestOldBackupsGo lays a year of archives into the folder.
func TestOldBackupsGo(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := newSite(t, database.SQLite, "BACKUP_DIR="+folder)
	s.must(t, "backup")
	newest := s.list(t)[0]
	made, err := time.Parse("20060102T150405Z", newest.Name[:16])
	if err != nil {
		t.Fatal(err)
	}
	lay := func(at time.Time, ends ...string) string {
		name := at.Format("20060102T150405Z") + "-abcdefgh.tar.zst"
		for _, end := range ends {
			if err := os.WriteFile(filepath.Join(folder, name+end), []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return name
	}
	for day := 1; day < 365; day++ {
		lay(made.AddDate(0, 0, -day), "", ".verified")
	}
	unverified := lay(made.Add(-72*time.Hour-time.Minute), "")
	young := lay(made.Add(-time.Hour), "")
	out := s.must(t, "backup", "prune")
	list := s.list(t)
	var days, months []string
	for _, b := range list {
		if b.Name == unverified {
			t.Error("an old archive that nobody has verified is kept")
		}
		days, months = append(days, b.Name[:8]), append(months, b.Name[:6])
	}
	slices.Sort(months)
	if months = slices.Compact(months); len(months) != 6 {
		t.Errorf("archives of %d months are kept, want 6", len(months))
	}
	for day := range 7 {
		if !slices.Contains(days, made.AddDate(0, 0, -day).Format("20060102")) {
			t.Errorf("the archive of %d days ago is gone", day)
		}
	}
	if !slices.ContainsFunc(list, func(b kept) bool { return b.Name == young }) {
		t.Error("an archive that may be on its way is gone")
	}
	if len(list) < 14 || len(list) > 18 {
		t.Errorf("%d archives are kept: %v", len(list), days)
	}
	if want := fmt.Sprintf("%d removed.", 367-len(list)); !strings.Contains(out, want) {
		t.Errorf("it says %q, want %q", out, want)
	}
	// A newest archive that is not good any more keeps all others.
	if err := os.WriteFile(filepath.Join(folder, newest.Name), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.wantOneLine(t, "nothing is removed", "backup", "prune")
}
