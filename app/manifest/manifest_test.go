package manifest_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"chancery/app/manifest"
)

const practice = `# The practice, in one file
apiVersion: chancery.dev/v1alpha1
kind: Organization
metadata: {name: marlow-reyes}
spec:
  name: Marlow Reyes
  timeZone: America/Toronto
  policies: {lockTries: 5, secondFactor: administrators, allowTypedPassword: false}
---
apiVersion: chancery.dev/v1alpha1
kind: User
metadata:
  name: mina
  annotations: {chancery.dev/paused: "true", somebody.example/note: kept}
spec:
  email: mina@firm.example
  firstName: Mina
  role: lead
  department: ""
  profiles: []
---
apiVersion: chancery.dev/v1alpha1
kind: Role
metadata: {name: lead}
spec: {name: Lead, parent: paralegal, permissions: [cases.view], profiles: [collections]}
---
apiVersion: chancery.dev/v1alpha1
kind: Profile
metadata: {name: collections}
spec: {name: Debts, permissions: [payments.view, payments.record]}
---
`

// B-3: what a manifest states is read as it stands; what it leaves out is nil, and "" and [] are not.
func TestWhatIsStatedIsToldFromWhatIsLeftOut(t *testing.T) {
	set, err := manifest.Text("practice.yaml", []byte(practice))
	if err != nil {
		t.Fatal(err)
	}
	var refs []string
	for _, o := range set.Objects {
		refs = append(refs, o.Ref())
	}
	if want := []string{"Organization/marlow-reyes", "Profile/collections", "Role/lead", "User/mina"}; !slices.Equal(refs, want) {
		t.Errorf("in the order in which they can be made: %v, want %v", refs, want)
	}
	org := set.Get(manifest.Organization, "marlow-reyes").Spec.(*manifest.OrganizationSpec)
	if *org.Policies.LockTries != 5 || *org.Policies.AllowTypedPassword || org.Policies.LockMinutes != nil || org.Tagline != nil {
		t.Errorf("organization: %+v, policies %+v", org, org.Policies)
	}
	mina := set.Get(manifest.User, "mina")
	u := mina.Spec.(*manifest.UserSpec)
	if !mina.Paused || *u.Role != "lead" || u.Department == nil || *u.Department != "" || u.Profiles == nil || len(*u.Profiles) != 0 || u.LastName != nil || u.Active != nil {
		t.Errorf("user: %+v, %+v", mina, u)
	}
	if mina.At.String() != "practice.yaml:10" {
		t.Errorf("mina stands at %s", mina.At)
	}
}

