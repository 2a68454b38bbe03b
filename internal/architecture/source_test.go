package architecture_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is the path of this module.
const module = "github.com/trance-0/notechondria"

// unit is a package of this module, its tests left out.
type unit struct {
	path     string              // below internal: "accounts/social"; "." for the program
	imports  map[string][]string // the units that each file imports, by the name of the file
	uses     map[string][]string // the files of this unit whose functions, types, variables and constants each file uses
	querying []string            // the files that import package database, or select a field DB
}

// readUnits reads all packages of the module.
func readUnits(t *testing.T) map[string]*unit {
	t.Helper()
	const root = "../.."
	files, parsed := token.NewFileSet(), map[string][]*ast.File{}
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "testdata" || entry.Name() == "tools"):
			return fs.SkipDir
		case !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		folder, err := filepath.Rel(root, filepath.Dir(name))
		unitPath := strings.TrimPrefix(filepath.ToSlash(folder), "internal/")
		parsed[unitPath] = append(parsed[unitPath], file)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	units := map[string]*unit{}
	for name, group := range parsed {
		units[name] = &unit{path: name, imports: importsOf(files, group), uses: usesOf(files, group),
			querying: queryingIn(files, group)}
	}
	return units
}

func importsOf(files *token.FileSet, group []*ast.File) map[string][]string {
	found := map[string][]string{}
	for _, file := range group {
		name := nameOf(files, file.Pos())
		found[name] = nil
		for _, spec := range file.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value) // the parser has read it
			if rest, ok := strings.CutPrefix(imported, module+"/internal/"); ok {
				found[name] = append(found[name], rest)
			}
		}
	}
	return found
}

func queryingIn(files *token.FileSet, group []*ast.File) (found []string) {
	for _, file := range group {
		querying := slices.ContainsFunc(file.Imports, func(spec *ast.ImportSpec) bool {
			return spec.Path.Value == strconv.Quote(module+"/internal/database")
		})
		ast.Inspect(file, func(n ast.Node) bool {
			selector, ok := n.(*ast.SelectorExpr)
			querying = querying || ok && selector.Sel.Name == "DB"
			return !querying
		})
		if querying {
			found = append(found, nameOf(files, file.Pos()))
		}
	}
	return found
}

// usesOf finds what files use of each other. Other packages are not read: what depends on their types stays unknown,
// which is little inside one package.
func usesOf(files *token.FileSet, group []*ast.File) map[string][]string {
	uses := map[*ast.Ident]types.Object{}
	config := types.Config{Importer: emptyImporter{}, Error: func(error) {}}
	_, _ = config.Check("unit", files, group, &types.Info{Uses: uses}) // errors: see above
	found := map[string][]string{}
	for name, object := range uses {
		if !isOfPackage(object) {
			continue
		}
		from, to := nameOf(files, name.Pos()), nameOf(files, object.Pos())
		if from != to && !slices.Contains(found[from], to) {
			found[from] = append(found[from], to)
		}
	}
	return found
}

// isOfPackage reports whether an object is a method, or declared at the top of a file, of the package that is checked.
func isOfPackage(object types.Object) bool {
	if object.Pkg() == nil || object.Pkg().Path() != "unit" {
		return false
	}
	_, isFunction := object.(*types.Func)
	return isFunction || object.Parent() == object.Pkg().Scope()
}

func nameOf(files *token.FileSet, at token.Pos) string {
	return filepath.Base(files.Position(at).Filename)
}

// emptyImporter knows every package, and nothing of it.
type emptyImporter struct{}

func (emptyImporter) Import(name string) (*types.Package, error) {
	p := types.NewPackage(name, path.Base(name))
	p.MarkComplete()
	return p, nil
}

var _ types.Importer = emptyImporter{}
