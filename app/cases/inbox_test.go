package cases_test

import (
	"testing"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/staff"
)

// noInbox is a part of TestNoListReadsEveryCase, in the same crowd (issue 5): the inbox is a list like the others; whoever asks, and whatever they search for, it
// is answered from an index.
func (f *firm) noInbox(t *testing.T, owners []*staff.User) {
	for name, actor := range map[string]access.Actor{
		"root": system, "all": reader(owners[2].ID, access.CasesView, access.CasesViewAll, access.MessagesView), "own": reader(owners[2].ID, access.CasesView, access.MessagesView),
	} {
		for _, search := range []string{"", "2026-000042", "permit", "k", "nothing-at-all"} {
			for _, mine := range []bool{true, false} {
				q := cases.Query{Filter: cases.Filter{Search: search, Mine: mine, Talked: true}, Sort: cases.SortInbox, Descending: true, Size: 25}
				answer, err := f.cases.Plan(t.Context(), actor, q)
				if err != nil {
					t.Fatal(err)
				}
				for _, why := range f.reads(answer) {
					t.Errorf("%s, %q, mine %t: %s", name, search, mine, why)
				}
				p, err := f.cases.List(t.Context(), actor, q)
				if err != nil {
					t.Fatal(err)
				}
				for i := 1; i < len(p.Rows); i++ {
					a, b := &p.Rows[i-1], &p.Rows[i]
					if (a.Unread == 0) != (b.Unread == 0) && a.Unread == 0 || (a.Unread == 0) == (b.Unread == 0) && b.LastMessageAt.After(*a.LastMessageAt) {
						t.Errorf("%s, %q: %s stands before %s", name, search, a.Number, b.Number)
					}
				}
			}
		}
	}
}
