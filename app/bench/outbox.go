package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/mail"
	"net/smtp"
	"net/url"
	"slices"
	"sync"
	"text/tabwriter"
	"time"

	gosmtp "github.com/emersion/go-smtp"
	"github.com/jackc/pgx/v5"

	"chancery/app/delivery"
	"chancery/app/post"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/jobs/mails"
	"chancery/static"
	"chancery/views"
)

// How fast the post goes out, against a bare client: net/smtp with the same connections and the same mails, made beforehand, to the
// same sink on the loopback, which answers and forgets. Both and the sink share this process and the machine. What the product does
// besides is all there is to a mail: take it up, ask who it is to and what it says, write text and HTML by the templates,
// compose, and write down what became of it. And what the loops cost while there is nothing to do.
//
// The bare client waits for the answer to each command, as net/smtp does; the product sends MAIL, RCPT and DATA together, since the sink offers PIPELINING.
//
// Found (make bench ARGS="-post", two cores; the rounds to the sink that answers at once; the middle of five rounds): with the cores to itself
// 10,970 mails a second on SQLite, 93 % of the bare client's 11,790, and 8,130 on Postgres, 69 % of 12,010. What others do on the cores
// counts for the product more than for the client: with them at it, 69 and 59 % in one run, 54 and 54 % in another, where the client itself came to 3,600 and
// 4,400. So the target is met where the machine is free, and not on a crowded one. CPU a mail, with the sink's: 157 µs on SQLite, 128 + 83 on Postgres,
// which writes each row twice with all its indexes. To a sink that takes 2 ms over a mail it was 76 % on
// SQLite and 77 % on Postgres, when a mail still took 320 and 120 µs. At rest 2.3 s of CPU an hour on SQLite; on Postgres 3.7 and 3.5 of its own, 64 transactions a minute.

const (
	outboxMails  = 5_000 // each round
	outboxLanes  = 4
	outboxRounds = 5
	outboxTarget = 0.6 // of what the bare client sends
	idleFor      = 2 * time.Minute
	patientFor   = 2 * time.Millisecond
)

// posted is what was found of it on one database.
type posted struct {
	product, bare []float64 // mails a second, by round
	// The same to a sink that takes patientFor over each mail, as a server does that keeps what it accepts.
	patientProduct, patientBare []float64
	cpu                         figure // a mail, in microseconds
	size                        int
	idle                        figure  // CPU seconds an hour
	queries                     float64 // transactions a minute, of Postgres
}

func (p *posted) ratio() float64 { return ratioOf(p.product, p.bare) }

func ratioOf(product, bare []float64) float64 {
	ratios := make([]float64, len(product))
	for i := range product {
		ratios[i] = product[i] / bare[i]
	}
	slices.Sort(ratios)
	return ratios[len(ratios)/2]
}

// posts measures on one database.
func posts(ctx context.Context, s *stage) (*posted, error) {
	if err := s.practice.fill(ctx, sizes[0]); err != nil {
		return nil, err
	}
	if err := s.practice.crowd(ctx, outboxMails); err != nil {
		return nil, err
	}
	sink, err := newSink()
	if err != nil {
		return nil, err
	}
	defer sink.close()
	p := &posted{}
	if err := p.rounds(ctx, s, sink); err != nil {
		return nil, err
	}
	return p, p.rest(ctx, s)
}

