package mails

import (
	"testing"
	"time"

	"chancery/app/apptest/smtptest"
	"chancery/app/post"
	"chancery/app/resource"
	"chancery/app/signin"
	"chancery/app/staff"
)

func TestAMailThatIsNoLongerWorthSendingIsGivenUp(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		u := o.person("Jon")
		o.notice(u, "sessions-ended/refused") // good for three days
		o.server.Refuse(smtptest.Recipient, -1, 451, "", "try later")
		for o.mail("sessions-ended/refused").State == post.Waiting {
			o.work()
			o.clock.Add(time.Hour)
		}
		o.expect("sessions-ended/refused", post.Failed, resource.False, "TooLate")
		if m := o.mail("sessions-ended/refused"); m.Answer != "try later" || o.clock.Now().After(m.NotAfter.Add(time.Hour)) {
			t.Errorf("given up at %s: %+v", o.clock.Now(), m)
		}

		o.server.Refuse(smtptest.Recipient, 0, 451, "", "")
		o.notice(u, "sessions-ended/untouched")
		o.clock.Add(72 * time.Hour) // nothing ran for days
		o.work()
		o.expect("sessions-ended/untouched", post.Failed, resource.False, "TooLate")
		o.arrived(0)
	})
}

func TestSomeoneWhoHasLeftGetsNoMail(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		u := o.person("Jon")
		o.notice(u, "sessions-ended/1")
		o.status(u, staff.Inactive)
		o.work()
		o.arrived(0)
		o.expect("sessions-ended/1", post.Failed, resource.False, "ReceiverInactive")
	})
}

// A temporary password made now would undo the one they chose.
func TestAWelcomeToSomeoneWhoHasSignedInIsGivenUp(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		u := o.invite(staff.NewUser{}, signin.FirstRandom)
		o.status(u, staff.Active)
		o.work()
		o.arrived(0)
		o.expect("welcome/"+u.ID, post.Failed, resource.False, "AlreadySignedIn")
		for _, links := range o.texts(t.Context())["links.id"] {
			t.Errorf("a link was made: %s", links)
		}
	})
}

// The first copy was accepted, and its process died before it wrote that down; meanwhile the person has signed in by it. It is
// not sent again, and not said to have failed either: whether it arrived is not known here.
func TestAMailGivenUpAfterACrashMayHaveArrived(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		crashed, silent, refused := o.invite(staff.NewUser{FirstName: "Jon", LastName: "Okafor"}, signin.FirstRandom),
			o.invite(staff.NewUser{FirstName: "Lucia", LastName: "Ferrer"}, signin.FirstRandom), o.invite(staff.NewUser{FirstName: "Owen", LastName: "Reid"}, signin.FirstRandom)
		if ours, err := o.post.Begin(t.Context(), o.mail("welcome/"+crashed.ID), hold); err != nil || !ours {
			t.Fatal(ours, err)
		} // … and the process dies
		o.must(o.db.In(t.Context()).Exec(`UPDATE mails SET next_try_at = ? WHERE user_id = ?`, o.clock.Now().Add(time.Minute), refused.ID).Error)
		o.server.DropAnswer(1)
		o.work()
		o.arrived(1)
		o.must(o.db.In(t.Context()).Exec(`UPDATE mails SET next_try_at = ? WHERE user_id = ?`, o.clock.Now(), refused.ID).Error)
		o.server.Refuse(smtptest.Content, 1, 451, "", "not now")
		o.work()
		o.arrived(1)
		for _, u := range []*staff.User{crashed, silent, refused} {
			o.status(u, staff.Active)
		}
		o.clock.Add(hold)
		o.work()
		o.arrived(1)
		o.expect("welcome/"+crashed.ID, post.Failed, resource.Unknown, "AlreadySignedIn")
		o.expect("welcome/"+silent.ID, post.Failed, resource.Unknown, "AlreadySignedIn")
		o.expect("welcome/"+refused.ID, post.Failed, resource.False, "AlreadySignedIn")
		if !o.mail("welcome/"+crashed.ID).MayHaveArrived() || o.mail("welcome/"+refused.ID).MayHaveArrived() {
			t.Error("the rows do not tell the two apart")
		}
	})
}
