package deployment_test

import (
	"regexp"
	"strings"
	"testing"
)

// documented are the variables that the deployment document has always named.
var documented = []string{
	"SECRET_KEY", "DATABASE_URL", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "OPENAI_API_KEY",
	"GITHUB_APP_ID", "GITHUB_APP_CLIENT_ID", "GITHUB_APP_CLIENT_SECRET", "GITHUB_APP_PRIVATE_KEY_PATH",
	"GITHUB_APP_WEBHOOK_SECRET",
	"GOOGLE_AUTHORIZED_REDIRECT_URIS", "GITHUB_AUTHORIZED_REDIRECT_URIS",
	"GOOGLE_AUTHORIZED_REDIRECT_URI", "GITHUB_AUTHORIZED_REDIRECT_URI",
	"GITHUB_DATA_SYNC_APP_NAME", "GITHUB_DATA_SYNC_APP_CLIENT_ID", "GITHUB_DATA_SYNC_APP_CLIENT_SECRET",
	"GITHUB_DATA_SYNC_APP_PRIVATE_KEY", "GITHUB_DATA_SYNC_APP_INSTALL_URL",
	"PORT", "PYTHONUNBUFFERED", "WEB_CONCURRENCY",
	"CLOUDFLARE_R2_BUCKET_NAME", "CLOUDFLARE_R2_ACCOUNT_ID", "CLOUDFLARE_R2_ACCESS_KEY_ID",
	"CLOUDFLARE_R2_SECRET_ACCESS_KEY",
	"CLOUDFLARE_R2_CUSTOM_DOMAIN",
}

type variable struct {
	secret bool
}

var (
	referenceRow  = regexp.MustCompile("(?m)^\\| `([A-Z0-9_]+)` \\|(.*)$")
	quotedName    = regexp.MustCompile("`([A-Z0-9_]+)`")
	variableInDoc = regexp.MustCompile("`([A-Z][A-Z0-9]*_[A-Z0-9_]+)[`=]")
)

// reference is every variable in the tables of docs/configuration.md, aliases and ignored ones included.
func reference(t *testing.T) map[string]variable {
	t.Helper()
	known := map[string]variable{}
	for _, row := range referenceRow.FindAllStringSubmatch(readFile(t, "docs/configuration.md"), -1) {
		v := variable{secret: strings.Contains(row[2], "(secret)")}
		known[row[1]] = v
		aliases, _, _ := strings.Cut(row[2], "|")
		for _, alias := range quotedName.FindAllStringSubmatch(aliases, -1) {
			known[alias[1]] = v
		}
	}
	if len(known) < 80 || !known["SECRET_KEY"].secret {
		t.Fatalf("the reference was not understood: %v", known)
	}
	return known
}

func TestReferenceKnowsTheDocumentedVariables(t *testing.T) {
	t.Parallel()
	known := reference(t)
	for _, name := range documented {
		if _, ok := known[name]; !ok {
			t.Errorf("%s is not in docs/configuration.md", name)
		}
	}
}

func TestGuideNamesTheDocumentedVariables(t *testing.T) {
	t.Parallel()
	guide := readFile(t, "docs/deployment/render.md")
	for _, name := range documented {
		if !strings.Contains(guide, "`"+name) {
			t.Errorf("docs/deployment/render.md does not name %s", name)
		}
	}
}

// Variables of compose files and of platforms are no settings of the server, but guides name them.
var notOurs = map[string]bool{
	"NOTECHONDRIA_BINARY": true, "POSTGRES_PASSWORD": true, "RENDER_GIT_COMMIT": true, "GOMEMLIMIT": true,
}

func TestGuidesNameOnlyKnownVariables(t *testing.T) {
	t.Parallel()
	known := reference(t)
	for _, guide := range []string{"render.md", "docker.md", "systemd.md"} {
		for _, found := range variableInDoc.FindAllStringSubmatch(readFile(t, "docs/deployment/"+guide), -1) {
			if _, ok := known[found[1]]; !ok && !notOurs[found[1]] {
				t.Errorf("%s names %s, which docs/configuration.md does not know", guide, found[1])
			}
		}
	}
}

var exampleLine = regexp.MustCompile(`(?m)^#?([A-Z0-9_]+)=`)

func TestExamplesNameOnlyKnownVariables(t *testing.T) {
	t.Parallel()
	known := reference(t)
	for _, example := range []string{"deployment/docker/.env.example", "deployment/systemd/notechondria.env.example"} {
		lines := exampleLine.FindAllStringSubmatch(readFile(t, example), -1)
		if len(lines) < 5 {
			t.Errorf("%s was not understood: %v", example, lines)
		}
		for _, line := range lines {
			if _, ok := known[line[1]]; !ok && !notOurs[line[1]] {
				t.Errorf("%s names %s, which docs/configuration.md does not know", example, line[1])
			}
		}
	}
}
