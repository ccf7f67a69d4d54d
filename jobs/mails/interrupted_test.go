package mails

import (
	"context"
	"net/mail"
	"strings"
	"testing"
	"time"

	"chancery/app/apptest/smtptest"
	"chancery/app/post"
	"chancery/app/resource"
)

// SMTP cannot tell whether a mail arrived whose answer was lost; a lost mail is worse than one that comes twice.
func TestALostAnswerMakesADuplicateWithTheSameMessageID(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		u := o.person("Jon")
		o.notice(u, "sessions-ended/1")
		o.server.DropAnswer(1)
		o.work()
		o.expect("sessions-ended/1", post.Waiting, resource.Unknown, "Unconfirmed")
		o.clock.Add(time.Minute)
		o.work()
		o.expect("sessions-ended/1", post.Delivered, resource.True, "Accepted")
		all := o.arrived(2)
		if all[0].id == "" || all[0].id != all[1].id || all[0].date != all[1].date {
			t.Errorf("%s of %s, then %s of %s", all[0].id, all[0].date, all[1].id, all[1].date)
		}
	})
}

// B-21: a mail that has gathered events, or waited for the end of quiet hours, bears the date of its first try, and stands in its reader's list where it came; each
// further try bears the same. That no server was there to try is no try.
func TestAMailBearsTheDateOfItsFirstTry(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		door := newDoor(t, o.server.Addr())
		through, straight := o.replica(strings.Replace(o.server.URL(), o.server.Addr(), door.addr, 1)), o.r
		u, began := o.person("Jon"), o.clock.Now()
		o.must(o.post.Queue(t.Context(), post.Draft{SendKey: "events/1", Kind: post.SessionsEnded, UserID: u.ID, Recipient: u.Email, Language: "en", Zone: "UTC",
			Data: map[string]any{"By": "Grace Mbeki", "When": began}, At: began.Add(9 * time.Hour)}))
		o.work()
		o.arrived(0)
		o.clock.Add(9 * time.Hour)
		o.r = through
		o.work()
		if m := o.mail("events/1"); m.DatedAt != nil || m.Tries != 0 {
			t.Errorf("no server was there: %+v", m)
		}
		o.r = straight
		o.clock.Add(2 * time.Hour)
		o.server.DropAnswer(1)
		first := o.clock.Now()
		o.work()
		o.clock.Add(10 * time.Minute)
		o.work()
		for _, l := range o.arrived(2) {
			if at, err := mail.ParseDate(l.date); err != nil || at.Sub(first).Abs() > 2*time.Minute {
				t.Errorf("first tried at %s, dated %s", first, l.date)
			}
		}
		if all := o.arrived(2); all[0].date != all[1].date {
			t.Errorf("dated %s, then %s", all[0].date, all[1].date)
		}
	})
}

func TestAMailLeftByOneWhoDiedIsTakenUpAfterItsHold(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.notice(o.person("Jon"), "sessions-ended/1")
		if ours, err := o.post.Begin(t.Context(), o.mail("sessions-ended/1"), hold); err != nil || !ours {
			t.Fatal(ours, err)
		} // … and the process dies
		o.clock.Add(hold - time.Microsecond)
		result, err := o.r.Reconcile(t.Context(), Outbox)
		if err != nil || !result.At().Equal(o.clock.Now().Add(time.Microsecond)) {
			t.Errorf("within the hold: %s until %s, %v", result, result.At(), err)
		}
		o.arrived(0)
		o.clock.Add(time.Microsecond)
		o.work()
		o.arrived(1)
		o.expect("sessions-ended/1", post.Delivered, resource.True, "Accepted")
	})
}

// The process lives and knows that the mail is out: a database that is away for a moment must not make a duplicate.
func TestAnOutcomeIsWrittenDownWithPatience(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.notice(o.person("Jon"), "sessions-ended/1")
		rename := func(from, to string) {
			if err := o.db.In(context.Background()).Exec("ALTER TABLE " + from + " RENAME TO " + to).Error; err != nil {
				t.Error(err)
			}
		}
		o.server.OnAccept(func(smtptest.Message) { rename("mails", "elsewhere") })
		done := make(chan struct{})
		go func() {
			defer close(done)
			for !strings.Contains(o.log.String(), "not written down yet") && t.Context().Err() == nil {
				time.Sleep(time.Millisecond)
			}
			rename("elsewhere", "mails")
		}()
		o.work()
		<-done
		o.expect("sessions-ended/1", post.Delivered, resource.True, "Accepted")
		o.clock.Add(time.Hour)
		o.work()
		o.arrived(1)
	})
}

func TestAMailInterruptedByOurOwnEndIsTheNextOnesAtOnce(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.notice(o.person("Jon"), "sessions-ended/1")
		o.server.Hang(smtptest.Recipient, true)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			_, err := o.r.Reconcile(ctx, Outbox)
			ended <- err
		}()
		for o.server.SignIns() == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		o.expect("sessions-ended/1", post.Waiting, resource.False, "Interrupted")
		o.server.Hang(smtptest.Recipient, false)
		o.workAs(o.replica(o.server.URL()))
		o.arrived(1)
	})
}

// A process that stood still beyond its hold must not undo what its successor is doing, nor begin it again.
func TestALateFailureIsNotWrittenOverTheSuccessorsTry(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.notice(o.person("Jon"), "sessions-ended/1")
		late, successor := o.mail("sessions-ended/1"), o.mail("sessions-ended/1")
		if ours, err := o.post.Begin(t.Context(), late, hold); err != nil || !ours {
			t.Fatal(ours, err)
		}
		o.clock.Add(hold)
		if ours, err := o.post.Begin(t.Context(), successor, hold); err != nil || !ours {
			t.Fatal(ours, err)
		}
		if err := o.r.record(t.Context(), []post.Tried{{Mail: *late, Outcome: post.Outcome{State: post.Waiting, Next: o.clock.Now()}}}); err != nil {
			t.Fatal(err)
		}
		if m := o.mail("sessions-ended/1"); m.State != post.Sending {
			t.Errorf("the successor's mail became %s", m.State)
		}
	})
}
