// Package pictures removes what pictures leave in blob storage: the sizes of one that was replaced, of an upload that
// never ended, and whatever lies there without a row that knows it (sweep.go).
//
// A picture is made and stored while its owner waits, so that an outage is told at once (staff.SetPicture); what is
// left for later is only the taking away. Current pictures are never touched: every step asks the row again.
package pictures

import (
	"context"
	"errors"
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
}

// Prefix begins the keys of pictures on the change feed.
const Prefix = "picture/"

// dueMost bounds what one look at the database brings; the rest comes with the next.
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
	if p.State == staff.PictureUploading {
		if p, err = r.retire(ctx, p); err != nil || p.State != staff.PictureRetired {
			return loop.Done(), err
		}
	}
	if err := r.Blobs.Delete(ctx, keys(p.ID)...); err != nil {
		found := resource.Condition{Type: Removed, Status: resource.False, Reason: "StorageUnavailable"}
		return loop.Done(), errors.Join(err, r.Staff.PictureGone(ctx, p, found)) // still due
	}
	return loop.Done(), r.Staff.PictureGone(ctx, p, resource.Condition{Type: Removed, Status: resource.True, Reason: "Deleted"})
}

// retire ends an upload that never ended. It is retired first, asked for again, and only then removed: one that has
// become current in this very moment keeps its objects.
func (r *Reconciler) retire(ctx context.Context, p *staff.Picture) (*staff.Picture, error) {
	found := resource.Condition{Type: Removed, Status: resource.Unknown, Reason: "UploadNeverEnded"}
	if err := r.Staff.PictureGone(ctx, p, found); err != nil {
		return nil, err
	}
	return r.Staff.PictureByID(ctx, p.ID)
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
