// Package pictures removes what pictures leave in blob storage: the sizes of one that was replaced, of an upload that
// never ended, and (the sweep) whatever lies there without a row that knows it.
//
// A picture is made and stored while its owner waits, so that an outage is told at once (staff.SetPicture); what is
// left for later is only the taking away. Current pictures are never touched: every step asks the row again.
package pictures

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"chancery/app/blob"
	"chancery/app/fault"
	"chancery/app/resource"
	"chancery/app/staff"
	"chancery/jobs/loop"
)

// Reconciler removes retired pictures.
type Reconciler struct {
	Staff *staff.Staff
	Blobs blob.Store
	Now   func() time.Time
	Log   *slog.Logger
}

// Prefix begins the keys of pictures on the change feed.
const Prefix = "picture/"

const dueMost = 1000

// Name is the loop's name.
func (r *Reconciler) Name() string { return "pictures" }

// Due lists the pictures whose objects are to go.
func (r *Reconciler) Due(ctx context.Context, _ time.Time) ([]loop.Due, error) {
	ids, err := r.Staff.PicturesDue(ctx, dueMost)
	due := make([]loop.Due, len(ids))
	for i, id := range ids {
		due[i] = loop.Due{Key: Prefix + id}
	}
	return due, err
}

// Removed is the condition of a picture that is to go.
const Removed = "Removed"

// Reconcile removes one picture's objects if it is no longer needed.
func (r *Reconciler) Reconcile(ctx context.Context, key string) (loop.Result, error) {
	p, err := r.Staff.PictureByID(ctx, strings.TrimPrefix(key, Prefix))
	if errors.Is(err, fault.ErrNotFound) {
		return loop.Done(), nil
	}
	if err != nil {
		return loop.Done(), err
	}
	if !unneeded(p, r.Now()) {
		return loop.Done(), nil
	}
	// Retired first and removed afterwards: an upload that comes late can then not become current without its objects.
	if p.State == staff.PictureUploading {
		found := resource.Condition{Type: Removed, Status: resource.Unknown, Reason: "UploadNeverEnded"}
		if err := r.Staff.PictureGone(ctx, p, found); err != nil {
			return loop.Done(), err
		}
	}
	if err := r.Blobs.Delete(ctx, keys(p.ID)...); err != nil {
		found := resource.Condition{Type: Removed, Status: resource.False, Reason: "StorageUnavailable"}
		return loop.Done(), errors.Join(err, r.Staff.PictureGone(ctx, p, found))
	}
	return loop.Done(), r.Staff.PictureGone(ctx, p, resource.Condition{Type: Removed, Status: resource.True, Reason: "Deleted"})
}

// unneeded tells whether a picture's objects are to go.
func unneeded(p *staff.Picture, now time.Time) bool {
	switch p.State {
	case staff.PictureRetired:
		return p.Observed < p.Generation
	case staff.PictureUploading:
		return now.Sub(p.CreatedAt) > staff.UploadGrace
	default:
		return false
	}
}

func keys(id string) []string {
	all := make([]string, len(staff.PictureSizes))
	for i, size := range staff.PictureSizes {
		all[i] = staff.PictureKey(id, size)
	}
	return all
}

// Swept is what a sweep found.
type Swept struct {
	Looked  int      // objects seen
	Orphans []string // keys without a row that knows them, older than the grace time
	Removed int      // how many of them were deleted; 0 in a dry run
}

// SweepGrace is how old an object must be before it can be an orphan: longer than any upload or restore takes.
const SweepGrace = 24 * time.Hour

// sweepBatch is how many pictures are looked up at once.
const sweepBatch = 200

// Sweep looks through all stored pictures for ones that no row knows, such as those left behind when the database was
// restored from an older copy, and deletes them unless dry is set (B-19). It never takes one that has a row, whatever
// the row's state, nor one younger than SweepGrace.
func (r *Reconciler) Sweep(ctx context.Context, dry bool) (Swept, error) {
	var s Swept
	old := map[string][]string{} // by picture id
	before := r.Now().Add(-SweepGrace)
	flush := func() error {
		orphans, err := r.orphans(ctx, old)
		if err != nil {
			return err
		}
		clear(old)
		s.Orphans = append(s.Orphans, orphans...)
		if dry || len(orphans) == 0 {
			return nil
		}
		if err := r.Blobs.Delete(ctx, orphans...); err != nil {
			return err
		}
		s.Removed += len(orphans)
		return nil
	}
	err := r.Blobs.List(ctx, "pictures/", func(o blob.Info) error {
		s.Looked++
		id, _, ok := strings.Cut(strings.TrimPrefix(o.Key, "pictures/"), "/")
		if !ok || o.Modified.After(before) {
			return nil
		}
		old[id] = append(old[id], o.Key)
		if len(old) < sweepBatch {
			return nil
		}
		return flush()
	})
	if err != nil {
		return s, err
	}
	return s, flush()
}

func (r *Reconciler) orphans(ctx context.Context, old map[string][]string) ([]string, error) {
	if len(old) == 0 {
		return nil, nil
	}
	ids := make([]string, 0, len(old))
	for id := range old {
		ids = append(ids, id)
	}
	known, err := r.Staff.PicturesKnown(ctx, ids)
	if err != nil {
		return nil, err
	}
	var orphans []string
	for id, keys := range old {
		if !known[id] {
			orphans = append(orphans, keys...)
		}
	}
	return orphans, nil
}
