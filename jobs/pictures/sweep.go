package pictures

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"chancery/app/blob"
)

// Swept is what a sweep found.
type Swept struct {
	Looked  int      // objects seen
	Orphans []string // keys without a row that knows them, older than the grace time; sorted
	Removed int      // how many of them were deleted; 0 in a dry run
}

// SweepGrace is how old an object must be before it can be an orphan: longer than any upload or restore takes.
const SweepGrace = 24 * time.Hour

// ErrForeign says that storage holds pictures of which the database knows not one: it is another practice's, or empty.
// Nothing was removed.
var ErrForeign = errors.New("the database knows none of the pictures in storage; nothing was removed (is it the right database for this storage?)")

// Batches: how many pictures are looked up, and how many objects deleted, at once.
const (
	lookupBatch = 200
	deleteBatch = 300
)

// Sweep looks through all stored pictures for ones that no row knows, such as those left behind when the database was
// restored from an older copy, and deletes them unless dry is set (B-19). It never takes one that has a row, whatever
// the row's state: a picture's row is written before its first object, so one that is being uploaded has a row. Nor does
// it take one younger than SweepGrace.
//
// It looks first and deletes afterwards, and deletes nothing when the database turns out not to belong to the storage
// (ErrForeign).
func (r *Reconciler) Sweep(ctx context.Context, dry bool) (Swept, error) {
	s, known, err := r.look(ctx)
	if err != nil || len(s.Orphans) == 0 {
		return s, err
	}
	if known == 0 {
		return s, ErrForeign
	}
	if dry {
		return s, nil
	}
	for batch := range slices.Chunk(s.Orphans, deleteBatch) {
		if err := r.Blobs.Delete(ctx, batch...); err != nil {
			return s, err
		}
		s.Removed += len(batch)
	}
	return s, nil
}

// look finds the orphans, and counts the pictures that have a row.
func (r *Reconciler) look(ctx context.Context) (s Swept, known int, err error) {
	before := r.Now().Add(-SweepGrace)
	batch := map[string][]string{} // keys by picture
	ask := func() error {
		orphans, n, err := r.orphans(ctx, batch)
		clear(batch)
		s.Orphans, known = append(s.Orphans, orphans...), known+n
		return err
	}
	err = r.Blobs.List(ctx, "pictures/", func(o blob.Info) error {
		s.Looked++
		id, _, ok := strings.Cut(strings.TrimPrefix(o.Key, "pictures/"), "/")
		if !ok || o.Modified.After(before) {
			return nil
		}
		batch[id] = append(batch[id], o.Key)
		if len(batch) < lookupBatch {
			return nil
		}
		return ask()
	})
	if err != nil {
		return s, known, err
	}
	err = ask()
	slices.Sort(s.Orphans)
	return s, known, err
}

// orphans are the keys of the pictures that have no row; n is how many have one.
func (r *Reconciler) orphans(ctx context.Context, pictures map[string][]string) (orphans []string, n int, err error) {
	if len(pictures) == 0 {
		return nil, 0, nil
	}
	ids := make([]string, 0, len(pictures))
	for id := range pictures {
		ids = append(ids, id)
	}
	known, err := r.Staff.PicturesKnown(ctx, ids)
	if err != nil {
		return nil, 0, err
	}
	for id, keys := range pictures {
		if known[id] {
			n++
		} else {
			orphans = append(orphans, keys...)
		}
	}
	return orphans, n, nil
}
