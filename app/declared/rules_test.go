package declared_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/declared"
	"chancery/app/fault"
	"chancery/app/manifest"
	"chancery/app/staff"
)

// Who is here already is taken over as they are: what the manifest leaves out stays theirs, and nobody is written to.
func TestWhoIsHereIsTakenOver(t *testing.T) {
	each(t, func(p *practice) {
		set := p.set(`Department/family: {name: FAMILY}`, `User/jon: {email: consultant@firm.example, lastName: Okafor, department: family}`)
		p.expect(p.apply(set), `change Department/family name=FAMILY`, `take User/jon`)
		p.expect(p.apply(set))
		if jon := p.user("consultant@firm.example"); jon.FirstName != "Jon" || jon.Status != staff.Active {
			p.t.Errorf("Jon is %+v", jon)
		}
		set = p.set(`Department/family: {name: FAMILY}`, `User/jon: {email: consultant@firm.example, lastName: Okafor-Lee, role: administrator}`)
		p.expect(p.apply(set), `change User/jon last_name=Okafor-Lee role=Administrator`)
	})
}

// A change by hand or by SQL is put right at the next run, and noted; what is people's own stays.
func TestDriftIsPutRight(t *testing.T) {
	each(t, func(p *practice) {
		ctx := p.t.Context()
		set := p.set(everything...)
		p.apply(set)
		mina := p.user("mina@firm.example")
		_, err := p.DB.Exec(ctx, `UPDATE users SET last_name = 'Wrong', office = '+14165550100', role_id = 'viewer' WHERE id = $1`, mina.ID)
		p.must(err)
		_, err = p.DB.Exec(ctx, `DELETE FROM user_profiles WHERE user_id = $1`, mina.ID)
		p.must(err)
		_, err = p.DB.Exec(ctx, `UPDATE departments SET name = 'Estates' WHERE name = 'Wills'`)
		p.must(err)
		want := []string{`drift change Department/wills name=Wills`, `drift change User/mina last_name=Rao role=Lead profiles=Reception`}
		p.expect(p.plan(set), want...)
		p.expect(p.apply(set), want...)
		p.expect(p.apply(set))
		if u := p.user("mina@firm.example"); u.LastName != "Rao" || u.Office != "+14165550100" {
			p.t.Errorf("Mina is %+v", u)
		}
		var drift string
		var at *time.Time
		p.must(p.DB.Row(ctx, `SELECT drift, drifted_at FROM declared WHERE name = 'mina'`).Scan(&drift, &at))
		if drift != "last_name role profiles" || at == nil {
			p.t.Errorf("the drift is noted as %q at %v", drift, at)
		}
		var by string
		p.must(p.DB.Row(ctx, `SELECT actor_name FROM audit WHERE object_id = $1 AND action = 'user.set-role' ORDER BY id DESC LIMIT 1`, mina.ID).Scan(&by))
		if by != "files" {
			p.t.Errorf("the history says that it was %q", by)
		}
	})
}

// C-19: a manifest that is gone deactivates its user and releases anything else; nothing is deleted. One that comes back takes its user up again.
func TestNothingIsDeleted(t *testing.T) {
	each(t, func(p *practice) {
		ctx := p.t.Context()
		p.apply(p.set(everything...))
		less := p.set(everything[0])
		p.expect(p.apply(less), `leave User/mina status=INACTIVE`, `release Role/lead`, `release Profile/reception`, `release Department/wills`)
		p.expect(p.apply(less))
		mina := p.user("mina@firm.example")
		book, err := p.Access.Book(ctx)
		p.must(err)
		if mina.Status != staff.Inactive || book.RoleName(mina.RoleID) != "Lead" || mina.DepartmentID == nil {
			p.t.Errorf("Mina is %+v", mina)
		}
		p.must(p.Staff.RenameDepartment(ctx, p.Actor("super"), *mina.DepartmentID, "Estates", 1))
		p.must(p.Staff.RenameDepartment(ctx, p.Actor("super"), *mina.DepartmentID, "Wills", 2))
		p.expect(p.apply(p.set(everything...)), `take Department/wills`, `take Profile/reception`, `take Role/lead`, `change User/mina status=PENDING`)
		p.expect(p.apply(p.set(everything...)))

		_, err = p.declared.Apply(ctx, "files", &manifest.Set{})
		if !errors.Is(err, declared.ErrNothing) {
			p.t.Errorf("a source that declares nothing: %v", err)
		}
	})
}