// Each mistake is named by file, line and path, and nothing is read. The lines of a case are those below its head, which has three.
func TestMistakesAreNamedByFileLineAndPath(t *testing.T) {
	head := func(kind, name string) string {
		return "apiVersion: chancery.dev/v1alpha1\nkind: " + kind + "\nmetadata: {name: " + name + "}\n"
	}
	user := head("User", "mina")
	for name, c := range map[string]struct{ text, want string }{
		"unknown field":      {user + "spec:\n  email: a@b.example\n  fristName: Mina\n", "f.yaml:6: User/mina: spec.fristName: unknown field; is firstName meant?"},
		"far unknown field":  {user + "spec:\n  email: a@b.example\n  salary: high\n", "f.yaml:6: User/mina: spec.salary: unknown field"},
		"unknown at the top": {user + "spce: {}\nspec: {email: a@b.example}\n", "f.yaml:4: spce: unknown field"},
		"number for a text":  {user + "spec:\n  email: a@b.example\n  firstName: 2026\n", "f.yaml:6: User/mina: spec.firstName: must be a text, and is a number; put it in quotes"},
		"truth for a text":   {user + "spec:\n  email: a@b.example\n  lastName: true\n", "f.yaml:6: User/mina: spec.lastName: must be a text, and is true or false; put it in quotes"},
		"text for a truth":   {user + "spec:\n  email: a@b.example\n  active: \"no\"\n", "f.yaml:6: User/mina: spec.active: must be true or false, and is a text"},
		"null":               {user + "spec:\n  email: a@b.example\n  title:\n", "f.yaml:6: User/mina: spec.title: must be a text, and is empty"},
		"list for a text":    {user + "spec:\n  email: [a@b.example]\n", "f.yaml:5: User/mina: spec.email: must be a text, and is a list"},
		"text for a list":    {user + "spec:\n  email: a@b.example\n  profiles: all\n", "f.yaml:6: User/mina: spec.profiles: must be a list, and is a text"},
		"double in a list":   {head("Profile", "p") + "spec: {name: P, permissions: [cases.view, cases.view]}\n", "f.yaml:4: Profile/p: spec.permissions[1]: stands in the list already"},
		"said twice":         {user + "spec:\n  email: a@b.example\n  email: c@d.example\n", "f.yaml:6: User/mina: spec.email: is said twice; the first time in line 5"},
		"missing":            {user + "spec: {firstName: Mina}\n", "f.yaml:4: User/mina: spec.email: is missing"},
		"no form":            {user + "spec: {email: mina}\n", "f.yaml:4: User/mina: spec.email: does not have the right form"},
		"no spec":            {user, "f.yaml:1: User/mina: spec: is missing"},
		"no name":            {"apiVersion: chancery.dev/v1alpha1\nkind: Department\nmetadata: {}\nspec: {name: D}\n", "f.yaml:3: Department: metadata.name: is missing"},
		"wrong name":         {head("Department", "Wills") + "spec: {name: Wills}\n", "f.yaml:3: Department/Wills: metadata.name: must be of small letters"},
		"kind":               {head("Person", "mina") + "spec: {}\n", "f.yaml:2: kind: must be one of Organization, Department, Profile, Role, User"},
		"version":            {"apiVersion: v1\nkind: User\nmetadata: {name: mina}\nspec: {email: a@b.example}\n", "f.yaml:1: apiVersion: must be chancery.dev/v1alpha1"},
		"too long":           {head("Department", "d") + "spec: {name: " + strings.Repeat("é", 101) + "}\n", "f.yaml:4: Department/d: spec.name: has 101 characters; at most 100 are allowed"},
		"out of bounds":      {head("Organization", "o") + "spec:\n  policies:\n    lockTries: 51\n", "f.yaml:6: Organization/o: spec.policies.lockTries: must be between 3 and 50"},
		"with a fraction":    {head("Organization", "o") + "spec:\n  policies:\n    lockTries: 7.5\n", "f.yaml:6: Organization/o: spec.policies.lockTries: must be a whole number in digits"},
		"no such word":       {head("Organization", "o") + "spec: {language: de}\n", "f.yaml:4: Organization/o: spec.language: must be one of en, es, fr"},
		"no role":            {user + "spec:\n  email: a@b.example\n  role: chief\n", `f.yaml:6: User/mina: spec.role: there is no Role "chief"`},
		"no department":      {user + "spec:\n  email: a@b.example\n  department: wills\n", `f.yaml:6: User/mina: spec.department: there is no Department "wills"`},
		"no profile":         {user + "spec:\n  email: a@b.example\n  profiles:\n    - none\n", `f.yaml:7: User/mina: spec.profiles[0]: there is no Profile "none"`},
		"no permission":      {head("Role", "r") + "spec: {name: R, permissions: [cases.burn]}\n", `f.yaml:4: Role/r: spec.permissions[0]: there is no permission "cases.burn"`},
		"nameless role":      {head("Role", "r") + "spec: {permissions: []}\n", "f.yaml:4: Role/r: spec.name: is missing; only a base role has one already"},
		"role of itself":     {head("Role", "r") + "spec: {name: R, parent: r}\n", "f.yaml:4: Role/r: spec.parent: is a cycle: r → r"},
		"cycle": {head("Role", "a") + "spec: {name: A, parent: b}\n---\n" + head("Role", "b") + "spec: {name: B, parent: c}\n---\n" + head("Role", "c") + "spec: {name: C, parent: a}\n",
			"f.yaml:4: Role/a: spec.parent: is a cycle: a → b → c → a"},
		"one address":       {user + "spec: {email: a@b.example}\n---\n" + head("User", "jon") + "spec: {email: A@B.example}\n", "f.yaml:9: User/jon: spec.email: is that of User/mina (f.yaml:1), too"},
		"one name":          {head("Department", "a") + "spec: {name: Wills}\n---\n" + head("Department", "b") + "spec: {name: wills}\n", "f.yaml:9: Department/b: spec.name: is that of Department/a (f.yaml:1), too"},
		"declared twice":    {user + "spec: {email: a@b.example}\n---\n" + user + "spec: {email: c@b.example}\n", "f.yaml:6: User/mina: metadata.name: is declared twice; the first time in f.yaml:1"},
		"two organizations": {head("Organization", "a") + "spec: {}\n---\n" + head("Organization", "b") + "spec: {}\n", "f.yaml:6: Organization/b: kind: there is one Organization, and Organization/a (f.yaml:1) declares it"},
		"alias":             {user + "spec:\n  email: &a a@b.example\n", "f.yaml:5: User/mina: spec.email: anchors and aliases are not read; write the value out"},
		"tag":               {user + "spec:\n  email: !!binary aGFsbG8=\n", "f.yaml:5: User/mina: spec.email: tags such as !!binary are not read"},
		"no YAML":           {"apiVersion: [\n", "f.yaml:1: cannot be read as YAML"},
		"a password":        {user + "spec:\n  email: a@b.example\n  initialPasswordSecret: {name: seeds, key: mina, value: Swordfish-27}\n", "f.yaml:6: User/mina: spec.initialPasswordSecret.value: unknown field"},
		"paused":            {"apiVersion: chancery.dev/v1alpha1\nkind: Department\nmetadata: {name: d, annotations: {chancery.dev/paused: \"yes\"}}\nspec: {name: D}\n", `f.yaml:3: Department/d: metadata.annotations.chancery.dev/paused: must be "true" or "false"`},
	} {
		t.Run(name, func(t *testing.T) {
			set, err := manifest.Text("f.yaml", []byte(c.text))
			var problems manifest.Problems
			if set != nil || !errors.As(err, &problems) || len(problems) != 1 || !strings.HasPrefix(problems[0].String(), c.want) {
				t.Errorf("read %v, said\n%v\nwant one line\n%s", set, err, c.want)
			}
			if strings.Contains(err.Error(), "Swordfish") {
				t.Error("a value was told that may be a secret")
			}
		})
	}
}

