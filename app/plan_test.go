package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// B-3: plan says what would change and changes nothing, with status 2; apply does it, on an empty database too; then there is nothing to say.
func TestManifestsArePlannedAndApplied(t *testing.T) {
	each(t, func(t *testing.T, database []string) {
		dir, secrets := t.TempDir(), t.TempDir()
		write := func(dir, name, text string) {
			t.Helper()
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		say := func(command string, more ...string) said {
			return call(t, "", append(append([]string{command, "-f", dir, "--declared-secrets=" + secrets}, more...), database...)...)
		}
		const head = "apiVersion: chancery.dev/v1alpha1\nkind: "
		say("apply").expect(t, 1, "declares nothing")
		write(dir, "wills.yaml", head+"Department\nmetadata: {name: wills}\nspec: {name: Wills}\n")
		say("plan").expect(t, 1, "chancery migrate")
		call(t, "", append([]string{"release", "--source=by-hand"}, database...)...).expect(t, 1, "chancery migrate")
		if files, _ := os.ReadDir("."); len(files) != 0 && strings.HasPrefix(database[0], "--database=sqlite:") {
			t.Errorf("a plan wrote %v", files)
		}
		write(dir, "wills.yaml", head+"Department\nmetadata: {name: wills}\nspec: {name: Wills}\n")
		write(dir, "org.yaml", head+"Organization\nmetadata: {name: us}\nspec: {timeZone: America/Toronto, policies: {lockTries: 7}}\n")
		write(dir, "elena.yaml", head+"User\nmetadata: {name: elena}\nspec: {email: elena@firm.example, firstName: Elena, lastName: Marlow, role: super-admin, department: wills, initialPasswordSecret: {name: first, key: elena}}\n")

		say("apply", "--practice=Marlow Reyes").expect(t, 1, `+ Department/wills  "Wills"  created`, `~ Organization/us  "Marlow Reyes"  changed`, `timeZone: "UTC" → "America/Toronto"`,
			`policies.lockTries: "10" → "7"`, `! User/elena  "elena@firm.example"  refused`, "refused: initialPasswordSecret: The secret first has no key elena that can be read.", "1 object not as declared")
		write(secrets, "first/elena", "Harbour-Meadow-41!\n")
		s := say("plan")
		s.expect(t, 2, `+ User/elena  "elena@firm.example"  created`, `role: "Super Admin"`, `3 objects: 1 created, 2 as declared`)
		if strings.Contains(s.out+s.err, "Harbour") {
			t.Error("a password was told")
		}
		say("plan").expect(t, 2)
		say("apply").expect(t, 0, "1 created, 2 as declared")
		say("plan").expect(t, 0, "3 objects: 3 as declared")
		say("apply").expect(t, 0, "3 objects: 3 as declared")

		write(dir, "elena.yaml", head+"User\nmetadata: {name: elena}\nspec: {email: elena@firm.example, displayName: Lena, language: fr}\n")
		s = say("plan", "-o", "json")
		s.expect(t, 2)
		var plan plannedSteps
		if err := json.Unmarshal([]byte(s.out), &plan); err != nil {
			t.Fatal(err)
		}
		if last := plan.Objects[2]; !plan.Differs || plan.Source != "by-hand" || last.Name != "elena" || last.Action != "change" || len(last.Fields) != 2 || last.Fields[0].Field != "displayName" || last.Fields[1].After != "fr" {
			t.Errorf("the plan is %+v", plan)
		}
		var people strings.Builder
		for _, who := range []string{"ann", "ben", "cem", "dan", "eve"} {
			people.WriteString("---\n" + head + "User\nmetadata: {name: " + who + "}\nspec: {email: " + who + "@firm.example, firstName: Per, lastName: Son, role: viewer}\n")
		}
		write(dir, "people.yaml", people.String())
		say("apply").expect(t, 0, "5 created")
		write(dir, "people.yaml", "")
		for _, command := range []string{"plan", "apply"} { // too many at once: a person is asked first
			say(command).expect(t, map[string]int{"plan": 2, "apply": 1}[command], `? User/ann  "ann@firm.example"  gone, and left as it is`, "Of 6 people, 5 have gone from the manifests of by-hand; nobody was deactivated", "chancery apply --deactivate-many")
		}
		call(t, "", append([]string{"user", "deactivate", "--email=ann@firm.example"}, database...)...).expect(t, 0, "The manifest ann (by-hand) still declares them.")
		say("apply", "--deactivate-many").expect(t, 0, `- User/ben  "ben@firm.example"  deactivated`, `- User/ann  "ann@firm.example"  released`, "4 deactivated")
		say("plan").expect(t, 0)

		h := inside(t, database)
		_, err := h.db.Exec(t.Context(), `UPDATE users SET status = 'ACTIVE' WHERE email = 'elena@firm.example'`)
		if err := errors.Join(err, h.close()); err != nil {
			t.Fatal(err)
		}
		write(dir, "elena.yaml", "") // the only Super Admin: a rule keeps them
		say("apply").expect(t, 1, `! User/elena  "elena@firm.example"  to be deactivated`, "1 not yet deactivated")
		leaving := head + "User\nmetadata: {name: elena, deletionTimestamp: \"2026-11-21T14:00:00Z\"}\nspec: {email: elena@firm.example}\n---\n" + head + "Department\nmetadata: {name: wills}\nspec: {name: Wills}\n"
		call(t, leaving, append([]string{"plan", "-f", "-"}, database...)...).expect(t, 2, `! User/elena  "elena@firm.example"  to be deactivated`, `- Organization/us  "Marlow Reyes"  released`)
		call(t, "", append([]string{"release", "--source=by-hand"}, database...)...).expect(t, 0, "3 objects of by-hand released")
		call(t, "", append([]string{"release", "--source=by-hand"}, database...)...).expect(t, 1, "nothing is declared by by-hand")

		say("plan", "--source=Elsewhere!").expect(t, 1, "a source is called by small letters")
		write(dir, "elena.yaml", head+"User\nmetadata: {name: elena}\nspec: {email: elena@firm.example, displayNam: Lena}\n")
		say("apply").expect(t, 1, "elena.yaml:4: User/elena: spec.displayNam: unknown field; is displayName meant?", "1 problem; nothing was done")
	})
}
