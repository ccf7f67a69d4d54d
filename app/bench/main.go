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
	flag.BoolVar(&o.declared, "declared", false, "only ten thousand people declared by manifests")
	flag.BoolVar(&o.operator, "operator", false, "only how soon the practice agrees with an edit in a cluster")
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
	declared, operator   bool
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
	if o.operator {
		return converging(ctx)
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
		printDeclared(os.Stdout, name, r.declared)
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
	if o.declared {
		r.declared, err = declaredRuns(ctx, s)
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
