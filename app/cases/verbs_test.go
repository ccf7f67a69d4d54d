package cases_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/fault"
	"chancery/app/staff"
)

func (f *firm) open(owner *staff.User, private bool) string {
	f.t.Helper()
	k, err := f.cases.Create(f.t.Context(), system, cases.NewCase{Title: "Work permit", ClientID: f.client, OwnerID: owner.ID, Private: private})
	f.must(err)
	return k.ID
}

// rights are what somebody who works on cases may do.
var rights = []access.Permission{access.CasesView, access.CasesCreate, access.CasesEdit, access.CasesReassign, access.MessagesView, access.AppointmentsView}

// ASVS 8.2.2: what a person does not see is not there for them, whatever they ask: one's own and those one is a member of,
// with cases.view-all all but the private ones of others, and no other verb goes past that.
func TestWhoDoesNotSeeACaseMeetsNone(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		jon, ana := f.person("Jon", access.RoleConsultant, ""), f.person("Ana", access.RoleConsultant, "")
		plain, private := f.open(jon, false), f.open(jon, true)
		own, all := reader(ana.ID, rights...), reader(ana.ID, append(rights, access.CasesViewAll)...)
		verbs := func(a access.Actor, id string) map[string]error {
			errs, title := map[string]error{}, "Visitor record"
			_, errs["show"] = f.cases.Show(ctx, a, id)
			errs["see"] = f.cases.MustSee(ctx, a, id)
			errs["edit"] = f.cases.Edit(ctx, a, id, 0, cases.Change{Title: &title})
			errs["add member"] = f.cases.AddMember(ctx, a, id, jon.ID)
			errs["remove member"] = f.cases.RemoveMember(ctx, a, id, jon.ID)
			_, errs["score"] = f.cases.AddScore(ctx, a, id, cases.NewScore{Score: 9})
			_, _, errs["scores"] = f.cases.Scores(ctx, a, id)
			_, _, errs["history"] = f.cases.History(ctx, a, id, "", 10)
			errs["close"] = f.cases.Close(ctx, a, id, 0)
			_, errs["reopen"] = f.cases.Reopen(ctx, a, id, 0, "")
			return errs
		}
		hidden := func(a access.Actor, id string) {
			t.Helper()
			for name, err := range verbs(a, id) {
				if !errors.Is(err, fault.ErrNotFound) {
					t.Errorf("%s: %v", name, err)
				}
			}
			if err := f.cases.SetBell(ctx, a, id, false); !errors.Is(err, fault.ErrNotFound) {
				t.Error(err)
			}
			if _, err := f.cases.Reassign(ctx, a, []string{id}, ana.ID); !errors.Is(err, fault.ErrNotFound) {
				t.Error("taken by who does not see it", err)
			}
			if rows, err := f.cases.Select(ctx, a, []string{id}); err != nil || len(rows) != 0 {
				t.Error(rows, err)
			}
		}
		shown := func(a access.Actor, id string) {
			t.Helper()
			for name, err := range verbs(a, id) {
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		hidden(own, plain)
		hidden(own, private)
		hidden(own, "none")
		hidden(all, private)
		shown(all, plain)
		f.must(f.cases.AddMember(ctx, system, private, ana.ID))
		shown(own, private)
		f.must(f.cases.RemoveMember(ctx, system, private, ana.ID))
		hidden(all, private)
		shown(system, private)
		for name, err := range verbs(reader(jon.ID, access.MessagesView), plain) {
			var forbidden *fault.Forbidden
			if !errors.As(err, &forbidden) {
				t.Errorf("%s without cases.view: %v", name, err)
			}
		}
	})
}

