package declared

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/work"
)

// Object is a declared object as those see it who look after the house.
type Object struct {
	ID        string
	Source    string
	Kind      string // as rows and addresses have it: user
	Name      string
	ObjectID  string // of the thing that it is here, or that a refused one means; "" where there is none
	Called    string // what people call that
	State     string // applied, refused, paused, leaving or released
	Reasons   []work.Reason
	PausedBy  string    // who paused it here; "" where nobody did
	Drift     []string  // fields that somebody had changed elsewhere, and that were put right
	DriftedAt time.Time // zero: never
	UpdatedAt time.Time
}

// What is said of an object that its own manifest has left alone, and of one whose manifest is gone with those of too many others.
const (
	PausedThere = "declared.paused-there"
	GoneThere   = "declared.gone-there"
)

// Resumed tells whether somebody has ended a pause, and no run has looked since.
func (o *Object) Resumed() bool {
	return o.State == paused && o.PausedBy == "" && !o.HeldThere()
}

// HeldThere tells whether its manifest says that it is left alone.
func (o *Object) HeldThere() bool {
	return o.State == paused && o.says(PausedThere)
}

// Missing tells whether its manifest is gone, and it stays until a person says that so many are to go.
func (o *Object) Missing() bool { return o.says(GoneThere) }

func (o *Object) says(key string) bool {
	return slices.ContainsFunc(o.Reasons, func(r work.Reason) bool { return r.Message.Key == key })
}

// Query narrows the list.
type Query struct {
	State  string // one of States, or "" for all that are not released
	Before string // the id after which a page begins; "" for the first
	Limit  int
}

// What a query has for states besides those of rows: objects that were put right once, and those whose manifests are gone with too many others'.
const (
	Drifted = "drifted"
	Missing = "missing"
)

// States are those that a list can be narrowed to, in reading order.
func States() []string {
	return []string{refused, Missing, leaving, paused, Drifted, applied, released}
}

// urgency is where a state stands in the list, in SQL: first what asks for somebody.
func urgency(of string) string {
	return `CASE WHEN ` + of + `.state IN ('refused', 'leaving') OR ` + missing(of) + ` THEN 0 WHEN ` + of + `.state = 'paused' THEN 1 ELSE 2 END`
}

// missing is what is true in SQL of those whose manifests are gone with too many others': nothing else is said of what is as it was stated.
func missing(of string) string { return `(` + of + `.state = 'applied' AND ` + of + `.reasons <> '')` }

// Objects lists what is declared, first what is refused, gone or cannot leave, then what is paused, and within these the newest first; and tells whether there is more. It needs system.view.
func (d *Declared) Objects(ctx context.Context, actor access.Actor, q Query) (all []Object, more bool, err error) {
	if err := actor.Must(access.SystemView); err != nil {
		return nil, false, err
	}
	where, args := "d.state <> 'released'", []any{}
	switch q.State {
	case "":
	case Drifted:
		where += " AND d.drifted_at IS NOT NULL"
	case Missing:
		where += " AND " + missing("d")
	case applied:
		where += " AND d.state = 'applied' AND NOT " + missing("d")
	default:
		where, args = "d.state = ?", []any{q.State}
	}
	if q.Before != "" {
		where += ` AND EXISTS (SELECT 1 FROM declared b WHERE b.id = ? AND (` + urgency("d") + ` > ` + urgency("b") + ` OR ` + urgency("d") + ` = ` + urgency("b") + ` AND d.id < b.id))`
		args = append(args, q.Before)
	}
	var rows []struct {
		Row                         row `gorm:"embedded"` // GORM passes over what is not exported
		First, Last, Display, Thing string
	}
	err = d.db.In(ctx).Raw(`SELECT d.*, COALESCE(u.first_name, '') AS first, COALESCE(u.last_name, '') AS last, COALESCE(u.display_name, '') AS display,
			COALESCE(r.name, p.name, t.name, o.name, '') AS thing FROM declared d
		LEFT JOIN users u ON d.kind = 'user' AND u.id = COALESCE(d.object_id, d.meant_id) LEFT JOIN roles r ON d.kind = 'role' AND r.id = COALESCE(d.object_id, d.meant_id)
		LEFT JOIN profiles p ON d.kind = 'profile' AND p.id = COALESCE(d.object_id, d.meant_id) LEFT JOIN departments t ON d.kind = 'department' AND t.id = COALESCE(d.object_id, d.meant_id)
		LEFT JOIN organization o ON d.kind = 'organization' AND o.id = COALESCE(d.object_id, d.meant_id)
		WHERE `+where+` ORDER BY `+urgency("d")+`, d.id DESC LIMIT ?`, append(args, q.Limit+1)...).Scan(&rows).Error
	if err != nil {
		return nil, false, fmt.Errorf("declared objects: %w", err)
	}
	if more = len(rows) > q.Limit; more {
		rows = rows[:q.Limit]
	}
	for _, found := range rows {
		r := found.Row
		o := Object{ID: r.ID, Source: r.Source, Kind: r.Kind, Name: r.Name, ObjectID: cmp.Or(r.object(), r.MeantID), Called: found.Thing, State: r.State, Reasons: work.ReadReasons(r.Reasons),
			PausedBy: r.PausedBy, Drift: strings.Fields(r.Drift), UpdatedAt: r.UpdatedAt}
		if r.DriftedAt != nil {
			o.DriftedAt = *r.DriftedAt
		}
		if r.Kind == "user" && o.ObjectID != "" {
			o.Called = staff.DisplayName(found.First, found.Last, found.Display)
		}
		all = append(all, o)
	}
	return all, more, nil
}

