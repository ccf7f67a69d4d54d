package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5"

	"chancery/app/cases"
	"chancery/app/staff"
	"chancery/app/store"
)

// Growth: the list of users, and the search of people, clients and cases, in practices of a thousand, ten thousand and a
// hundred thousand people, who have as many cases; each served by a program of its own, which are driven in turns, so that a
// slow minute of the machine counts for all of them.

// sizes are how many people the practices have, and how many cases.
var sizes = []int{1_000, 10_000, 100_000}

// growing are what is asked of the list. The first has a target; of the searches the figures are printed.
func growing() []scenario {
	page, fragment := get(false), get(true)
	return []scenario{
		{name: "GET /users", path: "/users", write: page},
		{name: "GET /users, a page in the middle", path: "/users?after=MIDDLE&from=26", write: page},
		{name: "search: one person", path: "/users?q=person.00042", fragment: true, write: fragment},
		{name: "search: a last name, one in ten", path: "/users?q=tremblay", fragment: true, write: fragment},
		{name: "search: everybody", path: "/users?q=firm.example", fragment: true, write: fragment},
		{name: "search: two letters", path: "/users?q=ch", fragment: true, write: fragment},
		{name: "filter: role, by e-mail", path: "/users?role=paralegal&sort=email", fragment: true, write: fragment},
		{name: "filter: role and status, few", path: "/users?role=administrator&status=inactive", fragment: true, write: fragment},
		{name: "search of all: a case's number", path: "/search/suggestions?q=2026-000042", fragment: true, write: fragment},
		{name: "search of all: client and owner", path: "/search/suggestions?q=kowalczyk7+mbeki", fragment: true, write: fragment},
		{name: searchOfMany, path: "/search/suggestions?q=permit", fragment: true, write: fragment},
		{name: "filter: dormant, newest first", path: "/users?status=dormant&sort=-created", fragment: true, write: fragment},
	}
}

// searchOfMany is the question that a search has its target by: one case in seven has the word.
const searchOfMany = "search of all: a title"

// searchTarget is the longest that a search may take, of all but the slowest hundredth, at the largest size (issue 5).
const searchTarget = 50 * time.Millisecond

// grown is what one question cost with each size.
type grown struct {
	name  string
	waits [][]time.Duration
	cpu   [][]figure
}

// median is the middle wait of a size.
func (g *grown) median(i int) time.Duration { return percentile(g.waits[i], .5) }

// grow measures on one database, whose stage has its cluster already.
func grow(ctx context.Context, s *stage, program string) (all []*grown, err error) {
	var stages []*stage
	defer func() {
		for _, g := range stages {
			g.cluster = nil // it is the first stage's
			err = errors.Join(err, g.close())
		}
	}()
	for _, n := range sizes {
		progress(fmt.Sprintf("%s: %d people move in", s.name, n))
		g, err := s.sibling(ctx, "grown"+strconv.Itoa(n), n)
		if err != nil {
			return nil, err
		}
		stages = append(stages, g)
		if g.product, err = g.practice.serve(ctx, program); err != nil {
			return nil, err
		}
		if g.seats, err = take(g.product.address); err != nil {
			return nil, err
		}
	}
	for _, g := range stages { // last, for nobody waits for a silent connection for long
		if g.toProduct, err = dial(g.product.address); err != nil {
			return nil, err
		}
	}
	for _, sc := range growing() {
		g := &grown{name: sc.name, waits: make([][]time.Duration, len(sizes)), cpu: make([][]figure, len(sizes))}
		all = append(all, g)
		for round := -1; round < s.rounds; round++ {
			for i, st := range stages {
				progress(fmt.Sprintf("%s, %s, %d people, round %d of %d", s.name, sc.name, sizes[i], max(round+1, 0), s.rounds))
				path := strings.Replace(sc.path, "MIDDLE", st.practice.middle, 1)
				l, f, err := st.cost(st.product, func() (load, error) {
					return st.toProduct.run(ctx, st.seats, s.slice/4, 0, 200, func(b *bytes.Buffer, seat *seat) { sc.write(b, seat, st.product.address, path) })
				})
				if err != nil {
					return nil, fmt.Errorf("%s with %d people: %w", sc.name, sizes[i], errors.Join(err, st.product.complaints()))
				}
				if round >= 0 {
					g.waits[i], g.cpu[i] = append(g.waits[i], l.waits...), append(g.cpu[i], f)
				}
			}
		}
	}
	return all, nil
}

// sibling is a stage of the same database server with a practice of n people.
func (s *stage) sibling(ctx context.Context, name string, n int) (*stage, error) {
	g := &stage{name: s.name, cluster: s.cluster, rounds: s.rounds, slice: s.slice}
	g.practice = practice{database: "sqlite:" + filepath.Join(s.practice.dir, name+".db"), key: s.practice.key, dir: filepath.Join(s.practice.dir, name)}
	if err := os.Mkdir(g.practice.dir, 0o700); err != nil {
		return nil, err
	}
	if s.cluster != nil {
		conn, err := pgx.Connect(ctx, s.cluster.URL())
		if err != nil {
			return nil, err
		}
		defer conn.Close(ctx)
		if _, err := conn.Exec(ctx, "CREATE DATABASE "+name); err != nil {
			return nil, err
		}
		g.practice.database = strings.Replace(s.cluster.URL(), "/postgres?", "/"+name+"?", 1)
	}
	if err := g.practice.fill(ctx, sizes[0]); err != nil {
		return nil, err
	}
	if err := g.practice.file(ctx, n, first(100)); err != nil {
		return nil, err
	}
	return g, g.practice.crowd(ctx, n)
}

