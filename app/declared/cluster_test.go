package declared_test

import (
	"errors"
	"testing"

	"chancery/app/apptest/frozen"
	"chancery/app/declared"
	"chancery/app/manifest"
	"chancery/app/staff"
)

// One object of a cluster that cannot be read is refused with what is wrong, is still stated, and stops nothing but what cannot be without it.
func TestAWrongObjectOfAClusterStopsNoOther(t *testing.T) {
	each(t, func(p *practice) {
		type spec = map[string]any
		kept := func(kind manifest.Kind, name string, s spec) manifest.Kept {
			return manifest.Kept{Kind: kind, Name: name, Spec: s}
		}
		wills := kept(manifest.Department, "wills", spec{"name": "Wills"})
		lead := kept(manifest.Role, "lead", spec{"name": "Lead"})
		mina := kept(manifest.User, "mina", spec{"email": "mina@firm.example", "firstName": "Mina", "lastName": "Rao", "role": "lead", "department": "wills"})
		p.expect(p.apply(manifest.Cluster([]manifest.Kept{wills, lead, mina})), `create Department/wills name=Wills`, `create Role/lead name=Lead`,
			`create User/mina first_name=Mina last_name=Rao department=Wills role=Lead`)

		lead.Spec, mina.Spec["lastName"] = spec{"name": "Lead", "parnet": "viewer"}, "Rao-Lee"
		same := kept(manifest.Department, "a", spec{"name": "wills"})
		jon := kept(manifest.User, "jon", spec{"email": "jon@firm.example", "firstName": "Jon", "lastName": "Ng", "role": "junior", "department": "wills"})
		junior := kept(manifest.Role, "junior", spec{"name": "Junior", "parent": "chief"})
		set := manifest.Cluster([]manifest.Kept{wills, same, lead, junior, mina, jon})
		want := []string{`refuse Department/a !:declared.reason`, `refuse Department/wills !:declared.reason`, `refuse Role/junior !:declared.reason`, `refuse Role/lead !:declared.reason`,
			`refuse User/jon first_name=Jon last_name=Ng department=Wills !role:declared.depends`, `change User/mina last_name=Rao-Lee`}
		p.expect(p.apply(set), want...)
		p.expect(p.apply(set), want[:5]...)
		p.must(frozen.Tables(p.t.Context(), p.DB))
		p.expect(p.apply(set), want[:5]...)
	})
}

// What a cluster deletes goes, also when it is all that there was; what has vanished altogether is a cluster that is broken.
func TestWhatAClusterDeletesGoes(t *testing.T) {
	each(t, func(p *practice) {
		mina := manifest.Kept{Kind: manifest.User, Name: "mina", Spec: map[string]any{"email": "mina@firm.example", "firstName": "Mina", "lastName": "Rao", "role": "paralegal"}}
		p.expect(p.apply(manifest.Cluster(nil))) // nothing was ever stated
		p.apply(manifest.Cluster([]manifest.Kept{mina}))
		if _, err := p.declared.Apply(t.Context(), "files", manifest.Cluster(nil)); !errors.Is(err, declared.ErrNothing) {
			p.t.Errorf("a cluster whose objects have vanished: %v", err)
		}
		mina.Leaving = true
		p.expect(p.apply(manifest.Cluster([]manifest.Kept{mina})), `leave User/mina status=INACTIVE`)
		p.expect(p.apply(manifest.Cluster([]manifest.Kept{mina})))
		p.expect(p.apply(manifest.Cluster(nil)))
		if u := p.user("mina@firm.example"); u.Status != staff.Inactive {
			p.t.Errorf("Mina is %s", u.Status)
		}
	})
}
