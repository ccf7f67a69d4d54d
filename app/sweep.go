package main

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"syscall"
	"time"

	"chancery/config"
	"chancery/jobs/pictures"
)

type sweepCommand struct {
	config.Flags
	DryRun bool `help:"Only say what would be removed."`
}

// Run sweeps picture storage once, as the nightly job does (B-19).
func (c *sweepCommand) Run(o *outside) error {
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
	if behind, err := h.db.Pending(ctx); err != nil || behind {
		return errors.Join(errUnmade, err)
	}
	r := &pictures.Reconciler{Staff: h.staff, Blobs: h.blobs, Now: time.Now}
	found, err := r.Sweep(ctx, c.DryRun)
	for _, key := range found.Orphans {
		fmt.Fprintln(o.out, key)
	}
	fmt.Fprintf(o.out, "%d objects looked at, %d orphans found, %d removed\n", found.Looked, len(found.Orphans), found.Removed)
	return err
}
