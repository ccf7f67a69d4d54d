package views_test

import (
	"io/fs"
	"os"
	"path"
	"testing"
	"testing/fstest"
)

// copyTree puts the layouts, shared parts, mails and catalogues as they lie on disk into tree, and no page.
func copyTree(t testing.TB, tree fstest.MapFS) {
	t.Helper()
	for _, dir := range []string{"layouts", "shared", "mail", "locales"} {
		err := fs.WalkDir(os.DirFS("."), dir, func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(p)
			tree[path.Clean(p)] = &fstest.MapFile{Data: text}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