// The rules of leaving hold: who would leave a case without an owner stays until a person has seen to it, and so does the last Super Admin.
func TestWhoCannotLeaveStaysAndItIsSaid(t *testing.T) {
	each(t, func(p *practice) {
		both := p.set(`User/elena: {email: super@firm.example, role: super-admin}`, `Department/wills: {name: Wills}`)
		p.expect(p.apply(both), `create Department/wills name=Wills`, `take User/elena`)
		less := p.set(`Department/wills: {name: Wills}`)
		p.expect(p.apply(less), `leave User/elena status=INACTIVE !:staff.last-super-admin`)
		p.expect(p.apply(less), `leave User/elena status=INACTIVE !:staff.last-super-admin`)
		if u := p.user("super@firm.example"); u.Status != staff.Active {
			p.t.Errorf("the last Super Admin is %s", u.Status)
		}
		p.expect(p.apply(p.set(`User/elena: {email: super@firm.example, role: administrator}`)), `refuse User/elena role=Administrator !:staff.last-super-admin`, `release Department/wills`)
		p.expect(p.apply(p.set(`User/elena: {email: super@firm.example, active: false}`)), `refuse User/elena status=INACTIVE !:staff.last-super-admin`)
		p.expect(p.apply(p.set(`User/elena: {email: super@firm.example, active: true}`)), `take User/elena`)
	})
}

// The first source that states an object keeps it; the second is told so, and has it when the first lets go.
func TestAnObjectHasOneSource(t *testing.T) {
	each(t, func(p *practice) {
		own, theirs := p.set(`Department/wills: {name: Wills}`, `Profile/desk: {name: Desk}`), p.set(`Department/testaments: {name: wills}`, `User/mina: {email: mina@firm.example, firstName: Mina, lastName: Rao, role: paralegal, department: testaments}`)
		p.apply(own)
		p.expect(p.applyBy("cluster", theirs), `refuse Department/testaments name=wills !:declared.owned`,
			`create User/mina first_name=Mina last_name=Rao department=wills role=Paralegal`)
		p.expect(p.apply(own))
		p.apply(p.set(`Profile/desk: {name: Desk}`))
		p.expect(p.applyBy("cluster", theirs), `change Department/testaments name=wills`)
		p.expect(p.apply(own), `refuse Department/wills name=Wills !:declared.owned`)
	})
}

// Who moves from one source to another is here after both have run, whichever comes first, and whether they could leave meanwhile or not.
func TestAUserMovesToAnotherSource(t *testing.T) {
	each(t, func(p *practice) {
		mina, wills := `User/mina: {email: mina@firm.example, firstName: Mina, lastName: Rao, role: paralegal}`, `Department/wills: {name: Wills}`
		p.apply(p.set(wills, mina))
		p.expect(p.applyBy("cluster", p.set(mina)), `refuse User/mina !:declared.owned`)
		p.expect(p.apply(p.set(wills)), `leave User/mina status=INACTIVE`)
		p.expect(p.applyBy("cluster", p.set(mina)), `change User/mina status=PENDING`)
		p.expect(p.applyBy("cluster", p.set(mina)))
		p.expect(p.apply(p.set(wills)))

		elena, desk := `User/elena: {email: super@firm.example, role: super-admin}`, `Department/desk: {name: Desk}`
		p.apply(p.set(wills, elena))
		p.expect(p.apply(p.set(wills)), `leave User/elena status=INACTIVE !:staff.last-super-admin`)
		p.expect(p.applyBy("cluster", p.set(mina, `User/boss: {email: super@firm.example, role: super-admin}`)), `take User/boss`)
		p.expect(p.apply(p.set(wills)))
		p.expect(p.apply(p.set(desk, elena)), `create Department/desk name=Desk`, `refuse User/elena !:declared.owned`, `release Department/wills`)
	})
}

