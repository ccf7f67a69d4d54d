package search_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/fault"
	"chancery/app/listing"
	"chancery/app/search"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// firm is a practice with people, clients and cases to be found.
type firm struct {
	testing.TB
	db     *store.DB
	staff  *staff.Staff
	cases  *cases.Cases
	search *search.Search
}

var system = access.System("test")

func open(t testing.TB, db *store.DB) *firm {
	f := &firm{TB: t, db: db, staff: staff.New(db, staff.Studio{})}
	f.cases = cases.New(db, f.staff)
	f.search = search.New(f.staff, f.cases)
	f.must(access.New(db).Seed(t.Context()))
	f.must(f.staff.SeedOrganization(t.Context(), staff.Organization{Name: "Marlow Reyes", Language: "en", Zone: "America/Toronto"}))
	return f
}

func (f *firm) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f *firm) hire(first, last string) *staff.User {
	f.Helper()
	u, err := f.staff.Create(f.Context(), system, staff.NewUser{FirstName: first, LastName: last, Email: listing.Fold(first) + "@firm.example", RoleID: access.RoleConsultant, Language: "en", Zone: "UTC"})
	f.must(err)
	f.must(f.staff.SeedStatus(f.Context(), u.ID, staff.Active, nil))
	return u
}

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

// finds is what a question finds, as names.
func (f *firm) finds(actor access.Actor, question string) string {
	f.Helper()
	found, err := f.search.Find(f.Context(), actor, question, 10)
	f.must(err)
	var all []string
	for _, k := range found.Cases.Rows {
		all = append(all, k.Number)
	}
	for _, l := range found.Clients.Rows {
		all = append(all, fmt.Sprintf("%s (%d)", l.Name, l.Open))
	}
	for _, p := range found.People.Rows {
		all = append(all, p.FirstName)
	}
	if total := int(found.Cases.Total + found.Clients.Total + found.People.Total); total != len(all) || found.Empty() != (total == 0) {
		f.Errorf("%q: %d in all, %d shown", question, total, len(all))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// Issue 5, ASVS 8.2.2: people, clients and cases by words of any of them, mixed; only what the reader sees is found.
func TestOneQuestionFindsWhatTheReaderSees(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		f := open(t, db)
		jon, lucia := f.hire("Jon", "Okafor"), f.hire("Lucía", "Fernández")
		f.must(f.cases.Seed(t.Context(), []cases.Client{
			{ID: "a", Name: "Kowalczyk, Aneta", Email: "aneta@client.example", Phone: "+1 416 555 0142"}, {ID: "b", Name: "Núñez, Iván", Email: "ivan@client.example"},
			{ID: "c", Name: "Nobody’s, Client", Email: "none@client.example"},
		}, []cases.NewCase{
			{Number: "26-0001", Title: "Work permit", ClientID: "a", OwnerID: jon.ID, OpenedAt: db.Now()},
			{Number: "26-0002", Title: "Réunification", ClientID: "a", OwnerID: lucia.ID, Private: true, OpenedAt: db.Now()},
			{Number: "26-0003", Title: "Refugee claim", ClientID: "b", OwnerID: lucia.ID, OpenedAt: db.Now()},
		}))
		all := reader("nobody", access.CasesView, access.CasesViewAll)
		own := reader(jon.ID, access.CasesView)
		none := reader(jon.ID)
		for _, c := range []struct {
			actor          access.Actor
			question, want string
		}{
			{system, "reunif aneta lucia", "26-0002"},
			{system, "26-0003", "26-0003"},
			{system, "0142", "26-0001, 26-0002, Kowalczyk, Aneta (2)"},
			{system, "client.example", "26-0001, 26-0002, 26-0003, Kowalczyk, Aneta (2), Nobody’s, Client (0), Núñez, Iván (1)"},
			{system, "fernandez", "26-0002, 26-0003, Lucía"},
			{system, "permit lucia", ""},
			{all, "aneta", "26-0001, Kowalczyk, Aneta (1)"},
			{all, "reunif", ""},
			{all, "client.example", "26-0001, 26-0003, Kowalczyk, Aneta (1), Nobody’s, Client (0), Núñez, Iván (1)"},
			{own, "client.example", "26-0001, Kowalczyk, Aneta (1)"},
			{own, "nunez", ""},
			{own, "o", "Jon"},
			{own, "k", "26-0001, Kowalczyk, Aneta (1)"},
			{own, "jon", "26-0001, Jon"},
			{none, "jon", "Jon"},
			{none, "kowalczyk", ""},
			{system, " ", ""},
			{system, "%", ""},
		} {
			if got := f.finds(c.actor, c.question); got != c.want {
				t.Errorf("%q by %s finds %s, want %s", c.question, c.actor.ID, got, c.want)
			}
		}
		var forbidden *fault.Forbidden
		if _, _, err := f.cases.Search(t.Context(), none, "aneta", 5); !errors.As(err, &forbidden) {
			t.Errorf("clients without cases.view: %v", err)
		}
	})
}

