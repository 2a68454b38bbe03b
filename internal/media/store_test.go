package media_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/blob"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/jobs"
	"github.com/trance-0/notechondria/internal/media"
)

// keeper is the service with the files of one user, whose pictures the users table refers to.
type keeper struct {
	*media.Service
	user int64
	logs *apptest.Logs
}

func newKeeper(t *testing.T, engine database.Engine, store blob.Store) *keeper {
	t.Helper()
	k := &keeper{logs: &apptest.Logs{}}
	log := slog.New(slog.NewJSONHandler(k.logs, nil))
	db := apptest.OpenDatabase(t,
		append(apptest.Environment(t, engine), "SECRET_KEY=that-of-the-tests-is-no-secret-at-all-0123456789"))
	if err := db.Migrate(t.Context(), slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	k.Service = media.New(media.Options{Store: store, DB: db, Queue: jobs.New(db, log), Log: log})
	k.RegisterColumn("users", "avatar_path")
	k.user = k.addUser(t, "a", "")
	return k
}

func (k *keeper) addUser(t *testing.T, name, picture string) (id int64) {
	t.Helper()
	err := k.DB.Write(t.Context(), func(tx *database.Tx) (err error) {
		id, err = database.One[int64](t.Context(), tx, `
			insert into users (username, username_folded, date_joined, avatar_path) values ($1, $1, $2, $3) returning id`,
			name, database.Now(), picture)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// run runs jobs until the test ends.
func (k *keeper) run(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { k.Queue.Run(ctx); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
}

// keep stores a picture and returns its key. then runs in the transaction after the row was written.
func (k *keeper) keep(t *testing.T, then func(tx *database.Tx) error) (key string, err error) {
	t.Helper()
	upload := media.Upload{Owner: k.user, Folder: media.Avatars, Name: "a.png",
		Content: strings.NewReader("content"), Size: 7}
	err = k.Save(t.Context(), upload, func(tx *database.Tx, stored string) error {
		key = stored
		if _, err := tx.ExecContext(t.Context(), "update users set avatar_path = $1 where id = $2", stored,
			k.user); err != nil {
			return err
		}
		return then(tx)
	})
	return key, err
}

func (k *keeper) keys(t *testing.T) []string {
	t.Helper()
	keys := []string{}
	for object, err := range k.Store.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, object.Key)
	}
	slices.Sort(keys)
	return keys
}

func nothing(*database.Tx) error { return nil }

func TestKeep(t *testing.T) {
	apptest.EachStore(t, "media", func(t *testing.T, store blob.Store) {
		k := newKeeper(t, database.SQLite, store)
		first, err := k.keep(t, nothing)
		if err != nil || len(first) < len("users/1/avatar//a.png")+26 {
			t.Fatalf("%q, %v", first, err)
		}
		refused := errors.New("refused")
		if _, err := k.keep(t, func(*database.Tx) error { return refused }); !errors.Is(err, refused) {
			t.Fatal(err)
		}
		if got := k.keys(t); !slices.Equal(got, []string{first}) {
			t.Errorf("%q are kept, want %q alone: what no row names must be gone", got, first)
		}
		_, err = k.keep(t, func(tx *database.Tx) error { return errors.Join(k.Remove(t.Context(), tx, "", first), refused) })
		if !errors.Is(err, refused) {
			t.Fatal(err)
		}
		k.run(t)
		second, err := k.keep(t, func(tx *database.Tx) error { return k.Remove(t.Context(), tx, first, "") })
		if err != nil {
			t.Fatal(err)
		}
		apptest.Eventually(t, "the replaced file goes, the new one stays",
			func() bool { return slices.Equal(k.keys(t), []string{second}) })
	})
}

func TestWhatARowNamesIsNotRemoved(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		k := newKeeper(t, engine, apptest.OpenLocal(t, t.TempDir()))
		other := "users/1/avatar/other"
		put(t, k.Store, other, "x")
		var key string
		key, err := k.keep(t, nothing)
		if err == nil {
			err = k.DB.Write(t.Context(), func(tx *database.Tx) error { return k.Remove(t.Context(), tx, key, other) })
		}
		if err != nil {
			t.Fatal(err)
		}
		k.run(t)
		apptest.Eventually(t, "only the file without a row goes",
			func() bool { return slices.Equal(k.keys(t), []string{key}) })
	})
}

// age sets the age of files.
func age(t *testing.T, folder string, old time.Duration, keys ...string) {
	t.Helper()
	at := time.Now().Add(-old)
	for _, key := range keys {
		if err := os.Chtimes(filepath.Join(folder, filepath.FromSlash(key)), at, at); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSweep(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		folder := t.TempDir()
		k := newKeeper(t, engine, apptest.OpenLocal(t, folder))
		named, err := k.keep(t, nothing)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"users/1/avatar/old", "users/1/avatar/young", "user_upload/of/the/former/system"} {
			put(t, k.Store, key, "x")
		}
		age(t, folder, 48*time.Hour, named, "users/1/avatar/old", "user_upload/of/the/former/system")
		want := []string{"user_upload/of/the/former/system", "users/1/avatar/young", named}
		slices.Sort(want)
		k.run(t)
		apptest.Eventually(t, "the old file without a row goes", func() bool { return slices.Equal(k.keys(t), want) })
	})
}