// All mistakes of all files are told at once, in the order of files and lines.
func TestAllMistakesOfADirectoryAreTold(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	one := "apiVersion: chancery.dev/v1alpha1\nkind: Department\nmetadata: {name: one}\nspec: {name: One, colour: red, size: 3}\n"
	_, err := manifest.Dir(fstest.MapFS{"b/one.yml": file(one), "a.yaml": file("kind: User\n"), "notes.txt": file("no manifest"), "..data/one.yaml": file(one), ".hidden.yaml": file("{")})
	want := "a.yaml:1: apiVersion: is missing\na.yaml:1: User: metadata: is missing\na.yaml:1: User: spec: is missing\n" +
		"b/one.yml:4: Department/one: spec.colour: unknown field\nb/one.yml:4: Department/one: spec.size: unknown field"
	if err == nil || err.Error() != want {
		t.Errorf("said\n%v\nwant\n%s", err, want)
	}
}

// JSON is read as YAML is, indented by tabs, too; so is what kubectl gets many of at once.
func TestJSONAndListsAreRead(t *testing.T) {
	set, err := manifest.Text("list.json", []byte("{\n\t\"apiVersion\": \"v1\", \"kind\": \"List\", \"metadata\": {},\n\t\"items\": [{\n\t\t\"apiVersion\": \"chancery.dev/v1alpha1\", \"kind\": \"Department\",\n"+
		"\t\t\"metadata\": {\"name\": \"wills\", \"uid\": \"1\", \"generation\": 2},\n\t\t\"spec\": {\"name\": \"Wills \\\" and\\ttrusts\\/gifts \\\\/\"}, \"status\": {\"observedGeneration\": 2}\n\t}]\n}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if d := set.Get(manifest.Department, "wills"); d == nil || *d.Spec.(*manifest.DepartmentSpec).Name != "Wills \" and\ttrusts/gifts \\/" {
		t.Errorf("read %+v", d)
	}
}

// A directory as a ConfigMap is mounted, with its links, is read once.
func TestAMountedConfigMapIsReadOnce(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "..2026_11_22")
	for _, err := range []error{os.Mkdir(data, 0o755), os.WriteFile(filepath.Join(data, "d.yaml"), []byte("apiVersion: chancery.dev/v1alpha1\nkind: Department\nmetadata: {name: d}\nspec: {name: D}\n"), 0o600),
		os.Symlink("..2026_11_22", filepath.Join(dir, "..data")), os.Symlink("..data/d.yaml", filepath.Join(dir, "d.yaml"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	set, err := manifest.Dir(os.DirFS(dir))
	if err != nil || len(set.Objects) != 1 {
		t.Errorf("read %+v, %v", set, err)
	}
}

// What would be passed over in silence, with all whom it declares, is a problem; capitals of an ending are none.
func TestWhatIsNoFileIsNamed(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	one := []byte("apiVersion: chancery.dev/v1alpha1\nkind: Department\nmetadata: {name: one}\nspec: {name: One}\n")
	for _, err := range []error{os.WriteFile(filepath.Join(dir, "one.YAML"), one, 0o600), os.Symlink(filepath.Join(other, "fifo"), filepath.Join(dir, "notes.txt")),
		syscall.Mkfifo(filepath.Join(other, "fifo"), 0o600)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if set, err := manifest.Dir(os.DirFS(dir)); err != nil || len(set.Objects) != 1 {
		t.Errorf("read %+v, %v", set, err)
	}
	for _, err := range []error{os.Symlink(other, filepath.Join(dir, "people")), os.Symlink(filepath.Join(other, "fifo"), filepath.Join(dir, "a.yaml"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := manifest.Dir(os.DirFS(dir))
	want := "a.yaml: is no file\npeople: is a link to a directory, which is not followed; what is declared there would be taken for gone"
	if err == nil || err.Error() != want {
		t.Errorf("said\n%v\nwant\n%s", err, want)
	}
}

// What kubectl gets of a cluster says of some objects that they are being deleted: these are gone, as they are for the operator, unless they are paused.
func TestWhatAClusterDeletesIsGone(t *testing.T) {
	object := func(name, more string) string {
		return "---\napiVersion: chancery.dev/v1alpha1\nkind: User\nmetadata: {name: " + name + more + "}\nspec: {email: " + name + "@b.example}\n"
	}
	const deleted = `, deletionTimestamp: "2026-11-21T14:00:00Z"`
	set, err := manifest.Text("-", []byte(object("mina", "")+object("jon", deleted)+object("ann", deleted+`, annotations: {chancery.dev/paused: "true"}`)+object("eva", ", deletionTimestamp: null")))
	if err != nil || len(set.Objects) != 3 || !slices.Equal(set.Gone, []string{"User/jon"}) {
		t.Errorf("read %+v, %v", set, err)
	}
}

// Nothing that a file holds brings the reader down.
func FuzzText(f *testing.F) {
	f.Add([]byte(practice))
	f.Add([]byte("a: &a [*a]\n"))
	f.Add([]byte("? {a: b}\n: c\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		set, err := manifest.Text("f.yaml", text)
		if (set == nil) == (err == nil) {
			t.Errorf("%v with %v", set, err)
		}
		_, _ = manifest.Text("f.json", text)
	})
}