func (p *posted) rounds(ctx context.Context, s *stage, sink *sink) error {
	db, err := store.Open(ctx, s.practice.database, nil)
	if err != nil {
		return err
	}
	defer db.Close()
	assets, err := static.Load()
	if err != nil {
		return err
	}
	sender, err := delivery.Open("smtp://"+sink.address+"?tls=none", delivery.Options{Connections: outboxLanes})
	if err != nil {
		return err
	}
	defer sender.Close()
	people, letters := staff.New(db, staff.Studio{}), post.New(db)
	flow := mails.New(mails.Deps{Post: letters, Staff: people, Signin: signin.New(db, people, letters, signin.Options{Key: []byte(s.practice.key)}), Letters: views.Load(assets), Sender: sender,
		From: mail.Address{Address: "chancery@chancery.example"}, Base: &url.URL{Scheme: "https", Host: "chancery.example"}, Now: db.Now, Log: slog.New(slog.DiscardHandler),
		Hold: 2 * time.Minute, Connections: outboxLanes})
	for round := range 2*outboxRounds + 1 { // the first warms up
		patient := round > outboxRounds
		if patient {
			sink.takes(patientFor)
		}
		if err := queue(ctx, db, letters, round); err != nil {
			return err
		}
		sink.begin()
		began := time.Now()
		spent, err := s.spent(func() error { _, err := flow.Reconcile(ctx, mails.Outbox); return err })
		if err != nil {
			return err
		}
		took := time.Since(began)
		n, sample := sink.end()
		if n != outboxMails {
			return fmt.Errorf("%d of %d mails arrived", n, outboxMails)
		}
		bare, err := bareClient(sink, sample)
		if err != nil {
			return err
		}
		if round == 0 {
			continue
		}
		if patient {
			p.patientProduct, p.patientBare = append(p.patientProduct, outboxMails/took.Seconds()), append(p.patientBare, outboxMails/bare.Seconds())
			continue
		}
		p.size = len(sample)
		p.product, p.bare = append(p.product, outboxMails/took.Seconds()), append(p.bare, outboxMails/bare.Seconds())
		p.cpu = figure{p.cpu.server + spent.server/outboxMails/outboxRounds, p.cpu.database + spent.database/outboxMails/outboxRounds}
	}
	return nil
}

// queue writes a mail to each of so many people.
func queue(ctx context.Context, db *store.DB, letters *post.Post, round int) error {
	var people []struct{ ID, Email, Language, Zone string }
	if err := db.In(ctx).Raw(`SELECT id, email, language, zone FROM users WHERE status = 'ACTIVE' ORDER BY id LIMIT ?`, outboxMails).Scan(&people).Error; err != nil {
		return err
	}
	drafts := make([]post.Draft, outboxMails)
	for i := range drafts {
		u := people[i%len(people)]
		drafts[i] = post.Draft{SendKey: fmt.Sprintf("bench/%d/%d", round, i), Kind: post.SessionsEnded, UserID: u.ID, Recipient: u.Email, Language: u.Language, Zone: u.Zone,
			Data: map[string]any{"By": "Grace Mbeki", "When": db.Now()}}
	}
	_, err := letters.QueueAll(ctx, drafts)
	return err
}

// bareClient sends as many mails of these bytes over as many connections, and does nothing else.
func bareClient(sink *sink, sample []byte) (time.Duration, error) {
	var lanes sync.WaitGroup
	errs := make(chan error, outboxLanes)
	began := time.Now()
	for range outboxLanes {
		lanes.Go(func() { errs <- bareLane(sink.address, sample, outboxMails/outboxLanes) })
	}
	lanes.Wait()
	took := time.Since(began)
	close(errs)
	var all error
	for err := range errs {
		all = errors.Join(all, err)
	}
	return took, all
}

func bareLane(address string, sample []byte, n int) error {
	c, err := smtp.Dial(address)
	if err != nil {
		return err
	}
	defer c.Close()
	for range n {
		if err := errors.Join(c.Mail("chancery@chancery.example"), c.Rcpt("somebody@chancery.example")); err != nil {
			return err
		}
		w, err := c.Data()
		if err != nil {
			return err
		}
		if _, err := w.Write(sample); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
	}
	return c.Quit()
}

