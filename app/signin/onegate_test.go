package signin_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var intoSessions = regexp.MustCompile(`(?i)\binto\s+"?sessions\b`)

// ASVS 6.3.4: there is one gate. Whatever else writes a session, by SQL or by GORM, fails here.
func TestOnlyOpenWritesSessions(t *testing.T) {
	root := filepath.Join("..", "..")
	var writers []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || path != root && strings.HasPrefix(d.Name(), ".") && d.Name() != ".."):
			return fs.SkipDir
		case !strings.HasSuffix(path, ".go"), strings.HasSuffix(path, "_test.go"):
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, source, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		for _, decl := range file.Decls {
			name := "var or const"
			if f, ok := decl.(*ast.FuncDecl); ok {
				name = f.Name.Name
			}
			if writesSessions(decl, filepath.ToSlash(rel)) {
				writers = append(writers, filepath.ToSlash(rel)+" "+name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(writers, []string{"app/signin/gate.go open"}) {
		t.Errorf("sessions are written by %q", writers)
	}
}

// writesSessions tells whether a declaration says INSERT INTO sessions, hands the table's name to GORM beside a writing
// call, or hands it a Session.
func writesSessions(decl ast.Node, path string) bool {
	var sql, writes, session bool
	ast.Inspect(decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			text, err := strconv.Unquote(n.Value)
			if n.Kind == token.STRING && err == nil {
				sql = sql || intoSessions.MatchString(text)
				session = session || text == "sessions"
			}
		case *ast.SelectorExpr:
			switch n.Sel.Name {
			case "Create", "CreateInBatches", "Save", "FirstOrCreate":
				writes = true
			case "Session":
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "signin" {
					session = true
				}
			}
		case *ast.CompositeLit:
			if id, ok := n.Type.(*ast.Ident); ok && id.Name == "Session" && strings.HasPrefix(path, "app/signin/") {
				session = true
			}
		}
		return true
	})
	return sql || session && writes
}

// ASVS 6.3.4: the verbs that let somebody in are these, each reaches open, and nobody else makes an Opened with a session's secret.
func TestEveryWayInReachesTheGate(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	calls := map[string][]string{}
	var ways, makers []string
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			name := fn.Name.Name
			if ast.IsExported(name) && returnsOpened(fn) {
				ways = append(ways, name)
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					if sel, ok := n.Fun.(*ast.SelectorExpr); ok {
						calls[name] = append(calls[name], sel.Sel.Name)
					}
				case *ast.CompositeLit:
					if id, ok := n.Type.(*ast.Ident); ok && id.Name == "Opened" && givesToken(n) {
						makers = append(makers, name)
					}
				case *ast.AssignStmt:
					for _, left := range n.Lhs {
						if sel, ok := left.(*ast.SelectorExpr); ok && sel.Sel.Name == "Token" {
							if x, ok := sel.X.(*ast.Ident); ok && (x.Name == "o" || x.Name == "opened") {
								makers = append(makers, name)
							}
						}
					}
				}
				return true
			})
		}
	}
	slices.Sort(ways)
	if !slices.Equal(ways, []string{"AcceptRecovery", "AcceptWelcome", "FinishStep", "SignIn", "SignInByPIN", "SignInByPasskey"}) {
		t.Errorf("somebody is let in by %q: routes that use it belong into waysIn of app/web", ways)
	}
	if !slices.Equal(makers, []string{"open"}) {
		t.Errorf("%q make an Opened with a session", makers)
	}
	for _, way := range ways {
		if !reaches(calls, way, "open", map[string]bool{}) {
			t.Errorf("%s does not reach the gate", way)
		}
	}
}

func returnsOpened(fn *ast.FuncDecl) bool {
	if fn.Type.Results == nil {
		return false
	}
	return slices.ContainsFunc(fn.Type.Results.List, func(f *ast.Field) bool {
		id, ok := f.Type.(*ast.Ident)
		return ok && id.Name == "Opened"
	})
}

// givesToken tells whether a literal sets Token, or sets its fields by their place.
func givesToken(lit *ast.CompositeLit) bool {
	return slices.ContainsFunc(lit.Elts, func(e ast.Expr) bool {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			return true
		}
		key, ok := kv.Key.(*ast.Ident)
		return ok && key.Name == "Token"
	})
}

func reaches(calls map[string][]string, from, to string, seen map[string]bool) bool {
	if seen[from] {
		return false
	}
	seen[from] = true
	return slices.ContainsFunc(calls[from], func(next string) bool { return next == to || reaches(calls, next, to, seen) })
}
