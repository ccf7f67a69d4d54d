package staff_test

import (
	"errors"
	"slices"
	"testing"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// S2-34, C-18: the practice's settings are changed field by field, and the history says from what to what.
func TestTheOrganizationIsChangedFieldByField(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		head := reader("head", access.OrganizationEdit)
		if _, err := people.UpdateOrganization(ctx, reader("nobody", access.UsersEdit), staff.OrganizationChange{"name": {Value: "X"}}); !isForbidden(err) {
			t.Error(err)
		}
		all := staff.OrganizationChange{
			"name": {Value: " Marlow &  Reyes "}, "tagline": {Value: "Immigration law"}, "address": {Value: "1 King Street\r\nToronto"}, "contact": {Value: "help@firm.example"},
			"language": {Value: "fr"}, "zone": {Value: "America/Montreal"}, "single_names": {Value: "true"}, "password_policy": {Value: "length"},
			"idle_minutes": {Value: "30"}, "lifetime_hours": {Value: "12"}, "lock_tries": {Value: "5"}, "lock_minutes": {Value: "20"}, "lock_all": {Value: "true"},
			"invitation_days": {Value: "14"}, "allow_mailed_password": {Value: "false"}, "allow_typed_password": {Value: "no"},
			"dormant_days": {Value: "0"}, "dormant_action": {Value: "warn"}, "second_factor": {Value: "administrators"}, "second_factor_days": {Value: "7"},
		}
		if len(all) != len(staff.OrganizationValues(&staff.Organization{})) {
			t.Error("a setting is not tried here")
		}
		o, err := people.UpdateOrganization(ctx, head, all)
		if err != nil {
			t.Fatal(err)
		}
		if o.Name != "Marlow & Reyes" || o.Address != "1 King Street\nToronto" || o.Zone != "America/Montreal" || !o.SingleNames || *o.IdleMinutes != 30 || *o.LifetimeHours != 12 ||
			o.LockTries != 5 || !o.LockAll || o.InvitationDays != 14 || o.AllowMailedPassword || o.AllowTypedPassword || o.DormantDays != 0 || o.DormantAction != "warn" || o.SecondFactor != "administrators" || o.SecondFactorDays != 7 || o.SecondFactorSince == nil || o.Generation != 2 {
			t.Errorf("%+v", o)
		}
		if o, err = people.UpdateOrganization(ctx, head, staff.OrganizationChange{"idle_minutes": {Value: ""}, "lock_tries": {Value: "5"}}); err != nil || o.IdleMinutes != nil || o.Generation != 3 {
			t.Errorf("%+v, %v", o, err)
		}
		lines, err := audit.Of(ctx, db, "organization", "organization", 10)
		if err != nil || len(lines) != 2 || lines[0].Changes != `[{"field":"idle_minutes","before":"30","after":""}]` || len(lines[1].List()) != len(all) {
			t.Errorf("%+v, %v", lines, err)
		}
		if o, err = people.UpdateOrganization(ctx, head, staff.OrganizationChange{"lock_tries": {Value: "5"}}); err != nil || o.Generation != 3 {
			t.Error("a change of nothing is one:", o, err)
		}
	})
}

func TestTheOrganizationsSettingsHaveBounds(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		for field, values := range map[string][]string{
			"name": {"", "  "}, "language": {"de", ""}, "zone": {"Mars/Olympus", ""}, "password_policy": {"none"}, "idle_minutes": {"4", "10081", "x", "1.5", "-5"},
			"lifetime_hours": {"0", "2161"}, "lock_tries": {"2", "51", ""}, "lock_minutes": {"0", "1441"}, "invitation_days": {"0", "31"},
			"dormant_days": {"-1", "1001", ""}, "dormant_action": {"delete"}, "second_factor": {"some"}, "second_factor_days": {"-1", "91", ""},
		} {
			for _, v := range values {
				if _, err := people.UpdateOrganization(ctx, reader("head", access.OrganizationEdit), staff.OrganizationChange{field: {Value: v}, "tagline": {Value: "never"}}); keyOf(err, field) == "" {
					t.Errorf("%s = %q: %v", field, v, err)
				}
			}
		}
		if _, err := people.UpdateOrganization(ctx, reader("head", access.OrganizationEdit), staff.OrganizationChange{"idle_minutes": {Value: "180"}, "lifetime_hours": {Value: "2"}}); keyOf(err, "lifetime_hours") == "" {
			t.Error(err)
		}
		if o, err := people.Organization(ctx); err != nil || o.Tagline != "" || o.Generation != 1 {
			t.Errorf("%+v, %v", o, err)
		}
	})
}

