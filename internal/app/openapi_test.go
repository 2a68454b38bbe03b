package app_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

// openAPI is what the tests look at in the document.
type openAPI struct {
	Paths      map[string]map[string]operation `json:"paths"`
	Components struct {
		Schemas         map[string]schema `json:"schemas"`
		SecuritySchemes map[string]any    `json:"securitySchemes"`
	} `json:"components"`
}

type operation struct {
	OperationID string                `json:"operationId"`
	Summary     string                `json:"summary"`
	Tags        []string              `json:"tags"`
	Security    []map[string][]string `json:"security"`
	Parameters  []struct {
		Name     string `json:"name"`
		In       string `json:"in"`
		Required bool   `json:"required"`
		Schema   schema `json:"schema"`
	} `json:"parameters"`
	RequestBody *content           `json:"requestBody"`
	Responses   map[string]content `json:"responses"`
}

// needsCredentials reports whether no alternative does without.
func (o operation) needsCredentials() bool {
	return len(o.Security) > 0 && !slices.ContainsFunc(o.Security, func(alternative map[string][]string) bool {
		return len(alternative) == 0
	})
}

type content struct {
	Content map[string]struct {
		Schema schema `json:"schema"`
	} `json:"content"`
}

type schema struct {
	Ref        string            `json:"$ref"`
	Type       any               `json:"type"`
	Properties map[string]schema `json:"properties"`
	Required   []string          `json:"required"`
}

func readOpenAPI(t *testing.T, s *apptest.Server) (d openAPI, text string) {
	t.Helper()
	got := s.Call(t, "GET", rest.DocumentPath, "", nil).Want(t, 200)
	if err := json.Unmarshal([]byte(got.Text), &d); err != nil {
		t.Fatal(err)
	}
	if got.Header.Get("Content-Type") != "application/json; charset=utf-8" || got.String("openapi") != "3.1.0" {
		t.Errorf("it is %s %s", got.Header.Get("Content-Type"), got.String("openapi"))
	}
	return d, got.Text
}

func TestOpenAPIOperationsAreComplete(t *testing.T) {
	t.Parallel()
	d, _ := readOpenAPI(t, apptest.Start(t, database.SQLite))
	ids := map[string]string{}
	inPath := regexp.MustCompile(`\{(\w+)\}`)
	for path, methods := range d.Paths {
		for method, op := range methods {
			name := method + " " + path
			if other := ids[op.OperationID]; op.OperationID == "" || other != "" {
				t.Errorf("%s has the operation id %q, as has %q", name, op.OperationID, other)
			}
			ids[op.OperationID] = name
			if op.Summary == "" || len(op.Tags) != 1 || op.Tags[0] == "" {
				t.Errorf("%s has the summary %q and the tags %q", name, op.Summary, op.Tags)
			}
			if op.Responses["default"].Content["application/json"].Schema.Ref != "#/components/schemas/Problem" {
				t.Errorf("%s has the responses %v", name, op.Responses)
			}
			var wanted, given []string
			for _, match := range inPath.FindAllStringSubmatch(path, -1) {
				wanted = append(wanted, match[1])
			}
			for _, p := range op.Parameters {
				if p.In == "path" && p.Required {
					given = append(given, p.Name)
				}
				if _, one := p.Schema.Type.(string); !one {
					t.Errorf("%s: the parameter %s has the type %v", name, p.Name, p.Schema.Type)
				}
			}
			if !slices.Equal(wanted, given) {
				t.Errorf("%s describes the path parameters %q", name, given)
			}
			for _, alternative := range op.Security {
				for scheme := range alternative {
					if d.Components.SecuritySchemes[scheme] == nil {
						t.Errorf("%s names the unknown security scheme %s", name, scheme)
					}
				}
			}
		}
	}
}

func TestOpenAPIReferencesResolve(t *testing.T) {
	t.Parallel()
	d, text := readOpenAPI(t, apptest.Start(t, database.SQLite))
	references := regexp.MustCompile(`"\$ref":"([^"]*)"`).FindAllStringSubmatch(text, -1)
	used := map[string]bool{}
	for _, match := range references {
		name, local := strings.CutPrefix(match[1], "#/components/schemas/")
		if _, known := d.Components.Schemas[name]; !known || !local {
			t.Errorf("%s leads nowhere", match[1])
		}
		used[name] = true
	}
	for name := range d.Components.Schemas {
		if !used[name] || !regexp.MustCompile(`^[A-Za-z0-9._-]+$`).MatchString(name) {
			t.Errorf("the schema %q is used by nothing, or its name is not allowed", name)
		}
	}
	if len(references) == 0 {
		t.Error("nothing is referred to")
	}
}

