package replies_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/replies"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// desk is the room, with two tokens whose requests it answers, and a table of what was done.
type desk struct {
	*replies.Replies
	t     *testing.T
	db    *store.DB
	clock *storetest.Clock
}

func each(t *testing.T, fn func(d *desk)) {
	t.Helper()
	clock := storetest.NewClock()
	storetest.Each(t, clock.Now, func(t *testing.T, db *store.DB) {
		d := &desk{replies.New(db), t, db, clock}
		d.must(access.New(db).Seed(t.Context()))
		people := staff.New(db, staff.Studio{})
		d.must(people.SeedOrganization(t.Context(), staff.Organization{Name: "Marlow Reyes", Language: "en", Zone: "UTC"}))
		u, err := people.Create(t.Context(), access.System("test"), staff.NewUser{FirstName: "Grace", LastName: "Mbeki", Email: "grace@firm.example",
			RoleID: access.RoleAdministrator, Language: "en", Zone: "UTC"})
		d.must(err)
		for _, id := range []string{"one", "other"} {
			d.exec(`INSERT INTO tokens (id, token_hash, user_id, name, hint, scopes, epoch, created_at, expires_at) VALUES (?, ?, ?, 'Client app', 'abcd', 'cases.view', 1, ?, ?)`,
				id, id, u.ID, clock.Now(), clock.Now().AddDate(1, 0, 0))
		}
		d.exec(`CREATE TABLE done (what text NOT NULL)`)
		fn(d)
	})
}

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) exec(sql string, args ...any) {
	d.t.Helper()
	d.must(d.db.In(d.t.Context()).Exec(sql, args...).Error)
}

func (d *desk) done(what string) (n int) {
	d.t.Helper()
	d.must(d.db.Row(d.t.Context(), `SELECT count(*) FROM done WHERE what = $1`, what).Scan(&n))
	return n
}

func request(key string) replies.Request {
	return replies.Request{TokenID: "one", Key: key, Hash: "h"}
}

// doing writes down that something was done, and answers with a reply of its own each time.
func (d *desk) doing(what string) func(context.Context) (replies.Reply, error) {
	return func(ctx context.Context) (replies.Reply, error) {
		if _, err := d.db.Exec(ctx, `INSERT INTO done (what) VALUES ($1)`, what); err != nil {
			return replies.Reply{}, err
		}
		return replies.Reply{Status: 201, Body: store.NewID(), ETag: `"1"`}, nil
	}
}

func (d *desk) once(q replies.Request, what string) (replies.Reply, bool) {
	d.t.Helper()
	reply, again, err := d.Once(d.t.Context(), q, d.doing(what))
	d.must(err)
	return reply, again
}

// The same request gets the same reply, and is done once; each key, and each token's, is its own.
func TestWhatComesTwiceIsDoneOnce(t *testing.T) {
	each(t, func(d *desk) {
		first, again := d.once(request("k"), "a")
		if again || first.Status != 201 || first.ETag != `"1"` || first.Body == "" {
			t.Error(first, again)
		}
		if second, again := d.once(request("k"), "a"); !again || second != first {
			t.Error(second, again)
		}
		if n := d.done("a"); n != 1 {
			t.Errorf("done %d times", n)
		}
		for _, q := range []replies.Request{request("K"), request("k "), {TokenID: "other", Key: "k", Hash: "h"}} {
			if reply, again := d.once(q, "others"); again || reply == first {
				t.Error(q, reply)
			}
		}
	})
}

// Another request under a key is none of it: neither is it done, nor is the first one's reply given away.
func TestAnotherRequestUnderTheKeyIsRefused(t *testing.T) {
	each(t, func(d *desk) {
		d.once(request("k"), "a")
		reply, again, err := d.Once(t.Context(), replies.Request{TokenID: "one", Key: "k", Hash: "other"}, d.doing("b"))
		if !errors.Is(err, replies.ErrOther) || again || reply != (replies.Reply{}) || d.done("b") != 0 {
			t.Error(reply, again, err)
		}
	})
}