// C-9, S1-13: a hidden number finds nobody, and who has left is not found.
func TestAHiddenNumberFindsNobody(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		f := open(t, db)
		jon, ana := f.hire("Jon", "Okafor"), f.hire("Ana", "Mbeki")
		edit := func(id string, c staff.ProfileChange) {
			_, err := f.staff.UpdateProfile(t.Context(), reader(id), id, c)
			f.must(err)
		}
		edit(jon.ID, staff.ProfileChange{Cell: &staff.Edit{Value: "+1 416 555 0142"}})
		if got := f.finds(reader(ana.ID), "416 555 0142"); got != "Jon" {
			t.Errorf("by a number that is shown: %q", got)
		}
		edit(jon.ID, staff.ProfileChange{CellHidden: &staff.Edit{Value: "true"}})
		for _, actor := range []access.Actor{reader(ana.ID), reader(jon.ID), system} {
			if got := f.finds(actor, "416 555 0142"); got != "" {
				t.Errorf("by a hidden number: %q", got)
			}
		}
		f.must(f.staff.SeedStatus(t.Context(), jon.ID, staff.Inactive, nil))
		if got := f.finds(system, "okafor"); got != "" {
			t.Errorf("who has left: %q", got)
		}
	})
}

// Of each kind a question gives the first few, and says how many there are.
func TestASearchIsBounded(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		f := open(t, db)
		f.docket(1200)
		found, err := f.search.Find(t.Context(), system, "client.example", 5)
		f.must(err)
		if len(found.Cases.Rows) != 5 || !found.Cases.More || !found.Cases.Later || len(found.Clients.Rows) != 5 || found.Clients.Total != 120 {
			t.Errorf("%d cases (more: %t), %d of %d clients", len(found.Cases.Rows), found.Cases.More, len(found.Clients.Rows), found.Clients.Total)
		}
		for i := 1; i < 5; i++ {
			if found.Cases.Rows[i].OpenedAt.After(found.Cases.Rows[i-1].OpenedAt) {
				t.Error("the case opened last is not the first")
			}
		}
	})
}

// docket writes n cases of a tenth as many clients, and 20 people who own them; one in eleven is private.
func (f *firm) docket(n int) (owners []*staff.User) {
	f.Helper()
	first := []string{"Ana", "Bao", "Chloé", "Diego", "Elena", "Farid", "Grace", "Hiro", "Inés", "Jon"}
	last := []string{"Mbeki", "Okafor", "Tremblay", "Fernández", "Lindqvist", "MacGillivray", "Salcedo", "Nguyen", "Roy", "Iyer", "Kowalczyk", "Núñez", "Ağaoğlu"}
	for i := range 20 {
		owners = append(owners, f.hire(fmt.Sprintf("%s%d", first[i%10], i), last[i%13]))
	}
	var clients []cases.Client
	for i := range max(n/10, 1) {
		clients = append(clients, cases.Client{ID: fmt.Sprintf("client-%06d", i), Name: fmt.Sprintf("%s%d, %s", last[i%13], i/13, first[i/13%10]), Email: fmt.Sprintf("person.%06d@client.example", i), Phone: fmt.Sprintf("+1 416 %07d", i)})
	}
	titles := []string{"Work permit", "Études: prolongation", "Spousal sponsorship", "Refugee claim", "Visitor record", "Citizenship", "Judicial review of a refusal"}
	now := f.db.Now()
	const batch = 10_000
	for from := 0; from < n; from += batch {
		var files []cases.NewCase
		for i := from; i < min(from+batch, n); i++ {
			k := cases.NewCase{Number: fmt.Sprintf("2026-%06d", i), Title: titles[i%7], ClientID: clients[i*7919%len(clients)].ID, OwnerID: owners[i*31%20].ID, Private: i%11 == 0, OpenedAt: now.Add(-time.Duration(i*31%n) * time.Minute)}
			if i%4 == 3 {
				k.Status = cases.Closed
			}
			files = append(files, k)
		}
		var some []cases.Client
		if from == 0 {
			some = clients
		}
		f.must(f.cases.Seed(f.Context(), some, files))
	}
	if f.db.Dialect() == store.Postgres { // as its own housekeeping does within minutes
		f.must(f.db.In(f.Context()).Exec(`VACUUM ANALYZE`).Error)
	}
	return owners
}

// Issue 5: a search looks once for each kind, and twice more for the names of one's own.
func TestASearchTakesFewStatements(t *testing.T) {
	storetest.Each(t, storetest.NewClock().Now, func(t *testing.T, db *store.DB) {
		f := open(t, db)
		owners := f.docket(300)
		for want, actor := range map[int64]access.Actor{3: reader("nobody", access.CasesView, access.CasesViewAll), 5: reader(owners[2].ID, access.CasesView), 1: reader("nobody")} {
			ctx, count := store.WithCount(t.Context())
			found, err := f.search.Find(ctx, actor, "client.example", 5)
			f.must(err)
			if count.N() != want || want > 1 && found.Cases.Total*found.Clients.Total == 0 {
				t.Errorf("%d statements, %d cases; want %d", count.N(), found.Cases.Total, want)
			}
		}
	})
}
