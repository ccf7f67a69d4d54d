package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"
	"k8s.io/utils/clock"

	"chancery/app/api"
	"chancery/app/demo"
	"chancery/app/staff"
	"chancery/app/web"
	"chancery/config"
	"chancery/jobs"
	"chancery/views"
)

type serveCommand struct {
	config.Flags
	practiceFlag
	Demo bool `help:"Fill an empty database with a demo practice of 40 people and 400 cases, and print its sign-ins. For this machine only."`
}

// practiceFlag names a practice that has no name yet.
type practiceFlag struct {
	Practice string `env:"CHANCERY_PRACTICE" default:"My practice" placeholder:"NAME" help:"Name of the practice when its database is made. After that it is changed under Settings, Organization."`
}

func (f practiceFlag) organization() staff.Organization {
	return staff.Organization{Name: f.Practice, Language: "en", Zone: "UTC"}
}

// Run serves until it is told to end, and then lets what is under way finish. Told twice, it ends at once.
func (c *serveCommand) Run(o *outside) error {
	s, err := understand(c.Flags, o)
	if c.Demo {
		err = demoAllowed(c.Flags, err)
	}
	if err != nil {
		return err
	}
	ctx, stop := untilTold()
	defer stop()
	log := newLog(s.LogFormat, o.err)
	slog.SetDefault(log)
	started := false
	err = c.serve(ctx, s, log, o, &started)
	if ctx.Err() != nil && !started {
		return nil // what was cut short by being told to end is no failure
	}
	return err
}

// untilTold is a context that lasts until the process is told to end. Whoever sees that it ended may rely on this: to be told again ends the process at once.
func untilTold() (context.Context, context.CancelFunc) {
	ctx, stop := context.WithCancel(context.Background())
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		defer stop()
		select {
		case <-told:
		case <-ctx.Done():
		}
		signal.Stop(told) // and only then is it seen, unlike with signal.NotifyContext
	}()
	return ctx, stop
}

func (c *serveCommand) serve(ctx context.Context, s config.Settings, log *slog.Logger, o *outside, started *bool) error {
	// The addresses first: a second start on the same machine ends here, before it touches anything. Who connects from
	// now on is answered as soon as the pages are ready.
	pagesAt, opsAt, err := listen(s)
	if err != nil {
		return err
	}
	defer pagesAt.Close()
	registry := prometheus.NewRegistry()
	var ops *opsServer
	if opsAt != nil {
		ops = startOps(opsAt, registry, log)
		defer ops.stop()
	}
	cluster, err := openCluster(s, log)
	if err != nil {
		return err
	}
	restored, err := takeRestored(ctx, s)
	if err != nil {
		return err
	}
	h, err := openAt(ctx, s, log, o.now())
	if err != nil {
		return err
	}
	defer func() { _ = h.close() }()
	if missing := h.assets.Missing(); len(missing) > 0 {
		log.Warn("the front end was not built into this program: pages will be bare; run make assets, then build again", "missing", strings.Join(missing, " "))
	}
	shown, err := c.fill(ctx, h, o.out)
	if err == nil && restored != nil {
		err = restored(ctx, h)
	}
	if err != nil {
		return err
	}
	registry.MustRegister(newDeclaredGauges(h.declared, log))
	pages := views.Load(h.assets)
	h.report.Words = pages
	programs := api.New(api.Deps{
		Signin: h.signin, Staff: h.staff, Cases: h.cases, Messages: h.messages, Agenda: h.agenda, Billing: h.billing, Replies: h.replies, URL: s.Base, Now: time.Now, Log: log,
	})
	app := web.New(web.Deps{
		Views: pages, Assets: h.assets, Staff: h.staff, Access: h.access, Signin: h.signin, Cases: h.cases, Messages: h.messages,
		Agenda: h.agenda, Calendars: h.calendars, Billing: h.billing, Notices: h.notices, Summary: h.summary, Daily: h.daily,
		Post: h.post, Work: h.work, House: h.system, Declared: h.declared, Sync: h.sync, API: programs, Feed: h.db, Until: ctx, URL: s.Base, Trusted: s.Trusted,
		Key: h.key, Now: time.Now, Log: log, Metrics: registry, Demo: shown,
	})
	deps := h.deps(pages, registry, o.clock)
	deps.Cluster = cluster
	work, err := jobs.New(deps)
	if err != nil {
		return err
	}
	h.system.Shows(work)
	if ops != nil {
		ops.house.Store(newReadiness(h))
		context.AfterFunc(ctx, func() { ops.draining.Store(true) })
	}
	// Starting took three times the memory that serving takes; the machine gets it back at once and not in some minutes.
	debug.FreeOSMemory()
	letGoOfProgram()
	fmt.Fprintf(o.out, "Chancery is at %s\n", s.Base)
	*started = true
	return together(ctx, app, pagesAt, work.Run, s.Draining, log)
}

