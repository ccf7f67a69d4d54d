package outsidetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"chancery/app/outside"
)

func cursors(t *testing.T, w *World) {
	c, _ := begun(t, w)
	first := put(t, c, sample(uid), nil)
	l := listed(t, c, "")
	if l.Cursor == "" {
		return // this keeper has none: each list is whole
	}
	quiet := listed(t, c, l.Cursor)
	if quiet.Whole || len(quiet.Events) != 0 {
		t.Errorf("nothing has changed, and the list is %+v", quiet)
	}
	other := sample(uid + "b")
	put(t, c, other, nil)
	more := listed(t, c, quiet.Cursor)
	if w.Compares {
		if !more.Whole || len(more.Events) != 2 || more.Cursor == quiet.Cursor {
			t.Errorf("one event is new, and the list is %+v", more)
		}
		return
	}
	if more.Whole || len(more.Events) != 1 || more.Events[0].UID != other.UID || more.Events[0].Mark != other.Mark {
		t.Errorf("one event is new, and the list is %+v", more)
	}
	if err := c.Remove(context.Background(), first); err != nil {
		t.Fatal(err)
	}
	less := listed(t, c, more.Cursor)
	if len(less.Events) != 1 || !less.Events[0].Removed || less.Events[0].Ref != first.Ref {
		t.Errorf("one event is gone, and the list is %+v", less)
	}
}

func thousand(t *testing.T, w *World) {
	c, _ := begun(t, w)
	var all []outside.Event
	many := cmp.Or(w.Many, 1000)
	for i := range many {
		e := sample(fmt.Sprintf("%s-%d", uid, i))
		e.StartsAt, e.EndsAt = e.StartsAt.Add(time.Duration(i)*time.Hour), e.EndsAt.Add(time.Duration(i)*time.Hour)
		all = append(all, e)
	}
	if w.Fill != nil {
		w.Fill(all)
	} else {
		fill(t, w, c, all)
	}
	if w.Wait != nil {
		w.Wait(10 * time.Minute)
	}
	before := 0
	if w.Count != nil {
		before = w.Count(w.List)
	}
	l := listed(t, c, "")
	seen := map[string]bool{}
	for _, held := range l.Events {
		if held.Mark != "mark1" {
			t.Fatalf("%s has the mark %q", held.UID, held.Mark)
		}
		seen[held.UID] = true
	}
	if len(seen) != many || len(l.Events) != many {
		t.Errorf("%d events are listed, %d of them different, want %d", len(l.Events), len(seen), many)
	}
	if w.Count != nil && w.Count(w.List) != before+1 {
		t.Errorf("listed by %d requests, want one", w.Count(w.List)-before)
	}
}

func fill(t *testing.T, w *World, c outside.Calendar, all []outside.Event) {
	t.Helper()
	for _, e := range all {
		for {
			_, err := c.Put(context.Background(), e, nil)
			var later *outside.Later
			if errors.As(err, &later) && w.Wait != nil {
				w.Wait(later.After)
				continue
			}
			if err != nil {
				t.Fatalf("put: %v", err)
			}
			break
		}
	}
}

func lost(t *testing.T, w *World) {
	if w.Fail == nil {
		return
	}
	c, _ := begun(t, w)
	e := sample(uid)
	w.Fail(Fault{On: w.Insert, Cut: true})
	if _, err := c.Put(context.Background(), e, nil); err == nil {
		t.Fatal("the answer was lost, and nothing is said of it")
	}
	standing(t, w)
	held := put(t, c, e, nil)
	standing(t, w)
	e.Title, e.Mark = "Moved", "mark2"
	w.Fail(Fault{On: w.Update, Cut: true})
	if _, err := c.Put(context.Background(), e, &held); err == nil {
		t.Fatal("the answer was lost, and nothing is said of it")
	}
	told := only(t, listed(t, c, ""))
	if told.Mark != "mark2" {
		t.Errorf("it was written before the answer was lost, and the mark is %q", told.Mark)
	}
	if _, err := c.Put(context.Background(), e, &held); !errors.Is(err, outside.ErrChanged) {
		t.Errorf("written again by the version before: %v, want ErrChanged", err)
	}
}

