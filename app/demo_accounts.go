package main

import (
	"context"
	"fmt"
	"time"

	"chancery/app/access"
	"chancery/app/notices"
	"chancery/app/signin"
	"chancery/app/staff"
)

// How accounts stand in the demo practice: most are in use, and one is in each state that an administrator has to do
// something about. Everybody who works here has the password that is printed, so that any of them can be tried.
const (
	demoLocked  = "hamza.siddiqui"  // wrong passwords from outside, this morning
	demoDormant = "ines.de-la-cruz" // nobody has used it for half a year
	demoExpired = "beatriz.nunez"   // invited, and has not come in time
	demoInvited = "gabriel.tremblay"
	demoLeaving = "kwame.boateng" // in two weeks; the department takes over
)

// fillDemoAccounts makes the past of the demo practice's accounts.
func (h *house) fillDemoAccounts(ctx context.Context) error {
	now := h.db.Now()
	admin, err := h.staff.ByEmail(ctx, "admin"+demoDomain)
	if err != nil {
		return err
	}
	for i, p := range demoPeople() {
		u, err := h.staff.ByEmail(ctx, demoAddress(p))
		if err != nil {
			return fmt.Errorf("%s: %w", p.last, err)
		}
		since := now.Add(-time.Duration(700-i*9) * 24 * time.Hour)
		if p.status == staff.Pending {
			since = now.Add(-12 * 24 * time.Hour)
		}
		if err := h.staff.SeedCreated(ctx, u.ID, since); err != nil {
			return err
		}
		if p.status == staff.Active && u.ID != admin.ID {
			if err := h.signin.SeedPassword(ctx, u.ID, admin.ID, since); err != nil {
				return err
			}
		}
	}
	for _, state := range []func(context.Context, *staff.User) error{h.demoLockedOut, h.demoPlansToLeave} {
		if err := state(ctx, admin); err != nil {
			return err
		}
	}
	dormant, seen := demoDormant+demoDomain, now.Add(-183*24*time.Hour)
	u, err := h.staff.ByEmail(ctx, dormant)
	if err != nil {
		return err
	}
	if err := h.staff.SeedStatus(ctx, u.ID, staff.Active, &seen); err != nil {
		return err
	}
	if err := h.demoInvitation(ctx, demoExpired, now.Add(-12*24*time.Hour)); err != nil {
		return err
	}
	return h.demoInvitation(ctx, demoInvited, now.Add(-26*time.Hour))
}

func (h *house) demoLockedOut(ctx context.Context, _ *staff.User) error {
	u, err := h.staff.ByEmail(ctx, demoLocked+demoDomain)
	if err != nil {
		return err
	}
	return h.signin.SeedLock(ctx, u.ID, u.Email, h.db.Now().Add(9*time.Hour), signin.Origin{Network: "203.0.113.24", UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"})
}

// demoPlansToLeave plans a departure in the name of the administrator, as the sheet does.
func (h *house) demoPlansToLeave(ctx context.Context, admin *staff.User) error {
	u, err := h.staff.ByEmail(ctx, demoLeaving+demoDomain)
	if err != nil {
		return err
	}
	day, err := h.staff.LastDay(ctx, h.db.Now().Add(14*24*time.Hour).Format(time.DateOnly))
	if err != nil {
		return err
	}
	actor := access.System("demo")
	actor.ID, actor.Name = admin.ID, admin.Name()
	_, err = h.staff.Deactivate(ctx, actor, u.ID, staff.Plan{Way: staff.ToDepartment, At: day, Reason: "Moves to Halifax."})
	return err
}

func (h *house) demoInvitation(ctx context.Context, who string, at time.Time) error {
	u, err := h.staff.ByEmail(ctx, who+demoDomain)
	if err != nil {
		return err
	}
	if err := h.signin.SeedInvitation(ctx, u.ID, at); err != nil {
		return err
	}
	return h.notices.SeedDelivered(ctx, notices.Draft{SendKey: "welcome/" + u.ID, Kind: notices.Welcome, UserID: u.ID, Recipient: u.Email, Language: u.Language, Zone: u.Zone}, at)
}