// Figures are how many objects are of a state, and what is wrong with sources.
type Figures struct {
	Of      map[string]int // by States, but Drifted
	Sources []Source
}

// Source is a source with which something is wrong.
type Source struct {
	Source   string
	Problems string // why its set cannot be read, "" where it can
	Leaving  int    // as Gone has it; 0 where nobody is asked
	Whole    int
	Since    time.Time
}

// Figures counts. It needs system.view.
func (d *Declared) Figures(ctx context.Context, actor access.Actor) (f Figures, err error) {
	if err := actor.Must(access.SystemView); err != nil {
		return f, err
	}
	f.Of = map[string]int{}
	var counts []struct {
		State string
		N     int
	}
	if err := d.db.In(ctx).Raw(`SELECT CASE WHEN ` + missing("d") + ` THEN 'missing' ELSE d.state END AS state, count(*) AS n FROM declared d GROUP BY 1`).Scan(&counts).Error; err != nil {
		return f, fmt.Errorf("count what is declared: %w", err)
	}
	for _, c := range counts {
		f.Of[c.State] = c.N
	}
	if err := d.db.In(ctx).Raw(`SELECT source, problems, leaving, whole, since FROM declared_sources WHERE problems <> '' OR leaving > 0 ORDER BY source`).Scan(&f.Sources).Error; err != nil {
		return f, fmt.Errorf("sources: %w", err)
	}
	return f, nil
}

// Pause leaves an object alone until Resume: what somebody changes of it elsewhere stays. What it owns stays locked. It needs system.operate, and
// returns fault.ErrNotFound or *fault.Forbidden.
func (d *Declared) Pause(ctx context.Context, actor access.Actor, id string) error {
	return d.turn(ctx, actor, id, "declared.pause", actor.Name)
}

// Resume ends a pause that a person made; the next run puts right what has changed meanwhile. One that its manifest says goes on.
func (d *Declared) Resume(ctx context.Context, actor access.Actor, id string) error {
	return d.turn(ctx, actor, id, "declared.resume", "")
}

func (d *Declared) turn(ctx context.Context, actor access.Actor, id, action, by string) error {
	if err := actor.Must(access.SystemOperate); err != nil {
		return err
	}
	return d.db.Tx(ctx, func(ctx context.Context) error {
		var r row
		ok, err := store.One(d.db.In(ctx).Raw(`SELECT * FROM declared WHERE id = ? AND state <> 'released'`+d.db.ForUpdate(), id), &r)
		switch {
		case err != nil:
			return fmt.Errorf("declared object: %w", err)
		case !ok:
			return fault.ErrNotFound
		case (r.PausedBy == "") == (by == ""):
			return nil
		}
		if _, err := d.db.Exec(ctx, `UPDATE declared SET paused_by = $1, state = $2, reasons = '', updated_at = $3 WHERE id = $4`, by, paused, d.db.Now(), id); err != nil {
			return fmt.Errorf("pause: %w", err)
		}
		return audit.Record(ctx, d.db, actor.Actor, audit.Entry{Action: action, Kind: "declared", ID: id, Changes: []audit.Change{{Field: "name", After: kindOf(r.Kind) + "/" + r.Name}}})
	})
}
