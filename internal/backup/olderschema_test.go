package backup_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// firstWithBackups is the first schema of which there are archives.
const firstWithBackups = 30

// TestArchivesOfOlderVersionsAreRestored makes an archive at each earlier schema.
func TestArchivesOfOlderVersionsAreRestored(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		all, err := database.All[int64](t.Context(), newSite(t, engine).open(t).Read(),
			"select version_id from goose_db_version where version_id > 0 order by version_id")
		if err != nil {
			t.Fatal(err)
		}
		for i, version := range all[:len(all)-1] {
			if version < firstWithBackups {
				continue
			}
			older := unmigratedSite(t, engine)
			db := older.open(t)
			if err := db.MigrateExactly(t.Context(), all[:i+1]); err != nil {
				t.Fatal(err)
			}
			seedNotes(t, db, 3)
			apptest.Change(t, db, `insert into calendar_feeds (user_id, title, source_kind, created_at, updated_at)
				select id, 'Campus', 'I', date_joined, date_joined from users`)
			apptest.Change(t, db, `insert into calendar_feed_bodies (feed_id, body, body_hash, parser_version)
				select id, $1, '', 1 from calendar_feeds`, []byte(apptest.Calendar("Seminar")))
			file := filepath.Join(t.TempDir(), "archive")
			older.must(t, "backup", "--output", file)
			for _, engine := range apptest.Engines {
				to := newSite(t, engine, apptest.NoBackups)
				to.must(t, "restore", file)
				db := to.open(t)
				found := []int{
					apptest.Value[int](t, db, "select count(*) from notes"),
					apptest.Value[int](t, db, "select count(*) from note_search"),
					apptest.Value[int](t, db, "select count(*) from calendar_feed_events"),
				}
				if !slices.Equal(found, []int{3, 3, 1}) {
					t.Errorf("of schema %d there are %v notes, indexed notes and events, want 3, 3, 1", version, found)
				}
			}
		}
	})
}

// unmigratedSite has a database without tables.
func unmigratedSite(t *testing.T, engine database.Engine) site {
	t.Helper()
	environment := []string{"DATA_DIR=" + t.TempDir(), testKey, "ALLOWED_HOSTS=127.0.0.1", apptest.NoBackups}
	if engine == database.PostgreSQL {
		environment = append(environment, "DATABASE_URL="+apptest.EmptyDatabase(t, false))
	}
	return site{environment}
}
