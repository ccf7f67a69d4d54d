package staff_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// B-10, V-8, C-12: a card is private until its person publishes it, which takes all of its fields; it is shown only while it has them
// and the person works here, whichever way that ends.
func TestAClientCardIsShownWhileItIsWhole(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, db *store.DB) {
		ctx, people := practice(t, db)
		u := hire(t, people, staff.NewUser{FirstName: "Élodie", LastName: "N’Diaye", Email: "elodie@firm.example", RoleID: access.RoleConsultant})
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(people.SeedStatus(ctx, u.ID, staff.Active, nil))
		own := reader(u.ID)
		missing := func(want ...string) {
			t.Helper()
			var bad *fault.Invalid
			err := people.PublishCard(ctx, own, u.ID)
			if !errors.As(err, &bad) {
				t.Fatalf("%v", err)
			}
			var got []string
			for _, f := range bad.Fields {
				got = append(got, f.Name)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%v is missing, want %v", got, want)
			}
		}
		missing("picture_id", "title", "client_email", "office", "client_bio")
		edit := func(c staff.ProfileChange) error {
			_, err := people.UpdateProfile(ctx, own, u.ID, c)
			return err
		}
		var bad *fault.Invalid
		if err := edit(staff.ProfileChange{ClientEmail: &staff.Edit{Value: " Elodie@FIRM.example "}}); !errors.As(err, &bad) || bad.Fields[0].Message.Key != "staff.client-email-own" {
			t.Error("S3-7: the sign-in name goes on no card", err)
		}
		must(edit(staff.ProfileChange{ClientEmail: &staff.Edit{Value: "team@firm.example"}, Office: &staff.Edit{Value: "+1 416 555 0118"}, ClientBio: &staff.Edit{Value: "I speak for families."}}))
		missing("picture_id", "title")
		must(db.In(ctx).Exec(`INSERT INTO pictures (id, owner_kind, owner_id, state, width, height, created_at) VALUES ('p', 'user', ?, 'current', 400, 400, ?)`, u.ID, db.Now()).Error)
		must(db.In(ctx).Exec(`UPDATE users SET title = 'Consultant', picture_id = 'p' WHERE id = ?`, u.ID).Error)
		card := func() *staff.ClientCard {
			t.Helper()
			c, err := people.ClientCard(ctx, own, u.ID)
			must(err)
			return c
		}
		if c := card(); c.Shown() || c.Slug != "" || len(c.Missing()) != 0 {
			t.Errorf("%+v", c)
		}
		for range 2 {
			must(people.PublishCard(ctx, own, u.ID))
		}
		slug := card().Slug
		if !strings.HasPrefix(slug, "elodie-n-diaye-") || len(slug) != len("elodie-n-diaye-")+10 {
			t.Error(slug)
		}
		shown := func(want bool, why string) {
			t.Helper()
			_, err := people.PublicCard(ctx, slug)
			all, err2 := people.PublicCards(ctx)
			must(err2)
			if (err == nil) != want || !want && !errors.Is(err, fault.ErrNotFound) || (len(all) == 1) != want {
				t.Errorf("%s: %v, %d in the list", why, err, len(all))
			}
		}
		shown(true, "published")
		must(edit(staff.ProfileChange{Office: &staff.Edit{}}))
		shown(false, "without a number")
		must(edit(staff.ProfileChange{Office: &staff.Edit{Value: "+1 416 555 0118"}}))
		shown(true, "with one again")
		must(db.In(ctx).Exec(`UPDATE users SET email = 'team@firm.example' WHERE id = ?`, u.ID).Error)
		shown(false, "the address has become the sign-in name")
		must(db.In(ctx).Exec(`UPDATE users SET email = 'elodie@firm.example' WHERE id = ?`, u.ID).Error)
		must(people.SeedStatus(ctx, u.ID, staff.Inactive, nil))
		shown(false, "has left")
		must(people.SeedStatus(ctx, u.ID, staff.Active, nil))
		must(people.WithdrawCard(ctx, own, u.ID))
		shown(false, "withdrawn")
		must(people.PublishCard(ctx, own, u.ID))
		if card().Slug != slug {
			t.Error("its address stays its own")
		}
		for _, none := range []string{"", "nobody", strings.ToUpper(slug), slug + "x"} {
			if _, err := people.PublicCard(ctx, none); !errors.Is(err, fault.ErrNotFound) {
				t.Errorf("%q: %v", none, err)
			}
		}
		other := hire(t, people, staff.NewUser{FirstName: "Ben", LastName: "Okafor", Email: "ben@firm.example", RoleID: access.RoleConsultant})
		var forbidden *fault.Forbidden
		for _, err := range []error{
			people.PublishCard(ctx, reader(other.ID), u.ID), people.WithdrawCard(ctx, reader(other.ID, access.UsersView), u.ID),
			func() error { _, err := people.ClientCard(ctx, reader(other.ID), u.ID); return err }(),
		} {
			if !errors.As(err, &forbidden) {
				t.Error(err)
			}
		}
		people.Owns(people.CardBelonging())
		d, err := people.Deactivate(ctx, access.System("test"), u.ID, staff.Plan{})
		must(err)
		i := slices.IndexFunc(d.Receipt.Items, func(h staff.Handed) bool { return h.Kind == "card" })
		if i < 0 || d.Receipt.Items[i].Count != 1 || card().PublishedAt != nil {
			t.Errorf("%+v", d.Receipt)
		}
	})
}

// S3-11: what is made for clients has no place for the sign-in name, the cell number or the private address.
func TestAClientCardCannotHoldWhatIsPrivate(t *testing.T) {
	var names []string
	for f := range reflect.TypeFor[staff.ClientCard]().Fields() {
		names = append(names, f.Name)
	}
	want := []string{"UserID", "Slug", "FirstName", "LastName", "DisplayName", "Title", "PictureID", "Email", "Office", "Bio", "PublishedAt", "Away"} // of who stands in, another card
	if !slices.Equal(names, want) {
		t.Errorf("a card holds %v; Email is the one for clients alone", names)
	}
}
