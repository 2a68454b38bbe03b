package backup_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/blob"
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

// withBackups configures a server for a bucket as its operator would.
func withBackups(bucket *apptest.S3) []string {
	return slices.DeleteFunc(bucket.Environment(), func(setting string) bool { return setting == apptest.NoBackups })
}

// roses is a note with a file, which are there again after a restore.
type roses struct{ token, note, file string }

// writeRoses runs a server for as long as it takes to write them.
func writeRoses(t *testing.T, s site) roses {
	t.Helper()
	mailbox := apptest.NewMailbox(t)
	p := apptest.StartProcess(t, slices.Concat([]string{apptest.NoBackups}, s.environment, mailbox.Environment()), "start")
	server := p.Server()
	server.Mail = mailbox
	alice := server.SignUp(t, "alice")
	note := server.Call(t, "POST", notesPath, alice.Token, map[string]any{"title": "Roses", "content": "are red"})
	path := fmt.Sprintf("%s%d/", notesPath, note.Want(t, 201).Int("id"))
	attached := server.Upload(t, "POST", path+"attachments/", alice.Token,
		apptest.Part{Name: "file", FileName: "a.txt", Content: "sunny"}).Want(t, 201)
	p.Stop(t)
	_, file, _ := strings.Cut(attached.String("url"), "/media/")
	return roses{alice.Token, path, "/media/" + file}
}

func (r roses) want(t *testing.T, s *apptest.Server) {
	t.Helper()
	if got := s.Call(t, "GET", r.note, r.token, nil).Want(t, 200); got.String("content") != "are red" {
		t.Errorf("the note is %s", got.Text)
	}
	if got := s.Fetch(t, r.file).Want(t, 200); got.Text != "sunny" {
		t.Errorf("the file is %q", got.Text)
	}
}

// TestAServerBacksItselfUpAndComesBack has a server make a backup beside its files in a bucket, and three others come
// back from it at once on a new database.
func TestAServerBacksItselfUpAndComesBack(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		bucket := apptest.StartS3(t)
		settings := append(withBackups(bucket), "CLOUDFLARE_R2_CUSTOM_DOMAIN=files.example.org", "MEDIA_PROXY=true")
		old := newSite(t, engine, settings...)
		roses := writeRoses(t, old)
		p := apptest.StartProcess(t, old.environment, "start") // daily, since there is a bucket
		apptest.Eventually(t, "a backup is made", func() bool { return len(p.Output.Find("backup made and verified")) == 1 })
		p.Stop(t)
		if list := old.list(t); len(list) != 1 || !list[0].Verified || !list[0].Encrypted {
			t.Fatalf("the backups are %v, want one that is verified and encrypted", list)
		}
		if len(p.Output.Find("if you lose it, the backups")) != 1 {
			t.Error("nobody is warned of the key that follows from SECRET_KEY")
		}

		fresh := newSite(t, engine, append(settings, "RESTORE_ON_EMPTY=latest", "BACKUP_SCHEDULE=off",
			"BOOTSTRAP_SAMPLES=false")...)
		var instances []*apptest.Process
		for range 3 {
			instances = append(instances, apptest.LaunchProcess(t, fresh.environment, "start"))
		}
		restored := 0
		for _, p := range instances {
			if !p.Listens() {
				t.Fatalf("an instance does not start: %s", p.Output)
			}
			roses.want(t, p.Server())
			restored += len(p.Output.Find(`"restored"`))
		}
		if restored != 1 {
			t.Errorf("%d instances have restored, want one", restored)
		}
	})
}

// TestBackupsInABucketOfTheirOwn keeps uploads in one bucket and backups in another, with keys that open only one each.
// The server comes back from the latter alone, files included.
func TestBackupsInABucketOfTheirOwn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		uploads, backups := apptest.StartS3(t), apptest.StartS3(t)
		roots := filepath.Join(t.TempDir(), "roots.pem")
		if err := os.WriteFile(roots, slices.Concat(uploads.Certificate(t), backups.Certificate(t)), 0o600); err != nil {
			t.Fatal(err)
		}
		settings := append([]string{"SSL_CERT_FILE=" + roots}, backups.AsBackups()...)
		old := newSite(t, engine, slices.Concat(settings, withBackups(uploads))...)
		roses := writeRoses(t, old)
		old.must(t, "backup")
		if list := old.list(t); len(list) != 1 || !list[0].Verified || list[0].Encrypted {
			t.Fatalf("the backups are %v, want one that is verified and, in a bucket without a domain, not encrypted", list)
		}
		for object, err := range uploads.Store(t, "").List(t.Context(), "backups/") {
			t.Errorf("%s lies among the uploads, %v", object.Key, err)
		}

		fresh := newSite(t, engine, append(settings, "RESTORE_ON_EMPTY=latest", "BACKUP_SCHEDULE=off",
			"BOOTSTRAP_SAMPLES=false")...)
		roses.want(t, apptest.StartProcess(t, fresh.environment, "start").Server())
	})
}

// TestFilesStayWhileABackupNamesThem deletes a note whose file a backup names, and then that backup.
func TestFilesStayWhileABackupNamesThem(t *testing.T) {
	t.Parallel()
	bucket := apptest.StartS3(t)
	here := newSite(t, database.SQLite, withBackups(bucket)...)
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
		got := s.Upload(t, "POST", path, alice.Token,
			apptest.Part{Name: "file", FileName: title + ".txt", Content: "sunny"}).Want(t, 201)
		db := here.open(t)
		return fmt.Sprint(path, got.Int("id"), "/"), apptest.Value[string](t, db,
			"select path from attachments where id = $1", got.Int("id"))
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
	s.wantOneLine(t, "nothing was deleted", "backup", "prune")
}

