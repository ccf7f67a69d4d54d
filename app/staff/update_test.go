package staff_test

import (
	"errors"
	"testing"

	"chancery/app/apptest"
	"chancery/app/fault"
	"chancery/app/staff"
)

// S0-13, S3-6, C-11: an administrator changes a colleague's fields, with a title of the practice's list; it is audited.
func TestAnAdministratorChangesAColleaguesFields(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		ctx, jon := t.Context(), app.Person("consultant")
		if err := app.Staff.SeedTitle(ctx, "Senior consultant"); err != nil {
			t.Fatal(err)
		}
		u, err := app.Staff.Update(ctx, app.Actor("admin"), jon.ID, staff.Change{
			ProfileChange: staff.ProfileChange{FirstName: set(" Jonathan "), Zone: set("America/Vancouver"), Cell: set("+1 416 555 0121")}, Title: set("SENIOR consultant"),
		})
		if err != nil || u.FirstName != "Jonathan" || u.Title != "Senior consultant" || u.Zone != "America/Vancouver" || u.Cell != "+14165550121" {
			t.Fatalf("%+v, %v", u, err)
		}
		var action, who string
		if err := app.DB.Row(ctx, `SELECT action, actor_name FROM audit WHERE object_id = $1 ORDER BY id DESC LIMIT 1`, jon.ID).Scan(&action, &who); err != nil || action != "user.edit" || who != "Grace Mbeki" {
			t.Errorf("%s by %s, %v", action, who, err)
		}
		found, err := app.Staff.List(ctx, app.Actor("admin"), staff.Query{Filter: staff.Filter{Search: "jonathan senior"}, Size: 5})
		if err != nil || len(found.Rows) != 1 {
			t.Errorf("the search finds %d, %v", len(found.Rows), err)
		}
		_, err = app.Staff.Update(ctx, app.Actor("admin"), jon.ID, staff.Change{ProfileChange: staff.ProfileChange{FirstName: set("J")}, Title: set("Wizard")})
		var bad *fault.Invalid
		if !errors.As(err, &bad) || !bad.Has("title") || !bad.Has("first_name") || len(bad.Fields) != 2 {
			t.Errorf("%v", err)
		}
	})
}

// A title that is no longer in the list stays with who has it, until somebody changes it.
func TestATitleThatIsNoLongerInTheListStays(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		ctx, jon := t.Context(), app.Person("consultant")
		if err := app.DB.In(ctx).Exec(`DELETE FROM titles`).Error; err != nil {
			t.Fatal(err)
		}
		u, err := app.Staff.Update(ctx, app.Actor("admin"), jon.ID, staff.Change{ProfileChange: staff.ProfileChange{Bio: set("Families.")}, Title: was(jon.Title, jon.Title)})
		if err != nil || u.Title != jon.Title || u.Bio != "Families." {
			t.Errorf("%+v, %v", u, err)
		}
		if u, err = app.Staff.Update(ctx, app.Actor("admin"), jon.ID, staff.Change{Title: set("")}); err != nil || u.Title != "" {
			t.Errorf("%+v, %v", u, err)
		}
	})
}

// S1-32, ASVS 8.2.2: a Super Admin's fields are a Super Admin's to change, by whichever verb; consultants change nobody's.
func TestOnlyASuperAdminChangesASuperAdmin(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		ctx, elena := t.Context(), app.Person("super")
		change := staff.ProfileChange{FirstName: set("Ellen")}
		var forbidden *fault.Forbidden
		if _, err := app.Staff.Update(ctx, app.Actor("admin"), elena.ID, staff.Change{ProfileChange: change}); !errors.As(err, &forbidden) || forbidden.Message.Key != "access.over-super" {
			t.Errorf("%v", err)
		}
		if _, err := app.Staff.UpdateProfile(ctx, app.Actor("admin"), elena.ID, change); !errors.As(err, &forbidden) || forbidden.Message.Key != "access.over-super" {
			t.Errorf("%v", err)
		}
		for _, id := range []string{elena.ID, app.Person("consultant").ID} {
			if _, err := app.Staff.Update(ctx, app.Actor("consultant"), id, staff.Change{Title: set("")}); !errors.As(err, &forbidden) {
				t.Errorf("%v", err)
			}
		}
		if _, err := app.Staff.Update(ctx, app.Actor("super"), elena.ID, staff.Change{ProfileChange: change}); err != nil {
			t.Error(err)
		}
		if _, err := app.Staff.Update(ctx, app.Actor("admin"), "nobody", staff.Change{}); !errors.Is(err, fault.ErrNotFound) {
			t.Errorf("%v", err)
		}
	})
}

// B-16: the second of two administrators is told what the first has stored, and nothing of theirs is written.
func TestTheSecondOfTwoAdministratorsHearsOfTheFirst(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		ctx, jon := t.Context(), app.Person("consultant")
		if _, err := app.Staff.Update(ctx, app.Actor("admin"), jon.ID, staff.Change{ProfileChange: staff.ProfileChange{Office: was("", "+1 416 555 0100")}, Title: was(jon.Title, "")}); err != nil {
			t.Fatal(err)
		}
		_, err := app.Staff.Update(ctx, app.Actor("super"), jon.ID, staff.Change{
			ProfileChange: staff.ProfileChange{FirstName: was("Jon", "Jonathan"), Office: was("", "+1 416 555 0199")}, Title: was(jon.Title, "RCIC consultant"),
		})
		var conflict *fault.Conflict
		if !errors.As(err, &conflict) || len(conflict.Current) != 1 || conflict.Current["office"] != "+1 416-555-0100" {
			t.Fatalf("%v: %+v", err, conflict)
		}
		if now, err := app.Staff.Get(ctx, jon.ID); err != nil || now.FirstName != "Jon" || now.Title != "" {
			t.Errorf("%+v, %v", now, err)
		}
	})
}
