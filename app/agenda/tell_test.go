package agenda_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/agenda"
	"chancery/app/cases"
	"chancery/app/staff"
)

// told is who was told what.
type told struct {
	f    *firm
	news []agenda.News
}

func (t *told) Appointed(_ context.Context, n agenda.News) error {
	t.news = append(t.news, n)
	return nil
}

// since is what was told since it was asked the last time, as WHO:WHAT.
func (t *told) since() (all []string) {
	t.f.T.Helper()
	for _, n := range t.news {
		u, err := t.f.Staff.Get(t.f.Ctx, n.UserID)
		t.f.Must(err)
		all = append(all, u.FirstName+":"+string(n.What))
	}
	t.news = nil
	slices.Sort(all)
	return all
}

// ASVS 8.2.2: nobody is asked to an appointment of a case that they do not see, or given one, and the form offers nobody else.
func TestOnlyWhoSeesTheCaseIsAskedToIt(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ana, ben, cleo := f.person("Ana"), f.person("Ben"), f.person("Cleo")
		k := f.Open(ana)
		f.Must(f.Cases.AddMember(f.Ctx, system, k, ben.ID))
		plan := f.plan(k, 3)
		plan.People = []string{ben.ID, cleo.ID}
		_, err := f.agenda.Create(f.Ctx, ana, plan)
		f.Invalid(err, "people", "agenda.not-on-case")
		given := f.plan(k, 3)
		given.OwnerID = cleo.ID
		_, err = f.agenda.Create(f.Ctx, ana, given)
		f.Invalid(err, "owner", "agenda.owner-not-on-case")
		plan.People = []string{ben.ID}
		made := f.create(ana, plan)
		plan.People = []string{ben.ID, cleo.ID}
		_, err = f.agenda.Update(f.Ctx, ana, made.ID, 0, plan)
		f.Invalid(err, "people", "agenda.not-on-case")
		plan.CaseID, plan.OwnerID = "", cleo.ID // it stays the case's, whatever a form says
		_, err = f.agenda.Update(f.Ctx, ana, made.ID, 0, plan)
		f.Invalid(err, "owner", "agenda.owner-not-on-case")

		offered := func(caseID string, named ...string) (names []string) {
			all, err := f.agenda.People(f.Ctx, ana, caseID, named...)
			f.Must(err)
			for _, p := range all {
				names = append(names, p.FirstName)
			}
			return names
		}
		if got := offered(k); !slices.Equal(got, []string{"Ana", "Ben"}) {
			t.Error(got)
		}
		if got := offered(k, cleo.ID); !slices.Equal(got, []string{"Cleo", "Ana", "Ben"}) {
			t.Error(got)
		}
		if got := offered(""); len(got) != 3 {
			t.Error(got)
		}
		f.Must(f.Cases.AddMember(f.Ctx, system, k, cleo.ID))
		plan.OwnerID = ""
		if _, err = f.agenda.Update(f.Ctx, ana, made.ID, 0, plan); err != nil {
			t.Error(err)
		}
		f.Must(f.Cases.RemoveMember(f.Ctx, system, k, ben.ID)) // who comes already, and sees it no more
		plan.Title = "Another"
		if _, err = f.agenda.Update(f.Ctx, ana, made.ID, 0, plan); err != nil {
			t.Error(err)
		}
	})
}

