package cases

import (
	"context"
	"fmt"
	"strings"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/store"
)

// Stage is one that cases of the practice go through, in the order of Position. A case holds its name.
type Stage struct {
	ID         string
	Name       string
	Position   int64
	Generation int64
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// StageRow is a stage with how many cases are in it, open and closed.
type StageRow struct {
	Stage
	Cases int64
}

// Stages are the practice's, in their order.
func (c *Cases) Stages(ctx context.Context) ([]Stage, error) {
	var all []Stage
	if err := c.db.In(ctx).Order("position, id").Find(&all).Error; err != nil {
		return nil, fmt.Errorf("stages: %w", err)
	}
	return all, nil
}

// StageRows are the stages with their cases. It needs organization.edit.
func (c *Cases) StageRows(ctx context.Context, actor access.Actor) ([]StageRow, error) {
	if err := actor.Must(access.OrganizationEdit); err != nil {
		return nil, err
	}
	var all []StageRow
	err := c.db.In(ctx).Raw(`SELECT s.id, s.name, s.position, s.generation, s.created_at, s.updated_at, (SELECT count(*) FROM cases k WHERE k.stage = s.name) AS cases
		FROM stages s ORDER BY s.position, s.id`).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("stages: %w", err)
	}
	return all, nil
}

// StageRow is one stage with its cases, or fault.ErrNotFound. It needs organization.edit.
func (c *Cases) StageRow(ctx context.Context, actor access.Actor, id string) (*StageRow, error) {
	all, err := c.StageRows(ctx, actor)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].ID == id {
			return &all[i], nil
		}
	}
	return nil, fault.ErrNotFound
}

// CreateStage adds a stage to the end. It needs organization.edit, and returns *fault.Invalid on "name".
func (c *Cases) CreateStage(ctx context.Context, actor access.Actor, name string) (*Stage, error) {
	var s *Stage
	err := c.stages(ctx, actor, func(ctx context.Context, all []Stage) error {
		name, err := freeStage(all, name, "")
		if err != nil {
			return err
		}
		now := c.db.Now()
		s = &Stage{ID: store.NewID(), Name: name, Position: 1, Generation: 1, CreatedAt: now, UpdatedAt: now}
		if len(all) > 0 {
			s.Position = all[len(all)-1].Position + 1
		}
		if err := c.db.In(ctx).Create(s).Error; err != nil {
			return stageRefusal(err, name)
		}
		return c.stageDone(ctx, actor, "stage.create", s.ID, audit.Change{Field: "name", After: name})
	})
	return s, err
}

// RenameStage gives a stage another name, and with it to the cases in it. It needs organization.edit, and returns
// *fault.Invalid on "name", *fault.Conflict or fault.ErrNotFound.
func (c *Cases) RenameStage(ctx context.Context, actor access.Actor, id, name string, generation int64) error {
	return c.stages(ctx, actor, func(ctx context.Context, all []Stage) error {
		at := stageAt(all, id)
		if at < 0 {
			return fault.ErrNotFound
		}
		s := all[at]
		name, err := freeStage(all, name, id)
		if err != nil {
			return err
		}
		var e edit
		old := s.Name
		e.set("name", &s.Name, name)
		if goes, err := e.goes(generation, s.Generation, nil); !goes {
			return err
		}
		if _, err := c.db.Exec(ctx, `UPDATE stages SET name = $1, generation = generation + 1, updated_at = $2 WHERE id = $3`, name, c.db.Now(), id); err != nil {
			return stageRefusal(err, name)
		}
		if _, err := c.db.Exec(ctx, `UPDATE cases SET stage = $1, generation = generation + 1, updated_at = $2 WHERE stage = $3`, name, c.db.Now(), old); err != nil {
			return fmt.Errorf("rename stage: %w", err)
		}
		if err := c.changed(ctx, ""); err != nil {
			return err
		}
		return c.stageDone(ctx, actor, "stage.rename", id, e.changes...)
	})
}

