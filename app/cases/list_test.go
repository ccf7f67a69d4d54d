package cases_test

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/listing"
	"chancery/app/staff"
	"chancery/app/store"
)

// reader is somebody with these permissions.
func reader(id string, may ...access.Permission) access.Actor {
	var texts []string
	for _, p := range may {
		texts = append(texts, string(p))
	}
	a := access.Actor{Rights: access.Granted(false, strings.Join(texts, " "))}
	a.ID, a.Name = id, "Reader"
	return a
}

// docket writes n cases as a practice would have them, and returns who owns them.
func (f *firm) docket(n int) (owners []*staff.User, departments []string) {
	f.t.Helper()
	for i := range 20 {
		name := fmt.Sprintf("Colleague%02d", i)
		if i < 4 {
			name = []string{"Jon", "Ana", "Zoe", "Wei"}[i]
		}
		owners = append(owners, f.person(name, access.RoleConsultant, ""))
	}
	for _, name := range []string{"Family", "Work"} {
		id, err := f.staff.SeedDepartment(f.t.Context(), name)
		f.must(err)
		departments = append(departments, id)
	}
	var clients []cases.Client
	for i, name := range []string{"Kowalczyk, Aneta", "Núñez, Iván", "Okafor, Ada", "Tremblay, Zoé", "Ağaoğlu, Ece"} {
		clients = append(clients, cases.Client{ID: fmt.Sprintf("client-%d", i), Name: name, Email: fmt.Sprintf("client%d@client.example", i), Phone: fmt.Sprintf("+1 416-555-01%02d", i)})
	}
	titles := []string{"Work permit", "Études: prolongation", "Spousal sponsorship", "Refugee claim"}
	stages := []string{"Gathering", "Filed", "Decision", ""}
	now := f.db.Now()
	var all []cases.NewCase
	for i := range n {
		k := cases.NewCase{Number: fmt.Sprintf("2026-%06d", i*7919%n), Title: titles[i%4], ClientID: clients[i*3%5].ID, Stage: stages[i/3%4],
			OwnerID: owners[i*31%20].ID, Private: i%11 == 0, OpenedAt: now.Add(-time.Duration(i*31%n) * time.Minute)}
		switch i % 3 {
		case 1:
			k.DepartmentID = departments[0]
		case 2:
			k.DepartmentID = departments[i%97%2]
		}
		if i%4 == 3 {
			k.Status = cases.Closed
		}
		all = append(all, k)
	}
	f.must(f.cases.Seed(f.t.Context(), clients, all))
	f.must(f.exec(`UPDATE cases SET inbound = 2, messages = 3, last_message_at = opened_at WHERE substr(number, 11, 1) = '7'`))
	f.must(f.exec(`UPDATE associations SET unread = 2 WHERE case_id IN (SELECT id FROM cases WHERE substr(number, 10, 2) = '20')`))
	if f.db.Dialect() == store.Postgres { // as its own housekeeping does within minutes
		f.must(f.exec(`VACUUM ANALYZE`))
	}
	return owners, departments
}