// B-16: what somebody else has changed meanwhile is not overwritten unseen; what only they touched stays theirs.
func TestTwoWhoChangeTheOrganizationSeeEachOther(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		head, was, none := reader("head", access.OrganizationEdit), "Marlow Reyes", ""
		if _, err := people.UpdateOrganization(ctx, head, staff.OrganizationChange{"name": {Value: "First", Was: &was}, "tagline": {Value: "Theirs", Was: &none}}); err != nil {
			t.Fatal(err)
		}
		var conflict *fault.Conflict
		_, err := people.UpdateOrganization(ctx, head, staff.OrganizationChange{"name": {Value: "Second", Was: &was}, "tagline": {Value: "", Was: &none}, "contact": {Value: "me", Was: &none}})
		if !errors.As(err, &conflict) || len(conflict.Current) != 1 || conflict.Current["name"] != "First" {
			t.Error(err)
		}
		if o, err := people.Organization(ctx); err != nil || o.Name != "First" || o.Contact != "" {
			t.Errorf("%+v, %v", o, err)
		}
		if o, err := people.UpdateOrganization(ctx, head, staff.OrganizationChange{"tagline": {Value: "", Was: &none}, "contact": {Value: "me", Was: &none}}); err != nil || o.Tagline != "Theirs" || o.Contact != "me" {
			t.Errorf("%+v, %v", o, err)
		}
	})
}

// B-16: a value that fits what the form showed, and not what another has saved since, is told with what is stored, not as a
// mistake in a field that shows something else.
func TestWhatFitsNoMoreIsAConflict(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		head, none := reader("head", access.OrganizationEdit), ""
		if _, err := people.UpdateOrganization(ctx, head, staff.OrganizationChange{"lifetime_hours": {Value: "1", Was: &none}}); err != nil {
			t.Fatal(err)
		}
		var conflict *fault.Conflict
		mine := staff.OrganizationChange{"idle_minutes": {Value: "180", Was: &none}, "lifetime_hours": {Value: "", Was: &none}}
		if _, err := people.UpdateOrganization(ctx, head, mine); !errors.As(err, &conflict) || len(conflict.Current) != 1 || conflict.Current["lifetime_hours"] != "1" {
			t.Errorf("%+v, %v", conflict, err)
		}
		one := "1"
		mine["lifetime_hours"].Was = &one // seen, and taken away on purpose
		if o, err := people.UpdateOrganization(ctx, head, mine); err != nil || *o.IdleMinutes != 180 || o.LifetimeHours != nil {
			t.Errorf("%+v, %v", o, err)
		}
	})
}

// B-16: of two who save at the same moment one is first; the other is told, and nothing of theirs is stored.
func TestOfTwoWhoSaveTheOrganizationAtOnceOneIsTold(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		head := reader("head", access.OrganizationEdit)
		for range 5 {
			o, err := people.Organization(ctx)
			if err != nil {
				t.Fatal(err)
			}
			save := func(name, contact string) func() error {
				return func() error {
					_, err := people.UpdateOrganization(ctx, head, staff.OrganizationChange{"name": {Value: o.Name + name, Was: &o.Name}, "contact": {Value: o.Contact + contact, Was: &o.Contact}})
					return err
				}
			}
			errs := atOnce(save(" A", "a"), save(" B", "b"))
			won := slices.Index(errs, nil)
			var conflict *fault.Conflict
			if won < 0 || !errors.As(errs[1-won], &conflict) || len(conflict.Current) != 2 {
				t.Fatal(errs)
			}
			after, err := people.Organization(ctx)
			if err != nil || after.Name != o.Name+[]string{" A", " B"}[won] || after.Contact != o.Contact+[]string{"a", "b"}[won] || after.Generation != o.Generation+1 {
				t.Errorf("%+v, %v", after, err)
			}
		}
	})
}