// MoveStage puts a stage one place earlier or later; the first and the last stay where they are. It needs
// organization.edit.
func (c *Cases) MoveStage(ctx context.Context, actor access.Actor, id string, earlier bool) error {
	return c.stages(ctx, actor, func(ctx context.Context, all []Stage) error {
		at := stageAt(all, id)
		if at < 0 {
			return fault.ErrNotFound
		}
		to := at + 1
		if earlier {
			to = at - 1
		}
		if to < 0 || to >= len(all) {
			return nil
		}
		for i, s := range []Stage{all[at], all[to]} {
			other := []Stage{all[to], all[at]}[i]
			if _, err := c.db.Exec(ctx, `UPDATE stages SET position = $1, updated_at = $2 WHERE id = $3`, other.Position, c.db.Now(), s.ID); err != nil {
				return fmt.Errorf("move stage: %w", err)
			}
		}
		return c.stageDone(ctx, actor, "stage.move", id, audit.Change{Field: "position", Before: fmt.Sprint(at + 1), After: fmt.Sprint(to + 1)})
	})
}

// DeleteStage removes a stage that no case is in; else it is *fault.Refused. It needs organization.edit.
func (c *Cases) DeleteStage(ctx context.Context, actor access.Actor, id string) error {
	return c.stages(ctx, actor, func(ctx context.Context, all []Stage) error {
		at := stageAt(all, id)
		if at < 0 {
			return fault.ErrNotFound
		}
		var n int
		if err := c.db.In(ctx).Raw(`SELECT count(*) FROM cases WHERE stage = ?`, all[at].Name).Scan(&n).Error; err != nil {
			return fmt.Errorf("cases of a stage: %w", err)
		}
		if n > 0 {
			return fault.Refuse("stages.in-use", "Name", all[at].Name, "Count", n)
		}
		if _, err := c.db.Exec(ctx, `DELETE FROM stages WHERE id = $1`, id); err != nil {
			return fmt.Errorf("remove stage: %w", err)
		}
		return c.stageDone(ctx, actor, "stage.delete", id, audit.Change{Field: "name", Before: all[at].Name})
	})
}

// stages runs a verb on the list of stages, which nobody else changes meanwhile.
func (c *Cases) stages(ctx context.Context, actor access.Actor, fn func(context.Context, []Stage) error) error {
	if err := actor.Must(access.OrganizationEdit); err != nil {
		return err
	}
	return c.db.Tx(ctx, func(ctx context.Context) error {
		var all []Stage
		if err := store.Locked(c.db.In(ctx)).Order("position, id").Find(&all).Error; err != nil {
			return fmt.Errorf("stages: %w", err)
		}
		return fn(ctx, all)
	})
}

func stageAt(all []Stage, id string) int {
	for i := range all {
		if all[i].ID == id {
			return i
		}
	}
	return -1
}

// freeStage cleans a name and refuses one that another stage has, in whatever case.
func freeStage(all []Stage, typed, id string) (string, error) {
	bad := &fault.Invalid{}
	name := required(bad, "name", typed, stageMax)
	for _, s := range all {
		if s.ID != id && strings.EqualFold(s.Name, name) {
			bad.Add("name", "stages.taken", "Name", s.Name)
		}
	}
	return name, bad.Err()
}

func stageRefusal(err error, name string) error {
	if store.Violated(err, "stages_name", "") {
		return fault.Field1("name", "stages.taken", "Name", name)
	}
	return fmt.Errorf("write stage: %w", err)
}

func (c *Cases) stageDone(ctx context.Context, actor access.Actor, action, id string, changes ...audit.Change) error {
	if err := audit.Record(ctx, c.db, actor.Actor, audit.Entry{Action: action, Kind: "stage", ID: id, Changes: changes}); err != nil {
		return err
	}
	return c.db.Changed(ctx, "stages")
}
