package mails

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"chancery/app/apptest/smtptest"
	"chancery/app/delivery"
	"chancery/app/post"
	"chancery/app/resource"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/jobs/loop"
)

// A mail that breaks its template, one whose author panics, one that is refused and one that the server hangs on: none of them holds
// the others up.
func TestAPoisonMailHoldsNoOther(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.lanes = 2
		o.r = o.replica(o.server.URL())
		o.r.Authors = map[post.Kind]post.Author{
			post.Locked:  author(func(post.Mail) post.Letter { panic("broken") }),
			post.Dormant: author(func(post.Mail) post.Letter { return post.Letter{Err: errors.New("broken")} }),
		}
		u := o.person("Jon")
		poison := func(key string, kind post.Kind) {
			o.must(o.post.Queue(t.Context(), post.Draft{SendKey: key, Kind: kind, UserID: u.ID, Recipient: u.Email, Language: "en", Zone: "UTC"}))
		}
		poison("poison/author", post.Locked)
		poison("poison/letter", post.Dormant)
		poison("poison/template", post.CellChanged) // without what its template needs
		for i := range 20 {
			o.queue(u, fmt.Sprintf("key/%04d", i), post.Urgent)
		}
		o.work()
		o.arrived(20)
		for _, key := range []string{"poison/author", "poison/letter", "poison/template"} {
			o.expect(key, post.Waiting, resource.False, "Failed")
		}
	})
}

// One hangs on its connection until its time is over; the others go over the other one, also those that come meanwhile.
func TestAMailThatTheServerHangsOnHoldsOneConnectionOnly(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.lanes = 2
		o.r = o.replica(o.server.URL())
		u := o.person("Jon")
		var hung atomic.Bool
		release := make(chan struct{})
		o.server.OnAccept(func(m smtptest.Message) {
			if strings.Contains(string(m.Data), "key/0000") && !hung.Swap(true) {
				<-release
			}
		})
		for i := range 10 {
			o.queue(u, fmt.Sprintf("key/%04d", i), post.Urgent)
		}
		ended := make(chan error, 1)
		go func() {
			_, err := o.r.Reconcile(t.Context(), Outbox)
			ended <- err
		}()
		patience, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		o.server.Wait(t, patience, 10)
		o.queue(u, "key/0010", post.Urgent)
		o.r.Wake()
		o.server.Wait(t, patience, 11)
		close(release)
		o.must(<-ended)
		for i := range 11 {
			o.expect(fmt.Sprintf("key/%04d", i), post.Delivered, resource.True, "Accepted")
		}
	})
}

// What is urgent overtakes what was there before, and goes beside the receiver's limit.
func TestWhatSomebodyWaitsForGoesFirst(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		u := o.person("Jon")
		for i := range 15 {
			o.queue(u, fmt.Sprintf("key/%04d", i), post.Daily)
		}
		o.queue(u, "key/0100", post.OfCases)
		for i := range 12 {
			o.queue(u, fmt.Sprintf("key/%04d", 200+i), post.Urgent)
		}
		o.work()
		keys := o.keys()
		if len(keys) != 12+receiverMost || keys[0] != "key/0200" || keys[12] != "key/0100" || keys[13] != "key/0000" {
			t.Errorf("%d arrived: %v", len(keys), keys)
		}
		o.pass(receiverWithin)
		if keys = o.keys(); len(keys) != 28 || keys[27] != "key/0014" {
			t.Errorf("later %d had arrived: %v", len(keys), keys)
		}
	})
}

// Told to end, it begins nothing more, and what it had taken is the next one's at once.
func TestToldToEndTheFlowGivesBackWhatItHasNotBegun(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		u := o.person("Jon")
		for i := range 30 {
			o.queue(u, fmt.Sprintf("key/%04d", i), post.Urgent)
		}
		ctx, cancel := context.WithCancel(t.Context())
		o.server.OnAccept(func(smtptest.Message) { cancel() })
		l := loop.New(o.r, loop.Options{Workers: 1, Grace: 10 * time.Second})
		o.must(l.Run(ctx))
		sent := len(o.server.Messages())
		if sent == 0 || sent > 3 {
			t.Errorf("%d went after it was told to end", sent)
		}
		untouched := 0
		for i := range 30 {
			if m := o.mail(fmt.Sprintf("key/%04d", i)); m.State == post.Waiting && m.Tries == 0 && m.NextTryAt.Equal(o.clock.Now()) {
				untouched++
			}
		}
		if untouched != 30-sent {
			t.Errorf("%d wait as before, %d went", untouched, sent)
		}
		o.workAs(o.replica(o.server.URL()))
		o.arrived(30)
	})
}

// A day's summaries: what a mail costs the database does not grow with each of them.
func TestManyMailsCostFewStatements(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.lanes = 4
		o.r = o.replica(o.server.URL())
		var people []*staff.User
		for i := range 10 {
			people = append(people, o.person(fmt.Sprintf("P%c", 'a'+i)))
		}
		statements := func(mails int) int {
			for i := range mails {
				o.queue(people[i%10], fmt.Sprintf("key/%04d-%d", i, mails), post.Daily)
			}
			ctx, count := store.WithCount(t.Context())
			_, err := o.r.Reconcile(ctx, Outbox)
			o.must(err)
			o.clock.Add(receiverWithin)
			return int(count.N())
		}
		few, many := statements(10), statements(100)
		if len(o.server.Messages()) != 110 || many > 100 {
			t.Errorf("%d statements for 10 mails, %d for 100; %d arrived", few, many, len(o.server.Messages()))
		}
	})
}

// The server lets us have one connection only: that is no outage, and the second is not tried over and over.
func TestAServerThatWantsOneConnectionGetsOne(t *testing.T) {
	now := time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC)
	h := newHealth(3)
	h.heard(nil, now)
	for range 5 {
		h.heard(&delivery.Refused{Stage: delivery.StageConnect, Code: 421}, now.Add(time.Second))
		h.heard(nil, now.Add(time.Second))
	}
	if h.isDown() || h.may(now.Add(2*time.Second)) != 1 {
		t.Errorf("%+v", h)
	}
	if h.may(now.Add(time.Minute)) != 1 || h.may(now.Add(laneBack+time.Minute)) != 2 {
		t.Errorf("later: %+v", h)
	}
	h.heard(&delivery.Refused{Stage: delivery.StageConnect}, now.Add(time.Hour))
	if !h.isDown() {
		t.Error("a server that nobody has heard of for an hour is up")
	}
}
