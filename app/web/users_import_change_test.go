package web_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/audit"
	"chancery/app/post"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/app/store/storetest"
	"chancery/app/work"
)

// uploadChanges hands over a file that may change people who are here.
func uploadChanges(c *apptest.Client, text string) *apptest.Page {
	return c.Visit("/users/import/new?change=yes").Upload("#import-form", "file", "people.csv", "text/csv", []byte(text))
}

// S1-11, S1-33, S1-28, B-17: a row that names somebody changes what its cells say, and leaves what is empty; the dry run
// says from what to what, or why not; the run does just that, each change with its line in the history.
func TestAFileChangesPeopleWhoAreHere(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		give(t, app, "other", 2)
		if _, err := app.Staff.SeedDepartment(t.Context(), "Work permits"); err != nil {
			t.Fatal(err)
		}
		former := app.Person("paralegal")
		if err := app.DB.In(t.Context()).Exec(`INSERT INTO addresses (address, user_id, created_at) VALUES ('old@firm.example', ?, ?)`, former.ID, app.Clock.Now()).Error; err != nil {
			t.Fatal(err)
		}
		text := "E-mail;Full name;Role;Department;Job title;Status;Cell number;Office number;Profiles\n" +
			apptest.Email("consultant") + ";Jonathan Okafor;Paralegal;Work permits;Paralegal;;+1 416 555 0142;+1 416 555 0100 ext. 12;Collections\n" + // 2
			apptest.Email("accountant") + ";;;;;Inactif;;;\n" + // 3
			apptest.Email("inactive") + ";;Viewer;;;active;;;\n" + // 4: comes back
			apptest.Email("invited") + ";;;;;Invited;;;\n" + // 5: so already
			apptest.Email("paralegal") + ";Mireille Tremblay-Côté;paralegal;Family;RCIC consultant;Activo;;;\n" + // 6: so already
			apptest.Email("other") + ";;;;;Inactive;;;\n" + // 7: owns cases
			apptest.Email("admin") + ";;Viewer;;;Inactive;;;\n" + // 8: who imports
			apptest.Email("super") + ";Elena Mallow;Viewer;;;Inactive;;;\n" + // 9: a Super Admin
			"old@firm.example;Someone New;Viewer;;;;;;\n" + // 10: was Mireille's
			"new@firm.example;Anna Bell;Viewer;;;Inactive;;;\n" + // 11
			"newer@firm.example;Anna Bell;Viewer;Family;;Active;+1 416 555 0143;;\n" + // 12: new
			apptest.Email("consultant") + ";;Viewer;;;;;;\n" + // 13: twice
			"newest@firm.example;Carl Dew;Viewer;;;gone;12;;\n" // 14
		c := app.SignIn("admin")
		upload(c, text).Expect(200).In(".facts", "Would be created1").In(".facts", "Refused10").In("tbody tr:nth-child(1)", "changes nobody").In("tbody tr:nth-child(3)", "no longer works here")
		p := uploadChanges(c, text).Expect(200).In(".page-head", "People who are here would be changed").In(".facts", "Would be created1").In(".facts", "Would be changed3").In(".facts", "Here already, the same2").In(".facts", "Refused7")
		if n, err := strconv.Atoi(p.Header.Get("X-Statements")); err != nil || n > 26 { // one a kind of what a leaver has; one for all that manifests own
			t.Errorf("the dry run costs %d statements, %v", n, err)
		}
		row := func(line int) string { return fmt.Sprintf("tbody tr:nth-child(%d)", line-1) }
		for _, said := range []string{"First name: Jon → Jonathan", "Role: RCIC Consultant → Paralegal", "Department: Family → Work permits", "Job title: RCIC consultant → Paralegal",
			"Cell number: +1 416-555-0142", "Office number: +1 416-555-0100", "Profiles: Collections", "Would be changed"} {
			p.In(row(2), said)
		}
		p.In(row(3), "Status: Active → Inactive").In(row(4), "Status: Inactive → Active").In(row(4), "Role: Paralegal → Viewer").In(row(5), "the same").In(row(6), "the same")
		p.In(row(7), "Status: 2 open cases would be left without an owner").In(row(8), "Nobody changes their own role").In(row(8), "Status:")
		p.In(row(9), "Role: This is a Super Admin’s account").In(row(9), "Last name: This is a Super Admin’s account").In(row(10), "signed in with this address before").In(row(11), "cannot begin as inactive")
		p.In(row(12), "Cell number: +1 416-555-0143").In(row(12), "Would be created").In(row(13), "line 2 already").In(row(14), "“gone” is neither Active nor Inactive")
		c.Visit(p.Path+"&state=change").Has("tbody tr", 3)
		jon := app.Person("consultant")
		if u, err := app.Staff.Get(t.Context(), jon.ID); err != nil || u.Generation != jon.Generation && u.RoleID != access.RoleConsultant {
			t.Errorf("the dry run changed %+v, %v", u, err)
		}
		run := p.Submit("#import-confirm").Expect(200)
		p.Submit("#import-confirm").At(run.Path)
		finish(t, app)
		c.Visit(run.Path).In("h1 .status", "Finished").In(".facts", "Done4").In(".facts", "As it was already2").In(".facts", "Refused7")
		u, err := app.Staff.Get(t.Context(), jon.ID)
		if err != nil || u.FirstName != "Jonathan" || u.LastName != "Okafor" || u.RoleID != access.RoleParalegal || u.Title != "Paralegal" || u.Cell != "+14165550142" ||
			u.Office != "+14165550100;ext=12" || u.Language != "en" || u.Status != staff.Active || *u.DepartmentID == *jon.DepartmentID {
			t.Errorf("%+v, %v", u, err)
		}
		lines, err := audit.Of(t.Context(), app.DB, "user", jon.ID, 10)
		var done []string
		for _, l := range lines {
			done = append(done, l.Action)
			if l.Action != "user.create" && l.ActorID != app.Person("admin").ID {
				t.Errorf("%s by %s", l.Action, l.ActorName)
			}
		}
		if err != nil || !strings.HasPrefix(strings.Join(done, " "), "user.set-profiles user.set-role user.edit user.set-department user.create") {
			t.Errorf("%v, %v", done, err)
		}
		for who, want := range map[string]staff.Status{"accountant": staff.Inactive, "inactive": staff.Active, "other": staff.Active, "super": staff.Active, "admin": staff.Active, "invited": staff.Pending} {
			if u, err := app.Staff.Get(t.Context(), app.Person(who).ID); err != nil || u.Status != want {
				t.Errorf("%s is %s, %v", who, u.Status, err)
			}
		}
		again := uploadChanges(c, text).Expect(200).In(".facts", "Would be changed0").In(".facts", "Would be created0").In(".facts", "Here already, the same6") // nothing is done twice
		again.Has("#import-confirm .btn-primary", 0)
	})
}