func TestASweepWithTheWrongDatabaseRemovesNothing(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	k := newKeeper(t, database.SQLite, apptest.OpenLocal(t, folder))
	for i := range 30 {
		key := "users/2/notes/" + strings.Repeat("x", i+1) + "/a.txt"
		put(t, k.Store, key, "somebody's")
		age(t, folder, 48*time.Hour, key)
	}
	k.run(t)
	apptest.Eventually(t, "the sweep complains",
		func() bool { return len(k.logs.Find("belong to another one", `"without_row":30`)) == 1 })
	if got := k.keys(t); len(got) != 30 {
		t.Errorf("%d of 30 files are left", len(got))
	}
}

// After a restore of an older copy of the database, many files have no row: the newer copy may still come back.
func TestASweepWithAnOlderCopyOfTheDatabaseRemovesOnlyWhatIsLongForgotten(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		folder := t.TempDir()
		k := newKeeper(t, engine, apptest.OpenLocal(t, folder))
		want := []string{}
		for i := range 60 {
			key := fmt.Sprintf("users/%d/avatar/%02d/a.png", k.user, i)
			put(t, k.Store, key, "picture")
			age(t, folder, 48*time.Hour, key)
			switch {
			case i < 5:
				age(t, folder, 8*24*time.Hour, key)
				continue
			case i >= 25:
				k.addUser(t, strconv.Itoa(i), key)
			}
			want = append(want, key)
		}
		k.run(t)
		apptest.Eventually(t, "files that were forgotten for a week go", func() bool { return slices.Equal(k.keys(t), want) })
		counted, err := database.One[int](t.Context(), k.DB.Read(),
			"select sum(size) from picture_files where owner_id = $1", k.user)
		if err != nil || counted != 35*len("picture") {
			t.Errorf("%d bytes are counted, want those of 35 pictures (%v)", counted, err)
		}
	})
}

func TestStoredNames(t *testing.T) {
	t.Parallel()
	const png = "\x89PNG\r\n\x1a\n"
	for _, test := range []struct{ name, head, want string }{
		{"Notes of May.txt", "sunny", "Notes_of_May.txt"},
		{" Föhre 日本.PDF ", "%PDF-1.4", "Föhre_日本.PDF"},
		{"", png, "file.png"},
		{"photo", png, "photo.png"},
		{"README", "text", "README.txt"},
		{"page", "<html>", "page"},
		{"tool", "\x7fELF\x02\x01", "tool"},
		{"script.sh", "#!/bin/sh", "script.sh"},
		{".htaccess", "deny", "htaccess.txt"},
		{"..", "", "file.txt"},
		{`a/b\c?d#e%f.png`, png, "abcdef.png"},
		{strings.Repeat("ä", 300) + ".png", png, strings.Repeat("ä", 98) + ".png"},
		{"x." + strings.Repeat("y", 300), "\x00", "x." + strings.Repeat("y", 15)},
	} {
		got := media.StoredName(test.name, []byte(test.head))
		if got != test.want {
			t.Errorf("%q is stored as %q, want %q", test.name, got, test.want)
		}
		if _, err := blob.CleanKey("users/1/notes/x/" + got); err != nil {
			t.Error(err)
		}
	}
}