// Of a private case of somebody's, who looks after everybody's sees that there is one: no word of it, in no search; and may
// give it to another, so that who leaves can hand it over.
func TestAPrivateCaseIsOnlyThere(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		jon, ana := f.person("Jon", access.RoleConsultant, ""), f.person("Ana", access.RoleConsultant, "")
		id := f.open(jon, true)
		admin := reader("admin", append(rights, access.CasesViewAll)...)
		rows, n, err := f.cases.OfOwner(ctx, admin, jon.ID, cases.Owned{Limit: 5})
		if err != nil || n != 1 || rows[0] != (cases.OwnedRow{ID: id, Private: true, Hidden: true}) {
			t.Errorf("%+v, %v", rows, err)
		}
		if _, n, err := f.cases.OfOwner(ctx, admin, jon.ID, cases.Owned{Search: "permit", Limit: 5}); err != nil || n != 0 {
			t.Error("a search finds it", err)
		}
		if _, err := f.cases.Reassign(ctx, admin, []string{id}, ana.ID); !errors.Is(err, fault.ErrNotFound) {
			t.Error(err)
		}
		if _, err := f.cases.ReassignOwned(ctx, admin, ana.ID, []string{id}, ana.ID); !errors.Is(err, fault.ErrNotFound) {
			t.Error("from another's list", err)
		}
		me := reader(ana.ID, append(rights, access.CasesViewAll)...)
		if _, err := f.cases.ReassignOwned(ctx, me, jon.ID, []string{id}, ana.ID); !errors.Is(err, fault.ErrNotFound) {
			t.Error("to oneself", err)
		}
		if n, err := f.cases.ReassignOwned(ctx, admin, jon.ID, []string{id}, ana.ID); err != nil || n != 1 {
			t.Error(n, err)
		}
		if n, err := f.cases.ReassignAll(ctx, system, ana.ID, "", jon.ID); err != nil || n != 1 {
			t.Error(n, err)
		}
		if n, err := f.cases.ReassignAll(ctx, admin, jon.ID, "permit", ana.ID); err != nil || n != 0 {
			t.Error(n, err)
		}
		if n, err := f.cases.ReassignAll(ctx, admin, jon.ID, "", ana.ID); err != nil || n != 1 {
			t.Error(n, err)
		}
		if rows, _, err := f.cases.OfOwner(ctx, reader(ana.ID, access.CasesView), ana.ID, cases.Owned{Limit: 5}); err != nil || rows[0].Hidden || rows[0].Title != "Work permit" {
			t.Errorf("%+v, %v", rows, err)
		}
	})
}

// A case is begun with what there is: an owner who works here, a stage and a department of the practice, a client of
// theirs; and with the next number, also by two at once. What is wrong is said all at once.
func TestACaseIsBegun(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		jon, gone := f.person("Jon", access.RoleConsultant, "Family"), f.person("Gone", access.RoleConsultant, "")
		f.must(f.staff.SeedStatus(ctx, gone.ID, staff.Inactive, nil))
		stage, err := f.cases.CreateStage(ctx, system, "Gathering")
		f.must(err)
		_, err = f.cases.Create(ctx, system, cases.NewCase{Title: " ", ClientID: "none", OwnerID: gone.ID, Stage: "Nowhere", DepartmentID: "none"})
		var bad *fault.Invalid
		if !errors.As(err, &bad) {
			t.Fatal(err)
		}
		for _, field := range []string{"title"} {
			if !bad.Has(field) {
				t.Errorf("%s is not wrong: %v", field, err)
			}
		}
		_, err = f.cases.Create(ctx, system, cases.NewCase{Title: "Appeal", ClientID: "none", OwnerID: gone.ID, Stage: "Nowhere", DepartmentID: "none"})
		if !errors.As(err, &bad) || !bad.Has("client") || !bad.Has("stage") || !bad.Has("department") || !bad.Has("owner") {
			t.Error(err)
		}
		if n := f.count(`SELECT count(*) FROM cases`); n != 0 {
			t.Errorf("%d written", n)
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		var got []string
		for range 4 {
			wg.Go(func() {
				k, err := f.cases.Create(ctx, system, cases.NewCase{Title: "Appeal", NewClient: &cases.NewClient{Name: "Núñez, Iván", Email: "ivan@client.example"}, OwnerID: jon.ID, Stage: stage.Name})
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
					return
				}
				got = append(got, k.Number)
			})
		}
		wg.Wait()
		slices.Sort(got)
		if strings.Join(got, " ") != "2026-0001 2026-0002 2026-0003 2026-0004" {
			t.Errorf("%v", got)
		}
		if n := f.count(`SELECT count(*) FROM associations WHERE user_id = ?`, jon.ID); n != 4 {
			t.Errorf("associated with %d", n)
		}
	})
}

