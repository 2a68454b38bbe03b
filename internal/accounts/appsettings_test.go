package accounts_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func TestAppSettingsAreLaidOverTheStoredOnes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		token := s.SignUpByMail(t, "alice").Token
		const base = "https://notes.example.org/api/v1"
		for _, step := range []struct {
			name       string
			body, want keys // app_settings in the end, and the three columns with it
		}{
			{"columns alone", keys{"theme_preset": "blue", "api_base_url": base},
				keys{"theme_preset": "blue", "theme_mode": "S", "api_base_url": base}},
			{"keys are added", keys{"app_settings": keys{"locale": "de", "log_preferences": keys{"level": 1, "kept": true}}},
				keys{"theme_preset": "blue", "theme_mode": "S", "api_base_url": base, "locale": "de",
					"log_preferences": keys{"level": 1, "kept": true}}},
			{"nested objects are replaced whole, null is a value",
				keys{"app_settings": keys{"log_preferences": keys{"level": 2}, "locale": nil}},
				keys{"theme_preset": "blue", "theme_mode": "S", "api_base_url": base, "locale": nil,
					"log_preferences": keys{"level": 2}}},
			{"columns follow", keys{"app_settings": keys{"theme_mode": "D", "theme_preset": "rose", "log_preferences": nil}},
				keys{"theme_preset": "rose", "theme_mode": "D", "api_base_url": base, "locale": nil, "log_preferences": nil}},
			{"what stands beside wins", keys{"theme_mode": "L", "app_settings": keys{"theme_mode": "S", "theme_preset": "mint"}},
				keys{"theme_preset": "mint", "theme_mode": "L", "api_base_url": base, "locale": nil, "log_preferences": nil}},
			{"no object changes nothing", keys{"app_settings": []int{1}},
				keys{"theme_preset": "mint", "theme_mode": "L", "api_base_url": base, "locale": nil, "log_preferences": nil}},
		} {
			t.Run(step.name, func(t *testing.T) {
				wantSettings(t, s, token, step.body, keys{"app_settings": step.want,
					"theme_preset": step.want["theme_preset"], "theme_mode": step.want["theme_mode"],
					"api_base_url": step.want["api_base_url"]})
			})
		}
	})
}

func TestAppSettingsTimeIsTheOneSent(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		token := s.SignUpByMail(t, "alice").Token
		sent := func(at any) keys { return keys{"app_settings": keys{"x": 1}, "app_settings_updated_at": at} }
		for given, stored := range map[string]string{
			"2026-11-22T23:22:52.001260+01:00": "2026-11-22T22:22:52.001260Z",
			"2020-01-02T03:04:05Z":             "2020-01-02T03:04:05Z",
			// older than what is stored: the clients compare, not the server
			"2020-01-02T03:04:05.123456789Z": "2020-01-02T03:04:05.123456Z",
			"2020-01-02 03:04":               "2020-01-02T03:04:00Z",
		} {
			wantSettings(t, s, token, sent(given), keys{"app_settings_updated_at": stored})
		}
		wantSettings(t, s, token, sent("2020-01-02T03:04:05Z"), keys{"app_settings_updated_at": "2020-01-02T03:04:05Z"})
		wantSettings(t, s, token, keys{"motto": "no setting", "app_settings_updated_at": "2021-01-01T00:00:00Z"},
			keys{"app_settings_updated_at": "2020-01-02T03:04:05Z"})

		for name, body := range map[string]keys{"null": sent(nil), "absent": {"theme_mode": "D"},
			"no object": {"app_settings": "text"}} {
			patchSettings(t, s, token, sent("2020-01-02T03:04:05Z")).Want(t, 200)
			at, err := time.Parse(time.RFC3339, patchSettings(t, s, token, body).Want(t, 200).String("app_settings_updated_at"))
			if err != nil || time.Since(at).Abs() > time.Minute {
				t.Errorf("%s: %v %v, want the present time", name, at, err)
			}
		}
	})
}

func TestAppSettingsAreCheckedWhereTheServerUsesThem(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		token := s.SignUpByMail(t, "alice").Token
		for _, wrong := range []keys{
			{"theme_mode": "X"}, {"theme_mode": nil}, {"theme_mode": 1},
			{"theme_preset": ""}, {"theme_preset": "  "}, {"theme_preset": strings.Repeat("x", 33)}, {"theme_preset": keys{}},
			{"theme_preset": "te\x00al"},
			{"api_base_url": nil}, {"api_base_url": "notes.example.org"}, {"api_base_url": "https://"},
			{"api_base_url": "https://example.org/" + strings.Repeat("x", 255)},
		} {
			t.Run(fmt.Sprint(wrong), func(t *testing.T) {
				apptest.WantProblem(t, patchSettings(t, s, token, keys{"app_settings": wrong}), "app_settings")
			})
		}
		apptest.WantProblem(t, patchSettings(t, s, token, `{"app_settings":{"x":1e400}}`), "app_settings")
		apptest.WantProblems(t, patchSettings(t, s, token, keys{"app_settings": keys{"theme_mode": 1, "theme_preset": 1}}),
			map[string]int{"app_settings": 2})
		wantSettings(t, s, token, keys{"app_settings": keys{"theme_preset": "slate"}}, keys{"theme_preset": "slate"})
	})
}

// The rest is the apps' business: it comes back as it was sent.
func TestAppSettingsAreKeptToTheLetter(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		token := s.SignUpByMail(t, "alice").Token
		for name, sent := range map[string]string{
			"numbers":      `"n":[1.0,0.10,12345678901234567890,-0]`,
			"text":         `"t":"<b>&amp; ü \u2028 ♥"`,
			"zero byte":    `"z":"a\u0000b"`,
			"nested":       `"o":{"":{},"b":[{"a":null},[],true]}`,
			"an empty key": `"":1`,
		} {
			reply := patchSettings(t, s, token, `{"app_settings":{`+sent+`}}`).Want(t, 200)
			if !strings.Contains(unescaped(reply.Text), unescaped(sent)) {
				t.Errorf("%s: %s is not in %s", name, sent, reply.Text)
			}
		}
	})
}

// unescaped is JSON with the escapes of these tests written out.
func unescaped(text string) string {
	return strings.NewReplacer(`\u2028`, "\u2028", `\u0000`, "\x00").Replace(text)
}

func TestAppSettingsDoNotGrowForEver(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		token := s.SignUpByMail(t, "alice").Token
		most := strings.Repeat("x", 200<<10)
		patchSettings(t, s, token, keys{"app_settings": keys{"a": most}}).Want(t, 200)
		apptest.WantProblem(t, patchSettings(t, s, token, keys{"app_settings": keys{"b": most}}), "app_settings")
		apptest.WantProblem(t, patchSettings(t, s, token, keys{"app_settings": keys{"a": most + most}}), "app_settings")
		wantSettings(t, s, token, keys{"app_settings": keys{"a": ""}}, keys{"theme_mode": "S"})
		patchSettings(t, s, token, keys{"app_settings": keys{"b": most}}).Want(t, 200)
	})
}
