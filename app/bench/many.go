package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/gofiber/fiber/v2"

	"chancery/app/cases"
	"chancery/app/staff"
	"chancery/app/store"
)

// Many at once: five thousand cases that change hands by one form, against a floor of two statements; and the sheet of one
// who leaves, with 500 open cases against the same sheet with 5. Both in a practice of a thousand people.

const (
	movedCases = 5000
	manyCases  = 500
	fewCases   = 5
)

// These people of the practice own them; the first hundred have others (growth.go), and administrators are not among them
// (practice.go).
const (
	movesFrom = 101
	movesTo   = 103
	ownsMany  = 107
	ownsFew   = 109
)

// many is what was found of them on one database. The other is what it is held against: the floor, or the sheet of few.
type many struct {
	name, than string
	target     float64
	waits      []time.Duration
	cpu, other []figure
}

func (m *many) ratio() float64 {
	var all []float64
	for i, f := range m.cpu {
		all = append(all, f.total()/m.other[i].total())
	}
	return median(all)
}

// manyAtOnce measures on one database, whose stage has its cluster already.
func manyAtOnce(ctx context.Context, s *stage, program string) (all []*many, err error) {
	progress(s.name + ": a thousand people and their cases move in")
	g, err := s.sibling(ctx, "many", sizes[0])
	if err != nil {
		return nil, err
	}
	defer func() {
		g.cluster = nil // it is the first stage's
		err = errors.Join(err, g.close())
	}()
	ids, err := g.practice.assign(ctx)
	if err != nil {
		return nil, err
	}
	if g.product, err = g.practice.serve(ctx, program); err != nil {
		return nil, err
	}
	if g.seats, err = take(g.product.address); err != nil {
		return nil, err
	}
	if g.floor, err = g.practice.floor(g.seats[0].cookie); err != nil {
		return nil, err
	}
	g.cluster = s.cluster
	moved, err := g.moves(ctx, ids)
	if err != nil {
		return nil, errors.Join(err, g.product.complaints())
	}
	sheet, err := g.sheets(ctx, ids)
	if err != nil {
		return nil, errors.Join(err, g.product.complaints())
	}
	return []*many{moved, sheet}, nil
}

// assign gives some people their cases, and returns the ids of those people by their numbers.
func (p *practice) assign(ctx context.Context) (map[int]string, error) {
	db, err := store.Open(ctx, p.database, nil)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	people := staff.New(db, staff.Studio{})
	ids := map[int]string{}
	var files []cases.NewCase
	for owner, n := range map[int]int{movesFrom: movedCases, movesTo: 0, ownsMany: manyCases, ownsFew: fewCases} {
		u, err := people.ByEmail(ctx, address(owner))
		if err != nil {
			return nil, err
		}
		ids[owner] = u.ID
		for i := range n {
			files = append(files, cases.NewCase{Number: fmt.Sprintf("MR-%d-%05d", owner, i), Title: "Work permit extension", ClientID: "client", Stage: "Gathering", OwnerID: u.ID})
		}
	}
	if err := cases.New(db, people).Seed(ctx, []cases.Client{{ID: "client", Name: "Kowalczyk, Aneta"}}, files); err != nil {
		return nil, err
	}
	return ids, db.In(ctx).Exec(map[store.Dialect]string{store.SQLite: "ANALYZE", store.Postgres: "VACUUM ANALYZE"}[db.Dialect()]).Error
}

// moves gives the cases to the other one, and back, by one person at one connection, in turns with the floor.
func (s *stage) moves(ctx context.Context, ids map[int]string) (*many, error) {
	m := &many{name: fmt.Sprintf("reassign %d cases", movedCases), than: "floor", target: 2}
	drive := func(to *server, path string, status int) (l load, f figure, err error) {
		connection, err := dialLine(to.address)
		if err != nil {
			return l, f, err
		}
		defer connection.Close()
		one, turn := &driver{address: to.address, lines: []*line{connection}}, 0
		return s.cost(to, func() (load, error) {
			return one.run(ctx, s.seats[:1], time.Minute, 2, status, func(b *bytes.Buffer, seat *seat) {
				from, taker := ids[movesFrom], ids[movesTo]
				if turn++; turn%2 == 0 {
					from, taker = taker, from
				}
				head(b, seat, "POST", to.address, fmt.Sprintf(path, from), false)
				body(b, formKind, url.Values{"_csrf": {seat.csrf}, "_method": {"PATCH"}, "all": {"true"}, "to": {taker}}.Encode())
			})
		})
	}
	for round := -1; round < s.rounds; round++ {
		progress(fmt.Sprintf("%s, round %d of %d: %s", s.name, max(round+1, 0), s.rounds, m.name))
		l, f, err := drive(s.product, "/users/%s/cases", fiber.StatusSeeOther)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		_, floor, err := drive(s.floor, "/f0/cases/%s", fiber.StatusNoContent)
		if err != nil {
			return nil, fmt.Errorf("floor of %s: %w", m.name, err)
		}
		if round >= 0 {
			m.waits, m.cpu, m.other = append(m.waits, l.waits...), append(m.cpu, f), append(m.other, floor)
		}
	}
	return m, nil
}