// Who begins a case that they would not see is a member of it.
func TestWhoBeginsACaseSeesIt(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		jon, ana := f.person("Jon", access.RoleConsultant, ""), f.person("Ana", access.RoleConsultant, "")
		for _, a := range []access.Actor{reader(ana.ID, rights...), reader(ana.ID, append(rights, access.CasesViewAll)...)} {
			k, err := f.cases.Create(t.Context(), a, cases.NewCase{Title: "Appeal", ClientID: f.client, OwnerID: jon.ID, Private: true})
			f.must(err)
			s, err := f.cases.Show(t.Context(), a, k.ID)
			if err != nil || s.Owner.Name() != "Jon Person" || len(s.Members) != 1 || s.Members[0].ID != ana.ID || s.Mine == nil || !s.Mine.Bell {
				t.Errorf("%+v, %v", s, err)
			}
		}
	})
}

// B-16: what a form was filled in from has changed meanwhile: nothing is written, and it is told what is stored.
func TestAStaleFormChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		id := f.open(f.person("Jon", access.RoleConsultant, ""), false)
		one, two := "Spousal sponsorship", "Refugee claim"
		f.must(f.cases.Edit(ctx, system, id, 1, cases.Change{Title: &one}))
		err := f.cases.Edit(ctx, system, id, 1, cases.Change{Title: &two})
		var conflict *fault.Conflict
		if !errors.As(err, &conflict) || conflict.Current["title"] != one {
			t.Error(err)
		}
		f.must(f.cases.Edit(ctx, system, id, 1, cases.Change{Title: &one})) // as it is stored: no harm
		f.must(f.cases.Edit(ctx, system, id, 2, cases.Change{Title: &two}))
		if err := f.cases.Close(ctx, system, id, 2); !errors.As(err, &conflict) {
			t.Error(err)
		}
		if n := f.count(`SELECT count(*) FROM audit WHERE action = 'case.edit' AND object_id = ?`, id); n != 2 {
			t.Errorf("%d lines in the audit", n)
		}
		name := "Other"
		f.must(f.cases.EditClient(ctx, system, f.client, 1, cases.ClientChange{Name: &name}))
		name = "Another"
		if err := f.cases.EditClient(ctx, system, f.client, 1, cases.ClientChange{Name: &name}); !errors.As(err, &conflict) || conflict.Current["name"] != "Other" {
			t.Error(err)
		}
		bad := "no address"
		err = f.cases.EditClient(ctx, system, f.client, 0, cases.ClientChange{Email: &bad})
		invalid(t, err, "email", "staff.email-invalid")
		// a field that nobody changed may be changed, whatever became of the others
		f.must(f.cases.Edit(ctx, system, id, 0, cases.Change{Private: new(bool), Title: &one, Was: map[string]string{"title": two}}))
		if err := f.cases.Edit(ctx, system, id, 0, cases.Change{Title: &two, Was: map[string]string{"title": "Work permit"}}); !errors.As(err, &conflict) || conflict.Current["title"] != one {
			t.Error(err)
		}
	})
}

// S1-13, S1-18: a closed case keeps its owner, and is not taken up again for who has left.
func TestACaseIsTakenUpAgainByWhoWorksHere(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		jon, ana := f.person("Jon", access.RoleConsultant, ""), f.person("Ana", access.RoleConsultant, "")
		id := f.open(jon, false)
		f.must(f.cases.Close(ctx, system, id, 1))
		f.must(f.cases.Close(ctx, system, id, 1)) // it is
		f.must(f.staff.SeedStatus(ctx, jon.ID, staff.Inactive, nil))
		s, err := f.cases.Show(ctx, system, id)
		if err != nil || s.Owner == nil || !s.Owner.Left() || s.ClosedAt == nil || s.Status != cases.Closed {
			t.Errorf("%+v, %v", s, err)
		}
		var refused *fault.Refused
		if err := f.cases.Give(ctx, system, id, ana.ID); !errors.As(err, &refused) || refused.Message.Key != "cases.is-closed" {
			t.Error(err)
		}
		if n, err := f.cases.Reassign(ctx, system, []string{id}, ana.ID); err != nil || n != 0 { // one of many, which is not counted
			t.Error(n, err)
		}
		_, err = f.cases.Reopen(ctx, system, id, 2, "")
		invalid(t, err, "owner", "cases.owner-gone")
		k, err := f.cases.Reopen(ctx, system, id, 2, ana.ID)
		f.must(err)
		if k.Status != cases.Open || *k.OwnerID != ana.ID || k.Generation != 3 {
			t.Errorf("%+v", k)
		}
		if s, err = f.cases.Show(ctx, system, id); err != nil || s.Owner.ID != ana.ID || s.ClosedAt != nil || s.Status != cases.Open {
			t.Errorf("%+v, %v", s, err)
		}
	})
}

