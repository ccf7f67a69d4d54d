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
