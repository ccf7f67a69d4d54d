package accounts

import (
	"context"
	"errors"
	"time"

	"chancery/app/cases"
	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/staff"
)

// sendReceipt queues the receipt to whoever asked for the departure; a program gets none.
func (r *Reconciler) sendReceipt(ctx context.Context, d *staff.Departure) error {
	u, err := r.Staff.Get(ctx, d.UserID)
	if err != nil {
		return err
	}
	left := r.Now()
	if d.StartedAt != nil {
		left = *d.StartedAt
	}
	data := map[string]any{"Leaver": u.Name(), "When": left, "Path": "/users/" + u.ID + "/deactivation", "Cases": 0, "Takers": "", "Sessions": 0, "Links": 0}
	for _, item := range d.Receipt.Items {
		switch item.Kind {
		case "cases":
			data["Cases"], data["Takers"] = item.Count, item.Takers(takersMost)
		case "sessions":
			data["Sessions"] = item.Count
		case "links":
			data["Links"] = item.Count
		}
	}
	return r.tell(ctx, d, post.DepartureReceipt, "departure/"+d.ID, data)
}

// tellOwners queues a letter to each who took open cases over: one a person and departure, with how many, and no client's
// name. Whoever asked for the departure has the receipt.
func (r *Reconciler) tellOwners(ctx context.Context, d *staff.Departure) error {
	leaver, err := r.Staff.Get(ctx, d.UserID)
	if err != nil {
		return err
	}
	for _, item := range d.Receipt.Items {
		if item.Kind != "cases" {
			continue
		}
		for _, t := range item.To {
			if t.ID == d.RequestedBy {
				continue
			}
			u, err := r.Staff.Get(ctx, t.ID)
			if err != nil {
				return err
			}
			if u.Status != staff.Active {
				continue
			}
			if err := r.Notices.Came(ctx, cases.Came{Key: d.ID + "/" + u.ID, UserID: u.ID, Email: u.Email, Language: u.Language, Zone: u.Zone,
				Count: t.Count, From: leaver.Name()}); err != nil {
				return err
			}
		}
	}
	return nil
}

// takersMost is how many names a letter lists; the page has them all.
const takersMost = 10

// tellBlocked queues the news that a plan would be refused, once a day and reason.
func (r *Reconciler) tellBlocked(ctx context.Context, d *staff.Departure, reason string) error {
	u, err := r.Staff.Get(ctx, d.UserID)
	if err != nil {
		return err
	}
	key := "departure-blocked/" + d.ID + "/" + reason + "/" + r.Now().Format(time.DateOnly)
	return r.tell(ctx, d, post.DepartureBlocked, key, map[string]any{"Leaver": u.Name(), "Due": d.DueAt, "Path": "/users/" + u.ID + "/deactivation",
		"NoSuccessor": reason == staff.NoSuccessor, "NoColleague": reason == staff.NoColleague, "LastSuper": reason == staff.LastSuper})
}

func (r *Reconciler) tell(ctx context.Context, d *staff.Departure, kind post.Kind, key string, data map[string]any) error {
	to, err := r.Staff.Get(ctx, d.RequestedBy)
	if errors.Is(err, fault.ErrNotFound) {
		return nil // a program asked
	}
	if err != nil {
		return err
	}
	return r.Post.Queue(ctx, post.Draft{SendKey: key, Kind: kind, UserID: to.ID, Recipient: to.Email, Language: to.Language, Zone: to.Zone, Data: data})
}