// A source that is followed no more is released: nobody is deactivated, nothing is locked, and another may declare it.
func TestASourceIsReleased(t *testing.T) {
	each(t, func(p *practice) {
		ctx := p.t.Context()
		p.apply(p.set(everything...))
		p.must(p.declared.Unread(ctx, "files", "the directory is no more"))
		var forbidden *fault.Forbidden
		if _, err := p.declared.Release(ctx, p.Actor("consultant"), "files"); !errors.As(err, &forbidden) {
			p.t.Errorf("anybody releases a source: %v", err)
		}
		n, err := p.declared.Release(ctx, p.Actor("super"), "files")
		p.must(err)
		mina := p.user("mina@firm.example")
		p.must(p.Staff.RenameDepartment(ctx, p.Actor("super"), *mina.DepartmentID, "Estates", 1))
		f, err := p.declared.Figures(ctx, p.Actor("super"))
		p.must(err)
		if n != 5 || mina.Status == staff.Inactive || len(f.Sources) != 0 || f.Of["released"] != 5 {
			p.t.Errorf("%d objects were released; Mina is %s, and %+v", n, mina.Status, f)
		}
		p.expect(p.applyBy("cluster", p.set(`User/mina: {email: mina@firm.example, lastName: Rao}`)), `take User/mina`)
		if n, err = p.declared.Release(ctx, p.Actor("super"), "files"); n != 0 || err != nil {
			p.t.Errorf("%d objects were released again, %v", n, err)
		}
		var told []string
		p.must(p.DB.In(ctx).Raw(`SELECT actor_id || ' ' || object_id FROM audit WHERE action = 'declared.release'`).Scan(&told).Error)
		if want := []string{p.Actor("super").ID + " files"}; !slices.Equal(told, want) {
			p.t.Errorf("the history says %v", told)
		}
	})
}

// metadata.name and what people read may change; the object stays the same.
func TestNamesMayChange(t *testing.T) {
	each(t, func(p *practice) {
		p.apply(p.set(everything...))
		before := p.user("mina@firm.example")
		p.expect(p.apply(p.set(everything[0], `Department/wills: {name: Wills and estates}`, `Profile/desk: {name: Reception, permissions: [appointments.view]}`,
			`Role/lead: {name: Team lead, parent: paralegal, permissions: [cases.reassign], profiles: [desk]}`,
			`User/mina.rao: {email: mina@firm.example, firstName: Mina, lastName: Rao, role: lead, department: wills, profiles: [desk], title: Paralegal}`)),
			`change Department/wills name=Wills and estates`, `take Profile/desk`, `change Role/lead name=Team lead`, `take User/mina.rao`)
		after := p.user("mina@firm.example")
		if after.ID != before.ID || *after.DepartmentID != *before.DepartmentID || after.RoleID != before.RoleID {
			p.t.Errorf("Mina was %+v and is %+v", before, after)
		}
		var n int
		p.must(p.DB.Row(p.t.Context(), `SELECT count(*) FROM declared`).Scan(&n))
		if n != 5 {
			p.t.Errorf("%d objects are known", n)
		}
	})
}

// What is refused says why, and stops nothing but what cannot be without it.
func TestARefusedObjectStopsOnlyWhatNeedsIt(t *testing.T) {
	each(t, func(p *practice) {
		set := p.set(`Role/lead: {name: Paralegal}`, `User/mina: {email: mina@firm.example, firstName: Mina, lastName: Rao, role: sub}`,
			`Role/sub: {name: Sub, parent: lead}`, `Role/super-admin: {summary: Everything}`,
			`User/lee: {email: lee@firm.example, firstName: Li, lastName: Lee, role: paralegal, cell: "12"}`,
			`User/ada: {email: ada@firm.example, firstName: Ada, lastName: Cole, role: paralegal}`,
			`User/own: {email: own@firm.example, role: paralegal, title: Sorcerer}`, `User/gone: {email: inactive@firm.example, active: true}`)
		got := p.apply(set)
		p.expect(got, `take Role/lead`, `create Role/sub name=Sub parent=Paralegal`, `refuse Role/super-admin summary=Everything !:access.super-fixed`,
			`create User/ada first_name=Ada last_name=Cole role=Paralegal`, `change User/gone status=ACTIVE`,
			`refuse User/lee first_name=Li last_name=Lee cell=12 role=Paralegal !cell:staff.phone-country`,
			`create User/mina first_name=Mina last_name=Rao role=Sub`,
			`refuse User/own title=Sorcerer role=Paralegal !title:titles.unknown !first_name:staff.first-name-missing !last_name:staff.last-name-missing`)
		p.expect(p.apply(p.set(`Role/one: {name: Manager}`, `Role/manager: {summary: All}`, `User/x: {email: x@firm.example, firstName: Xi, lastName: Ng, role: one}`))[:3],
			`change Role/manager summary=All`, `refuse Role/one !:declared.twice`, `create User/x first_name=Xi last_name=Ng role=Manager`)
	})
}