// deps is what the jobs stand on.
func (h *house) deps(pages *views.Set, registry prometheus.Registerer, by clock.WithTicker) jobs.Deps {
	return jobs.Deps{
		DB: h.db, Staff: h.staff, Signin: h.signin, Notices: h.notices, Post: h.post, Work: h.work, System: h.system, Daily: h.daily, Replies: h.replies, Sync: h.sync, Calendars: h.calendars, SyncAt: h.settings.SyncHour.Format("4 15 * * *"),
		Declared: h.declared, DeclaredDir: h.settings.DeclaredDir, DeclaredEvery: h.settings.Declaring, Says: h.says, Blobs: h.blobs, Sender: h.sender,
		Letters: pages, Authors: h.authors(), Texts: h.texts, Words: pages, From: h.settings.From, Base: h.settings.Base, Log: h.log, Metrics: registry, MailTimeout: h.settings.MailPatience, LeaseTTL: h.settings.Lease, Clock: by,
		MailConnections: h.settings.MailConnections, MailsPerMinute: h.settings.MailPerMinute,
	}
}

// fill brings the database to this version's schema with what every practice begins with, and for a demo with its people.
func (c *serveCommand) fill(ctx context.Context, h *house, out io.Writer) ([]web.DemoSignIn, error) {
	if !c.Demo {
		if err := h.prepare(ctx, c.organization()); err != nil {
			return nil, err
		}
		n, err := h.staff.CountUsers(ctx)
		if err == nil && n == 0 {
			fmt.Fprintln(out, "Nobody can sign in yet. The first administrator comes by: chancery user create --super-admin --email … --first-name … --last-name …")
		}
		return nil, err
	}
	if err := h.demoFits(ctx); err != nil {
		return nil, err
	}
	if err := h.prepare(ctx, demo.Practice()); err != nil {
		return nil, err
	}
	return h.demo(ctx, out)
}

// listen takes the addresses of the pages and, unless it is off, of ops.
func listen(s config.Settings) (pages, ops net.Listener, err error) {
	if pages, err = net.Listen("tcp", s.Listen); err != nil {
		return nil, nil, fmt.Errorf("CHANCERY_LISTEN: %w", err)
	}
	if s.OpsListen == "off" {
		return pages, nil, nil
	}
	if ops, err = net.Listen("tcp", s.OpsListen); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("CHANCERY_OPS_LISTEN: %w", err), pages.Close())
	}
	return pages, ops, nil
}

// finishWithin is how long requests under way may take once the server was told to end: less than the half minute after
// which orchestrators lose patience.
const finishWithin = 20 * time.Second

// together runs pages and jobs until ctx ends or one of them fails, and then ends both: the jobs finish or put back what they are at; pages are
// served as before while load balancers notice (drain), each answer asking its connection to close; then no new request is taken, and
// those under way are answered.
func together(told context.Context, app *fiber.App, listener net.Listener, work func(context.Context) error, drain time.Duration, log *slog.Logger) error {
	g, ctx := errgroup.WithContext(told)
	g.Go(func() error {
		err := app.Listener(web.Listen(listener))
		if ctx.Err() != nil {
			return nil // the listener was closed under it, which is how it is told to end
		}
		return errors.Join(errors.New("pages are served no more"), err)
	})
	g.Go(func() error { return work(ctx) })
	g.Go(func() error {
		<-ctx.Done()
		if told.Err() != nil && drain > 0 { // after a failure there is nothing to wait for
			log.Info("draining", "for", drain.String())
			time.Sleep(drain) // told twice, the program ends at once: its signals are nobody's any more
		}
		log.Info("ending: finishing what is under way")
		err := app.ShutdownWithTimeout(finishWithin)
		_ = listener.Close() // when it was told to end before it had begun to serve
		if err != nil {
			return fmt.Errorf("not every request was answered within %s: %w", finishWithin, err)
		}
		return nil
	})
	return g.Wait()
}

type migrateCommand struct{ config.Flags }

// Run migrates and ends.
func (c *migrateCommand) Run(o *outside) error {
	s, err := understand(c.Flags, o)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	h, err := open(ctx, s, newLog(s.LogFormat, o.err))
	if err != nil {
		return err
	}
	defer func() { _ = h.close() }()
	n, err := h.db.Migrate(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.out, "%d steps taken; the schema is up to date\n", n)
	return nil
}