// S0-32, ASVS 8.2.2: whatever the filter, the order, the way that is taken and who reads, the parts of a list put together
// are those that match and are seen, each once and in order, forwards and backwards.
func TestThePartsOfAListAreTheWhole(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		owners, departments := f.docket(1400)
		root, everybody := system, reader("nobody", access.CasesView, access.CasesViewAll, access.MessagesView)
		zoe := reader(owners[2].ID, access.CasesView, access.MessagesView)
		jon := reader(owners[0].ID, access.CasesView, access.CasesViewAll, access.MessagesView)
		stages, err := f.cases.Stages(t.Context())
		f.must(err)
		var all []cases.Row
		whole := cases.Query{Size: 2000}
		p, err := f.cases.List(t.Context(), root, whole)
		if all = p.Rows; err != nil || len(all) != 1400 || !p.More {
			t.Fatalf("%d, %v", len(all), err)
		}
		mine := func(r *cases.Row, a access.Actor) bool { return r.OwnerID != nil && *r.OwnerID == a.ID }
		for i, c := range []struct {
			actor access.Actor
			cases.Filter
			want func(r *cases.Row) bool
		}{
			{root, cases.Filter{}, func(*cases.Row) bool { return true }},
			{everybody, cases.Filter{}, func(r *cases.Row) bool { return !r.Private }},
			{jon, cases.Filter{Status: cases.Open}, func(r *cases.Row) bool { return r.Status == cases.Open && (!r.Private || mine(r, jon)) }},
			{zoe, cases.Filter{}, func(r *cases.Row) bool { return mine(r, zoe) }},
			{jon, cases.Filter{Mine: true}, func(r *cases.Row) bool { return mine(r, jon) }},
			{jon, cases.Filter{Unread: true}, func(r *cases.Row) bool { return mine(r, jon) && strings.HasSuffix(r.Number, "20") }},
			{root, cases.Filter{Status: cases.Closed}, func(r *cases.Row) bool { return r.Status == cases.Closed }},
			{root, cases.Filter{Stage: "Filed"}, func(r *cases.Row) bool { return r.Stage == "Filed" }},
			{root, cases.Filter{DepartmentID: cases.NoDepartment}, func(r *cases.Row) bool { return r.DepartmentID == nil }},
			{root, cases.Filter{DepartmentID: departments[1], Status: cases.Open}, func(r *cases.Row) bool { return r.Department == "Work" && r.Status == cases.Open }},
			{everybody, cases.Filter{OwnerID: owners[3].ID}, func(r *cases.Row) bool { return !r.Private && *r.OwnerID == owners[3].ID }},
			{root, cases.Filter{ClientID: "client-2"}, func(r *cases.Row) bool { return r.ClientID == "client-2" }},
			{everybody, cases.Filter{Search: "nunez permit"}, func(r *cases.Row) bool {
				return !r.Private && r.Client == "Núñez, Iván" && r.Title == "Work permit"
			}},
			{root, cases.Filter{Search: "ana person", Status: cases.Closed}, func(r *cases.Row) bool { return r.OwnerFirst == "Ana" && r.Status == cases.Closed }},
			{root, cases.Filter{Search: "2026"}, func(*cases.Row) bool { return true }},
			{root, cases.Filter{Search: "k"}, func(r *cases.Row) bool { return strings.HasPrefix(r.Client, "Kowal") }},
			{root, cases.Filter{IDs: []string{all[3].ID, all[700].ID, "nobody"}}, func(r *cases.Row) bool { return r.ID == all[3].ID || r.ID == all[700].ID }},
		} {
			for j, sort := range cases.Sorts() {
				q := cases.Query{Filter: c.Filter, Sort: sort, Descending: (i+j)%2 == 0, Size: 150}
				var want []cases.Row
				for _, r := range all {
					if c.want(&r) {
						want = append(want, r)
					}
				}
				slices.SortFunc(want, func(a, b cases.Row) int {
					way := cmp.Or(before(sort, stages, &a, &b), cmp.Compare(a.ID, b.ID))
					if q.Descending {
						return -way
					}
					return way
				})
				f.whole(t, c.actor, q, want)
			}
		}
	})
}

// whole reads a list part by part, forwards and backwards.
func (f *firm) whole(t *testing.T, actor access.Actor, q cases.Query, want []cases.Row) {
	t.Helper()
	name := fmt.Sprintf("%+v by %s, descending %t", q.Filter, q.Sort, q.Descending)
	if len(want) == 0 {
		t.Fatalf("%s: nothing to be found", name)
	}
	var got []cases.Row
	for {
		p, err := f.cases.List(t.Context(), actor, q)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if int(p.Total) != min(len(want), listing.CountMax) || p.More != (len(want) > listing.CountMax) || p.Earlier != (len(got) > 0) {
			t.Fatalf("%s: %d (more: %t, earlier: %t) of %d", name, p.Total, p.More, p.Earlier, len(want))
		}
		got = append(got, p.Rows...)
		if !p.Later {
			break
		}
		q.After = p.Rows[len(p.Rows)-1].ID
	}
	if fmt.Sprint(numbers(got)) != fmt.Sprint(numbers(want)) {
		t.Fatalf("%s, forwards:\n%v\nwant\n%v", name, numbers(got), numbers(want))
	}
	q.After, q.Before, got = "", want[len(want)-1].ID, want[len(want)-1:]
	for len(want) > 1 {
		p, err := f.cases.List(t.Context(), actor, q)
		if err != nil || !p.Later {
			t.Fatalf("%s: %v", name, err)
		}
		got = append(slices.Clone(p.Rows), got...)
		if !p.Earlier {
			break
		}
		q.Before = p.Rows[0].ID
	}
	if fmt.Sprint(numbers(got)) != fmt.Sprint(numbers(want)) {
		t.Fatalf("%s, backwards:\n%v\nwant\n%v", name, numbers(got), numbers(want))
	}
}

