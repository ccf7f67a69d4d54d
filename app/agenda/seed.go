package agenda

import (
	"context"
	"fmt"
	"slices"
	"time"

	"chancery/app/store"
)

// What the demo practice is told of its past and its next weeks, which are made up. Nothing else calls these, and no audit tells of it.

// Made is an appointment as it was planned, by whom and when.
type Made struct {
	Plan
	By     string
	At     time.Time
	Status Status
}

// Seed writes appointments in bulk. Those who come must be working here.
func (a *Agenda) Seed(ctx context.Context, plans []Made) error {
	var everybody []string
	for i := range plans {
		everybody = append(append(everybody, plans[i].OwnerID), plans[i].People...)
	}
	slices.Sort(everybody)
	everybody = slices.Compact(everybody)
	var here []string
	if err := a.db.In(ctx).Raw(`SELECT id FROM users WHERE id IN ? AND status <> 'INACTIVE'`, everybody).Scan(&here).Error; err != nil {
		return fmt.Errorf("seed appointments: %w", err)
	}
	rows, come := make([]Appointment, len(plans)), []map[string]any(nil)
	for i := range plans {
		n := &plans[i]
		people, err := a.check(ctx, &n.Plan, here)
		if err != nil {
			return fmt.Errorf("seed appointment %q: %w", n.Title, err)
		}
		p := &rows[i]
		p.ID, p.Status, p.CreatedBy, p.Generation, p.CreatedAt = store.NewID(), n.Status, n.By, 1, n.At
		if n.CaseID != "" {
			p.CaseID = &n.CaseID
		}
		p.take(&n.Plan, n.At)
		for _, id := range people {
			come = append(come, map[string]any{"appointment_id": p.ID, "user_id": id})
		}
	}
	return a.db.Tx(ctx, func(ctx context.Context) error {
		if len(rows) > 0 {
			if err := a.db.In(ctx).CreateInBatches(rows, 1000).Error; err != nil {
				return fmt.Errorf("seed appointments: %w", err)
			}
		}
		if len(come) == 0 {
			return nil
		}
		if err := a.db.In(ctx).Table("appointment_people").CreateInBatches(come, 1000).Error; err != nil {
			return fmt.Errorf("seed who comes: %w", err)
		}
		return nil
	})
}

// SeedDeadlines writes deadlines in bulk, each with its case, title, day, who set it and when, and by whom it was done.
func (a *Agenda) SeedDeadlines(ctx context.Context, all []Deadline) error {
	for i := range all {
		d := &all[i]
		title, err := deadline(d.Title, d.DueOn)
		if err != nil {
			return fmt.Errorf("seed deadline %q: %w", d.Title, err)
		}
		d.ID, d.Title, d.Generation, d.UpdatedAt = store.NewID(), title, 1, d.CreatedAt
	}
	if len(all) == 0 {
		return nil
	}
	if err := a.db.In(ctx).CreateInBatches(all, 1000).Error; err != nil {
		return fmt.Errorf("seed deadlines: %w", err)
	}
	return nil
}