// B-16: what was shown is done, and nothing else: what has changed since the dry run is shown again, and what changes
// after it was asked for is refused.
func TestAFileDoesNothingButWhatWasShown(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c, jon := app.SignIn("admin"), app.Person("consultant")
		set := func(role string) {
			t.Helper()
			if err := app.Staff.SetRole(t.Context(), app.Actor("super"), jon.ID, role, false); err != nil {
				t.Fatal(err)
			}
		}
		p := uploadChanges(c, "email,role,department\n"+jon.Email+",Paralegal,Family\n").Expect(200).In("tbody", "RCIC Consultant → Paralegal")
		set(access.RoleAccountant)
		p = p.Submit("#import-confirm").Expect(409).In(".alert-error", "changed meanwhile").In("tbody", "Accountant → Paralegal")
		run := p.Submit("#import-confirm").Expect(200)
		set(access.RoleViewer)
		finish(t, app)
		c.Visit(run.Path).In(".facts", "Refused1").In("tbody", "Someone else has changed this meanwhile")
		if r, err := app.Staff.RightsOf(t.Context(), app.Actor("super"), jon.ID); err != nil || r.RoleID != access.RoleViewer {
			t.Error(r, err)
		}
	})
}

// The list that was taken away as a file is read again, in each language, and says nothing new.
func TestTheExportedListComesBackUnchanged(t *testing.T) {
	app := apptest.One(t)
	if err := app.DB.In(t.Context()).Exec(`UPDATE users SET role_id = 'administrator' WHERE id IN (?, ?)`, app.Person("paralegal").ID, app.Person("other").ID).Error; err != nil {
		t.Fatal(err)
	}
	if err := app.DB.In(t.Context()).Exec(`UPDATE users SET display_name = 'Jo the Consultant' WHERE id = ?`, app.Person("consultant").ID).Error; err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{"admin", "other", "paralegal"} {
		c := app.SignIn(who)
		p := uploadChanges(c, c.Visit("/users.csv").Expect(200).Body).Expect(200).Has("tbody tr", 8).Has("tbody .status[data-status=info]", 8)
		p.Has("#import-confirm .btn-primary", 0)
		if who == "admin" {
			p.In(".page-head", "Columns that are left out: Dormant, Last sign-in, Created.")
		}
	}
}

// Who may create people and change none is not asked whether the file may change them, and cannot say so by the address.
func TestWhoMayChangeNobodyImportsNewPeopleOnly(t *testing.T) {
	app := apptest.One(t)
	run(t, app, `DELETE FROM role_permissions WHERE role_id = 'accountant'`)
	run(t, app, `INSERT INTO role_permissions (role_id, permission) VALUES ('accountant', 'users.view'), ('accountant', 'users.create')`)
	c := app.SignIn("accountant")
	c.Visit("/users/import/new?change=yes").Expect(200).Has("input[name=change]", 0)
	p := upload(c, "email,full name,role\n"+apptest.Email("consultant")+",Jonathan Okafor,Paralegal\n").Expect(200)
	c.Visit(p.Path+"?change=yes").Expect(200).In("tbody", "changes nobody").Has("input[name=change]", 0)
}