// ASVS 8.2.2: the condition about people says what each one's rights say, for plain and private cases.
func TestWhoSeesACaseIsOneRule(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		rooms := access.New(f.DB)
		var people []string
		for _, role := range []string{access.RoleSuperAdmin, access.RoleManager, access.RoleConsultant, access.RoleAccountant, access.RoleSupport} {
			for _, name := range []string{"On", "Off"} {
				u, err := f.Staff.Create(f.Ctx, system, staff.NewUser{FirstName: name, LastName: role, Email: name + role + "@firm.example", RoleID: role, Language: "en", Zone: "UTC"})
				f.Must(err)
				f.Must(f.Staff.SeedStatus(f.Ctx, u.ID, staff.Active, nil))
				people = append(people, u.ID)
			}
		}
		f.Must(f.DB.In(f.Ctx).Exec(`DELETE FROM role_permissions WHERE role_id = ? AND permission = 'cases.view'`, access.RoleSupport).Error)
		ana := f.person("Ana")
		for _, private := range []bool{false, true} {
			k := f.Open(ana)
			for i, id := range people {
				if i%2 == 0 {
					f.Must(f.DB.In(f.Ctx).Exec(`INSERT INTO case_members (case_id, user_id, created_at) VALUES (?, ?, ?)`, k, id, f.DB.Now()).Error)
				}
			}
			f.Must(f.DB.In(f.Ctx).Exec(`UPDATE cases SET private = ? WHERE id = ?`, private, k).Error)
			sees, args := cases.SeenBy()
			var by []string
			f.Must(f.DB.In(f.Ctx).Raw(`SELECT u.id FROM users u JOIN cases k ON k.id = ? WHERE `+sees, append([]any{k}, args...)...).Scan(&by).Error)
			n := 0
			for _, id := range people {
				rights, err := rooms.Of(f.Ctx, id)
				f.Must(err)
				actor := ana
				actor.ID, actor.Rights = id, rights
				if see := f.Cases.MustSee(f.Ctx, actor, k) == nil; see != slices.Contains(by, id) {
					t.Errorf("private %t: %s sees it: %t", private, id, see)
				} else if see {
					n++
				}
			}
			if n < 4 || n == len(people) {
				t.Error(n)
			}
		}
	})
}

// People are told that they are asked, given an appointment, and of what becomes of it; not who does it, nobody of what they do not see, and
// nobody of what is over.
func TestPeopleAreToldOfTheirAppointments(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		heard := &told{f: f}
		f.agenda.Tells(heard)
		ana, ben, cleo, dan := f.person("Ana"), f.person("Ben"), f.person("Cleo"), f.person("Dan")
		want := func(say string) {
			t.Helper()
			if got := strings.Join(heard.since(), " "); got != say {
				t.Errorf("told %q, want %q", got, say)
			}
		}
		plan := f.plan("", 3)
		plan.People = []string{ben.ID, cleo.ID}
		made := f.create(ana, plan)
		want("Ben:invited Cleo:invited")
		update := func(change func()) {
			change()
			_, err := f.agenda.Update(f.Ctx, ana, made.ID, 0, plan)
			f.Must(err)
		}
		update(func() { plan.Title = "Another" })
		want("")
		update(func() { plan.Place, plan.People = "Room 2", []string{ben.ID, dan.ID} })
		want("Ben:moved Dan:invited")
		update(func() {
			plan.OwnerID, plan.People, plan.StartsAt = cleo.ID, []string{ana.ID, ben.ID, dan.ID}, plan.StartsAt.Add(10*time.Minute)
		})
		want("Ben:moved Cleo:handed Dan:moved")
		_, err := f.agenda.Cancel(f.Ctx, ben, made.ID, 0)
		f.Must(err)
		want("Ana:cancelled Cleo:cancelled Dan:cancelled")
		_, err = f.agenda.Restore(f.Ctx, ana, made.ID, 0)
		f.Must(err)
		want("Ben:restored Cleo:restored Dan:restored")

		k := f.Open(ana)
		f.Must(f.Cases.AddMember(f.Ctx, system, k, ben.ID))
		f.Must(f.Cases.AddMember(f.Ctx, system, k, cleo.ID))
		of := f.plan(k, 5)
		of.People = []string{cleo.ID}
		in := f.create(ben, of) // the case's owner's
		want("Ana:handed Cleo:invited")
		f.Must(f.Cases.RemoveMember(f.Ctx, system, k, cleo.ID))
		_, err = f.agenda.Cancel(f.Ctx, ben, in.ID, 0)
		f.Must(err)
		want("Ana:cancelled")
		past := f.plan("", -5)
		past.People = []string{ben.ID}
		f.create(ana, past)
		want("")

		f.create(ana, f.plan(k, 6))
		f.create(ana, f.plan("", 7))
		with := f.plan("", 8)
		with.OwnerID, with.People = dan.ID, []string{ben.ID}
		f.create(ana, with)
		want("Ben:invited Dan:handed")
		_, err = f.Staff.Deactivate(f.Ctx, system, ana.ID, staff.Plan{Way: staff.ToOne, Successor: ben.ID})
		f.Must(err)
		if n := len(heard.news); n != 1 || heard.news[0].Count != 2 || heard.news[0].UserID != ben.ID {
			t.Errorf("%+v", heard.news)
		}
		heard.news = nil
		_, err = f.Staff.Deactivate(f.Ctx, system, dan.ID, staff.Plan{})
		f.Must(err)
		want("Ben:cancelled")
	})
}
