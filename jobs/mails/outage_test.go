package mails

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"chancery/app/apptest/smtptest"
	"chancery/app/post"
	"chancery/app/resource"
	"chancery/app/staff"
)

// queue writes a mail of a rank.
func (o *office) queue(u *staff.User, key string, rank post.Rank) {
	o.t.Helper()
	o.must(o.post.Queue(o.t.Context(), post.Draft{SendKey: key, Kind: post.SessionsEnded, UserID: u.ID, Recipient: u.Email,
		Language: u.Language, Zone: u.Zone, Rank: rank, Data: map[string]any{"By": key, "When": o.clock.Now()}}))
}

// pass lets time pass, and has done in it what falls due, as the loop does.
func (o *office) pass(d time.Duration) {
	o.t.Helper()
	for end := o.clock.Now().Add(d); ; {
		result, err := o.r.Reconcile(o.t.Context(), Outbox)
		o.must(err)
		if result.At().IsZero() || result.At().After(end) {
			o.clock.Add(end.Sub(o.clock.Now()))
			return
		}
		o.clock.Add(max(result.At().Sub(o.clock.Now()), 0))
	}
}

// through has the reconciler speak to the server by a door that is shut.
func (o *office) through() *door {
	o.t.Helper()
	d := newDoor(o.t, o.server.Addr())
	o.r = o.replica(strings.Replace(o.server.URL(), o.server.Addr(), d.addr, 1))
	return d
}

// keys are the send keys of what has arrived, in that order.
func (o *office) keys() (keys []string) {
	o.t.Helper()
	for _, m := range o.server.Messages() {
		body := string(m.Data)
		at := strings.Index(body, "key/")
		keys = append(keys, body[at:at+8])
	}
	return keys
}

// The proof: the server is down for hours, then back. Nothing is lost, no mail is blamed, what somebody waits for goes
// first and the rest in the order in which it became due, and neither the server nor a person is flooded.
func TestTheServerIsDownForHoursThenEverythingGoesInItsOrderWithoutAFlood(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.perMinute = 30
		door := o.through()
		people := []*staff.User{o.person("Jon"), o.person("Lucia"), o.person("Owen"), o.person("Yuki"), o.person("Mireille")}
		var want [3][]string
		const mails = 90
		for i := range mails { // for four and a half hours
			rank, key := post.Rank(1+i%2), fmt.Sprintf("key/%04d", i)
			if i%15 == 14 {
				rank = post.Urgent
			}
			o.queue(people[i%len(people)], key, rank)
			want[rank] = append(want[rank], key)
			o.pass(3 * time.Minute)
		}
		down, err := o.post.Outage(t.Context())
		if err != nil || down == nil || down.Reason != "Unreachable" || down.Tries < 50 || down.Tries > 65 {
			t.Fatalf("after 4 h 30 min: %+v, %v", down, err) // one each five minutes, however many mails wait
		}
		for i := range mails {
			if m := o.mail(fmt.Sprintf("key/%04d", i)); m.State != post.Waiting || m.Tries != 0 {
				t.Errorf("%s is %s after %d tries", m.SendKey, m.State, m.Tries)
			}
		}

		type arrival struct {
			at     time.Time
			to     string
			urgent bool
		}
		var arrived []arrival
		o.server.OnAccept(func(m smtptest.Message) {
			keys := o.keys()
			arrived = append(arrived, arrival{o.clock.Now(), m.To, slices.Contains(want[0], keys[len(keys)-1])})
		})
		door.open()
		back := o.clock.Now()
		o.pass(time.Hour)
		keys := o.keys()
		if all := slices.Concat(want[0], want[1], want[2]); len(keys) != mails || !slices.Equal(keys[:len(want[0])], want[0]) {
			t.Fatalf("%d of %d arrived: %v\nwant %v", len(keys), mails, keys, all)
		}
		for _, m := range o.server.Messages() {
			if n := len(slices.DeleteFunc(slices.Clone(o.server.Messages()), func(other smtptest.Message) bool { return string(other.Data) != string(m.Data) })); n != 1 {
				t.Errorf("a mail arrived %d times", n)
			}
		}
		for _, u := range people { // each person's own, of one rank, came in their order
			for rank := range want {
				var got, should []string
				for i, m := range o.server.Messages() {
					if m.To == u.Email && slices.Contains(want[rank], keys[i]) {
						got = append(got, keys[i])
					}
				}
				for _, key := range want[rank] {
					if *o.mail(key).UserID == u.ID {
						should = append(should, key)
					}
				}
				if !slices.Equal(got, should) {
					t.Errorf("%s, rank %d: %v, want %v", u.Email, rank, got, should)
				}
			}
		}
		if took := arrived[0].at.Sub(back); took > probeMost {
			t.Errorf("the first came %s after the server", took)
		}
		for i, a := range arrived {
			within := func(d time.Duration, to string) (n int) {
				for _, b := range arrived[i:] {
					if b.at.Sub(a.at) < d && (to == "" || b.to == to && !b.urgent) {
						n++
					}
				}
				return n
			}
			if n := within(time.Minute, ""); n > o.perMinute+o.perMinute/10 {
				t.Errorf("%d mails within a minute", n)
			}
			if n := within(receiverWithin, a.to); n > receiverMost { // what somebody waits for goes beside it
				t.Errorf("%d mails to one person within %s", n, receiverWithin)
			}
		}
		if down, err := o.post.Outage(t.Context()); err != nil || down != nil {
			t.Errorf("the outage is still noted: %+v, %v", down, err)
		}
	})
}