// S3-25: nobody is owner and member at once, whichever way a case comes to a member of it, and its owner is not added to it.
func TestAnOwnerIsNoMember(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		jon, ana, ben := f.person("Jon", access.RoleConsultant, ""), f.person("Ana", access.RoleConsultant, ""), f.person("Ben", access.RoleConsultant, "")
		id := f.open(jon, false)
		for way, give := range map[string]func(from, to *staff.User) error{
			"one": func(_, to *staff.User) error { return f.cases.Give(ctx, system, id, to.ID) },
			"bulk": func(_, to *staff.User) error {
				_, err := f.cases.Reassign(ctx, system, []string{id}, to.ID)
				return err
			},
			"theirs": func(from, to *staff.User) error {
				_, err := f.cases.ReassignOwned(ctx, system, from.ID, []string{id}, to.ID)
				return err
			},
			"all": func(from, to *staff.User) error {
				_, err := f.cases.ReassignAll(ctx, system, from.ID, "", to.ID)
				return err
			},
			"departure": func(from, to *staff.User) error {
				return f.db.Tx(ctx, func(ctx context.Context) error {
					_, err := f.cases.HandOver(ctx, system, from.ID, staff.Plan{Way: staff.ToOne, Successor: to.ID})
					return err
				})
			},
			"reopened": func(_, to *staff.User) error {
				f.must(f.cases.Close(ctx, system, id, 0))
				_, err := f.cases.Reopen(ctx, system, id, 0, to.ID)
				return err
			},
			"by hand": func(_, to *staff.User) error { return f.exec(`UPDATE cases SET owner_id = ? WHERE id = ?`, to.ID, id) },
		} {
			f.must(f.cases.Give(ctx, system, id, jon.ID))
			f.must(f.cases.AddMember(ctx, system, id, ana.ID))
			f.must(f.cases.AddMember(ctx, system, id, ben.ID))
			f.must(give(jon, ana))
			f.must(f.cases.AddMember(ctx, system, id, ana.ID)) // she works on it already
			s, err := f.cases.Show(ctx, reader(ana.ID, rights...), id)
			if err != nil || s.Owner.ID != ana.ID || len(s.Members) != 1 || s.Members[0].ID != ben.ID || s.Mine == nil {
				t.Errorf("%s: %+v, %v", way, s, err)
			}
			if n := f.count(`SELECT count(*) FROM associations WHERE case_id = ?`, id); n != 2 {
				t.Errorf("%s: %d are associated", way, n)
			}
		}
		if n := f.count(`SELECT count(*) FROM audit WHERE action = 'case.add-member' AND object_id = ?`, id); n != 7+1 {
			t.Errorf("%d lines of members", n)
		}
	})
}

// S3-18, V-4: a bell is one's own, of a case that one is associated with.
func TestABellIsOnesOwn(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		jon, ana := f.person("Jon", access.RoleConsultant, ""), f.person("Ana", access.RoleConsultant, "")
		id := f.open(jon, false)
		f.must(f.cases.AddMember(ctx, system, id, ana.ID))
		f.must(f.cases.AddMember(ctx, system, id, ana.ID))
		f.must(f.cases.SetBell(ctx, reader(ana.ID, rights...), id, false))
		if n := f.count(`SELECT count(*) FROM associations WHERE bell AND user_id = ?`, jon.ID); n != 1 {
			t.Error("another's bell is off")
		}
		if s, err := f.cases.Show(ctx, reader(ana.ID, rights...), id); err != nil || s.Mine == nil || s.Mine.Bell {
			t.Errorf("%+v, %v", s.Mine, err)
		}
		var refused *fault.Refused
		if err := f.cases.SetBell(ctx, reader("admin", append(rights, access.CasesViewAll)...), id, false); !errors.As(err, &refused) {
			t.Error(err)
		}
		gone := f.person("Gone", access.RoleConsultant, "")
		f.must(f.staff.SeedStatus(ctx, gone.ID, staff.Inactive, nil))
		invalid(t, f.cases.AddMember(ctx, system, id, gone.ID), "member", "cases.choose-member")
		invalid(t, f.cases.AddMember(ctx, system, id, "nobody"), "member", "cases.choose-member")
	})
}

