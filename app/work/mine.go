package work

import (
	"context"
	"fmt"
	"slices"

	"chancery/app/access"
)

// Mine are runs that the actor asked for, the newest first: those before a run, or from the newest on ("" , or the id of
// none of theirs). older tells whether there are others before them.
//
// They are one's own, also for those who may see any run by its address (system.view): a run names the people whom its
// asker chose, and who oversees the practice finds who asked for what in the history (run.create).
func (w *Work) Mine(ctx context.Context, actor access.Actor, before string, size int) (runs []Run, older bool, err error) {
	// The first condition twice: by the second the index of runs that somebody asked for is known to hold them.
	q := w.db.In(ctx).Where(`requested_by = ? AND requested_by <> ''`, actor.ID)
	if before != "" {
		q = q.Where(`(created_at, id) < (SELECT b.created_at, b.id FROM runs b WHERE b.id = ? AND b.requested_by = ?)`, before, actor.ID)
	}
	if err := q.Order("created_at DESC, id DESC").Limit(size + 1).Find(&runs).Error; err != nil {
		return nil, false, fmt.Errorf("own runs: %w", err)
	}
	if older = len(runs) > size; older {
		runs = slices.Clip(runs[:size])
	}
	return runs, older, nil
}

// Asks tells whether the actor may ask for anything.
func (w *Work) Asks(actor access.Actor) bool {
	for _, k := range w.kinds {
		if actor.Rights.Can(k.Permission) {
			return true
		}
	}
	return false
}
