package staff_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/resource"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// shelf is blob storage in memory, which can be away.
type shelf struct {
	mu   sync.Mutex
	away bool
	kept map[string][]byte
}

func (s *shelf) studio() staff.Studio {
	s.kept = map[string][]byte{}
	return staff.Studio{
		Make: func(_ context.Context, up staff.Upload) (map[int][]byte, int, int, error) {
			if len(up.File) == 0 {
				return nil, 0, 0, fault.Field1("picture", "picture.unreadable")
			}
			return map[int][]byte{64: up.File, 256: up.File, 512: up.File}, 512, 512, nil
		},
		Put: func(_ context.Context, key string, body []byte, _ string) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.away {
				return &fault.Unavailable{Message: fault.M("blob.unavailable"), Cause: errors.New("away")}
			}
			s.kept[key] = body
			return nil
		},
		Get: func(_ context.Context, key string) ([]byte, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.kept[key], nil
		},
	}
}

func gallery(t *testing.T, fn func(t *testing.T, clock *storetest.Clock, db *store.DB, s *shelf, people *staff.Staff, u *staff.User)) {
	t.Helper()
	clock := storetest.NewClock()
	storetest.Each(t, clock.Now, func(t *testing.T, db *store.DB) {
		_, _, u := noor(t, db)
		s := &shelf{}
		fn(t, clock, db, s, staff.New(db, s.studio()), u)
	})
}

func upload(text string) staff.Upload {
	return staff.Upload{Name: "a.png", Type: "image/png", File: []byte(text)}
}

// S0-6, S2-25, S0-10: a new picture takes the place of the old, which is no longer served.
func TestANewPictureReplacesTheOld(t *testing.T) {
	gallery(t, func(t *testing.T, _ *storetest.Clock, db *store.DB, _ *shelf, people *staff.Staff, u *staff.User) {
		ctx := t.Context()
		one, err := people.SetPicture(ctx, reader(u.ID), u.ID, upload("one"))
		if err != nil || one.PictureID == nil {
			t.Fatal(one, err)
		}
		two, err := people.SetPicture(ctx, reader(u.ID), u.ID, upload("two"))
		if err != nil {
			t.Fatal(err)
		}
		if body, err := people.Picture(ctx, *two.PictureID, 64); err != nil || string(body) != "two" {
			t.Errorf("%s, %v", body, err)
		}
		for _, c := range []struct {
			id   string
			size int
		}{{*one.PictureID, 64}, {*two.PictureID, 65}, {"none", 64}} {
			if _, err := people.Picture(ctx, c.id, c.size); !errors.Is(err, fault.ErrNotFound) {
				t.Errorf("%+v is served: %v", c, err)
			}
		}
		due, err := people.PicturesDue(ctx, 10)
		if err != nil || len(due) != 1 || due[0] != *one.PictureID {
			t.Error(due, err)
		}
		if lines, err := audit.Of(ctx, db, "user", u.ID, 2); err != nil || lines[0].Action != "user.set-picture" {
			t.Error(lines, err)
		}
	})
}

// S0-7, ASVS 16.5.2: what cannot be read or stored changes nothing.
func TestTheOldPictureStaysWhenTheNewOneFails(t *testing.T) {
	gallery(t, func(t *testing.T, clock *storetest.Clock, _ *store.DB, s *shelf, people *staff.Staff, u *staff.User) {
		ctx := t.Context()
		before, err := people.SetPicture(ctx, reader(u.ID), u.ID, upload("one"))
		if err != nil {
			t.Fatal(err)
		}
		var bad *fault.Invalid
		if _, err := people.SetPicture(ctx, reader(u.ID), u.ID, upload("")); !errors.As(err, &bad) || !bad.Has("picture") {
			t.Error(err)
		}
		s.away = true
		var unavailable *fault.Unavailable
		if _, err := people.SetPicture(ctx, reader(u.ID), u.ID, upload("two")); !errors.As(err, &unavailable) {
			t.Error(err)
		}
		if got, err := people.Get(ctx, u.ID); err != nil || *got.PictureID != *before.PictureID {
			t.Error(got, err)
		}
		if due, err := people.PicturesDue(ctx, 10); err != nil || len(due) != 0 {
			t.Error("an upload is cleared away at once", due, err)
		}
		clock.Add(staff.UploadGrace + time.Second)
		if due, err := people.PicturesDue(ctx, 10); err != nil || len(due) != 1 {
			t.Error("what an upload left is never cleared away", due, err)
		}
	})
}