func forgotten(t *testing.T, w *World) {
	if w.LoseCursors == nil {
		return
	}
	c, _ := begun(t, w)
	put(t, c, sample(uid), nil)
	cursor := listed(t, c, "").Cursor
	w.LoseCursors()
	if _, err := c.List(context.Background(), cursor); !errors.Is(err, outside.ErrCursor) {
		t.Errorf("listed from a cursor that is not known: %v, want ErrCursor", err)
	}
	only(t, listed(t, c, ""))
}

func patience(t *testing.T, w *World) {
	if w.Fail == nil {
		return
	}
	c, _ := begun(t, w)
	for _, asked := range []struct {
		fault Fault
		after time.Duration
	}{
		{Fault{Status: 429, RetryAfter: "17"}, 17 * time.Second},
		{Fault{Status: 503, RetryAfter: "120"}, 2 * time.Minute},
		{Fault{Status: 500}, 0},
		{Fault{Status: 502, RetryAfter: "soon"}, 0},
		{Fault{Status: 429, RetryAfter: "-5"}, 0},
	} {
		w.Fail(asked.fault)
		_, err := c.Put(context.Background(), sample(uid), nil)
		var later *outside.Later
		if !errors.As(err, &later) || later.Status != asked.fault.Status || later.After != asked.after {
			t.Errorf("%+v is understood as %v (%+v), want later, after %s", asked.fault, err, later, asked.after)
		}
	}
	if w.Now != nil {
		w.Fail(Fault{Status: 503, RetryAfter: w.Now().Add(time.Hour).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")})
		_, err := c.List(context.Background(), "")
		var later *outside.Later
		if !errors.As(err, &later) || later.After > time.Hour || later.After < 59*time.Minute {
			t.Errorf("a date in an hour is understood as %+v", later)
		}
	}
	if len(w.Events()) != 0 {
		t.Errorf("refused, and there stands %+v", w.Events())
	}
	put(t, c, sample(uid), nil)
}

func expired(t *testing.T, w *World) {
	if w.Expire == nil {
		return
	}
	c, place := begun(t, w)
	w.Expire()
	put(t, c, sample(uid), nil)
	w.Expire()
	again := w.Calendar() // by what was kept of the grant when it was renewed
	if _, err := again.Open(context.Background(), place); err != nil {
		t.Fatalf("open by a grant that was renewed: %v", err)
	}
	only(t, listed(t, again, ""))
}

func revoked(t *testing.T, w *World) {
	if w.Revoke == nil {
		return
	}
	c, _ := begun(t, w)
	held := put(t, c, sample(uid), nil)
	w.Revoke()
	ctx := context.Background()
	_, listing := c.List(ctx, "")
	_, writing := c.Put(ctx, sample(uid), &held)
	_, opening := w.Calendar().Open(ctx, "")
	for _, err := range []error{listing, writing, opening, c.Remove(ctx, held), c.Clear(ctx)} {
		if !errors.Is(err, outside.ErrRevoked) {
			t.Errorf("by a grant that was taken back: %v, want ErrRevoked", err)
		}
	}
}

func silent(t *testing.T, w *World) {
	if w.Fail == nil {
		return
	}
	c, _ := begun(t, w)
	e := sample(uid)
	for _, fault := range []Fault{
		{On: w.Insert, Status: 400, Reason: "Hearing of Ruiz is no good"}, {On: w.Insert, Status: 403, Reason: "forbidden"},
		{On: w.Insert, Cut: true}, {On: w.Insert, Status: 302},
	} {
		w.Fail(fault)
		_, err := c.Put(context.Background(), e, nil)
		if err == nil {
			t.Fatalf("%+v is taken for done", fault)
		}
		for _, secret := range []string{"Ruiz", "Bring", uid, "sentence", "calendar-", "Bearer"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error tells %q: %v", secret, err)
			}
		}
		for _, stands := range w.Events() {
			if err := c.Remove(context.Background(), outside.Held{UID: uid, Ref: stands.Ref}); err != nil {
				t.Fatal(err)
			}
		}
	}
}
