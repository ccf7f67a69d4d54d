package casesync_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"chancery/app/access"
	"chancery/app/casesync"
	"chancery/app/fault"
	"chancery/app/work"
)

// shown are the exceptions that somebody is shown, by external id.
func (n *night) shown(who access.Actor, f casesync.Filter) []string {
	n.T.Helper()
	f.Limit = 100
	all, _, err := n.sync.Exceptions(n.Ctx, who, f)
	n.Must(err)
	ids := []string{}
	for i := range all {
		ids = append(ids, strings.ReplaceAll(all[i].ExternalID, "\n", "/"))
		if e, err := n.sync.Exception(n.Ctx, who, all[i].ID); err != nil || e.ExternalID != all[i].ExternalID {
			n.T.Error(err)
		}
	}
	slices.Sort(ids)
	return ids
}

// B-7: every case that does not land reaches at least one person; S3-23, ASVS 8.2.2: and nobody to whom it is not theirs. Who leaves leaves them to those who see
// to the sync.
func TestEveryExceptionReachesSomebodyAndNobodyElse(t *testing.T) {
	each(t, func(t *testing.T, n *night) {
		minaIs, jonIs := n.Person("Mina", "Reyes", "mina", "cases.edit"), n.Person("Jon", "Ito", "jon", "")
		admin := n.Person("Ada", "Lee", "ada", "cases.view-all cases.edit cases.sync")
		boss := n.Person("Boss", "Lee", "boss", "cases.view-all cases.edit")
		super := access.Actor{Actor: n.Person("Sue", "Per", "sue", "").Actor, Rights: access.Granted(true, "")}
		n.client("c1", "Anya Petrova")
		n.matter("hers", "c1", mina)
		n.matter("secret", "c1", jon, "private", "true")
		n.run()
		n.matter("hers", "c1", mina, "status", "sleeping")
		n.matter("secret", "c1", jon, "private", "true", "status", "sleeping")
		n.matter("new", "c9", mina)                              // who is named is responsible where the case is not here
		n.matter("nobody", "c9", "x@firm.example")               // and nobody where nobody is
		n.matter("dark", "c9", "x@firm.example", "private", "1") // which may be private
		n.member("hers", "x@firm.example")                       // a member's is the owner's
		n.run()
		for who, want := range map[*access.Actor]string{
			&minaIs: "hers hers/x@firm.example new", &jonIs: "secret", &boss: "", &admin: "hers hers/x@firm.example new nobody", &super: "dark hers hers/x@firm.example new nobody secret",
		} {
			if got := strings.Join(n.shown(*who, casesync.Filter{}), " "); got != want {
				t.Errorf("%s is shown %q, not %q", who.Name, got, want)
			}
			totals, err := n.sync.Totals(n.Ctx, *who, casesync.Filter{})
			n.Must(err)
			if int(totals.All) != len(strings.Fields(want)) {
				t.Errorf("%s: %+v", who.Name, totals)
			}
		}
		if got := strings.Join(n.shown(admin, casesync.Filter{Nobody: true}), " "); got != "nobody" {
			t.Error(got)
		}
		if got := n.shown(admin, casesync.Filter{Mine: true}); len(got) != 0 {
			t.Error(got)
		}
		// What is not shown is not there for any verb.
		var id string
		n.Must(n.DB.In(n.Ctx).Raw(`SELECT id FROM sync_exceptions WHERE external_id = 'secret'`).Scan(&id).Error)
		for name, err := range map[string]error{"retry": second(n.sync.Retry(n.Ctx, minaIs, id, true)), "ignore": n.sync.Ignore(n.Ctx, admin, id, "x"), "heed": n.sync.Heed(n.Ctx, boss, id)} {
			if !errors.Is(err, fault.ErrNotFound) {
				t.Error(name, err)
			}
		}
		var forbidden *fault.Forbidden
		if err := n.sync.Ignore(n.Ctx, jonIs, id, "x"); !errors.As(err, &forbidden) { // it is his, but he edits no cases
			t.Error(err)
		}
		n.Must(n.DB.In(n.Ctx).Exec(`DELETE FROM role_permissions WHERE role_id = 'consultant' AND permission = 'cases.view'`).Error)
		if got := strings.Join(n.shown(admin, casesync.Filter{Nobody: true}), " "); !strings.Contains(got, "new") {
			t.Error("who sees no cases any more is still responsible:", got)
		}
	})
}

func second[T any](_ T, err error) error { return err }

// Many at once, as long work: what lands, and what is refused with its reason (B-17).
func TestManyAreTriedAgainAtOnce(t *testing.T) {
	each(t, func(t *testing.T, n *night) {
		admin := n.Person("Ada", "Lee", "ada", "")
		n.Must(n.DB.In(n.Ctx).Exec(`UPDATE users SET role_id = 'administrator' WHERE id = ?`, admin.ID).Error)
		rights, err := access.New(n.DB).Of(n.Ctx, admin.ID)
		n.Must(err)
		admin.Rights = rights
		n.client("c1", "Anya Petrova")
		for i := range 5 {
			n.matter(fmt.Sprint("k", i), "c1", mina)
		}
		n.matter("taken", "c1", mina, "number", "N-k1")
		n.matter("other", "c1", "x@firm.example")
		n.run()
		n.Person("Mina", "Reyes", "mina", "")
		w := work.New(n.DB, n.sync.Kinds()...)
		items, err := n.sync.Items(n.Ctx, admin, casesync.Filter{})
		n.Must(err)
		id, err := w.Ask(n.Ctx, admin, work.Request{Kind: casesync.RetryKind, Items: items})
		n.Must(err)
		for more := true; more; {
			more, err = w.Advance(n.Ctx, id)
			n.Must(err)
		}
		p, err := w.Get(n.Ctx, admin, id, work.Page{Size: 10})
		n.Must(err)
		if p.Counts.Done != 5 || p.Counts.Refused != 2 {
			t.Errorf("%+v", p.Counts)
		}
		// Of the two that have one number, whichever came first has it.
		if c := n.Count(`SELECT count(*) FROM cases WHERE external_id IS NOT NULL`); c != 5 || len(n.why()) != 2 {
			t.Error(c, n.why())
		}
	})
}
