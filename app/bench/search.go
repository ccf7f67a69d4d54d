package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"text/tabwriter"
	"time"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/search"
	"chancery/app/staff"
	"chancery/app/store"
)

// Search: what people ask, in a practice of a thousand people with a hundred thousand cases of half as many clients, as
// each kind of reader. The room is asked in this process, so that who reads is chosen without a sign-in; the CPU is that of
// this process and of Postgres' connections, for each question alone. The page around it is growth.go's.
//
// What it found, on two cores that others used as well; ms of CPU, the median of the questions and the dearest of them, and
// both at first:
//
//	                     SQLite                  Postgres
//	sees all             4    13   (30  366)     6    15   (5  241)
//	has 3,000 cases      16   31   (30  190)     19   28   (5  536)
//	has 30 cases         1    4    (15  149)     1    2    (3  1235)
//
// Of who has thousands of cases each is looked at, 4 to 6 µs, whatever the words.

// searchedCases is how many cases there are.
const searchedCases = 100_000

// asks are the questions, with how often the words of each occur.
var asks = []struct{ name, question string }{
	{"a word that few have", "quillfeather"},
	{"a first name, one in ten", "elena"},
	{"a title's word, one in seven", "permit"},
	{"two of those", "elena permit"},
	{"three, seldom together", "permit farid mbeki12"},
	{"client and owner", "quillfeather ana"},
	{"accents", "NÚÑEZ17"},
	{"two letters", "el"},
	{"two letters, and a word", "el permit"},
	{"one letter", "k"},
	{"a number", "2026-042042"},
	{"a number's beginning", "2026-0420"},
	{"a number's end", "42042"},
	{"the year", "2026-"},
	{"a phone's end", "00420"},
	{"everybody's host", "client.example"},
	{"nothing", "zzzzzz"},
	{"nothing, of common parts", "permits refugee elena"},
}

// searched is what a question cost a reader.
type searched struct {
	reader, name string
	found        string
	cpu, waits   []time.Duration
}

// The cases that a reader has who sees no others.
const (
	ownsSome     = 30
	ownsHundreds = 3000
)

// searches measures on a database, which it fills first if nobody has.
func searches(ctx context.Context, s *stage, n int) (all []*searched, err error) {
	readers, err := s.practice.library(ctx, n)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, s.practice.database, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	people := staff.New(db, staff.Studio{})
	room := search.New(people, cases.New(db, people))
	const times, shown = 25, 20
	for _, who := range readers {
		for _, q := range asks {
			progress(fmt.Sprintf("%s, %s: %s", s.name, who.Name, q.name))
			m := &searched{reader: who.Name, name: q.name}
			var meter cpuMeter
			for i := range times + 3 {
				if i == 3 { // warm
					if meter, err = metered(ctx, db); err != nil {
						return nil, err
					}
				}
				before, err := meter.read()
				if err != nil {
					return nil, err
				}
				began := time.Now()
				f, err := room.Find(ctx, who, q.question, shown)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", q.name, err)
				}
				wait := time.Since(began)
				after, err := meter.read()
				if err != nil {
					return nil, err
				}
				if i >= 3 {
					m.cpu, m.waits = append(m.cpu, after-before), append(m.waits, wait)
					m.found = fmt.Sprintf("%d, %d, %d", f.Cases.Total, f.Clients.Total, f.People.Total)
				}
			}
			all = append(all, m)
		}
	}
	return all, nil
}

// cpuMeter reads the CPU of this process and of a database's connections.
type cpuMeter []process

func metered(ctx context.Context, db *store.DB) (cpuMeter, error) {
	m := cpuMeter{process(os.Getpid())}
	if db.Dialect() == store.SQLite {
		return m, nil
	}
	var pids []int
	err := db.In(ctx).Raw(`SELECT pid FROM pg_stat_activity WHERE datname = current_database()`).Scan(&pids).Error
	for _, pid := range pids {
		m = append(m, process(pid))
	}
	return m, err
}

func (m cpuMeter) read() (sum time.Duration, err error) {
	for _, p := range m {
		t, err := p.cpu()
		if err != nil {
			return 0, err
		}
		sum += t
	}
	return sum, nil
}

