package main

import (
	"context"
	"fmt"

	"chancery/app/access"
	"chancery/app/declared"
	"chancery/config"
)

type releaseCommand struct {
	config.Flags
	Source string `required:"" placeholder:"NAME" help:"What the manifests are called: directory for those of CHANCERY_DECLARED_DIR, cluster for custom resources, by-hand unless chancery apply was told otherwise. Nobody is deactivated, and another source may declare all of it. Where the source is still followed, it has it again at its next run."`
}

// Run lets go of what a source declares that is no more, such as a directory that is not set any longer, or before another source takes all of it over.
func (c *releaseCommand) Run(o *outside) error {
	if err := declared.CheckSource(c.Source); err != nil {
		return err
	}
	return onMade(c.Flags, o, func(ctx context.Context, h *house) error {
		n, err := h.declared.Release(ctx, access.System("operator"), c.Source)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("nothing is declared by %s", c.Source)
		}
		_, err = fmt.Fprintf(o.out, "%s of %s released: people edit them again\n", counted(n, "object"), c.Source)
		return err
	})
}
