package main

import (
	"context"
	"fmt"
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
	return onMade(c.Flags, o, func(ctx context.Context, h *house) error {
		r := &pictures.Reconciler{Staff: h.staff, Blobs: h.blobs, Now: time.Now}
		found, err := r.Sweep(ctx, c.DryRun)
		for _, key := range found.Orphans {
			fmt.Fprintln(o.out, key)
		}
		fmt.Fprintf(o.out, "%d objects looked at, %d orphans found, %d removed\n", found.Looked, len(found.Orphans), found.Removed)
		return err
	})
}