// library fills a practice with n cases and gives its readers.
func (p *practice) library(ctx context.Context, n int) (readers []access.Actor, err error) {
	db, err := store.Open(ctx, p.database, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.Migrate(ctx); err != nil {
		return nil, err
	}
	people := staff.New(db, staff.Studio{})
	if _, err := people.ByEmail(ctx, address(0)); err != nil {
		if err := p.fill(ctx, sizes[0]); err != nil {
			return nil, err
		}
		if err := p.shelve(ctx, db, n); err != nil {
			return nil, err
		}
	}
	all := []access.Permission{access.CasesView, access.CasesViewAll, access.MessagesView}
	for i, r := range []struct {
		name string
		may  []access.Permission
	}{{"sees all", all}, {fmt.Sprintf("own %d", ownsHundreds), []access.Permission{access.CasesView, access.MessagesView}}, {fmt.Sprintf("own %d", ownsSome), []access.Permission{access.CasesView, access.MessagesView}}} {
		u, err := people.ByEmail(ctx, address(100+i))
		if err != nil {
			return nil, err
		}
		a := access.Actor{Rights: access.Granted(false, permissionText(r.may))}
		a.ID, a.Name = u.ID, r.name
		readers = append(readers, a)
	}
	return readers, nil
}

func permissionText(all []access.Permission) (text string) {
	for _, p := range all {
		text += string(p) + " "
	}
	return text
}

// shelve writes n cases of half as many clients. Most belong to a hundred people; one has ownsHundreds and one ownsSome of
// them, strewn over the years. One in eleven is private, one in four is closed.
func (p *practice) shelve(ctx context.Context, db *store.DB, n int) error {
	people := staff.New(db, staff.Studio{})
	var owners []string
	for i := range 103 {
		u, err := people.ByEmail(ctx, address(i))
		if err != nil {
			return err
		}
		owners = append(owners, u.ID)
	}
	chance := rand.New(rand.NewPCG(1, 2))
	first := []string{"Ana", "Bao", "Chloé", "Diego", "Elena", "Farid", "Grace", "Hiro", "Inés", "Jon"}
	last := []string{"Mbeki", "Okafor", "Tremblay", "Fernández", "Lindqvist", "MacGillivray", "Salcedo", "Nguyen", "Roy", "Iyer", "Kowalczyk", "Núñez", "Ağaoğlu", "Silva", "Haddad", "Petrov"}
	titles := []string{"Work permit", "Études : prolongation", "Spousal sponsorship", "Refugee claim", "Visitor record", "Citizenship", "Judicial review of a refusal"}
	clients := make([]cases.Client, n/2)
	for i := range clients {
		family, given := fmt.Sprintf("%s%d", last[chance.IntN(len(last))], chance.IntN(200)), first[chance.IntN(len(first))]
		if i%(len(clients)/4) == 7 {
			family = "Quillfeather"
		}
		clients[i] = cases.Client{ID: fmt.Sprintf("client-%06d", i), Name: family + ", " + given, Email: fmt.Sprintf("person.%06d@client.example", i), Phone: fmt.Sprintf("+1 416 %07d", chance.IntN(10_000_000))}
	}
	const batch = 10_000
	for from := 0; from < n; from += batch {
		var files []cases.NewCase
		for i := from; i < min(from+batch, n); i++ {
			owner := owners[chance.IntN(100)]
			switch {
			case i%(n/ownsHundreds) == 5:
				owner = owners[101]
			case i%(n/ownsSome) == 9:
				owner = owners[102]
			}
			k := cases.NewCase{Number: fmt.Sprintf("2026-%06d", i), Title: titles[chance.IntN(len(titles))], ClientID: clients[chance.IntN(len(clients))].ID, OwnerID: owner,
				Private: chance.IntN(11) == 0, OpenedAt: db.Now().Add(-time.Duration(n-i+chance.IntN(n/10)) * time.Minute)}
			if chance.IntN(4) == 0 {
				k.Status = cases.Closed
			}
			files = append(files, k)
		}
		var some []cases.Client
		if from == 0 {
			some = clients
		}
		if err := cases.New(db, people).Seed(ctx, some, files); err != nil {
			return err
		}
	}
	if db.Dialect() == store.Postgres { // as its own housekeeping does within minutes
		return db.In(ctx).Exec("VACUUM ANALYZE").Error
	}
	return nil
}

// printSearches is a table of all readers and questions.
func printSearches(to io.Writer, name string, all []*searched) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(to, "\n%s: a search in %d cases; ms of CPU, and of waiting, of who asks alone\n\n", name, searchedCases)
	t := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "reader\tquestion\tcases, clients, people\tCPU p50\tp99\tp50\tp99\t")
	for _, m := range all {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", m.reader, m.name, m.found, milli(percentile(m.cpu, .5)), milli(percentile(m.cpu, .99)), milli(percentile(m.waits, .5)), milli(percentile(m.waits, .99)))
	}
	_ = t.Flush()
}