// B-19: an upload that took longer than its grace, and was cleared away meanwhile, does not become current.
func TestAnUploadThatWasClearedAwayStaysAway(t *testing.T) {
	gallery(t, func(t *testing.T, clock *storetest.Clock, db *store.DB, s *shelf, people *staff.Staff, u *staff.User) {
		ctx := t.Context()
		slow := s.studio()
		put := slow.Put
		slow.Put = func(ctx context.Context, key string, body []byte, kind string) error {
			if key[len(key)-7:] == "512.jpg" {
				clock.Add(staff.UploadGrace + time.Second)
				due, err := people.PicturesDue(ctx, 10)
				if err != nil || len(due) != 1 {
					t.Fatal(due, err)
				}
				p, err := people.PictureByID(ctx, due[0])
				if err != nil {
					t.Fatal(err)
				}
				if err := people.PictureGone(ctx, p, resource.Condition{Type: "Removed", Status: resource.True, Reason: "Removed"}); err != nil {
					t.Fatal(err)
				}
			}
			return put(ctx, key, body, kind)
		}
		var unavailable *fault.Unavailable
		if _, err := staff.New(db, slow).SetPicture(ctx, reader(u.ID), u.ID, upload("late")); !errors.As(err, &unavailable) {
			t.Error(err)
		}
		if got, err := people.Get(ctx, u.ID); err != nil || got.PictureID != nil {
			t.Error(got, err)
		}
	})
}

func TestOfManyUploadsAtOnceOneIsCurrent(t *testing.T) {
	gallery(t, func(t *testing.T, _ *storetest.Clock, db *store.DB, _ *shelf, people *staff.Staff, u *staff.User) {
		errs := make(chan error, 8)
		for range cap(errs) {
			go func() {
				_, err := people.SetPicture(t.Context(), reader(u.ID), u.ID, upload("x"))
				errs <- err
			}()
		}
		for range cap(errs) {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		var current string
		if err := db.In(t.Context()).Raw(`SELECT id FROM pictures WHERE state = 'current'`).Scan(&current).Error; err != nil {
			t.Fatal(err)
		}
		if got, err := people.Get(t.Context(), u.ID); err != nil || *got.PictureID != current {
			t.Error(got, err)
		}
		if due, err := people.PicturesDue(t.Context(), 10); err != nil || len(due) != 7 {
			t.Error(len(due), err)
		}
	})
}

// ASVS 5.2.4
func TestUploadsAreLimitedByTheHour(t *testing.T) {
	gallery(t, func(t *testing.T, clock *storetest.Clock, _ *store.DB, _ *shelf, people *staff.Staff, u *staff.User) {
		for range 30 {
			if _, err := people.SetPicture(t.Context(), reader(u.ID), u.ID, upload("x")); err != nil {
				t.Fatal(err)
			}
		}
		var many *fault.TooMany
		if _, err := people.SetPicture(t.Context(), reader(u.ID), u.ID, upload("x")); !errors.As(err, &many) {
			t.Error(err)
		}
		clock.Add(time.Hour)
		if _, err := people.SetPicture(t.Context(), reader(u.ID), u.ID, upload("x")); err != nil {
			t.Error(err)
		}
	})
}

// S0-1, S0-30: nobody sets another's picture; an administrator may take an unfit one away, and set the practice's own.
func TestPicturesAreOnesOwn(t *testing.T) {
	gallery(t, func(t *testing.T, _ *storetest.Clock, db *store.DB, _ *shelf, people *staff.Staff, u *staff.User) {
		ctx, admin := t.Context(), reader("admin", access.UsersEdit, access.OrganizationEdit)
		var forbidden *fault.Forbidden
		if _, err := people.SetPicture(ctx, admin, u.ID, upload("x")); !errors.As(err, &forbidden) {
			t.Error(err)
		}
		if _, err := people.SetPicture(ctx, reader(u.ID), u.ID, upload("x")); err != nil {
			t.Fatal(err)
		}
		if _, err := people.RemovePicture(ctx, reader("someone", access.UsersView), u.ID); !errors.As(err, &forbidden) {
			t.Error(err)
		}
		if got, err := people.RemovePicture(ctx, admin, u.ID); err != nil || got.PictureID != nil {
			t.Error(got, err)
		}
		if err := people.SetLogo(ctx, reader("someone", access.UsersEdit), upload("logo")); !errors.As(err, &forbidden) {
			t.Error(err)
		}
		if err := people.SetLogo(ctx, admin, upload("logo")); err != nil {
			t.Fatal(err)
		}
		if org, err := people.Organization(ctx); err != nil || org.PictureID == nil {
			t.Error(org, err)
		}
		if lines, err := audit.Of(ctx, db, "organization", "organization", 2); err != nil || len(lines) != 1 || lines[0].ActorID != "admin" {
			t.Error(lines, err)
		}
	})
}