// A restart in an outage goes on from when it began, and tries at once; and an outage ends though no mail is due that could say so.
func TestAnOutageIsRememberedAndEndsByItself(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		door := o.through()
		o.queue(o.person("Jon"), "key/0001", post.Urgent)
		o.pass(time.Hour)
		before, err := o.post.Outage(t.Context())
		o.must(err)
		o.r = o.replica(strings.Replace(o.server.URL(), o.server.Addr(), door.addr, 1))
		o.work()
		after, err := o.post.Outage(t.Context())
		o.must(err)
		if !after.Since.Equal(before.Since) || after.Tries != before.Tries+1 {
			t.Errorf("before %+v, after %+v", before, after)
		}
		o.must(o.db.In(t.Context()).Exec(`UPDATE mails SET state = 'stopped'`).Error)
		door.open()
		o.pass(10 * time.Minute)
		if now, err := o.post.Outage(t.Context()); err != nil || now != nil {
			t.Errorf("%+v, %v", now, err)
		}
	})
}

// Our sign-in or our address is refused: that is said, and costs no mail.
func TestWhatTheServerHoldsAgainstUsCostsNoMail(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		u := o.person("Jon")
		for i := range 20 {
			o.queue(u, fmt.Sprintf("key/%04d", i), post.Urgent)
		}
		o.server.Refuse(smtptest.Sender, -1, 553, "5.7.1", "not your address")
		o.pass(4 * time.Minute)
		down, err := o.post.Outage(t.Context())
		if err != nil || down == nil || down.Reason != "SenderRefused" || down.Answer != "5.7.1 not your address" {
			t.Fatalf("%+v, %v", down, err)
		}
		for i := range 20 {
			if m := o.mail(fmt.Sprintf("key/%04d", i)); m.State != post.Waiting || m.Tries != 0 {
				t.Errorf("%s is %s after %d tries", m.SendKey, m.State, m.Tries)
			}
		}
		o.server.Refuse(smtptest.Sender, 0, 553, "", "")
		o.pass(10 * time.Minute)
		o.arrived(20)
	})
}

// A mail that the server hangs up on each time is not what tries whether it is back, nor does it hold the others.
func TestAServerThatRefusesEveryoneIsLeftAlone(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		for i := range 40 {
			o.queue(o.person(fmt.Sprintf("P%c%c", 'a'+i/26, 'a'+i%26)), fmt.Sprintf("key/%04d", i), post.Daily)
		}
		o.server.Refuse(smtptest.Recipient, -1, 452, "4.3.1", "no space left")
		o.work()
		tried := 0
		for i := range 40 {
			tried += o.mail(fmt.Sprintf("key/%04d", i)).Tries
		}
		if tried != 1 {
			t.Errorf("%d mails were tried on a server without space", tried)
		}
		o.server.Refuse(smtptest.Recipient, 0, 452, "", "")
		o.pass(10 * time.Minute)
		o.arrived(40)
	})
}

// B-23: an address that is refused for good is paused; what else is written to it waits, and goes when it is put right.
func TestADeadAddressIsPausedUntilItIsPutRight(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		jon, lucia := o.person("Jon"), o.person("Lucia")
		o.queue(jon, "key/0001", post.OfCases)
		o.server.Refuse(smtptest.Recipient, 1, 550, "5.1.1", "No such user")
		o.work()
		o.expect("key/0001", post.Failed, resource.False, "Refused")
		o.queue(jon, "key/0002", post.OfCases)
		o.queue(jon, "key/0003", post.Urgent)
		o.queue(lucia, "key/0004", post.OfCases)
		// Written by a room's own statement, which knows nothing of pauses.
		o.must(o.db.In(t.Context()).Exec(`UPDATE mails SET paused_at = NULL WHERE send_key = 'key/0002'`).Error)
		o.work()
		if l := o.arrived(1)[0]; l.to != lucia.Email {
			t.Errorf("to %s", l.to)
		}
		for _, key := range []string{"key/0002", "key/0003"} {
			if m := o.mail(key); m.State != post.Waiting || m.PausedAt == nil || m.Tries != 0 {
				t.Errorf("%+v", m)
			}
		}
		if at, ok, err := o.post.NextDue(t.Context()); err != nil || ok {
			t.Errorf("what is paused is due at %s, %v", at, err)
		}
		if s, err := o.post.PauseOf(t.Context(), jon.Email); err != nil || s == nil || s.Answer != "5.1.1 No such user" {
			t.Errorf("%+v, %v", s, err)
		}
		// The person has another address: what tells of cases follows there, what is the account's does not.
		o.must(o.post.Moved(t.Context(), jon.ID, jon.Email, "jon.okafor@firm.example"))
		o.work()
		if l := o.arrived(2)[1]; l.to != "jon.okafor@firm.example" {
			t.Errorf("to %s", l.to)
		}
		if m := o.mail("key/0003"); m.State != post.Waiting || m.PausedAt == nil {
			t.Errorf("%+v", m)
		}
	})
}