// pathFor is a path whose parameters are those of nothing that exists.
func pathFor(template string) string {
	path := strings.ReplaceAll(template, "{uuid}", "00000000-0000-0000-0000-000000000000")
	return regexp.MustCompile(`\{\w+\}`).ReplaceAllString(path, "999999")
}

func TestOpenAPIHasTheRoutesOfTheServer(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, database.SQLite)
	d, _ := readOpenAPI(t, s)
	for path, methods := range d.Paths {
		described := []string{"OPTIONS"}
		for method := range methods {
			described = append(described, strings.ToUpper(method))
			if method == "get" {
				described = append(described, "HEAD")
			}
		}
		slices.Sort(described)
		served := strings.Split(s.Call(t, "PUT", pathFor(path), "", nil).WantKeys(t, 405, "detail").Header.Get("Allow"), ", ")
		slices.Sort(served)
		if !slices.Equal(described, served) {
			t.Errorf("%s: the document has %s, the server %s", path, described, served)
		}
	}
	for path, method := range map[string]string{
		"/": "get", "/handshake/": "get", "/healthz": "get", "/readyz": "get", "/api/v1/ping/": "get",
		"/api/v1/auth/login/":         "post",
		"/api/v1/auth/sessions/{id}/": "delete", "/api/v1/settings/": "patch", "/api/v1/courses/": "get",
		"/api/v1/notes/uuid/{uuid}/": "patch",
	} {
		if _, ok := d.Paths[path][method]; !ok {
			t.Errorf("%s %s is missing", method, path)
		}
	}
}

func TestOpenAPISaysWhoMayCall(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, database.SQLite)
	d, _ := readOpenAPI(t, s)
	for path, methods := range d.Paths {
		for method, op := range methods {
			got := s.Call(t, strings.ToUpper(method), pathFor(path), "", nil)
			missing := got.Status == 401 && got.String("detail") == "Authentication credentials were not provided."
			if missing != op.needsCredentials() {
				t.Errorf("%s %s: security %v, but without credentials %d %s", method, path, op.Security, got.Status, got.Text)
			}
		}
	}
}

func TestOpenAPIDescribesTheAnswers(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, database.SQLite)
	d, _ := readOpenAPI(t, s)
	alice := s.SignUp(t, "alice")
	for _, path := range []string{"/api/v1/settings/", "/api/v1/auth/session/", "/api/v1/auth/sessions/",
		"/api/v1/ping/"} {
		reference := d.Paths[path]["get"].Responses["200"].Content["application/json"].Schema.Ref
		described := d.Components.Schemas[reference[strings.LastIndexByte(reference, '/')+1:]]
		properties := slices.Collect(maps.Keys(described.Properties))
		apptest.WantKeys(t, path, s.Call(t, "GET", path, alice.Token, nil).Want(t, 200).JSON, properties...)
	}
}

func TestEveryFieldOfEveryBodyCanBeRead(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, database.SQLite)
	d, _ := readOpenAPI(t, s)
	alice := s.SignUp(t, "alice")
	s.Exec(t, "update users set is_staff = true")
	read := 0
	for path, methods := range d.Paths {
		for method, op := range methods {
			if op.RequestBody == nil {
				continue
			}
			body := map[string]any{}
			for key := range op.RequestBody.Content["application/json"].Schema.Properties {
				body[key] = map[string]any{"an object": "fits hardly anything"}
				read++
			}
			got := s.Call(t, strings.ToUpper(method), pathFor(path), alice.Token, body)
			if got.Status >= 500 || strings.Contains(got.Text, "This field can't be read.") {
				t.Errorf("%s %s: %d %s", method, path, got.Status, got.Text)
			}
		}
	}
	schema := d.Paths["/api/v1/notes/"]["post"].RequestBody.Content["application/json"].Schema
	if _, ok := schema.Properties["title"]; !ok || read < 30 {
		t.Errorf("the bodies have %d fields", read)
	}
}