// What was refused, or broke off, has done nothing and is judged again.
func TestOnlyWhatWasDoneIsRemembered(t *testing.T) {
	each(t, func(d *desk) {
		refused := errors.New("refused")
		_, _, err := d.Once(t.Context(), request("k"), func(ctx context.Context) (replies.Reply, error) {
			_, err := d.doing("a")(ctx)
			return replies.Reply{Status: 201}, errors.Join(err, refused)
		})
		if !errors.Is(err, refused) || d.done("a") != 0 {
			t.Error(err, d.done("a"))
		}
		func() {
			defer func() { _ = recover() }()
			_, _, _ = d.Once(t.Context(), request("k"), func(ctx context.Context) (replies.Reply, error) {
				_, _ = d.doing("a")(ctx)
				panic("broke off")
			})
		}()
		gone, cancel := context.WithCancel(t.Context())
		_, _, err = d.Once(gone, request("k"), func(ctx context.Context) (replies.Reply, error) {
			reply, err := d.doing("a")(ctx)
			cancel()
			return reply, err
		})
		if err == nil || d.done("a") != 0 {
			t.Error(err, d.done("a"))
		}
		if _, again := d.once(request("k"), "a"); again || d.done("a") != 1 {
			t.Error("it was taken for done")
		}
	})
}

// Of many at once one does it, and the others wait for its reply; while it is refused, another does it.
func TestOfManyAtOnceOneDoesIt(t *testing.T) {
	each(t, func(d *desk) {
		const many = 16
		for round, refusals := range []int64{0, 3} {
			key := fmt.Sprint("k", round)
			var left atomic.Int64
			left.Store(refusals)
			var wait sync.WaitGroup
			var mu sync.Mutex
			bodies, first, refused := map[string]bool{}, 0, 0
			for range many {
				wait.Go(func() {
					reply, again, err := d.Once(t.Context(), request(key), func(ctx context.Context) (replies.Reply, error) {
						if left.Add(-1) >= 0 {
							return replies.Reply{}, errors.New("refused")
						}
						return d.doing(key)(ctx)
					})
					mu.Lock()
					defer mu.Unlock()
					switch {
					case err != nil:
						refused++
					case !again:
						first++
						fallthrough
					default:
						bodies[reply.Body] = true
					}
				})
			}
			wait.Wait()
			if d.done(key) != 1 || first != 1 || len(bodies) != 1 || refused != int(refusals) {
				t.Errorf("done %d times, %d first, %d replies, %d refused", d.done(key), first, len(bodies), refused)
			}
		}
	})
}

// A reply is remembered for a day to the moment, whether or not it was cleaned up; then it is as if it had not been.
func TestARepliesDayEnds(t *testing.T) {
	each(t, func(d *desk) {
		first, _ := d.once(request("k"), "a")
		d.clock.Add(replies.Kept - time.Second)
		if second, again := d.once(request("k"), "a"); !again || second != first {
			t.Error("too early")
		}
		d.clock.Add(time.Second)
		second, again, err := d.Once(t.Context(), replies.Request{TokenID: "one", Key: "k", Hash: "other"}, d.doing("a"))
		if err != nil || again || second == first || d.done("a") != 2 {
			t.Error(second, again, err)
		}
		d.clock.Add(replies.Kept - time.Second) // a day that began anew
		if _, again, err := d.Once(t.Context(), replies.Request{TokenID: "one", Key: "k", Hash: "other"}, d.doing("a")); err != nil || !again {
			t.Error(again, err)
		}
	})
}

// D-4: what is over goes in small steps, and nothing that still counts.
func TestTheCleanUpForgetsWhatIsOver(t *testing.T) {
	each(t, func(d *desk) {
		for i := range 7 {
			d.once(request(fmt.Sprint("old", i)), "old")
		}
		d.clock.Add(time.Second)
		kept, _ := d.once(request("new"), "new")
		d.clock.Add(replies.Kept - time.Second)
		for _, want := range []int64{7, 0} {
			if n, err := d.CleanUp(t.Context(), 3); err != nil || n != want {
				t.Error(n, err)
			}
		}
		if reply, again := d.once(request("new"), "new"); !again || reply != kept {
			t.Error("one that counts was forgotten")
		}
	})
}
