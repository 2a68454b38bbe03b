package accounts_test

import (
	"database/sql"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func TestSecretsAreNeitherStoredNorLogged(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, "PUBLIC_URL=https://notes.example.org")
		used := s.Register(t, "alice", "alice@example.com")
		openPage(t, s, "alice@example.com", used)
		token := verify(t, s, "alice@example.com", used).Want(t, 200).String("token")
		s.Call(t, "GET", settingsPath, token, nil).Want(t, 200)
		s.Call(t, "GET", probePath, token, nil).Want(t, 200)
		s.TrySignIn(t, "alice", "Wrong-pass-1").Want(t, 400)
		alice := apptest.Account{Email: "alice@example.com", Token: token}
		key, identity := newKey(t, s, token), identityCode(t, s, alice)
		callAs(t, s, "Bearer "+key, "GET", settingsPath, nil).Want(t, 200)
		callAs(t, s, "Token "+key+"0", "GET", settingsPath, nil).Want(t, 401)
		changePassword(t, s, alice, identity, apptest.Password, newPassword).Want(t, 200)
		address := askEmail(t, s, alice, "new@example.net")
		changeEmail(t, s, token, keys{"new_email": "other@example.net", "code": address}).Want(t, 400)
		waiting := s.AskReset(t, "alice@example.com")
		s.TrySignIn(t, waiting, waiting).Want(t, 400)

		texts := strings.Join(storedTexts(t, s.Database(t)), "\n")
		if !strings.Contains(texts, "alice@example.com") || !strings.Contains(texts, "password_reset") {
			t.Fatalf("what is stored was not read:\n%s", texts)
		}
		secrets := map[string]string{"code that was used": used, "code that waits": waiting, "identity code": identity,
			"code for an address": address, "token": token, "API key": key, "unknown API key": key + "0",
			"new password": newPassword,
			"password":     apptest.Password, "wrong password": "Wrong-pass-1"}
		for name, secret := range secrets {
			whole := regexp.MustCompile(`\b` + regexp.QuoteMeta(secret) + `\b`)
			if whole.MatchString(texts) {
				t.Errorf("the %s is stored", name)
			}
			if whole.MatchString(s.Logs.String()) {
				t.Errorf("the %s is logged", name)
			}
		}
	})
}

// storedTexts returns everything in the database that is a text or bytes.
func storedTexts(t *testing.T, db *database.DB) (texts []string) {
	t.Helper()
	tables := "select tablename from pg_tables where schemaname = 'public'"
	if db.Engine() == database.SQLite {
		tables = "select name from sqlite_master where type = 'table'"
	}
	names, err := database.All[string](t.Context(), db.Read(), tables)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		rows, err := db.Read().QueryContext(t.Context(), fmt.Sprintf("select * from %q", name))
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, textsOf(t, rows)...)
	}
	return texts
}

func textsOf(t *testing.T, rows *sql.Rows) (texts []string) {
	t.Helper()
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values, slots := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			slots[i] = &values[i]
		}
		if err := rows.Scan(slots...); err != nil {
			t.Fatal(err)
		}
		for _, value := range values {
			switch v := value.(type) {
			case string:
				texts = append(texts, v)
			case []byte:
				texts = append(texts, string(v))
			}
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return texts
}
