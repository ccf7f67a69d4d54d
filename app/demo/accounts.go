package demo

import (
	"context"
	"fmt"
	"time"

	"chancery/app/post"
	"chancery/app/signin"
	"chancery/app/staff"
)

// How accounts stand in the demo practice: most are in use, and one is in each state that an administrator has to do
// something about. Everybody who works here has the password that is printed, so that any of them can be tried.
const (
	locked  = "hamza.siddiqui"  // wrong passwords from outside, this morning
	dormant = "ines.de-la-cruz" // nobody has used it for half a year
	expired = "beatriz.nunez"   // invited, and has not come in time
	invited = "gabriel.tremblay"
	leaving = "kwame.boateng" // in two weeks; the department takes over
)

// fillAccounts makes the past of the demo practice's accounts.
func (r *Rooms) fillAccounts(ctx context.Context) error {
	now := r.DB.Now()
	admin, err := r.Staff.ByEmail(ctx, "admin"+Domain)
	if err != nil {
		return err
	}
	for i, p := range everybody() {
		u, err := r.Staff.ByEmail(ctx, p.address())
		if err != nil {
			return fmt.Errorf("%s: %w", p.last, err)
		}
		since := now.Add(-time.Duration(700-i*9) * 24 * time.Hour)
		if p.status == staff.Pending {
			since = now.Add(-12 * 24 * time.Hour)
		}
		if err := r.Staff.SeedCreated(ctx, u.ID, since); err != nil {
			return err
		}
		if p.status == staff.Active && u.ID != admin.ID {
			if err := r.Signin.SeedPassword(ctx, u.ID, admin.ID, since); err != nil {
				return err
			}
		}
	}
	for _, state := range []func(context.Context, *staff.User) error{r.lockedOut, r.plansToLeave} {
		if err := state(ctx, admin); err != nil {
			return err
		}
	}
	dormant, seen := dormant+Domain, now.Add(-183*24*time.Hour)
	u, err := r.Staff.ByEmail(ctx, dormant)
	if err != nil {
		return err
	}
	if err := r.Staff.SeedStatus(ctx, u.ID, staff.Active, &seen); err != nil {
		return err
	}
	if err := r.invitation(ctx, expired, now.Add(-12*24*time.Hour)); err != nil {
		return err
	}
	return r.invitation(ctx, invited, now.Add(-26*time.Hour))
}

func (r *Rooms) lockedOut(ctx context.Context, _ *staff.User) error {
	u, err := r.Staff.ByEmail(ctx, locked+Domain)
	if err != nil {
		return err
	}
	return r.Signin.SeedLock(ctx, u.ID, u.Email, r.DB.Now().Add(9*time.Hour), signin.Origin{Network: "203.0.113.24", UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"})
}

// plansToLeave plans a departure in the name of the administrator, as the sheet does.
func (r *Rooms) plansToLeave(ctx context.Context, admin *staff.User) error {
	u, err := r.Staff.ByEmail(ctx, leaving+Domain)
	if err != nil {
		return err
	}
	day, err := r.Staff.LastDay(ctx, r.DB.Now().Add(14*24*time.Hour).Format(time.DateOnly))
	if err != nil {
		return err
	}
	actor := system()
	actor.ID, actor.Name = admin.ID, admin.Name()
	_, err = r.Staff.Deactivate(ctx, actor, u.ID, staff.Plan{Way: staff.ToDepartment, At: day, Reason: "Moves to Halifax."})
	return err
}

func (r *Rooms) invitation(ctx context.Context, who string, at time.Time) error {
	u, err := r.Staff.ByEmail(ctx, who+Domain)
	if err != nil {
		return err
	}
	if err := r.Signin.SeedInvitation(ctx, u.ID, at); err != nil {
		return err
	}
	return r.Post.SeedDelivered(ctx, post.Draft{SendKey: "welcome/" + u.ID, Kind: post.Welcome, UserID: u.ID, Recipient: u.Email, Language: u.Language, Zone: u.Zone}, at)
}
