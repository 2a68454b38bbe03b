package config_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/config"
)

func TestReferenceIsUpToDate(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(filepath.FromSlash("../../docs/configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	if string(content) != config.Reference() {
		t.Error("docs/configuration.md is stale; renew it with: go run . config --reference > docs/configuration.md")
	}
}

func TestVariablesAreDescribedOnce(t *testing.T) {
	t.Parallel()
	var names, groups []string
	for _, v := range config.Variables() {
		names = append(append(names, v.Name), v.Aliases...)
		if v.Group == "" || v.Type == "" || !strings.HasSuffix(v.Doc, ".") {
			t.Errorf("%s is described badly in descriptions.go: %+v", v.Name, v)
		}
		if len(groups) == 0 || groups[len(groups)-1] != v.Group {
			groups = append(groups, v.Group)
		}
	}
	for _, v := range config.Ignored() {
		names = append(names, v.Name)
		if v.Why == "" {
			t.Errorf("%s is ignored without a reason", v.Name)
		}
	}
	for _, list := range [][]string{names, groups} {
		slices.Sort(list)
		if unique := slices.Compact(slices.Clone(list)); len(unique) != len(list) {
			t.Errorf("something appears twice in %q", list)
		}
	}
}

func TestEffectiveShowsNoSecret(t *testing.T) {
	t.Parallel()
	const hidden = "hunter2-not-to-be-seen"
	variables := []string{"DATABASE_URL=postgres://me:" + hidden + "@db/notes?sslpassword=" + hidden,
		"RESEND_API_URL=http://me:" + hidden + "@mail.example.org"}
	for _, v := range config.Variables() {
		if v.Secret {
			variables = append(variables, v.Name+"="+hidden)
		}
	}
	c := load(t, variables...)
	for _, setting := range c.Effective() {
		if strings.Contains(setting.Value, hidden) {
			t.Errorf("%s is shown: %s", setting.Name, setting.Value)
		}
	}
	expect(t, "SECRET_KEY", value(t, c, "SECRET_KEY").Value, "set, 22 characters")
	expect(t, "DATABASE_URL", value(t, c, "DATABASE_URL").Value, "postgres://me:xxxxx@db/notes?sslpassword=xxxxx")
	expect(t, "an unset secret", value(t, load(t), "SMTP_PASSWORD").Value, "")
	expect(t, "MAX_UPLOAD_BYTES", value(t, c, "MAX_UPLOAD_BYTES").Value, "20 MiB")
	expect(t, "SHUTDOWN_TIMEOUT", value(t, c, "SHUTDOWN_TIMEOUT").Value, "25s")
}
