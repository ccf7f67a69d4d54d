package main

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"

	"chancery/app/apptest/pgtest"
)

// stage is one database with the product and the floor on it.
type stage struct {
	name      string
	practice  practice
	program   string          // the built one
	cluster   *pgtest.Cluster // nil with SQLite
	product   *server
	floor     *server
	toProduct *driver
	toFloor   *driver
	seats     []*seat
	rounds    int
	slice     time.Duration
	starts    []time.Duration
	idle      memory
}

// figure is what a request cost in one slice, in microseconds of CPU.
type figure struct{ server, database float64 }

func (f figure) total() float64 { return f.server + f.database }

// measured is a scenario's result on one stage.
type measured struct {
	scenario
	requests   int
	took       time.Duration
	waits      []time.Duration
	bytes      int
	statements string
	product    []figure
	floors     []figure
	plain      map[string][]figure // F1, by how the template is executed
}

// perSecond is the requests answered a second.
func (m *measured) perSecond() float64 { return float64(m.requests) / m.took.Seconds() }

// ratio is the median over the rounds of the product's CPU against the floor's of the same round.
func (m *measured) ratio() float64 {
	var all []float64
	for i, p := range m.product {
		all = append(all, p.total()/m.floors[i].total())
	}
	return median(all)
}

func middle(all []figure) figure {
	var server, database []float64
	for _, f := range all {
		server, database = append(server, f.server), append(database, f.database)
	}
	return figure{median(server), median(database)}
}

// measure drives every scenario in rounds. Within a round product and floor take turns, so that a neighbour who makes
// the machine slow makes both slow; the first round warms caches and is not counted.
func (s *stage) measure(ctx context.Context, all []scenario) ([]*measured, error) {
	results := make([]*measured, len(all))
	for i, sc := range all {
		results[i] = &measured{scenario: sc, plain: map[string][]figure{}}
		var err error
		if results[i].statements, err = s.statements(sc); err != nil {
			return nil, fmt.Errorf("%s: %w", sc.name, err)
		}
	}
	for round := -1; round < s.rounds; round++ {
		for _, m := range results {
			progress(fmt.Sprintf("%s, round %d of %d: %s", s.name, max(round+1, 0), s.rounds, m.name))
			if err := s.round(ctx, m, round); err != nil {
				return nil, fmt.Errorf("%s on %s: %w", m.name, s.name, err)
			}
		}
	}
	return results, nil
}

func (s *stage) round(ctx context.Context, m *measured, round int) error {
	slice := s.slice
	if round < 0 {
		slice /= 4
	}
	host := s.product.address
	l, f, err := s.cost(s.product, func() (load, error) {
		return s.toProduct.run(ctx, s.seats, slice, m.most, m.status, func(b *bytes.Buffer, seat *seat) { m.write(b, seat, host, m.path) })
	})
	if err != nil {
		return err
	}
	m.bytes = int(l.bytes) / max(l.requests, 1)
	if round >= 0 {
		m.product = append(m.product, f)
		m.requests += l.requests
		m.took += l.took
		m.waits = append(m.waits, l.waits...)
	}
	if m.floor == "" {
		return nil
	}
	if f, err = s.below(ctx, m, slice, s.floorPath(m)); err != nil {
		return err
	}
	if round >= 0 {
		m.floors = append(m.floors, f)
	}
	if m.path != "/me" || m.fragment {
		return nil
	}
	for _, how := range []string{"folded", "written"} {
		if f, err = s.below(ctx, m, slice, "/f1/"+how); err != nil {
			return err
		}
		if round >= 0 {
			m.plain[how] = append(m.plain[how], f)
		}
	}
	return nil
}

// below drives the floor with the same requests, at another path.
func (s *stage) below(ctx context.Context, m *measured, slice time.Duration, path string) (figure, error) {
	status := 200
	switch m.floor {
	case floorHash:
		status = 204
	case floorMessage:
		status = 201
	}
	_, f, err := s.cost(s.floor, func() (load, error) {
		return s.toFloor.run(ctx, s.seats, slice, m.most, status, func(b *bytes.Buffer, seat *seat) { m.write(b, seat, s.floor.address, path) })
	})
	if err != nil {
		return f, fmt.Errorf("floor %s: %w", path, err)
	}
	return f, nil
}

// floorHead is how many letters the head of a floor's answer has.
const floorHead = 118

func (s *stage) floorPath(m *measured) string {
	if m.floor == floorHash {
		return m.floor
	}
	return fmt.Sprintf(m.floor, max(m.bytes-floorHead, 0))
}

// cost runs a slice and says what it cost the server and the database, per request.
func (s *stage) cost(server *server, slice func() (load, error)) (l load, f figure, err error) {
	before, dbBefore, err := s.clocks(server)
	if err != nil {
		return l, f, err
	}
	if l, err = slice(); err != nil {
		return l, f, err
	}
	after, dbAfter, err := s.clocks(server)
	if err != nil {
		return l, f, err
	}
	per := float64(max(l.requests, 1)) * float64(time.Microsecond)
	return l, figure{float64(after-before) / per, float64(dbAfter-dbBefore) / per}, nil
}

func (s *stage) clocks(server *server) (own, database time.Duration, err error) {
	if own, err = server.cpu(); err != nil || s.cluster == nil {
		return own, 0, err
	}
	pid, err := s.cluster.PID()
	if err != nil {
		return 0, 0, err
	}
	database, err = process(pid).family()
	return own, database, err
}

// statements counts the statements of one request, in this process: on both databases alike, and without anything that
// costs time in the servers that are measured. A transaction's begin and commit are not among them.
func (s *stage) statements(sc scenario) (string, error) {
	db, app, _, err := inside(s.practice.database, s.practice.key, nil)
	if err != nil {
		return "", err
	}
	defer db.Close()
	var b bytes.Buffer
	get(false)(&b, s.seats[0], s.product.address, "/me") // the first request of a process reads what later ones find in memory
	if _, err := ask(app, &b, fiber.StatusOK); err != nil {
		return "", err
	}
	b.Reset()
	sc.write(&b, s.seats[0], s.product.address, sc.path)
	s.seats[0].turn++
	return ask(app, &b, sc.status)
}
