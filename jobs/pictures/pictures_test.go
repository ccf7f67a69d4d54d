package pictures

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"chancery/app/apptest/s3test"
	"chancery/app/blob"
	"chancery/app/resource"
	"chancery/app/staff"
	"chancery/app/store/storetest"
)

func TestAReplacedPictureGoesAndTheCurrentOneStays(t *testing.T) {
	each(t, func(t *testing.T, g *gallery) {
		old := g.upload()
		if due := g.due(); len(due) != 0 {
			t.Errorf("due although nothing was replaced: %v", due)
		}
		current := g.upload()
		if due := g.due(); !slices.Equal(due, []string{Prefix + old}) {
			t.Fatalf("due: %v", due)
		}
		g.work()
		g.has(current, 3)
		g.has(old, 0)
		if p := g.picture(old); p.State != staff.PictureRetired || p.Observed != p.Generation || p.Conditions[0].Status != resource.True {
			t.Errorf("row: %+v", p)
		}
		g.r.Blobs = nil // what is gone is not removed again
		if _, err := g.r.Reconcile(t.Context(), Prefix+old); err != nil {
			t.Fatal(err)
		}
		// Even asked for by its name, the current one stays.
		if _, err := g.r.Reconcile(t.Context(), Prefix+current); err != nil {
			t.Fatal(err)
		}
		g.has(current, 3)
		if due := g.due(); len(due) != 0 {
			t.Errorf("still due: %v", due)
		}
	})
}

func TestARemovedPictureGoes(t *testing.T) {
	each(t, func(t *testing.T, g *gallery) {
		id := g.upload()
		if _, err := g.staff.RemovePicture(t.Context(), g.actor, g.actor.ID); err != nil {
			t.Fatal(err)
		}
		g.work()
		g.has(id, 0)
	})
}

func TestWhatAnUploadLeftThatNeverEndedIsClearedAfterItsGrace(t *testing.T) {
	each(t, func(t *testing.T, g *gallery) {
		id := g.brokenUpload()
		g.has(id, 2)
		g.passes(staff.UploadGrace - time.Minute)
		g.work()
		if _, err := g.r.Reconcile(t.Context(), Prefix+id); err != nil { // the feed may say so at any time
			t.Fatal(err)
		}
		g.has(id, 2)
		if p := g.picture(id); p.State != staff.PictureUploading {
			t.Errorf("within its grace the upload became %s", p.State)
		}
		g.passes(2 * time.Minute)
		g.work()
		g.has(id, 0)
		if p := g.picture(id); p.State != staff.PictureRetired || p.Observed != p.Generation {
			t.Errorf("row: %+v", p)
		}
	})
}

// The row is asked again after it was retired, so an upload that ends in this very moment keeps its objects.
func TestAnUploadThatEndsWhileItIsBeingClearedKeepsItsObjects(t *testing.T) {
	each(t, func(t *testing.T, g *gallery) {
		id := g.brokenUpload()
		g.passes(2 * staff.UploadGrace)
		now := g.r.Now
		g.r.Now = func() time.Time { // asked between the row's reading and what follows from it
			g.must(g.db.In(t.Context()).Exec(`UPDATE pictures SET state = 'current' WHERE id = ?`, id).Error)
			return now()
		}
		if _, err := g.r.Reconcile(t.Context(), Prefix+id); err != nil {
			t.Fatal(err)
		}
		g.has(id, 2)
		if p := g.picture(id); p.State != staff.PictureCurrent || len(p.Conditions) != 0 {
			t.Errorf("row: %+v", p)
		}
	})
}

func TestARetiredPictureStaysDueWhileStorageIsDown(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		server := s3test.New(t)
		g := open(t, url, server.URL(), server.Credentials)
		old := g.upload()
		current := g.upload()
		server.Kill()
		for range 2 {
			if _, err := g.r.Reconcile(t.Context(), Prefix+old); err == nil {
				t.Fatal("no error, so the loop would not try again")
			}
			c, _ := g.picture(old).Conditions.Get(Removed)
			if c.Status != resource.False || c.Reason != "StorageUnavailable" {
				t.Errorf("condition: %+v", c)
			}
			if due := g.due(); !slices.Equal(due, []string{Prefix + old}) {
				t.Errorf("due: %v", due)
			}
		}
		server.Restart()
		g.storage(server.URL(), server.Credentials)
		g.work()
		g.has(old, 0)
		g.has(current, 3)
		if c, _ := g.picture(old).Conditions.Get(Removed); c.Status != resource.True {
			t.Errorf("condition: %+v", c)
		}
	})
}

// A process that is told to end says nothing about storage.
func TestOurOwnEndIsNoOutage(t *testing.T) {
	each(t, func(t *testing.T, g *gallery) {
		old := g.upload()
		g.upload()
		ctx, cancel := context.WithCancel(t.Context())
		g.r.Blobs = stopping{g.blobs, cancel}
		if _, err := g.r.Reconcile(ctx, Prefix+old); !errors.Is(err, context.Canceled) {
			t.Errorf("error: %v", err)
		}
		if p := g.picture(old); len(p.Conditions) != 0 || p.Observed == p.Generation {
			t.Errorf("row: %+v", p)
		}
	})
}

// stopping is storage in whose Delete the process is told to end.
type stopping struct {
	blob.Store
	stop context.CancelFunc
}

func (s stopping) Delete(ctx context.Context, keys ...string) error {
	s.stop()
	return ctx.Err()
}