// first are the numbers of so many people.
func first(n int) (numbers []int) {
	for i := range n {
		numbers = append(numbers, i)
	}
	return numbers
}

// file gives some people of a practice n cases, of a tenth as many clients; one in eleven is private.
func (p *practice) file(ctx context.Context, n int, whose []int) error {
	db, err := store.Open(ctx, p.database, nil)
	if err != nil {
		return err
	}
	defer db.Close()
	people := staff.New(db, staff.Studio{})
	var owners []string
	for _, i := range whose {
		u, err := people.ByEmail(ctx, address(i))
		if err != nil {
			return err
		}
		owners = append(owners, u.ID)
	}
	last := []string{"Kowalczyk", "Núñez", "Ağaoğlu", "Tremblay", "Okafor", "Iyer", "Roy"}
	titles := []string{"Work permit", "Études : prolongation", "Spousal sponsorship", "Refugee claim", "Visitor record", "Citizenship", "Judicial review"}
	clients := make([]cases.Client, n/10)
	for i := range clients {
		clients[i] = cases.Client{ID: fmt.Sprintf("client-%06d", i), Name: fmt.Sprintf("%s%d, Aneta", last[i%len(last)], i/len(last)), Email: fmt.Sprintf("person.%06d@client.example", i), Phone: fmt.Sprintf("+1 416 %07d", i)}
	}
	const batch = 10_000
	for from := 0; from < n; from += batch {
		var files []cases.NewCase
		for i := from; i < min(from+batch, n); i++ {
			files = append(files, cases.NewCase{Number: fmt.Sprintf("2026-%06d", i), Title: titles[i%len(titles)], ClientID: clients[i*7919%len(clients)].ID, OwnerID: owners[i*31%len(owners)],
				Private: i%11 == 0, OpenedAt: db.Now().Add(-time.Duration(i*31%n) * time.Minute)})
		}
		var some []cases.Client
		if from == 0 {
			some = clients
		}
		if err := cases.New(db, people).Seed(ctx, some, files); err != nil {
			return err
		}
	}
	return nil
}

// crowd makes a practice of a thousand people one of n: the same people again and again, under other addresses, who came
// and were last here at other times. Each fiftieth thousand has left.
func (p *practice) crowd(ctx context.Context, n int) error {
	db, err := store.Open(ctx, p.database, nil)
	if err != nil {
		return err
	}
	defer db.Close()
	now := db.Now()
	err = db.Tx(ctx, func(ctx context.Context) error {
		for k := 1; k < n/sizes[0]; k++ {
			status := "ACTIVE"
			if k%50 == 0 {
				status = "INACTIVE"
			}
			again, at := fmt.Sprintf("x%d", k), now.Add(-time.Duration(k)*29*time.Hour)
			err := db.In(ctx).Exec(`INSERT INTO users (id, email, first_name, last_name, sort_name, search, title, cell, office, language, zone, status, role_id, department_id,
					last_sign_in_at, created_at, updated_at)
				SELECT ? || id, replace(email, 'person', ?), first_name, last_name, sort_name || ' ' || ?, replace(search, 'person', ?), title, cell, office, language, zone, ?, role_id,
					department_id, ?, ?, updated_at FROM users WHERE email LIKE 'person.%'`, again, again, again, again, status, at, at.Add(-time.Hour)).Error
			if err != nil {
				return err
			}
		}
		return db.In(ctx).Exec(`INSERT INTO credentials (user_id, updated_at) SELECT id, updated_at FROM users WHERE email NOT LIKE 'person.%'`).Error
	})
	if err != nil {
		return fmt.Errorf("a practice of %d: %w", n, err)
	}
	if db.Dialect() == store.Postgres {
		if err := db.In(ctx).Exec("VACUUM ANALYZE").Error; err != nil {
			return err
		}
	}
	_, err = store.One(db.In(ctx).Raw(`SELECT id FROM users ORDER BY sort_name, id LIMIT 1 OFFSET ?`, n/2), &p.middle)
	return err
}

// printGrowth is a table of all questions and sizes.
func printGrowth(to io.Writer, name string, all []*grown) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(to, "\n%s: the list of users and the search as the practice grows, %d connections; p50 and p99 in ms, CPU of server and database in µs\n\n", name, connections)
	t := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "\t")
	for _, n := range sizes {
		fmt.Fprintf(t, "%d: p50\tp99\tCPU\t", n)
	}
	fmt.Fprintln(t, "p50 grows\tp99 grows\tCPU grows\t")
	for _, g := range all {
		fmt.Fprint(t, g.name+"\t")
		for i := range sizes {
			fmt.Fprintf(t, "%s\t%s\t%s\t", milli(g.median(i)), milli(percentile(g.waits[i], .99)), micro(middle(g.cpu[i]).total()))
		}
		last := len(sizes) - 1
		fmt.Fprintf(t, "%.2f\t%.2f\t%.2f\t\n", times(g.median(last), g.median(0)), times(percentile(g.waits[last], .99), percentile(g.waits[0], .99)),
			middle(g.cpu[last]).total()/middle(g.cpu[0]).total())
	}
	_ = t.Flush()
}

func times(a, b time.Duration) float64 { return float64(a) / float64(max(b, 1)) }

// growthTarget is how much longer the list may take with the most people than with the fewest.
func growthTarget(name string) float64 {
	if name == "Postgres" {
		return 1.5
	}
	return 2
}