func before(sort cases.Sort, stages []cases.Stage, a, b *cases.Row) int {
	at := func(t *time.Time) time.Time {
		if t == nil {
			return time.Time{}
		}
		return *t
	}
	switch sort {
	case cases.SortTitle:
		return strings.Compare(listing.Fold(a.Title+" "+a.Number), listing.Fold(b.Title+" "+b.Number))
	case cases.SortClient:
		return strings.Compare(listing.Fold(a.Client), listing.Fold(b.Client))
	case cases.SortOwner:
		return strings.Compare(a.OwnerLast+a.OwnerFirst, b.OwnerLast+b.OwnerFirst)
	case cases.SortOpened:
		return a.OpenedAt.Compare(b.OpenedAt)
	case cases.SortMessage:
		return at(a.LastMessageAt).Compare(at(b.LastMessageAt))
	case cases.SortStage:
		rank := func(r *cases.Row) int {
			if i := slices.IndexFunc(stages, func(s cases.Stage) bool { return s.Name == r.Stage }); i >= 0 {
				return i
			}
			return len(stages)
		}
		return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a.Number, b.Number))
	}
	return strings.Compare(a.Number, b.Number)
}

func numbers(rows []cases.Row) (all []string) {
	for _, r := range rows {
		all = append(all, r.Number)
	}
	return all
}

// crowd is how many cases the plans are asked for. Postgres takes an index only where there is something to gain.
var crowd = map[store.Dialect]int{store.SQLite: 12_000, store.Postgres: 30_000}

var (
	liteScan = regexp.MustCompile(`(?m)^SCAN (k|l|u|a|its|cases|clients|users|case_words|associations|w)\b.*$`)
	pgScan   = regexp.MustCompile(`Seq Scan on (cases|associations)\b`)
)

// Issue 5: no filter, order or search that the page offers, nor who asks, makes a list read every case: each is answered
// from an index, whichever of the two ways is taken.
func TestNoListReadsEveryCase(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		owners, departments := f.docket(crowd[f.db.Dialect()])
		readers := map[string]access.Actor{
			"root": system, "all": reader("nobody", access.CasesView, access.CasesViewAll, access.MessagesView),
			"own": reader(owners[2].ID, access.CasesView, access.MessagesView),
		}
		ways, turn := map[bool]int{}, 0
		for name, actor := range readers {
			for _, search := range []string{"", "2026-000042", "permit", "wo ana", "k", "nothing-at-all"} {
				for _, status := range []cases.Status{"", cases.Open} {
					for _, filter := range []cases.Filter{{}, {OwnerID: owners[3].ID}, {DepartmentID: departments[1]}, {Stage: "Filed"}, {Mine: true}, {Unread: true}} {
						filter.Search, filter.Status = search, status
						turn++
						for i, sort := range cases.Sorts() {
							if search != "" && i != turn%len(cases.Sorts()) { // one order for each is enough, in turns
								continue
							}
							answer, err := f.cases.Plan(t.Context(), actor, cases.Query{Filter: filter, Sort: sort, Descending: turn%2 == 0, Size: 25})
							if err != nil {
								t.Fatal(err)
							}
							ways[answer.Walked]++
							for _, why := range f.reads(answer) {
								t.Fatalf("%s: %+v by %s: %s", name, filter, sort, why)
							}
						}
					}
				}
			}
		}
		t.Logf("%d along the order, %d found first", ways[true], ways[false])
		if ways[true] < 20 || ways[false] < 20 {
			t.Error("one of the ways was hardly taken")
		}
		t.Run("inbox", func(t *testing.T) { f.noInbox(t, owners) })
	})
}

