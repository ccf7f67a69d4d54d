package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"text/tabwriter"
	"time"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/casesource"
	"chancery/app/casesync"
	"chancery/app/staff"
	"chancery/app/store"
)

// The nightly sync of a hundred thousand cases of twenty thousand clients, over HTTP from a case system in this process, part by part: the first night, in which
// all of it is new; nights in which nothing has changed, with and without the parts' ETags; and one in which every hundredth case has. The sync itself runs in this
// process, as jobs/syncs does it, a second at a time.

const (
	syncedCases   = 100_000
	syncedClients = 20_000
	syncedPart    = 500 // rows
)

// synced is a night on one database.
type synced struct {
	name    string
	took    time.Duration
	rows    int64
	landed  int64
	cpu     figure // of the whole night, in seconds
	heap    uint64 // the most in use between two steps
	longest time.Duration
}

// caseSystem answers with clients and cases that follow from their numbers.
type caseSystem struct {
	night    int  // every hundredth case is another each night
	nameless bool // no ETags
}

func (c *caseSystem) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	count, row := syncedClients, c.client
	switch q.URL.Path {
	case "/cases":
		count, row = syncedCases, c.matter
	case "/clients":
	default:
		w.WriteHeader(http.StatusNotFound)
		return
	}
	from, _ := strconv.Atoi(q.URL.Query().Get("cursor"))
	etag := fmt.Sprintf(`"%d-%d"`, from, c.night)
	if !c.nameless {
		w.Header().Set("ETag", etag)
		if q.Header.Get("If-None-Match") == etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	rows := make([]map[string]any, 0, syncedPart)
	for i := from; i < min(from+syncedPart, count); i++ {
		rows = append(rows, row(i))
	}
	answer := map[string]any{"data": rows}
	if from+syncedPart < count {
		answer["next_cursor"] = strconv.Itoa(from + syncedPart)
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func (c *caseSystem) client(i int) map[string]any {
	return map[string]any{"id": fmt.Sprintf("c%06d", i), "name": fmt.Sprintf("Client %06d", i), "email": fmt.Sprintf("client.%06d@mail.example", i), "phone": "+1 416 555 0118", "language": "en"}
}

func (c *caseSystem) matter(i int) map[string]any {
	title := fmt.Sprintf("Work permit %06d", i)
	if i%100 == 0 {
		title += fmt.Sprintf(", extension %d", c.night)
	}
	return map[string]any{"id": fmt.Sprintf("k%06d", i), "number": fmt.Sprintf("S-%06d", i), "title": title, "client": fmt.Sprintf("c%06d", i%syncedClients),
		"owner": address(i % 500), "status": "open", "private": false, "opened": "2026-03-04"}
}

// syncs measures on one database.
func syncs(ctx context.Context, s *stage) (nights []*synced, err error) {
	progress(s.name + ": a thousand people move in")
	if err := s.practice.fill(ctx, sizes[0]); err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, s.practice.database, nil)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	if err := db.In(ctx).Exec(`UPDATE users SET status = 'ACTIVE'`).Error; err != nil {
		return nil, err
	}
	system := &caseSystem{}
	there := httptest.NewServer(system)
	defer there.Close()
	source, err := casesource.Open(there.URL, casesource.Options{})
	if err != nil {
		return nil, err
	}
	sync := casesync.New(db, cases.New(db, staff.New(db, staff.Studio{})), source, 5)
	for _, n := range []struct {
		name string
		do   func()
	}{
		{"the first night, all new", func() {}},
		{"nothing has changed", func() {}},
		{"nothing has changed, and no ETags", func() { system.nameless = true }},
		{"every hundredth has changed", func() { system.night++ }},
	} {
		n.do()
		progress(s.name + ": " + n.name)
		one := &synced{name: n.name}
		if one.cpu, err = s.spent(func() error { return one.run(ctx, sync) }); err != nil {
			return nil, err
		}
		one.cpu.server, one.cpu.database = one.cpu.server/1e6, one.cpu.database/1e6
		nights = append(nights, one)
	}
	return nights, nil
}

func (o *synced) run(ctx context.Context, sync *casesync.Sync) error {
	began := time.Now()
	id, err := sync.Begin(ctx, access.System("casesync"))
	if err != nil {
		return err
	}
	for {
		step := time.Now()
		next, err := sync.Advance(ctx, id)
		if err != nil {
			return err
		}
		o.longest = max(o.longest, time.Since(step))
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		o.heap = max(o.heap, m.HeapInuse)
		if next.IsZero() {
			break
		}
	}
	o.took = time.Since(began)
	last, err := sync.Last(ctx)
	if err != nil {
		return err
	}
	if last.State != casesync.Done || last.Failed != 0 || last.Closed != 0 {
		return fmt.Errorf("the night ended as %+v", *last)
	}
	o.rows, o.landed = last.Read, last.Created+last.Changed
	return nil
}

func printSyncs(w io.Writer, name string, nights []*synced) {
	if len(nights) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s: the nightly sync of %d cases of %d clients\n", name, syncedCases, syncedClients)
	t := tabwriter.NewWriter(w, 2, 8, 2, ' ', 0)
	fmt.Fprintln(t, "night\ttook s\trows/s\tlanded\tCPU s, ours + database\theap MiB\tlongest step ms\t")
	for _, n := range nights {
		fmt.Fprintf(t, "%s\t%.1f\t%.0f\t%d\t%.1f + %.1f\t%.0f\t%d\t\n", n.name, n.took.Seconds(), float64(n.rows)/n.took.Seconds(), n.landed, n.cpu.server, n.cpu.database,
			float64(n.heap)/(1<<20), n.longest.Milliseconds())
	}
	_ = t.Flush()
}