// TestAClockThatWentBackCostsNoBackup lays archives of later years beside one of today.
func TestAClockThatWentBackCostsNoBackup(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := newSite(t, database.SQLite, "BACKUP_DIR="+folder)
	s.must(t, "backup")
	content, err := os.ReadFile(filepath.Join(folder, s.list(t)[0].Name))
	if err != nil {
		t.Fatal(err)
	}
	const years = 10
	for year := range years {
		path := filepath.Join(folder, fmt.Sprintf("%d0101T000000Z-abcdefgh.tar.zst", 2990+year))
		for _, end := range []string{"", ".verified"} {
			if err := os.WriteFile(path+end, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.must(t, "backup", "prune")
	if list := s.list(t); len(list) != years+1 {
		t.Errorf("%d archives are left, want %d: %v", len(list), years+1, list)
	}
}

// TestADatabaseThatEndsIsSpokenOf makes the first migration look old.
func TestADatabaseThatEndsIsSpokenOf(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		environment := append(apptest.Environment(t, engine), testKey)
		for days, told := range map[int]int{20: 0, 24: 1} {
			db := apptest.OpenDatabase(t, environment)
			apptest.Change(t, db, "update goose_db_version set tstamp = $1", apptest.Ago(time.Duration(days)*24*time.Hour))
			apptest.Change(t, db, "insert into periodic_jobs (name, due_at) values ('backup.watch', $1) on conflict (name) do "+
				"update set due_at = excluded.due_at", apptest.Ago(time.Hour))
			s := apptest.Start(t, engine, append(environment, "DATABASE_LIFETIME_DAYS=30")...)
			member := s.SignUp(t, fmt.Sprint("member", days))
			staff := s.SignUp(t, fmt.Sprint("staff", days))
			s.Exec(t, "update users set is_staff = true where id = $1", staff.ID)
			for token, want := range map[string]int{"": 0, member.Token: 0, staff.Token: told} {
				details, _ := s.Call(t, "GET", "/readyz", token, nil).Want(t, 200).Object()["details"].([]any)
				if len(details) != want {
					t.Errorf("after %d days it tells %v, want %d of them", days, details, want)
				}
			}
			if told > 0 {
				apptest.Eventually(t, "the log says so",
					func() bool { return len(s.Logs.Find("will delete this database soon", "about ")) == 1 })
			}
			out, _, _ := site{append(environment, "DATABASE_LIFETIME_DAYS=30",
				"ALLOWED_HOSTS=127.0.0.1")}.run(t, "check", "--deploy")
			if strings.Contains(out, "days old and will be deleted after 30") != (told > 0 && engine == database.PostgreSQL) {
				t.Errorf("after %d days check --deploy says %s", days, out)
			}
			s.Stop(t)
		}
	})
}

// TestAdministratorsAreToldOfFailures takes the place of backups away.
func TestAdministratorsAreToldOfFailures(t *testing.T) {
	t.Parallel()
	bucket := apptest.StartS3(t)
	mailbox := apptest.NewMailbox(t)
	s := newSite(t, database.SQLite, append(append(withBackups(bucket), mailbox.Environment()...),
		"BACKUP_R2_BUCKET_NAME=there-is-none", "DJANGO_SUPERUSER_PASSWORD=Str0ng-pass-123",
		"DJANGO_SUPERUSER_EMAIL=root@example.org")...)
	s.must(t, "bootstrap")
	p := apptest.StartProcess(t, s.environment, "start")
	got := mailbox.Wait(t, "root@example.org", 1)
	if !strings.Contains(got.Text, "could not be made") ||
		!strings.Contains(got.Text, "No backup has succeeded yet") {
		t.Errorf("the mail says %q", got.Text)
	}
	apptest.Eventually(t, "it is tried again",
		func() bool { return len(p.Output.Find("backup.run", "will be retried")) >= 2 })
	p.Stop(t)
	if n := mailbox.Count("root@example.org"); n != 1 {
		t.Errorf("administrators got %d mails, want one", n)
	}
}

// TestAStoreThatFailsIsNoReasonForAnOlderBackup refuses only the newest backup, then damages it.
func TestAStoreThatFailsIsNoReasonForAnOlderBackup(t *testing.T) {
	t.Parallel()
	bucket := apptest.StartS3(t)
	s := newSite(t, database.SQLite, withBackups(bucket)...)
	seedNotes(t, s.open(t), 3)
	s.must(t, "backup")
	s.must(t, "backup")
	newest := s.list(t)[0].Name
	var failing atomic.Bool
	failing.Store(true)
	refuse := func(w http.ResponseWriter, r *http.Request, server http.Handler) {
		if failing.Load() && strings.HasSuffix(r.URL.Path, newest) {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		server.ServeHTTP(w, r)
	}
	bucket.Fail(slices.Repeat([]apptest.S3Fault{refuse}, 6)...)
	empty := newSite(t, database.SQLite, withBackups(bucket)...)
	empty.wantOneLine(t, newest, "restore", "latest")
	if users := apptest.Value[int](t, empty.open(t), "select count(*) from users"); users != 0 {
		t.Errorf("%d accounts were restored from an older backup", users)
	}
	failing.Store(false)
	damage := bucket.Store(t, "backups")
	if err := damage.Put(t.Context(), newest, strings.NewReader("text"), 4, blob.Meta{}); err != nil {
		t.Fatal(err)
	}
	empty.wantOneLine(t, "this is not a backup archive", "backup", "verify", newest)
	if b := empty.list(t)[0]; b.Name != newest || b.Verified {
		t.Errorf("after its verification failed, a backup is listed as %+v", b)
	}
	empty.must(t, "restore", "latest")
	wantSame(t, contents(t, empty.open(t)), contents(t, s.open(t)))
}