// sheets asks for the sheet as a dialog, of who owns many cases and of who owns few.
func (s *stage) sheets(ctx context.Context, ids map[int]string) (*many, error) {
	m := &many{name: fmt.Sprintf("deactivation sheet, %d cases", manyCases), than: fmt.Sprintf("with %d", fewCases), target: 1.2}
	var err error
	if s.toProduct, err = dial(s.product.address); err != nil {
		return nil, err
	}
	for round := -1; round < s.rounds; round++ {
		progress(fmt.Sprintf("%s, round %d of %d: %s", s.name, max(round+1, 0), s.rounds, m.name))
		for _, owner := range []int{ownsMany, ownsFew} {
			path := "/users/" + ids[owner] + "/deactivation/new"
			l, f, err := s.cost(s.product, func() (load, error) {
				return s.toProduct.run(ctx, s.seats, s.slice/2, 0, fiber.StatusOK, func(b *bytes.Buffer, seat *seat) { get(true)(b, seat, s.product.address, path) })
			})
			switch {
			case err != nil:
				return nil, fmt.Errorf("%s: %w", m.name, err)
			case round < 0:
			case owner == ownsMany:
				m.waits, m.cpu = append(m.waits, l.waits...), append(m.cpu, f)
			default:
				m.other = append(m.other, f)
			}
		}
	}
	return m, nil
}

// move is the floor of a reassignment: the owner of all open cases of one is another, and each has its line in the audit
// (S1-14), by two statements and one transaction; the lines are made by the database.
func (f *floor) move(c *fiber.Ctx) error {
	id, err := f.reader(c)
	if err != nil {
		return err
	}
	tx, err := f.pool.BeginTx(c.Context(), nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	from, to, now := c.Params("from"), c.FormValue("to"), time.Now().UTC()
	_, err = tx.ExecContext(c.Context(), lineSQL+`SELECT $1 || id, $2, $3, 'Somebody', 'case.reassign', 'case', id, $4, '127.0.0.1', $5 FROM cases WHERE owner_id = $6 AND status = 'open'`,
		strconv.FormatInt(now.UnixNano(), 36), now, id, `[{"field":"owner","before":"Somebody Else (`+address(movesFrom)+`)","after":"Somebody (`+address(movesTo)+`)"}]`, "the request's", from)
	if err != nil {
		return err
	}
	done, err := tx.ExecContext(c.Context(), `UPDATE cases SET owner_id = $1, owner_name = (SELECT u.sort_name FROM users u WHERE u.id = $1),
			search = words || ' ' || (SELECT l.search FROM clients l WHERE l.id = cases.client_id) || ' ' || (SELECT u.sort_name FROM users u WHERE u.id = $1),
			generation = generation + 1, updated_at = $2 WHERE owner_id = $3 AND status = 'open'`, to, now, from)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n != movedCases {
		return fmt.Errorf("%d cases were moved, %w", n, err)
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}

// printMany is a table of both.
func printMany(to io.Writer, name string, all []*many) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(to, "\n%s: many cases at once; CPU in ms\n\n", name)
	t := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\tp50 ms\tserver\tPostgres\theld against\tits server\tits Postgres\ttimes\t")
	for _, m := range all {
		f, o := middle(m.cpu), middle(m.other)
		fmt.Fprintf(t, "%s\t%s\t%.2f\t%.2f\t%s\t%.2f\t%.2f\t%.2f\t\n", m.name, milli(percentile(m.waits, .5)), f.server/1000, f.database/1000, m.than, o.server/1000, o.database/1000, m.ratio())
	}
	_ = t.Flush()
}
