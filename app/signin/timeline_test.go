package signin_test

import (
	"slices"
	"testing"
	"time"

	"chancery/app/audit"
	"chancery/app/signin"
	"chancery/app/staff"
)

// B-6, S2-37: one's sign-ins, failures and what was done to the account stand in one order, page by page, none twice and none
// left out; nobody else's.
func TestTheTimelineHoldsTriesAndChanges(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		admin := f.administrator()
		c := f.current(f.signIn())
		step := func() { f.clock.Add(time.Minute) }
		step()
		f.fail(2)
		step()
		f.must(f.ways.Forgot(f.ctx, noorMail, here))
		step()
		f.must(second(f.ways.Save(f.ctx, c, staff.ProfileChange{}, signin.PasswordChange{Current: password, New: another, Confirm: another}, here)))
		step()
		f.must(f.reset(admin, f.noor.ID, signin.Reset{Way: signin.ByLink}))
		f.must(audit.Record(f.ctx, f.db, audit.Actor{ID: admin.User.ID, Name: "Grace Mbeki"}, audit.Entry{Action: "user.set-role", Kind: "user", ID: f.noor.ID}))
		f.must(audit.Record(f.ctx, f.db, audit.Actor{ID: f.noor.ID, Name: "Noor Haddad"}, audit.Entry{Action: "user.edit-profile", Kind: "user", ID: f.noor.ID}))
		f.must(audit.Record(f.ctx, f.db, audit.Actor{ID: f.noor.ID, Name: "Noor Haddad"}, audit.Entry{Action: "user.edit", Kind: "user", ID: f.lucia.ID}))

		var all []string
		before, pages := "", 0
		for more := true; more; pages++ {
			var list []signin.Event
			var err error
			list, more, err = f.ways.Timeline(f.ctx, c, before, 2)
			f.must(err)
			for _, e := range list {
				if before = e.ID; e.Attempt != nil {
					all = append(all, e.Attempt.Method+" "+e.Attempt.Outcome)
				} else {
					all = append(all, e.Change.Action)
				}
			}
			if pages > 9 {
				t.Fatal("it does not end")
			}
		}
		// Both at the same moment may stand in either order.
		want := []string{"user.set-role", "password.reset", "password.change", "forgot failure", "password failure", "password failure", "password success", "user.create"}
		if slices.Sort(all[:2]); slices.Compare(all[:2], []string{"password.reset", "user.set-role"}) == 0 {
			all[0], all[1] = "user.set-role", "password.reset"
		}
		if !slices.Equal(all, want) || pages != 4 {
			t.Errorf("%d pages of %q", pages, all)
		}
		if list, _, err := f.ways.Timeline(f.ctx, admin, "", 50); err != nil || slices.ContainsFunc(list, func(e signin.Event) bool { return e.Change != nil && e.Change.ObjectID != admin.User.ID }) {
			t.Errorf("%v, %v", list, err)
		}
	})
}
