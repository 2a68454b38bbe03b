package systemtest_test

import (
	"os"
	"testing"
)

// TestPostgreSQLIsThere keeps a run that leaves out half of the tests from looking like a whole one.
func TestPostgreSQLIsThere(t *testing.T) {
	t.Parallel()
	if os.Getenv("TEST_DATABASE_URL") == "" && os.Getenv("TEST_SQLITE_ONLY") == "" {
		t.Error(`TEST_DATABASE_URL is not set, so every test on PostgreSQL was skipped: half of the suite.
	. scripts/postgres.sh && start_postgres  gives tests a throw-away server;
	TEST_SQLITE_ONLY=1                       leaves PostgreSQL out on purpose.`)
	}
}