// reads says what in the plans reads a whole table, or sorts what has no bound.
func (f *firm) reads(a listing.Answer) (found []string) {
	plans := a.Parts
	for _, text := range a.Counts {
		plans = append(plans, listing.Plan{Text: text})
	}
	for _, p := range plans {
		if f.db.Dialect() == store.Postgres {
			if line := pgScan.FindString(p.Text); line != "" {
				found = append(found, line+"\n"+p.Text)
			}
			continue
		}
		if p.Near {
			p.Text = strings.Replace("\n"+p.Text, "\nSCAN k\n", "\n", 1) // what was found along the index, and is bounded
		}
		for _, line := range liteScan.FindAllString(p.Text, -1) {
			if !strings.Contains(line, "USING COVERING INDEX") && !strings.Contains(line, "USING INDEX") {
				found = append(found, line+"\n"+p.Text)
			}
		}
		if chosen, _, _ := strings.Cut(p.Text, "SCAN part"); p.Along && strings.Contains(chosen, "USE TEMP B-TREE") {
			found = append(found, "many are sorted\n"+p.Text)
		}
	}
	return found
}

// What a case is found by is kept in step with what it, its client and its owner are called, whichever way those change.
func TestACaseIsFoundByWhatItIsCalledNow(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		jon, ana := f.person("Jon", access.RoleConsultant, ""), f.person("Ana", access.RoleConsultant, "")
		k, err := f.cases.Create(t.Context(), system, cases.NewCase{Number: "24-0012", Title: "Réunification", ClientID: f.client, OwnerID: jon.ID})
		f.must(err)
		finds := func(yes string, no ...string) {
			t.Helper()
			for i, s := range append([]string{yes}, no...) {
				p, err := f.cases.List(t.Context(), system, cases.Query{Filter: cases.Filter{Search: s}, Size: 5})
				if err != nil || (len(p.Rows) == 1) != (i == 0) {
					t.Errorf("%q finds %d, %v", s, len(p.Rows), err)
				}
			}
		}
		finds("reunif jon kowal 24-0012", "ana person")
		_, err = f.cases.Reassign(t.Context(), system, []string{k.ID}, ana.ID)
		f.must(err)
		finds("reunif ana", "jon")
		f.must(f.exec(`UPDATE users SET last_name = 'Ağaoğlu', sort_name = 'agaoglu ana' WHERE id = ?`, ana.ID))
		finds("agaoglu kowal", "ana person")
		name := "Núñez Inc."
		f.must(f.cases.EditClient(t.Context(), system, f.client, 1, cases.ClientChange{Name: &name}))
		finds("nunez agaoglu", "kowal")
		title, number := "Visitor record", "25-0001"
		f.must(f.cases.Edit(t.Context(), system, k.ID, 0, cases.Change{Title: &title, Number: &number}))
		finds("visitor nunez 250001", "reunif", "24-0012")
		f.must(f.cases.Close(t.Context(), system, k.ID, 0))
		_, err = f.cases.Reopen(t.Context(), system, k.ID, 0, jon.ID)
		f.must(err)
		finds("visitor jon", "agaoglu")
	})
}

// What is found by search was written before there was one, too: Fill makes it, once.
func TestCasesOfBeforeAreFoundAsWell(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		f.docket(600)
		type row struct{ Words, ClientName, OwnerName, Search string }
		read := func() (all []row) {
			f.must(f.db.In(t.Context()).Raw(`SELECT words, client_name, owner_name, search FROM cases ORDER BY number`).Scan(&all).Error)
			return all
		}
		want := read()
		f.must(f.exec(`UPDATE cases SET words = '', client_name = '', owner_name = '', search = ''`))
		f.must(f.exec(`UPDATE clients SET sort_name = '', search = ''`))
		if n, err := f.cases.Fill(t.Context()); err != nil || n != 600+6 {
			t.Errorf("%d, %v", n, err)
		}
		if got := read(); !slices.Equal(got, want) || want[0].Search == "" {
			t.Errorf("%+v, want %+v", got[0], want[0])
		}
		if n, err := f.cases.Fill(context.Background()); err != nil || n != 0 {
			t.Errorf("again: %d, %v", n, err)
		}
		if n := f.count(`SELECT count(*) FROM cases k JOIN clients l ON l.id = k.client_id JOIN users u ON u.id = k.owner_id WHERE k.client_name <> l.sort_name OR k.owner_name <> u.sort_name`); n != 0 {
			t.Errorf("%d are ordered by other names", n)
		}
	})
}
