package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"

	"chancery/app/daily"
	"chancery/app/notices"
	"chancery/app/post"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/static"
	"chancery/views"
)

// The daily summaries of a hundred thousand people who are all due at eight, and have ten unread messages each in two cases. They are compiled in this
// process as jobs/daily and jobs/mails do it: a batch at a time, written as mails, and again a batch at a time when they go out. What it takes to
// write a letter's text by the templates, which is no part of the promise, is measured of every tenth.

const (
	dailyPeople = 100_000
	dailyTarget = 5_000 // people a second on Postgres, written and compiled
	dailyCases  = 2     // of each
	dailyUnread = 5     // messages of the client in each of these
	dailyBatch  = 200   // mails that go out together
)

// dailied is what was found of it on one database.
type dailied struct {
	people, mails, talks, lines          int
	reckoned, written, compiled, letters time.Duration
	rendered                             int
	cpuWritten, cpuCompiled              figure      // a person, in microseconds
	heaps                                [2][]uint64 // in use, after each tenth of the people: while writing, and while compiling
}

func (d *dailied) perSecond() float64 {
	return float64(d.people) / (d.written + d.compiled).Seconds()
}

// dailies measures on one database.
func dailies(ctx context.Context, s *stage) (*dailied, error) {
	progress(fmt.Sprintf("%s: %d people with %d unread messages move in", s.name, dailyPeople, dailyPeople*dailyCases*dailyUnread))
	if err := s.practice.fill(ctx, sizes[0]); err != nil {
		return nil, err
	}
	if err := s.practice.crowd(ctx, dailyPeople); err != nil {
		return nil, err
	}
	if err := s.practice.unread(ctx); err != nil {
		return nil, err
	}
	now := time.Date(2030, 3, 4, 12, 30, 0, 0, time.UTC) // half past seven, of a Monday, where they all are
	db, err := store.Open(ctx, s.practice.database, func() time.Time { return now })
	if err != nil {
		return nil, err
	}
	defer db.Close()
	people, letters, site := staff.New(db, staff.Studio{}), post.New(db), &url.URL{Scheme: "https", Host: "chancery.example"}
	told := notices.New(db, letters, people, notices.Options{Key: []byte(s.practice.key), Site: site})
	summary := daily.NewSummary(db, told, letters, people, site)
	clock := daily.New(db, told, letters, summary.Kind())
	d := &dailied{}
	if d.reckoned, err = d.advance(ctx, clock, false); err != nil {
		return nil, err
	}
	now = now.Add(30 * time.Minute)
	if d.cpuWritten, err = s.spent(func() (err error) { d.written, err = d.advance(ctx, clock, true); return err }); err != nil {
		return nil, err
	}
	if err := db.Row(ctx, `SELECT count(*) FROM mails`).Scan(&d.people); err != nil {
		return nil, err
	}
	if d.cpuCompiled, err = s.spent(func() error { return d.send(ctx, db, summary) }); err != nil {
		return nil, err
	}
	for _, f := range []*figure{&d.cpuWritten, &d.cpuCompiled} {
		f.server, f.database = f.server/float64(d.people), f.database/float64(d.people)
	}
	d.cpuCompiled.server -= float64(d.letters.Microseconds()) / float64(d.people) // making texts is nothing but our own CPU
	return d, nil
}

// spent is what doing something cost this process and the database, in microseconds of CPU.
func (s *stage) spent(do func() error) (f figure, err error) {
	self := &server{process: process(os.Getpid())}
	own, database, err := s.clocks(self)
	if err != nil {
		return f, err
	}
	if err := do(); err != nil {
		return f, err
	}
	ownAfter, databaseAfter, err := s.clocks(self)
	return figure{float64((ownAfter - own).Microseconds()), float64((databaseAfter - database).Microseconds())}, err
}

