package main

import (
	"context"
	"errors"
	"fmt"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/config"
	"chancery/views"
)

type userDeactivateCommand struct {
	config.Flags
	Email  string `required:"" help:"Sign-in name of who leaves."`
	To     string `help:"Sign-in name of the colleague who takes over their open cases."`
	Reason string `help:"Why, for the history."`
}

// Run ends an account at once, when nobody can sign in to do it; what was open goes to a colleague (B-1, B-2).
func (c *userDeactivateCommand) Run(o *outside) error {
	return on(c.Flags, o, func(ctx context.Context, h *house) error {
		u, err := h.named(ctx, c.Email)
		if err != nil {
			return err
		}
		plan := staff.Plan{Reason: c.Reason}
		if c.To != "" {
			to, err := h.named(ctx, c.To)
			if err != nil {
				return err
			}
			plan.Way, plan.Successor = staff.ToOne, to.ID
		}
		d, err := h.staff.Deactivate(ctx, access.System("operator"), u.ID, plan)
		var refused *fault.Refused
		if errors.As(err, &refused) {
			return fmt.Errorf("nothing was changed: %s", views.In("en", nil, h.db.Now()).T(refused.Message))
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(o.out, "%s is deactivated.\n", u.Email)
		owner, err := h.staff.Owner(ctx, "user", u.ID)
		if err != nil {
			return err
		}
		if owner.Source != "" {
			fmt.Fprintf(o.out, "The manifest %s (%s) still declares them. It brings nobody back, and is told as refused until it says active: false or is taken away.\n", owner.Name, owner.Source)
		}
		for _, item := range d.Receipt.Items {
			if item.Count > 0 {
				fmt.Fprintf(o.out, "%s: %d\n", item.Kind, item.Count)
			}
		}
		return nil
	})
}
