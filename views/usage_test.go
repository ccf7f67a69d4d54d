package views

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template/parse"
)

func TestKeysInUseAreKnownAndKnownKeysAreInUse(t *testing.T) {
	c := catalogues(t)["en"]
	used := map[string]bool{}
	var begun []string // "staff.status.": a key put together at run time uses all that begin so
	for key, where := range keysInTemplates(t) {
		used[key] = true
		if _, ok := c.places(key); !ok {
			t.Errorf("%s: no text %q", where, key)
		}
	}
	fset := token.NewFileSet()
	for _, name := range goFiles(t) {
		file, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				if s, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
					used[s] = true
					if strings.HasSuffix(s, ".") && keyForm.MatchString(s+"x") {
						begun = append(begun, s)
					}
				}
			case *ast.CallExpr:
				checkMessage(t, c, fset, n)
			}
			return true
		})
	}
	for key := range c.texts() {
		if !used[key] && !slices.ContainsFunc(begun, func(b string) bool { return strings.HasPrefix(key, b) }) {
			t.Errorf("%q is said nowhere", key)
		}
	}
}

// checkMessage checks calls that make a fault.Message of a literal key: fault.M, fault.Refuse, fault.Field1, and Add
// of an Invalid, which is known by the look of its second argument.
func checkMessage(t *testing.T, c *catalogue, fset *token.FileSet, call *ast.CallExpr) {
	name := ""
	switch f := call.Fun.(type) {
	case *ast.Ident:
		name = f.Name
	case *ast.SelectorExpr:
		name = f.Sel.Name
	}
	at := map[string]int{"M": 0, "Refuse": 0, "Field1": 1, "Add": 1}
	i, ok := at[name]
	if !ok || len(call.Args) <= i {
		return
	}
	key, ok := literal(call.Args[i])
	if !ok || !keyForm.MatchString(key) || name == "Add" && !strings.Contains(key, ".") {
		return
	}
	var given []string
	for j := i + 1; j < len(call.Args); j += 2 {
		name, ok := literal(call.Args[j])
		if !ok {
			return // pairs handed through
		}
		given = append(given, name)
	}
	if err := c.takes(key, given); err != nil {
		t.Errorf("%s: %v", fset.Position(call.Pos()), err)
	}
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

// goFiles lists the module's sources but the tests.
func goFiles(t *testing.T) []string {
	var all []string
	err := filepath.WalkDir("..", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".") && d.Name() != "..") {
			return filepath.SkipDir
		}
		if strings.HasSuffix(p, ".go") && !strings.HasSuffix(p, "_test.go") {
			all = append(all, p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// keysInTemplates maps each key to a file that says it.
func keysInTemplates(t *testing.T) map[string]string {
	keys := map[string]string{}
	for _, name := range templateFiles(t) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		tree := parse.New(name)
		tree.Mode = parse.SkipFuncCheck
		if _, err := tree.Parse(string(text), "", "", map[string]*parse.Tree{}); err != nil {
			t.Error(err)
			continue
		}
		visit(tree.Root, func(n parse.Node) {
			c, ok := n.(*parse.CommandNode)
			if !ok || len(c.Args) < 2 {
				return
			}
			id, isID := c.Args[0].(*parse.IdentifierNode)
			if key, isLiteral := c.Args[1].(*parse.StringNode); isID && id.Ident == "t" && isLiteral {
				keys[key.Text] = name
			}
		})
	}
	return keys
}