// An address only finds its user: another one has to be proved by the person. One that they had before still finds them.
func TestTheAddressOnlyFindsItsUser(t *testing.T) {
	each(t, func(p *practice) {
		set := p.set(`User/jon: {email: consultant@firm.example, lastName: Okafor}`)
		p.apply(set)
		jon := p.user("consultant@firm.example")
		p.must(p.Staff.ChangeEmail(p.t.Context(), access.System("test").Actor, jon, "jon@firm.example"))
		p.expect(p.apply(set))
		p.expect(p.apply(p.set(`User/jon: {email: okafor@firm.example, lastName: Okafor}`)), `refuse User/jon !email:declared.email-changes`)
		p.expect(p.apply(p.set(`User/jon: {email: paralegal@firm.example, lastName: Okafor}`)), `refuse User/jon !email:staff.email-taken`)
		p.expect(p.apply(p.set(`User/other: {email: consultant@firm.example, firstName: Ann, lastName: Lee, role: viewer}`, `User/jon: {email: jon@firm.example, lastName: Okafor}`)),
			`take User/jon`, `refuse User/other first_name=Ann last_name=Lee role=Viewer !email:staff.email-taken-before`)
	})
}

// A first password comes from its secret, once; it must be changed, and nobody is written to.
func TestASecretSeedsOnce(t *testing.T) {
	each(t, func(p *practice) {
		ctx := p.t.Context()
		set := p.set(`User/mina: {email: mina@firm.example, firstName: Mina, lastName: Rao, role: super-admin, initialPasswordSecret: {name: first, key: mina}}`)
		const missing = `refuse User/mina first_name=Mina last_name=Rao role=Super Admin !password:declared.secret-missing`
		p.expect(p.plan(set), missing)
		p.expect(p.apply(set), missing)
		p.secrets["first/mina"] = "short"
		const short = `refuse User/mina first_name=Mina last_name=Rao role=Super Admin !password:password.too-short`
		p.expect(p.plan(set), short)
		p.expect(p.apply(set), short)
		p.secrets["first/mina"] = "Lantern-Orchard-28!"
		p.expect(p.apply(set), `create User/mina first_name=Mina last_name=Rao role=Super Admin`)
		var hash string
		var must bool
		var mails int
		read := func() {
			p.must(p.DB.Row(ctx, `SELECT c.password_hash, c.must_change, (SELECT count(*) FROM mails m WHERE m.user_id = c.user_id) FROM credentials c WHERE c.user_id = $1`,
				p.user("mina@firm.example").ID).Scan(&hash, &must, &mails))
		}
		read()
		if hash == "" || !must || mails != 0 {
			p.t.Errorf("a password: %t, to be changed: %t, mails: %d", hash != "", must, mails)
		}
		first := hash
		p.secrets["first/mina"] = "Another-Orchard-28!"
		p.expect(p.apply(set))
		if read(); hash != first {
			p.t.Error("the secret was used again")
		}
		var told int
		p.must(p.DB.Row(ctx, `SELECT count(*) FROM audit WHERE changes LIKE '%Orchard%'`).Scan(&told))
		if told > 0 {
			p.t.Error("the history tells a password")
		}
	})
}

// What is paused is left alone, and what would be done is told; it goes on where it was.
func TestWhatIsPausedIsLeftAlone(t *testing.T) {
	each(t, func(p *practice) {
		ctx := p.t.Context()
		p.apply(p.set(everything...))
		_, err := p.DB.Exec(ctx, `UPDATE users SET last_name = 'Wrong' WHERE email = 'mina@firm.example'`)
		p.must(err)
		asleep := p.set(append(append([]string{}, everything[:4]...), `paused `+everything[4])...)
		p.expect(p.apply(asleep), `hold User/mina last_name=Rao`)
		if u := p.user("mina@firm.example"); u.LastName != "Wrong" {
			p.t.Error("what is paused was changed")
		}
		p.expect(p.apply(p.set(everything...)), `change User/mina last_name=Rao`)
		p.expect(p.apply(p.set(everything...)))
	})
}

// What is taken away by SQL is made anew.
func TestWhatIsGoneIsMadeAnew(t *testing.T) {
	each(t, func(p *practice) {
		set := p.set(`Department/wills: {name: Wills}`)
		p.apply(set)
		_, err := p.DB.Exec(p.t.Context(), `DELETE FROM departments WHERE name = 'Wills'`)
		p.must(err)
		p.expect(p.apply(set), `drift create Department/wills name=Wills`)
		p.expect(p.apply(set))
	})
}
