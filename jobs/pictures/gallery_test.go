package pictures

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/apptest/s3test"
	"chancery/app/blob"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// gallery is a practice with one person, storage for pictures, and the reconciler. Time is the machine's, since storage
// dates its objects by that, and can be put ahead.
type gallery struct {
	t     *testing.T
	ahead atomic.Int64
	db    *store.DB
	blobs blob.Store
	put   func(ctx context.Context, key string, body []byte, contentType string) error
	staff *staff.Staff
	actor access.Actor
	r     *Reconciler
}

// each runs fn on SQLite with a directory, and on Postgres with a real S3 server.
func each(t *testing.T, fn func(t *testing.T, g *gallery)) {
	t.Helper()
	t.Run("sqlite and directory", func(t *testing.T) {
		fn(t, open(t, storetest.SQLite(t), "dir:"+t.TempDir(), s3test.Credentials{}))
	})
	t.Run("postgres and S3", func(t *testing.T) {
		url, secrets := s3test.Start(t)
		fn(t, open(t, storetest.Postgres(t), url, secrets))
	})
}

func open(t *testing.T, database, storage string, secrets s3test.Credentials) *gallery {
	t.Helper()
	g := &gallery{t: t}
	g.db = storetest.Open(t, database, g.now)
	g.r = &Reconciler{Now: g.db.Now}
	g.storage(storage, secrets)
	g.staff = staff.New(g.db, staff.Studio{
		Make: func(context.Context, staff.Upload) (map[int][]byte, int, int, error) {
			sizes := map[int][]byte{}
			for _, size := range staff.PictureSizes {
				sizes[size] = []byte("a picture")
			}
			return sizes, 512, 512, nil
		},
		Put: func(ctx context.Context, key string, body []byte, contentType string) error {
			return g.put(ctx, key, body, contentType)
		},
	})
	g.r.Staff = g.staff
	g.must(access.New(g.db).Seed(t.Context()))
	g.must(g.staff.SeedOrganization(t.Context(), staff.Organization{Name: "Marlow Reyes", Language: "en", Zone: "UTC"}))
	u, err := signin.New(g.db, g.staff, nil, signin.Options{}).Bootstrap(t.Context(), access.System("test"), staff.NewUser{
		FirstName: "Jon", LastName: "Okafor", Email: "jon@firm.example", RoleID: access.RoleConsultant, Language: "en", Zone: "UTC"}, "", false)
	g.must(err)
	g.actor = access.System("test")
	g.actor.ID = u.ID
	return g
}

// storage makes a place the one where pictures lie.
func (g *gallery) storage(url string, secrets s3test.Credentials) {
	g.t.Helper()
	var err error
	g.blobs, err = blob.Open(g.t.Context(), url, blob.Credentials(secrets))
	g.must(err)
	g.r.Blobs, g.put = g.blobs, g.blobs.Put
}

func (g *gallery) now() time.Time { return time.Now().Add(time.Duration(g.ahead.Load())) }

func (g *gallery) passes(d time.Duration) { g.ahead.Add(int64(d)) }

// upload makes a new picture the person's.
func (g *gallery) upload() (id string) {
	g.t.Helper()
	u, err := g.staff.SetPicture(g.t.Context(), g.actor, g.actor.ID, staff.Upload{Name: "jon.png", Type: "image/png"})
	g.must(err)
	return *u.PictureID
}

// brokenUpload stores two of three sizes, and then storage goes away.
func (g *gallery) brokenUpload() (id string) {
	g.t.Helper()
	n := 0
	g.put = func(ctx context.Context, key string, body []byte, contentType string) error {
		if n++; n == 3 {
			return errors.New("storage went away")
		}
		return g.blobs.Put(ctx, key, body, contentType)
	}
	if _, err := g.staff.SetPicture(g.t.Context(), g.actor, g.actor.ID, staff.Upload{Name: "jon.png", Type: "image/png"}); err == nil {
		g.t.Fatal("the upload succeeded")
	}
	g.put = g.blobs.Put
	g.must(g.db.In(g.t.Context()).Raw(`SELECT id FROM pictures WHERE state = 'uploading'`).Scan(&id).Error)
	return id
}

func (g *gallery) due() (keys []string) {
	g.t.Helper()
	due, err := g.r.Due(g.t.Context(), g.db.Now())
	g.must(err)
	for _, d := range due {
		keys = append(keys, d.Key)
	}
	return keys
}

func (g *gallery) work() {
	g.t.Helper()
	for _, key := range g.due() {
		if _, err := g.r.Reconcile(g.t.Context(), key); err != nil {
			g.t.Fatal(err)
		}
	}
}

func (g *gallery) picture(id string) *staff.Picture {
	g.t.Helper()
	p, err := g.staff.PictureByID(g.t.Context(), id)
	g.must(err)
	return p
}

// stored are the keys in storage.
func (g *gallery) stored() (keys []string) {
	g.t.Helper()
	g.must(g.blobs.List(g.t.Context(), "", func(o blob.Info) error { keys = append(keys, o.Key); return nil }))
	slices.Sort(keys)
	return keys
}

// has fails the test unless a picture has n objects.
func (g *gallery) has(id string, n int) {
	g.t.Helper()
	found := 0
	for _, key := range g.stored() {
		if strings.HasPrefix(key, "pictures/"+id+"/") {
			found++
		}
	}
	if found != n {
		g.t.Errorf("picture %s has %d objects, want %d", id, found, n)
	}
}

func (g *gallery) must(err error) {
	g.t.Helper()
	if err != nil {
		g.t.Fatal(err)
	}
}
