package staff_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

func set(v string) *staff.Edit { return &staff.Edit{Value: v} }

func was(old, v string) *staff.Edit { return &staff.Edit{Value: v, Was: &old} }

// noor is a consultant in an empty practice.
func noor(t *testing.T, db *store.DB) (context.Context, *staff.Staff, *staff.User) {
	t.Helper()
	ctx, people := practice(t, db)
	return ctx, people, hire(t, people, staff.NewUser{FirstName: "Noor", LastName: "Haddad", Email: "noor@marlowreyes.example", RoleID: access.RoleConsultant})
}

func faults(t *testing.T, err error, want ...string) {
	t.Helper()
	var bad *fault.Invalid
	if !errors.As(err, &bad) {
		t.Fatalf("want %q, got %v", want, err)
	}
	var got []string
	for _, f := range bad.Fields {
		got = append(got, f.Name+":"+strings.TrimPrefix(f.Message.Key, "staff."))
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("faults %q, want %q", got, want)
	}
}

// S0-24, S2-4…S2-9: every fault at once, and nothing is saved with one.
func TestAProfileIsSavedWholeOrNotAtAll(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, people, u := noor(t, db)
		_, err := people.UpdateProfile(ctx, reader(u.ID), u.ID, staff.ProfileChange{
			FirstName: set("N"), LastName: set("  "), DisplayName: set(strings.Repeat("d", 101)), Cell: set("416 555 0118"), Office: set("+1"),
			Address: set(strings.Repeat("a", 501)), Bio: set("fine"), Language: set("de"), Zone: set("Mars/Olympus"), Theme: set("blue"),
		})
		faults(t, err, "first_name:first-name-length", "last_name:last-name-missing", "display_name:too-long", "cell:phone-country", "office:phone-invalid",
			"address:too-long", "language:language-unknown", "zone:zone-unknown", "theme:choose")
		if got, err := people.Get(ctx, u.ID); err != nil || got.Bio != "" || got.Generation != 1 {
			t.Errorf("%+v, %v", got, err)
		}
		_, err = people.UpdateProfile(ctx, reader(u.ID), u.ID, staff.ProfileChange{
			FirstName: set("No"), LastName: set(strings.Repeat("é", 100)), Address: set(strings.Repeat("é", 500)), Bio: set(strings.Repeat("日", 1000)),
			Language: set("es"), Zone: set("America/Mexico_City"), Theme: set("dark"), CellHidden: set("true"),
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := people.Get(ctx, u.ID)
		if err != nil || got.Language != "es" || got.Theme != "dark" || !got.CellHidden || got.Generation != 2 || !strings.HasSuffix(got.SortName, " no") {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// S0-12, S1-14, S2-2: one's own, and another's only by users.edit; each change has its line.
func TestEachMayChangeTheirOwnProfileOnly(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, people, u := noor(t, db)
		c := staff.ProfileChange{Bio: set("Hello.")}
		var forbidden *fault.Forbidden
		if _, err := people.UpdateProfile(ctx, reader("someone", access.UsersView), u.ID, c); !errors.As(err, &forbidden) {
			t.Errorf("a colleague: %v", err)
		}
		if _, err := people.UpdateProfile(ctx, reader("admin", access.UsersEdit), "nobody", c); !errors.Is(err, fault.ErrNotFound) {
			t.Errorf("nobody: %v", err)
		}
		if _, err := people.UpdateProfile(ctx, reader("admin", access.UsersEdit), u.ID, c); err != nil {
			t.Error(err)
		}
		if _, err := people.UpdateProfile(ctx, reader(u.ID), u.ID, c); err != nil { // changes nothing
			t.Error(err)
		}
		lines, err := audit.Of(ctx, db, "user", u.ID, 10)
		if err != nil || len(lines) != 2 || lines[0].ActorID != "admin" || lines[0].Changes != `[{"field":"bio","before":"","after":"Hello."}]` {
			t.Errorf("%+v, %v", lines, err)
		}
	})
}

// B-16: a save starts from a row read a moment before; whatever came between is kept, or is a conflict.
func TestASaveFromAStaleRowStartsAnew(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, people, u := noor(t, db)
		stale, err := people.Get(ctx, u.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := people.UpdateProfile(ctx, reader(u.ID), u.ID, staff.ProfileChange{FirstName: set("Nour"), Bio: set("theirs")}); err != nil {
			t.Fatal(err)
		}
		got, err := people.UpdateKnown(ctx, reader(u.ID), stale, staff.ProfileChange{LastName: set("Haddad-Roy")})
		if err != nil || got.FirstName != "Nour" || got.Bio != "theirs" || got.LastName != "Haddad-Roy" {
			t.Errorf("%+v, %v", got, err)
		}
		stored, err := people.Get(ctx, u.ID)
		if err != nil || stored.FirstName != "Nour" || stored.LastName != "Haddad-Roy" || stored.SortName != "haddad-roy nour" || stored.Generation != stale.Generation+2 {
			t.Errorf("%+v, %v", stored, err)
		}
		var conflict *fault.Conflict
		if _, err := people.UpdateKnown(ctx, reader(u.ID), stale, staff.ProfileChange{Bio: was("", "mine")}); !errors.As(err, &conflict) {
			t.Error("overwrote what came between:", err)
		}
		var forbidden *fault.Forbidden
		if _, err := people.UpdateKnown(ctx, reader("someone", access.UsersView), stored, staff.ProfileChange{Bio: set("x")}); !errors.As(err, &forbidden) {
			t.Error(err)
		}
	})
}

// B-16: only what someone else has changed to something else is a conflict; then nothing is saved.
func TestAStaleFieldIsAConflictAndAnUntouchedOneIsNot(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, people, u := noor(t, db)
		save := func(c staff.ProfileChange) error {
			_, err := people.UpdateProfile(ctx, reader(u.ID), u.ID, c)
			return err
		}
		if err := save(staff.ProfileChange{Bio: was("", "a\nb"), Office: was("", "+1 416 555 0118 x22"), DisplayName: was("", "Noor H.")}); err != nil {
			t.Fatal(err)
		}
		var conflict *fault.Conflict
		err := save(staff.ProfileChange{Bio: was("", "other"), Office: was("", "+1 416 555 0199"), Address: was("", "never")})
		if !errors.As(err, &conflict) || len(conflict.Current) != 2 || conflict.Current["bio"] != "a\nb" || conflict.Current["office"] != "+1 416-555-0118 ext. 22" {
			t.Fatalf("%v", err)
		}
		for name, c := range map[string]staff.ProfileChange{
			"the same twice":                  {Bio: was("", "a\nb"), Office: was("", "+1 416 555 0118 x22")},
			"another field":                   {Zone: was("America/Toronto", "UTC")},
			"as a browser sends line ends":    {Bio: was("a\r\nb", "c")},
			"as the form showed the number":   {Office: was("+1 416-555-0118 ext. 22", "+1 416 555 0120")},
			"as the number is stored":         {Office: was("+14165550120", "")},
			"emptied, from what it was shown": {DisplayName: was("Noor H.", "")},
		} {
			_ = name
			if err := save(staff.ProfileChange{DisplayName: set("Noor H."), Office: set("+1 416 555 0118 x22"), Bio: set("a\nb"), Zone: set("America/Toronto")}); err != nil {
				t.Fatal(err)
			}
			if name == "as the number is stored" {
				if err := save(staff.ProfileChange{Office: set("+14165550120")}); err != nil {
					t.Fatal(err)
				}
			}
			if err := save(c); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if got, err := people.Get(ctx, u.ID); err != nil || got.Address != "" {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// C-1: typed out, the usual name would stay behind when the name changes.
func TestADisplayNameThatSaysNothingNewIsNotKept(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, people, u := noor(t, db)
		for _, c := range []struct {
			change staff.ProfileChange
			shown  string
		}{
			{staff.ProfileChange{DisplayName: set("Noor  Haddad")}, "Noor Haddad"},
			{staff.ProfileChange{LastName: set("Haddad-Li")}, "Noor Haddad-Li"},
			{staff.ProfileChange{DisplayName: set("Noor H.")}, "Noor H."},
			{staff.ProfileChange{FirstName: set("Nora")}, "Noor H."},
			{staff.ProfileChange{DisplayName: set("")}, "Nora Haddad-Li"},
		} {
			got, err := people.UpdateProfile(ctx, reader(u.ID), u.ID, c.change)
			if err != nil || got.Name() != c.shown {
				t.Errorf("%+v, %v, want %s", got, err, c.shown)
			}
		}
	})
}

// C-1: persons with a single name, where the practice allows it.
func TestASingleNameIsEnoughWhereThePracticeSaysSo(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		ctx, people, u := noor(t, db)
		n := staff.NewUser{FullName: "Suharto", Email: "s@marlowreyes.example", RoleID: access.RoleParalegal, Language: "en", Zone: "UTC"}
		_, err := people.Create(ctx, access.System("test"), n)
		faults(t, err, "last_name:last-name-missing")
		if err := db.In(ctx).Exec(`UPDATE organization SET single_names = ?`, true).Error; err != nil {
			t.Fatal(err)
		}
		s, err := people.Create(ctx, access.System("test"), n)
		if err != nil || s.Name() != "Suharto" || s.SortName != "suharto" {
			t.Fatalf("%+v, %v", s, err)
		}
		_, err = people.UpdateProfile(ctx, reader(u.ID), u.ID, staff.ProfileChange{LastName: set("H")})
		faults(t, err, "last_name:last-name-length")
		if got, err := people.UpdateProfile(ctx, reader(u.ID), u.ID, staff.ProfileChange{LastName: set("")}); err != nil || got.Name() != "Noor" {
			t.Error(got, err)
		}
	})
}