// A stage is renamed where cases are in it, too, keeps its place, and is removed only when none is.
func TestStagesAreThePractices(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		var ids []string
		for _, name := range []string{"Gathering", "Filed", "Decision"} {
			s, err := f.cases.CreateStage(ctx, system, name)
			f.must(err)
			ids = append(ids, s.ID)
		}
		_, err := f.cases.CreateStage(ctx, system, " filed ")
		invalid(t, err, "name", "stages.taken")
		id := f.open(f.person("Jon", access.RoleConsultant, ""), false)
		filed, nowhere := "Filed", "Nowhere"
		f.must(f.cases.Edit(ctx, system, id, 0, cases.Change{Stage: &filed}))
		invalid(t, f.cases.Edit(ctx, system, id, 0, cases.Change{Stage: &nowhere}), "stage", "cases.unknown-stage")
		f.must(f.cases.RenameStage(ctx, system, ids[1], "Submitted", 1))
		var conflict *fault.Conflict
		if err := f.cases.RenameStage(ctx, system, ids[1], "Sent", 1); !errors.As(err, &conflict) {
			t.Error(err)
		}
		var refused *fault.Refused
		if err := f.cases.DeleteStage(ctx, system, ids[1]); !errors.As(err, &refused) {
			t.Error(err)
		}
		f.must(f.cases.MoveStage(ctx, system, ids[2], true))
		f.must(f.cases.MoveStage(ctx, system, ids[0], true)) // is the first
		f.must(f.cases.DeleteStage(ctx, system, ids[0]))
		rows, err := f.cases.StageRows(ctx, system)
		if err != nil || len(rows) != 2 || rows[0].Name != "Decision" || rows[1].Name != "Submitted" || rows[1].Cases != 1 {
			t.Errorf("%+v, %v", rows, err)
		}
		if s, err := f.cases.Show(ctx, system, id); err != nil || s.Stage != "Submitted" {
			t.Errorf("%+v, %v", s, err)
		}
		var forbidden *fault.Forbidden
		if _, err := f.cases.CreateStage(ctx, reader("x", rights...), "Y"); !errors.As(err, &forbidden) {
			t.Error(err)
		}
	})
}

// S3-25: what clients answer is counted as the net promoter score is.
func TestScoresComeToANetPromoterScore(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		id := f.open(f.person("Jon", access.RoleConsultant, ""), false)
		for i, score := range []int64{10, 9, 8, 6, 0} {
			_, err := f.cases.AddScore(ctx, system, id, cases.NewScore{Score: score, Comment: " kind ", AnsweredAt: f.db.Now().Add(time.Duration(i-5) * time.Hour), ExternalID: string(rune('a' + i))})
			f.must(err)
		}
		// One that is here already came twice; under another case it is refused.
		if s, err := f.cases.AddScore(ctx, system, id, cases.NewScore{Score: 10, Comment: "kind", ExternalID: "a"}); err != nil || s.Score != 10 || !s.Again {
			t.Error(s, err)
		}
		for _, n := range []cases.NewScore{{Score: 3, Comment: "kind", ExternalID: "a"}, {Score: 10, Comment: "other", ExternalID: "a"}} {
			var differs *fault.Differs
			if _, err := f.cases.AddScore(ctx, system, id, n); !errors.As(err, &differs) {
				t.Error(err)
			}
		}
		for _, at := range []time.Time{f.db.Now().Add(6 * time.Minute), time.Date(1999, 12, 31, 23, 59, 0, 0, time.UTC)} {
			_, err := f.cases.AddScore(ctx, system, id, cases.NewScore{Score: 3, AnsweredAt: at})
			invalid(t, err, "answered_at", "cases.no-time")
		}
		_, err := f.cases.AddScore(ctx, system, f.open(f.person("Ida", access.RoleConsultant, ""), false), cases.NewScore{Score: 3, ExternalID: "a"})
		invalid(t, err, "external_id", "cases.external-taken")
		for _, score := range []int64{-1, 11} {
			_, err = f.cases.AddScore(ctx, system, id, cases.NewScore{Score: score})
			invalid(t, err, "score", "cases.score-range")
		}
		scores, sum, err := f.cases.Scores(ctx, system, id)
		if err != nil || len(scores) != 5 || scores[0].Score != 0 || scores[0].Comment != "kind" || sum != (cases.Standing{Answers: 5, Promoters: 2, Detractors: 2}) || sum.NPS() != 0 {
			t.Errorf("%+v, %+v, %v", scores, sum, err)
		}
		if nps := (cases.Standing{Answers: 3, Promoters: 2, Detractors: 0}).NPS(); nps != 66 {
			t.Error(nps)
		}
	})
}

