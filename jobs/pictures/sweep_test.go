package pictures

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"chancery/app/apptest/s3test"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// B-19: what a restored database has never heard of goes, once it is old enough; nothing else ever does.
func TestTheSweepTakesOldOrphansOnly(t *testing.T) {
	each(t, func(t *testing.T, g *gallery) {
		retired, current := g.upload(), g.upload()
		uploading := g.brokenUpload()
		orphan := g.orphan()
		g.must(g.blobs.Put(t.Context(), "elsewhere/notes.txt", []byte("not a picture"), "text/plain; charset=utf-8"))
		everything := g.stored()

		if s, err := g.r.Sweep(t.Context(), false); err != nil || len(s.Orphans) != 0 || s.Removed != 0 {
			t.Errorf("a young orphan: %+v %v", s, err)
		}
		g.passes(SweepGrace + time.Minute)
		s, err := g.r.Sweep(t.Context(), true)
		if err != nil || s.Removed != 0 || !slices.Equal(s.Orphans, g.keys(orphan)) {
			t.Errorf("the dry run: %+v %v", s, err)
		}
		if !slices.Equal(g.stored(), everything) {
			t.Error("a dry run removed something")
		}
		if s, err = g.r.Sweep(t.Context(), false); err != nil || s.Removed != 3 || s.Looked != len(everything)-1 {
			t.Errorf("the sweep: %+v %v", s, err)
		}
		want := slices.DeleteFunc(everything, func(key string) bool { return slices.Contains(g.keys(orphan), key) })
		if got := g.stored(); !slices.Equal(got, want) {
			t.Errorf("left: %v\nwant: %v", got, want)
		}
		g.has(retired, 3) // due for removal, which is the reconciler's, not the sweep's
		g.has(current, 3)
		g.has(uploading, 2)
	})
}

// B-19: the sweep never takes a live one, not even while it is being uploaded.
func TestTheSweepLeavesAPictureAloneThatIsBeingUploaded(t *testing.T) {
	each(t, func(t *testing.T, g *gallery) {
		g.upload()
		sweeps := 0
		g.put = func(ctx context.Context, key string, body []byte, contentType string) error {
			if err := g.blobs.Put(ctx, key, body, contentType); err != nil {
				return err
			}
			r := *g.r
			r.Now = func() time.Time { return g.now().Add(10 * SweepGrace) } // the worst that clocks could do
			s, err := r.Sweep(ctx, false)
			if err != nil || len(s.Orphans) != 0 {
				t.Errorf("sweep during the upload: %+v %v", s, err)
			}
			sweeps++
			return nil
		}
		id := g.upload()
		g.has(id, 3)
		if sweeps != 3 {
			t.Errorf("%d sweeps", sweeps)
		}
	})
}

// Storage with pictures and a database that knows none of them do not belong together: a typing error in a setting, or
// a new empty database, must not cost a practice its pictures.
func TestTheSweepRefusesADatabaseThatKnowsNoneOfThePictures(t *testing.T) {
	each(t, func(t *testing.T, g *gallery) {
		g.orphan()
		before := g.stored()
		g.passes(2 * SweepGrace)
		for _, dry := range []bool{true, false} {
			if s, err := g.r.Sweep(t.Context(), dry); !errors.Is(err, ErrForeign) || len(s.Orphans) != 3 || s.Removed != 0 {
				t.Errorf("dry %v: %+v %v", dry, s, err)
			}
		}
		if !slices.Equal(g.stored(), before) {
			t.Error("something was removed")
		}
	})
}

func TestTheSweepOfEmptyStorageFindsNothing(t *testing.T) {
	each(t, func(t *testing.T, g *gallery) {
		if s, err := g.r.Sweep(t.Context(), false); err != nil || s.Looked != 0 {
			t.Errorf("%+v %v", s, err)
		}
	})
}

func TestTheSweepGoesThroughMoreThanOneBatch(t *testing.T) {
	g := open(t, storetest.SQLite(t), "dir:"+t.TempDir(), s3test.Credentials{})
	current := g.upload()
	const orphans = lookupBatch + 20
	for i := range orphans {
		g.must(g.blobs.Put(t.Context(), fmt.Sprintf("pictures/orphan-%03d/64.jpg", i), []byte("x"), "image/jpeg"))
		g.must(g.blobs.Put(t.Context(), fmt.Sprintf("pictures/orphan-%03d/256.jpg", i), []byte("x"), "image/jpeg"))
	}
	g.passes(2 * SweepGrace)
	s, err := g.r.Sweep(t.Context(), false)
	if err != nil || s.Removed != 2*orphans {
		t.Errorf("removed %d of %d: %v", s.Removed, 2*orphans, err)
	}
	if got := g.stored(); len(got) != 3 {
		t.Errorf("left: %v", got)
	}
	g.has(current, 3)
}

// orphan stores a picture of which the database knows nothing.
func (g *gallery) orphan() (id string) {
	g.t.Helper()
	id = store.NewID()
	for _, key := range g.keys(id) {
		g.must(g.blobs.Put(g.t.Context(), key, []byte("a lost picture"), "image/jpeg"))
	}
	return id
}

// keys are a picture's, sorted as text.
func (g *gallery) keys(id string) []string {
	var all []string
	for _, size := range staff.PictureSizes {
		all = append(all, staff.PictureKey(id, size))
	}
	slices.Sort(all)
	return all
}
