package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// B-3: whoever reviews a change of manifests sees what is wrong, all of it, without a database.
func TestManifestsAreCheckedWithoutADatabase(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(t.TempDir())
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	call(t, "", "check", "-f", dir).expect(t, 1, "declares nothing")
	write("wills.yaml", "apiVersion: chancery.dev/v1alpha1\nkind: Department\nmetadata: {name: wills}\nspec: {name: Wills}\n")
	write("mina.yaml", "apiVersion: chancery.dev/v1alpha1\nkind: User\nmetadata: {name: mina}\nspec: {email: mina@firm.example, role: paralegal, department: wills}\n")
	call(t, "", "check", "-f", dir).expect(t, 0, "2 objects: 1 Department, 1 User")
	call(t, "", "check", "--from", filepath.Join(dir, "wills.yaml")).expect(t, 0, "1 object: 1 Department")

	write("mina.yaml", "apiVersion: chancery.dev/v1alpha1\nkind: User\nmetadata: {name: mina}\nspec: {email: mina@firm.example, rol: paralegal}\n")
	s := call(t, "", "check", "-f", dir)
	s.expect(t, 1, "mina.yaml:4: User/mina: spec.rol: unknown field; is role meant?", "1 problem; nothing of it would be applied")
	if strings.Contains(s.out+s.err, "mina@firm.example") {
		t.Error("an address was told")
	}
	call(t, "apiVersion: chancery.dev/v1alpha1\nkind: Department\nmetadata: {name: wills}\nspec: {name: Wills}\n", "check", "-f", "-").expect(t, 0, "1 object: 1 Department")
	call(t, "", "check", "-f", filepath.Join(dir, "none")).expect(t, 1, "no such file")
	call(t, "", "check").expect(t, 2, "--from")
	if files, _ := os.ReadDir("."); len(files) != 0 {
		t.Errorf("a check wrote %v", files)
	}
}