// unread gives everybody their cases, with messages that nobody has read.
func (p *practice) unread(ctx context.Context) error {
	db, err := store.Open(ctx, p.database, nil)
	if err != nil {
		return err
	}
	defer db.Close()
	now := db.Now().AddDate(0, 0, -1)
	said := strings.Repeat("Good morning, here is the letter from my employer and the two forms that were missing. Does the date on the second page matter? ", 2)
	const series = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) `
	for _, q := range []struct {
		sql  string
		args []any
	}{
		{`INSERT INTO clients (id, name, email, phone, language, created_at, updated_at) VALUES ('client', 'Kowalczyk, Aneta', '', '', 'en', ?, ?)`, []any{now, now}},
		{series + `INSERT INTO cases (id, number, title, client_id, status, owner_id, opened_at, created_at, updated_at)
			SELECT u.id || '-' || n.i, 'MR-' || u.id || '-' || n.i, 'Work permit extension', 'client', 'open', u.id, u.created_at, u.created_at, u.created_at
			FROM users u CROSS JOIN n WHERE u.status = 'ACTIVE'`, []any{dailyCases}},
		{series + `INSERT INTO messages (id, case_id, number, inbound, direction, body, sent_at, created_at)
			SELECT k.id || '-' || n.i, k.id, n.i, n.i, 'in', CAST(? AS text), k.created_at, k.created_at FROM cases k CROSS JOIN n`, []any{dailyUnread, said}},
		{`UPDATE cases SET messages = ?, inbound = ?, last_message_at = created_at`, []any{dailyUnread, dailyUnread}},
		{`UPDATE associations SET read_inbound = 0, unread = ?`, []any{dailyUnread}},
		{map[store.Dialect]string{store.SQLite: "ANALYZE", store.Postgres: "VACUUM ANALYZE"}[db.Dialect()], nil},
	} {
		if err := db.In(ctx).Exec(q.sql, q.args...).Error; err != nil {
			return fmt.Errorf("unread messages: %w: %.80s", err, q.sql)
		}
	}
	return nil
}

// advance does all that is due, and says how long it took.
func (d *dailied) advance(ctx context.Context, clock *daily.Daily, watched bool) (time.Duration, error) {
	began, more, batches := time.Now(), true, 0
	for more {
		var err error
		if more, err = clock.Advance(ctx, "summary"); err != nil {
			return 0, err
		}
		if batches++; watched && batches%20 == 0 {
			progress(fmt.Sprintf("%d batches written", batches))
			d.watch(0)
		}
	}
	return time.Since(began), nil
}

// send compiles what the mails say, as many at once as go out together.
func (d *dailied) send(ctx context.Context, db *store.DB, author post.Author) error {
	assets, err := static.Load()
	if err != nil {
		return err
	}
	pages, after := views.Load(assets), ""
	for {
		var mails []post.Mail
		if err := db.In(ctx).Where("id > ?", after).Order("id").Limit(dailyBatch).Find(&mails).Error; err != nil || len(mails) == 0 {
			return err
		}
		after = mails[len(mails)-1].ID
		began := time.Now()
		letters, err := author.Letters(ctx, mails)
		if err != nil {
			return err
		}
		d.compiled += time.Since(began)
		for i, l := range letters {
			if l.Nothing || l.Err != nil {
				return errors.Join(errors.New("a summary says nothing"), l.Err)
			}
			for _, t := range l.Data["Talks"].([]daily.Talk) {
				d.talks++
				d.lines += len(t.Lines)
			}
			if d.mails++; d.mails%10 > 0 {
				continue
			}
			l.Data["Organization"], l.Data["Name"], l.Data["URL"], l.Data["UnsubscribeURL"] = "Marlow Reyes", "Jon Okafor", "https://chancery.example/messages", l.Unsubscribe
			began := time.Now()
			if _, _, _, err := pages.Mail(mails[i].Language, mails[i].Zone, string(mails[i].Kind), l.Data); err != nil {
				return err
			}
			d.letters += time.Since(began)
			d.rendered++
		}
		if d.mails%(dailyPeople/10) < dailyBatch {
			progress(fmt.Sprintf("%d mails compiled", d.mails))
			d.watch(1)
		}
	}
}

func (d *dailied) watch(phase int) {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	d.heaps[phase] = append(d.heaps[phase], m.HeapInuse)
}

// flat is the most memory of a phase's first third and of its last, of the phase in which it grew the more.
func (d *dailied) flat() (first, last uint64) {
	for _, heaps := range d.heaps {
		var f, l uint64
		third := max(len(heaps)/3, 1)
		for i, h := range heaps {
			if i < third {
				f = max(f, h)
			}
			if i >= len(heaps)-third {
				l = max(l, h)
			}
		}
		if first == 0 || l*first > last*f {
			first, last = f, l
		}
	}
	return first, last
}

func printDaily(to io.Writer, name string, d *dailied) {
	if d == nil {
		return
	}
	rate := func(n int, took time.Duration) string { return fmt.Sprintf("%.0f", float64(n)/took.Seconds()) }
	first, last := d.flat()
	fmt.Fprintf(to, "\n%s: the daily summaries of %d people, %d messages of %d unread shown in %d cases; people a second\n\n", name, d.people, d.lines, d.people*dailyCases*dailyUnread, d.talks)
	t := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "reckoned anew\twritten as mails\tcompiled at sending\tboth\ttexts made\theap, first third\tlast third\t")
	fmt.Fprintf(t, "%s\t%s\t%s\t%.0f\t%s\t%s\t%s\t\n", rate(2*d.people, 2*d.reckoned), rate(d.people, d.written), rate(d.people, d.compiled), d.perSecond(), rate(d.rendered, d.letters),
		mib(int64(first)), mib(int64(last)))
	_ = t.Flush()
	fmt.Fprintf(to, "CPU a person, here and in the database: written %.0f + %.0f µs, compiled %.0f + %.0f µs\n", d.cpuWritten.server, d.cpuWritten.database, d.cpuCompiled.server, d.cpuCompiled.database)
}