// What comes next is shown to who may see appointments, and a deadline that is over before the others.
func TestACaseSaysWhatComesNext(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ctx, now := t.Context(), f.db.Now()
		jon := f.person("Jon", access.RoleConsultant, "")
		id := f.open(jon, false)
		for i, at := range []time.Duration{-time.Hour, 48 * time.Hour, 3 * time.Hour} {
			f.must(f.exec(`INSERT INTO appointments (id, case_id, owner_id, title, starts_at, ends_at, zone, created_by, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, 'UTC', 'x', ?, ?)`,
				string(rune('a'+i)), id, jon.ID, "Call", now.Add(at), now.Add(at+time.Minute), now, now))
		}
		for i, day := range []string{"2026-12-01", "2026-11-01"} {
			f.must(f.exec(`INSERT INTO deadlines (id, case_id, title, due_on, created_by, created_at, updated_at) VALUES (?, ?, 'Reply', ?, 'x', ?, ?)`, string(rune('a'+i)), id, day, now, now))
		}
		s, err := f.cases.Show(ctx, system, id)
		if err != nil || s.Appointment == nil || !s.Appointment.Equal(now.Add(3*time.Hour)) || s.AppointmentTitle != "Call" || s.Deadline != "2026-11-01" || s.DeadlineTitle != "Reply" {
			t.Errorf("%+v, %v", s, err)
		}
		if s, err = f.cases.Show(ctx, reader(jon.ID, access.CasesView), id); err != nil || s.Appointment != nil || s.Deadline != "" {
			t.Errorf("without appointments.view: %+v, %v", s, err)
		}
	})
}

// Clients are found by who begins a case, and seen by who sees a case of theirs.
func TestAClientIsSeenWithACaseOfTheirs(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ctx := t.Context()
		jon, ana := f.person("Jon", access.RoleConsultant, ""), f.person("Ana", access.RoleConsultant, "")
		f.open(jon, true)
		own := reader(ana.ID, rights...)
		finds := func(a access.Actor, search string, want int) {
			t.Helper()
			if found, err := f.cases.FindClients(ctx, a, search, 5); err != nil || len(found) != want {
				t.Errorf("%q: %+v, %v", search, found, err)
			}
		}
		finds(own, "kowal", 0)
		finds(reader(jon.ID, rights...), "aneta kow", 1)
		if _, err := f.cases.Client(ctx, own, f.client); !errors.Is(err, fault.ErrNotFound) {
			t.Error(err)
		}
		name := "Mine"
		if err := f.cases.EditClient(ctx, own, f.client, 0, cases.ClientChange{Name: &name}); !errors.Is(err, fault.ErrNotFound) {
			t.Error(err)
		}
		f.open(jon, false)
		finds(own, "kowal", 1)
		if _, err := f.cases.Client(ctx, own, f.client); !errors.Is(err, fault.ErrNotFound) {
			t.Error(err)
		}
		if l, err := f.cases.Client(ctx, reader(ana.ID, append(rights, access.CasesViewAll)...), f.client); err != nil || l.Name != "Kowalczyk, Aneta" {
			t.Error(err)
		}
	})
}
