package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"chancery/app/staff"
	"chancery/app/web"
	"chancery/config"
	"chancery/jobs"
	"chancery/views"
)

type serveCommand struct {
	config.Flags
	Demo     bool   `help:"Fill an empty database with a demo practice, and print its sign-ins. For this machine only."`
	Practice string `env:"CHANCERY_PRACTICE" default:"My practice" placeholder:"NAME" help:"Name of the practice, until an administrator changes it."`
}

// Run serves until it is told to end, and then lets what is under way finish.
func (c *serveCommand) Run(o *outside) error {
	s, err := understand(c.Flags, o)
	if err != nil {
		return err
	}
	if c.Demo {
		if err := demoAllowed(s); err != nil {
			return err
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	log := newLog(s.LogFormat, o.err)
	slog.SetDefault(log)

	starting, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	h, err := open(starting, s, log)
	if err != nil {
		return err
	}
	defer func() { _ = h.close() }()
	if err := h.prepare(starting, c.practice()); err != nil {
		return err
	}
	if missing := h.assets.Missing(); len(missing) > 0 {
		log.Warn("the front end was not built into this program: pages will be bare; run make assets, then build again", "missing", strings.Join(missing, " "))
	}
	pages, err := views.Load(h.assets)
	if err != nil {
		return err
	}
	var demo []web.DemoSignIn
	if c.Demo {
		if demo, err = h.demo(starting, o.out); err != nil {
			return err
		}
	}
	registry := prometheus.NewRegistry()
	app := web.New(web.Deps{
		Views: pages, Assets: h.assets, Staff: h.staff, Access: h.access, Signin: h.signin, URL: s.Base, Trusted: s.Trusted,
		Key: h.key, Now: time.Now, Log: log, Metrics: registry, Demo: demo,
	})
	work, err := jobs.New(jobs.Deps{
		DB: h.db, Staff: h.staff, Signin: h.signin, Notices: h.notices, Blobs: h.blobs, Sender: h.sender,
		Letters: pages, From: s.From, Base: s.Base, Log: log, Metrics: registry,
	})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", s.Listen)
	if err != nil {
		return fmt.Errorf("listen on CHANCERY_LISTEN: %w", err)
	}
	if s.OpsListen != "off" {
		ops, err := startOps(s.OpsListen, h, registry)
		if err != nil {
			return errors.Join(err, listener.Close())
		}
		defer ops.stop()
	}
	fmt.Fprintf(o.out, "Chancery is at %s\n", s.Base)
	return together(ctx, app, listener, work, log)
}

// together runs pages and jobs until ctx ends or one of them fails, and then stops both: pages first, so that no new
// work comes in while the jobs finish theirs.
func together(ctx context.Context, app *fiber.App, listener net.Listener, work *jobs.Jobs, log *slog.Logger) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return app.Listener(listener) })
	g.Go(func() error { return work.Run(ctx) })
	g.Go(func() error {
		<-ctx.Done()
		log.Info("ending: finishing what is under way")
		return app.ShutdownWithTimeout(20 * time.Second)
	})
	if err := g.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

func (c *serveCommand) practice() staff.Organization {
	if c.Demo {
		return demoPractice()
	}
	return staff.Organization{Name: c.Practice, Language: "en", Zone: "UTC"}
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
