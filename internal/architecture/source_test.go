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
	path    string              // below internal: "accounts/social"; "." for the program
	imports map[string][]string // the units that each file imports, by the name of the file
	calls   map[string][]string // the files of this unit whose functions each file calls
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
		units[name] = &unit{path: name, imports: importsOf(files, group), calls: callsOf(files, group)}
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

// callsOf finds the calls of functions and methods between files. Other packages are not read: what depends on their
// types stays unknown, which is little inside one package. A function that is registered, not called, is no call.
func callsOf(files *token.FileSet, group []*ast.File) map[string][]string {
	uses := map[*ast.Ident]types.Object{}
	config := types.Config{Importer: emptyImporter{}, Error: func(error) {}}
	_, _ = config.Check("unit", files, group, &types.Info{Uses: uses}) // errors: see above
	found := map[string][]string{}
	for _, file := range group {
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			function, ok := uses[called(call.Fun)].(*types.Func)
			if !ok || function.Pkg() == nil || function.Pkg().Path() != "unit" {
				return true
			}
			from, to := nameOf(files, call.Pos()), nameOf(files, function.Pos())
			if from != to && !slices.Contains(found[from], to) {
				found[from] = append(found[from], to)
			}
			return true
		})
	}
	return found
}

// called is the name of what is called.
func called(function ast.Expr) *ast.Ident {
	switch f := function.(type) {
	case *ast.Ident:
		return f
	case *ast.SelectorExpr:
		return f.Sel
	case *ast.IndexExpr:
		return called(f.X)
	}
	return nil
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
