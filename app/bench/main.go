// Command bench measures what a page costs. `make bench` builds the program and runs it:
//
//	make bench                                   both databases
//	make bench ARGS="-only sqlite -rounds 3"     a part
//	make bench ARGS="-growth"                    the list of users and the search with 1,000, 10,000 and 100,000 people and cases (growth.go)
//	make bench ARGS="-search"                    what is asked of 100,000 cases, by each kind of reader (search.go); five minutes
//	make bench ARGS="-flood"                     200 sign-ins a second, more than can be hashed (flood.go); four minutes
//	make bench ARGS="-messages"                  the work on cases in a practice of 20,000 cases and 1,000,000 messages (talk.go)
//	make bench ARGS="-live"                      2,000 open pages: what each weighs, and how soon it is told (live.go)
//	make bench ARGS="-daily"                     the daily summaries of 100,000 people with 1,000,000 unread messages (daily.go); four minutes
//	make bench ARGS="-post"                      mails to a sink against a bare client, and what the loops cost at rest (outbox.go); eight minutes
//	make bench ARGS="-sync"                      the nightly sync of 100,000 cases (sync.go); ten minutes
//	make bench ARGS="-calendars"                 a thousand people's calendars at Google and at Microsoft, simulated (calendars.go); two to six minutes
//	make bench ARGS="-many"                      5,000 cases reassigned, the sheet of one who leaves (many.go); a minute
//
// # What is measured
//
// The built program, started as an operator would, on a practice of 10,000 people with 2,000 cases and 100,000 messages,
// once on SQLite in a temporary folder
// and once on Postgres: a cluster of the bench's own on a Unix socket and a real disk, with fsync, full-page writes and
// synchronous commits on, as in production. Sixteen kept connections on loopback do what people do (scenarios.go):
// each person signs in by the page, and every form has its token.
//
// CPU is what is compared, not time: it is nearly the same when others use the machine too. It comes from the processes'
// own clocks, in nanoseconds (clock_linux.go); of Postgres it is the sum over the server and all its connections. Our
// driver's own CPU is not in it.
//
// Statements are counted in this process, by one request on each database before the driving (measure.go): so nothing
// that counts slows down what is measured. A transaction's BEGIN and COMMIT are not among them.
//
// # The floors
//
// Beside it runs this same program as `bench floor` (floor.go), with the same requests from the same driver:
//
//	F0  Fiber as it comes; one session select and one user select through the raw driver, statements prepared once; as
//	    many bytes as the product's answer; no template. Of a save it also has the update of one row with its audit line,
//	    both or neither, by the shortest way that each database has: no change may be without its line (S1-14). The same
//	    save over one bare update, which leaves no trace of who changed what, stands beneath it.
//	F1  F0 and one plain execution of My Profile's html/template, with the data that the product gave it: "written" has
//	    all calls of t, icon and asset left for run time, "folded" is what views makes of it when loading.
//	    The bare argon2id of the sign-in (19 MiB, two passes, one lane), as many at once as there are cores.
//
// Product and floor take turns within a round, and a ratio is the median of the rounds' ratios, so that a slow minute
// of the machine counts for both. Ratios are of server and database together: work that moves into the database is not
// saved.
//
// It prints whether each target is met. It never fails on a figure: only when something does not work.
//
// # What it found
//
// Two cores (make bench); CPU a request, server and Postgres together, times F0, and what it was at first:
//
//	                        SQLite              Postgres                    target
//	GET /me                       2.4  (7.3)               2.1  (6.7)       3
//	  as a fragment               2.0  (7.0)               1.8  (5.1)       2
//	a field as a fragment         1.4  (2.9)               1.6  (2.3)       2
//	a save of it                  1.4                      1.4              2
//	  over a bare update          3.9  (10.0)              1.5  (7.2)
//	sign-in, to bare argon2id     0.84                     0.84             1.1
//	idle, resident          38.3 MiB            31.5 MiB                    40 MiB
//
// The fragment's 2.0 is 1.93 to 2.04 in six runs: it has no room left.
//
// On SQLite half of a save is the database's own: the pages of the row, of the audit line and of its two indexes, written
// to the log and once more when it is put into the file.
//
// Many cases at once (make bench ARGS="-many", the same two cores), ms of CPU. Their floor does the same by one INSERT of
// the audit's lines, made by the database, and one UPDATE. The sheet counts what somebody owns and lists none of it:
//
//	                                  SQLite             Postgres             target
//	5,000 cases reassigned            215   1.3          55 + 160   1.6       2, times the floor
//	the sheet of one who has 500      4.8   1.0          1.0 + 2.2  1.0       1.2, times that of one who has 5
//
// A thousand people's calendars outside (make bench ARGS="-calendars"), by the clock of the simulation: requests, how long, and the most of them in any window
// to what the keeper allows in it, of the practice or of one account, whichever comes nearer. The target is half:
//
//	                                           Google                     Microsoft
//	1,000 with 20 events, all new              22,000   4:35   0.48       23,000   4:48   below 0.01
//	nothing has changed                         1,000   0:13   0.10        1,000   0:13   below 0.01
//	grants renewed, all listed anew             4,000   0:50   0.40        3,000   0:38   below 0.01
//	one person with 1,000 events, all new       1,008   3:30   0.49        1,009   1:41   0.10
//	  nothing has changed                           1                          1
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"chancery/app/apptest/pgtest"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "floor" {
		if err := runFloor(); err != nil {
			fmt.Fprintln(os.Stderr, "bench floor:", err)
			os.Exit(1)
		}
		return
	}
	o := options{}
	flag.StringVar(&o.program, "program", "bin/chancery", "the built program")
	flag.StringVar(&o.only, "only", "", "sqlite or postgres alone")
	flag.StringVar(&o.match, "match", "", "only scenarios whose name matches this regular expression")
	flag.BoolVar(&o.growth, "growth", false, "only how the list of users grows")
	flag.BoolVar(&o.messages, "messages", false, "only the work on cases, with a million messages")
	flag.BoolVar(&o.live, "live", false, "only 2,000 open pages")
	flag.BoolVar(&o.daily, "daily", false, "only the daily summaries of a hundred thousand people")
	flag.BoolVar(&o.post, "post", false, "only how fast mails go out, and the cost of having nothing to do")
	flag.BoolVar(&o.sync, "sync", false, "only the nightly sync of a hundred thousand cases")
	flag.BoolVar(&o.many, "many", false, "only many cases at once")
	flag.BoolVar(&o.calendars, "calendars", false, "only a thousand people's calendars outside, simulated")
	flag.BoolVar(&o.search, "search", false, "only searches in a hundred thousand cases")
	flag.StringVar(&o.database, "database", "", "of -search: the URL of a database that is kept, and filled if it is empty")
	flag.BoolVar(&o.flood, "flood", false, "only more sign-ins than the CPU can hash")
	flag.IntVar(&o.rounds, "rounds", 5, "rounds that count")
	flag.DurationVar(&o.slice, "slice", time.Second, "how long product and floor are driven in each round")
	flag.Parse()
	slog.SetDefault(slog.New(slog.DiscardHandler)) // ten thousand people at once are slow statements, and no news
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := bench(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type options struct {
	program, only, match string
	growth, many, flood  bool
	messages, live       bool
	search, daily, sync  bool
	post, calendars      bool
	database             string
	rounds               int
	slice                time.Duration
}

// bench runs everything on each database, and prints the results and the targets.
func bench(ctx context.Context, o options) error {
	if o.calendars {
		dir, err := os.MkdirTemp("", "chancery-bench-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		all, err := calendarsOutside(ctx, dir)
		printResyncs(os.Stdout, all)
		return err
	}
	all, err := scenarios()
	if err != nil {
		return err
	}
	if o.messages {
		all = working()
	}
	match, err := regexp.Compile(o.match)
	if err != nil {
		return err
	}
	var chosen []scenario
	for _, s := range all {
		if match.MatchString(s.name) {
			chosen = append(chosen, s)
		}
	}
	var reports []*report
	for _, name := range []string{"SQLite", "Postgres"} {
		if o.only != "" && !strings.EqualFold(o.only, name) {
			continue
		}
		r, err := benchOn(ctx, name, o, chosen)
		if errors.Is(err, pgtest.ErrNotInstalled) {
			fmt.Println("Postgres is left out:", err)
			continue
		}
		if err != nil {
			return err
		}
		if len(r.results) > 0 {
			r.print(os.Stdout)
		}
		printMany(os.Stdout, name, r.many)
		printGrowth(os.Stdout, name, r.grown)
		printSearches(os.Stdout, name, r.searches)
		printFlood(os.Stdout, name, r.flooded)
		printLive(os.Stdout, name, r.live)
		printDaily(os.Stdout, name, r.daily)
		printSyncs(os.Stdout, name, r.synced)
		printPosted(os.Stdout, name, r.posted)
		reports = append(reports, r)
	}
	printTargets(os.Stdout, reports)
	return nil
}

// benchOn sets the stage on one database, measures, and takes everything down again.
func benchOn(ctx context.Context, name string, o options, chosen []scenario) (_ *report, err error) {
	dir, err := os.MkdirTemp("", "chancery-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	s := &stage{name: name, program: o.program, rounds: o.rounds, slice: o.slice}
	s.practice = practice{database: "sqlite:" + filepath.Join(dir, "chancery.db"), key: "the-bench's-key-of-32-characters!", dir: dir}
	defer func() { err = errors.Join(err, s.close()) }()
	if name == "Postgres" && o.database == "" {
		if err := s.startPostgres(ctx); err != nil {
			return nil, err
		}
	}
	r := &report{stage: s}
	if o.search {
		s.practice.database = cmp.Or(o.database, s.practice.database)
		r.searches, err = searches(ctx, s, searchedCases)
		return r, err
	}
	if o.daily {
		r.daily, err = dailies(ctx, s)
		return r, err
	}
	if o.post {
		r.posted, err = posts(ctx, s)
		return r, err
	}
	if o.sync {
		r.synced, err = syncs(ctx, s)
		return r, err
	}
	alone := o.growth || o.flood || o.messages || o.live
	if o.many || !alone && o.match == "" {
		if r.many, err = manyAtOnce(ctx, s, o.program); err != nil || o.many {
			return r, err
		}
	}
	if o.growth || !alone && (o.match == "" || strings.Contains(o.match, "users")) {
		if r.grown, err = grow(ctx, s, o.program); err != nil || o.growth {
			return r, err
		}
	}
	progress(name + ": 10,000 people move in")
	if err := s.practice.fill(ctx, people); err != nil {
		return nil, err
	}
	if r.built, err = s.moveIn(ctx, o); err != nil {
		return nil, err
	}
	if err := s.open(ctx, o.program); err != nil {
		return nil, err
	}
	if o.flood {
		if r.flooded, err = s.flood(ctx); err != nil {
			return nil, errors.Join(err, s.product.complaints())
		}
		return r, nil
	}
	if o.live {
		if r.live, err = s.openPages(ctx); err != nil {
			return nil, errors.Join(err, s.product.complaints())
		}
		return r, nil
	}
	if r.pages, err = s.firstPages(); err != nil {
		return nil, err
	}
	if r.parts, err = fragmentSizes(s.product.address, s.seats[0]); err != nil {
		return nil, err
	}
	if r.results, err = s.measure(ctx, chosen); err != nil {
		return nil, errors.Join(err, s.product.complaints())
	}
	if r.busy, err = s.product.memory(); err != nil || o.match != "" || o.messages {
		return r, err
	}
	r.flooded, err = s.flood(ctx)
	return r, err
}

// moveIn gives the practice its cases and all that stands around them, and says how long that took.
func (s *stage) moveIn(ctx context.Context, o options) (time.Duration, error) {
	n := fewCaseOf
	if o.messages {
		n = allCases
	}
	progress(fmt.Sprintf("%s: %d cases with %d messages", s.name, n, n*caseMessages))
	began := time.Now()
	if err := s.practice.file(ctx, n, owners()); err != nil {
		return 0, err
	}
	err := s.practice.talk(ctx)
	return time.Since(began), err
}

// startPostgres makes a cluster of the bench's own, as durable as in production, and a database in it.
func (s *stage) startPostgres(ctx context.Context) (err error) {
	if s.cluster, err = pgtest.Start(pgtest.Options{Durable: true}); err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, s.cluster.URL())
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "CREATE DATABASE chancery"); err != nil {
		return err
	}
	s.practice.database = strings.Replace(s.cluster.URL(), "/postgres?", "/chancery?", 1)
	return nil
}

// open starts the product three times, to see how long that takes, and the floor; and opens the connections.
func (s *stage) open(ctx context.Context, program string) (err error) {
	for range 3 {
		if s.product != nil {
			if err := s.product.stop(); err != nil {
				return err
			}
		}
		if s.product, err = s.practice.serve(ctx, program); err != nil {
			return err
		}
		s.starts = append(s.starts, s.product.started)
	}
	if s.idle, err = s.product.idle(ctx); err != nil {
		return err
	}
	if s.seats, err = take(s.product.address); err != nil {
		return err
	}
	if err = s.practice.settle(ctx, s.seats); err != nil {
		return err
	}
	if s.floor, err = s.practice.floor(s.seats[0].cookie); err != nil {
		return err
	}
	if s.toProduct, err = dial(s.product.address); err != nil {
		return err
	}
	s.toFloor, err = dial(s.floor.address)
	return err
}

func (s *stage) firstPages() ([]cold, error) {
	out, err := firstPage(s.product.address, "/", &seat{})
	if err != nil {
		return nil, err
	}
	in, err := firstPage(s.product.address, "/me", s.seats[0])
	return []cold{out, in}, err
}

// close ends what was started, in the opposite order.
func (s *stage) close() error {
	var errs []error
	for _, d := range []*driver{s.toFloor, s.toProduct} {
		if d != nil {
			d.close()
		}
	}
	for _, child := range []*server{s.floor, s.product} {
		if child != nil {
			errs = append(errs, child.stop())
		}
	}
	if s.cluster != nil {
		errs = append(errs, s.cluster.Stop())
	}
	return errors.Join(errs...)
}

// progress is one line that the next one takes the place of.
func progress(what string) {
	if info, err := os.Stderr.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		fmt.Fprintf(os.Stderr, "\r\033[K%s", what)
	}
}
