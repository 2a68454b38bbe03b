package architecture_test

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// layers are the packages below internal ("." is the program), the highest first. A package imports packages of lower
// layers only, never one of its own. docs/decisions.md shows the same list.
var layers = [][]string{
	{"."},
	{"cli", "apptest", "systemtest", "architecture"},
	{"app"},
	{"oauth", "activity", "calendar", "samples", "githubsync", "adopt", "backup", "deploycheck"},
	{"notes", "planner", "feeds", "accounts/social"},
	{"courses", "notes/searchindex", "notes/nearest", "feeds/icalendar"},
	{"notelist"},
	{"accounts"},
	{"accounts/invitations", "accounts/events"},
	{"accounts/codes"},
	{"accounts/attempts", "accounts/password", "accounts/avatar", "accounts/social/provider", "accounts/commonpassword"},
	{"notes/blocks", "notes/search", "planner/recurrence"},
	{"notes/markdown"},
	{"media", "static"},
	{"mcp"},
	{"rest"},
	{"jobs", "lastuse", "metrics", "archive"},
	{"database", "blob", "actor", "mail"},
	{"config", "problem", "patch", "secret", "formats", "outbound", "page", "mcp/paths",
		"apptest/secondopinion", "apptest/described"},
	{"pattern"},
}

// faces are the packages that know a protocol, with the beginning of the names of the files that may import them. A
// package that is a face itself builds on the other one as it likes.
var faces = map[string]string{"rest": "http", "mcp": "tools"}

// notFeatures are the faces themselves, and packages whose files named like faces are none or put all others together.
var notFeatures = []string{"rest", "mcp", "app", "cli"}

func layerOf(unit string) int {
	return slices.IndexFunc(layers, func(layer []string) bool { return slices.Contains(layer, unit) })
}

func TestPackagesImportLowerLayers(t *testing.T) {
	t.Parallel()
	for name, u := range readUnits(t) {
		if layerOf(name) < 0 {
			t.Errorf("package %s has no layer: give it one in this test and in docs/decisions.md", name)
			continue
		}
		for file, imports := range u.imports {
			for _, imported := range imports {
				if layerOf(imported) <= layerOf(name) {
					t.Errorf("%s/%s imports %s, which is no lower layer", name, file, imported)
				}
			}
		}
	}
}

// TestFilesKnowTheirFaceOnly leaves out apptest, which is itself a test.
func TestFilesKnowTheirFaceOnly(t *testing.T) {
	t.Parallel()
	for name, u := range readUnits(t) {
		for file, imports := range u.imports {
			for face, prefix := range faces {
				if slices.Contains(imports, face) && !isFace(file, prefix) && name != "apptest" {
					t.Errorf("%s/%s imports %s: only %s*.go may", name, file, face, prefix)
				}
			}
		}
	}
}

func isFace(file, prefix string) bool {
	return file == prefix+".go" || strings.HasPrefix(file, prefix+"_")
}

// TestUseCasesUseNoFace looks at features.
func TestUseCasesUseNoFace(t *testing.T) {
	t.Parallel()
	for name, u := range readUnits(t) {
		for file, used := range u.uses {
			for _, other := range used {
				if !slices.Contains(notFeatures, name) && !isAnyFace(file) && isAnyFace(other) {
					t.Errorf("%s: the use cases in %s use the face %s", name, file, other)
				}
			}
		}
	}
}

// TestFilesUseLowerFiles looks at packages that have a face: no two files use each other, be it through others. app and
// rest build what their files make together.
func TestFilesUseLowerFiles(t *testing.T) {
	t.Parallel()
	for name, u := range readUnits(t) {
		if name == "app" || name == "rest" || !hasFace(u) {
			continue
		}
		for file, used := range u.uses {
			for _, other := range used {
				if reaches(u.uses, other, file) {
					t.Errorf("%s: %s uses %s, which uses it in turn", name, file, other)
				}
			}
		}
	}
}

// TestFacesLeaveTheDatabaseToUseCases looks at the faces of features.
func TestFacesLeaveTheDatabaseToUseCases(t *testing.T) {
	t.Parallel()
	for name, u := range readUnits(t) {
		for _, file := range u.querying {
			if isAnyFace(file) && !slices.Contains(notFeatures, name) {
				t.Errorf("%s: the face %s uses the database", name, file)
			}
		}
	}
}

func isAnyFace(file string) bool {
	for _, prefix := range faces {
		if isFace(file, prefix) {
			return true
		}
	}
	return false
}

func hasFace(u *unit) bool {
	for file := range u.imports {
		if isAnyFace(file) {
			return true
		}
	}
	return false
}

// reaches reports whether what a file uses leads to another one.
func reaches(uses map[string][]string, from, to string) bool {
	seen, next := map[string]bool{}, []string{from}
	for len(next) > 0 {
		file := next[0]
		next = next[1:]
		if file == to {
			return true
		}
		if !seen[file] {
			seen[file] = true
			next = append(next, uses[file]...)
		}
	}
	return false
}

func TestTheLayersAreDescribed(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../../docs/decisions.md")
	if err != nil {
		t.Fatal(err)
	}
	lines := make([]string, 0, len(layers))
	for _, layer := range layers {
		lines = append(lines, "    "+strings.Join(layer, "  "))
	}
	want := "\n\n" + strings.Replace(strings.Join(lines, "\n"), "    .", "    main.go", 1) + "\n\n"
	if !strings.Contains(string(document), want) {
		t.Errorf("docs/decisions.md has another list of layers; want:%s", want)
	}
}