// rest measures what the program costs when nobody wants anything.
func (p *posted) rest(ctx context.Context, s *stage) error {
	program, err := s.practice.serve(ctx, s.program)
	if err != nil {
		return err
	}
	defer func() { _ = program.stop() }()
	progress(s.name + ": nothing to do, for three minutes")
	if err := sleep(ctx, time.Minute); err != nil { // what a start catches up is over
		return err
	}
	own, database, err := s.clocks(program)
	if err != nil {
		return err
	}
	before, err := s.transactions(ctx)
	if err != nil {
		return err
	}
	if err := sleep(ctx, idleFor); err != nil {
		return err
	}
	ownAfter, databaseAfter, err := s.clocks(program)
	if err != nil {
		return err
	}
	after, err := s.transactions(ctx)
	if err != nil {
		return err
	}
	an := time.Hour.Seconds() / idleFor.Seconds()
	p.idle = figure{(ownAfter - own).Seconds() * an, (databaseAfter - database).Seconds() * an}
	p.queries = float64(after-before) / idleFor.Minutes()
	return nil
}

// transactions is how many Postgres has committed in the practice's database; a query by itself is one.
func (s *stage) transactions(ctx context.Context) (n int64, err error) {
	if s.cluster == nil {
		return 0, nil
	}
	conn, err := pgx.Connect(ctx, s.practice.database)
	if err != nil {
		return 0, err
	}
	defer conn.Close(ctx)
	err = conn.QueryRow(ctx, `SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()`).Scan(&n)
	return n, err
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sink takes mails and forgets them.
type sink struct {
	address string
	server  *gosmtp.Server
	mu      sync.Mutex
	n       int
	sample  []byte
	over    time.Duration // what it takes over a mail
}

func (s *sink) takes(over time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = over
}

func newSink() (*sink, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &sink{address: l.Addr().String()}
	s.server = gosmtp.NewServer(gosmtp.BackendFunc(func(*gosmtp.Conn) (gosmtp.Session, error) { return &swallow{sink: s}, nil }))
	s.server.Domain, s.server.EnableSMTPUTF8 = "localhost", true
	s.server.ErrorLog = quietly{}
	go func() { _ = s.server.Serve(l) }()
	return s, nil
}

func (s *sink) close() { _ = s.server.Close() }

func (s *sink) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n, s.sample = 0, nil
}

func (s *sink) end() (int, []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.n, s.sample
}

type swallow struct {
	sink *sink
	b    bytes.Buffer
}

func (w *swallow) Mail(string, *gosmtp.MailOptions) error { return nil }
func (w *swallow) Rcpt(string, *gosmtp.RcptOptions) error { return nil }
func (w *swallow) Reset()                                 {}
func (w *swallow) Logout() error                          { return nil }

func (w *swallow) Data(r io.Reader) error {
	w.b.Reset()
	if _, err := io.Copy(&w.b, r); err != nil {
		return err
	}
	w.sink.mu.Lock()
	w.sink.n++
	if w.sink.sample == nil {
		w.sink.sample = bytes.Clone(w.b.Bytes())
	}
	over := w.sink.over
	w.sink.mu.Unlock()
	if over > 0 {
		time.Sleep(over)
	}
	return nil
}

type quietly struct{}

func (quietly) Printf(string, ...any) {}
func (quietly) Println(...any)        {}

func printPosted(to io.Writer, name string, p *posted) {
	if p == nil {
		return
	}
	fmt.Fprintf(to, "\n%s: mails of %d bytes to a sink on the loopback, over %d connections; mails a second, by round\n\n", name, p.size, outboxLanes)
	t := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, row := range []struct {
		name string
		of   []float64
	}{{"the outbox", p.product}, {"a bare client", p.bare}, {"the outbox, to a sink that takes " + patientFor.String(), p.patientProduct}, {"a bare client", p.patientBare}} {
		fmt.Fprintf(t, "%s\t", row.name)
		for _, n := range row.of {
			fmt.Fprintf(t, "%.0f\t", n)
		}
		fmt.Fprintln(t)
	}
	_ = t.Flush()
	fmt.Fprintf(to, "CPU a mail, with the sink's, and in the database: %.0f + %.0f µs\n", p.cpu.server, p.cpu.database)
	fmt.Fprintf(to, "Nothing to do: %.1f + %.1f s of CPU an hour; %.0f transactions a minute\n", p.idle.server, p.idle.database, p.queries)
}