// S1-30, S1-32: Super Admins beyond two, new ones or of those who are here, are made when the risk was confirmed.
func TestAThirdSuperAdminByAFileIsConfirmed(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c := app.SignIn("super")
		text := "email;full name;role\n" + apptest.Email("consultant") + ";;Super Admin\n" + apptest.Email("other") + ";;Super Admin\nanna@firm.example;Anna Bell;Super Admin\n"
		one, _, _ := strings.Cut(text, apptest.Email("other"))
		uploadChanges(c, one).Expect(200).Has("#confirmed", 0).Has("#import-confirm .btn-primary", 1) // the second is as meant
		p := uploadChanges(c, text).Expect(200).In(".alert-warning", "There are 2 Super Admins already").In(".alert-warning", "2 more: lines 3, 4").Has("tbody .tag", 2)
		p.Submit("#import-confirm").Expect(422).In("#confirmed-error", "Confirm this").Has("#errors a[href='#confirmed']", 1)
		run := p.Submit("#import-confirm", "confirmed", "yes").Expect(200)
		finish(t, app)
		c.Visit(run.Path).In(".facts", "Done3")
		if n, err := app.Staff.CountSupers(t.Context()); err != nil || n != 4 {
			t.Errorf("%d, %v", n, err)
		}
		uploadChanges(app.SignIn("admin"), strings.ReplaceAll(text, "anna@", "bea@")).Expect(200).Has("#confirmed", 0).In("tbody tr:nth-child(3)", "Only a Super Admin can make another one")
	})
}

// S1-32, B-20: two files that are done at once by two replicas, or a file and the form, leave one active Super Admin.
func TestFilesAtOnceLeaveASuperAdmin(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		app := apptest.Start(t, url)
		db := storetest.Open(t, url, app.Clock.Now)
		people := staff.New(db, staff.Studio{})
		second := signin.New(db, people, post.New(db), signin.Options{Key: []byte("0123456789abcdef0123456789abcdef")})
		replicas := []*work.Work{app.Work, work.New(db, second.Kinds()...)}
		pair := []*staff.User{app.Person("super"), app.Person("consultant")}
		ask := func(u *staff.User, change audit.Change) string {
			t.Helper()
			id, err := app.Work.Ask(t.Context(), access.System("test"), work.Request{Kind: "import", Items: []work.Item{{ObjectID: u.ID, Label: u.Email,
				Input: fmt.Sprintf(`{"Changes":[{"field":%q,"before":%q,"after":%q}]}`, change.Field, change.Before, change.After)}}})
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		file := func(i int, change audit.Change) func(context.Context) error {
			id := ask(pair[i], change)
			return func(ctx context.Context) error {
				for more := true; more; {
					var err error
					if more, err = replicas[i].Advance(ctx, id); err != nil {
						return err
					}
				}
				p, err := app.Work.Get(ctx, access.System("test"), id, work.Page{Size: 1})
				if err == nil && p.Items[0].State == work.ItemRefused {
					err = errors.New(p.Items[0].Reasons[0].Message.Key)
				}
				return err
			}
		}
		demote := audit.Change{Field: "role", Before: access.RoleSuperAdmin, After: access.RoleViewer}
		leave := audit.Change{Field: "status", Before: "ACTIVE", After: "INACTIVE"}
		form := func(ctx context.Context) error { // the verb behind it
			return people.SetRole(ctx, access.System("test"), pair[1].ID, access.RoleViewer, false)
		}
		for name, both := range map[string]func() []func(context.Context) error{
			"two files, roles": func() []func(context.Context) error {
				return []func(context.Context) error{file(0, demote), file(1, demote)}
			},
			"two files, status and role": func() []func(context.Context) error {
				return []func(context.Context) error{file(0, leave), file(1, demote)}
			},
			"a file and the form": func() []func(context.Context) error { return []func(context.Context) error{file(0, leave), form} },
		} {
			for range 5 {
				if err := app.DB.In(t.Context()).Exec(`UPDATE users SET role_id = 'super-admin', status = 'ACTIVE' WHERE id IN (?, ?)`, pair[0].ID, pair[1].ID).Error; err != nil {
					t.Fatal(err)
				}
				if err := app.DB.In(t.Context()).Exec(`UPDATE departures SET state = 'done' WHERE user_id = ?`, pair[0].ID).Error; err != nil {
					t.Fatal(err)
				}
				acts, errs := both(), make([]error, 2)
				start := make(chan struct{})
				var wg sync.WaitGroup
				for i, act := range acts {
					wg.Go(func() {
						<-start
						errs[i] = act(t.Context())
					})
				}
				close(start)
				wg.Wait()
				var left int
				if err := app.DB.In(t.Context()).Raw(`SELECT count(*) FROM users WHERE role_id = 'super-admin' AND status = 'ACTIVE'`).Scan(&left).Error; err != nil || left != 1 {
					t.Fatalf("%s: %d are left, %v, %v", name, left, errs, err)
				}
				if all := fmt.Sprint(errs); strings.Count(all, "staff.last-super-admin") != 1 || strings.Count(all, "nil") != 1 {
					t.Errorf("%s: %v", name, errs)
				}
			}
		}
	})
}
