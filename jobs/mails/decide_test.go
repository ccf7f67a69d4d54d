package mails

import (
	"cmp"
	"context"
	"errors"
	"testing"
	"time"

	"chancery/app/delivery"
	"chancery/app/post"
	"chancery/app/resource"
	"chancery/app/staff"
)

func TestWhyAMailIsNotSentAnyMore(t *testing.T) {
	now := time.Date(2026, 11, 21, 14, 0, 0, 0, time.UTC)
	person := func(s staff.Status) *staff.User { return &staff.User{Status: s} }
	for name, c := range map[string]struct {
		state  post.State
		kind   post.Kind
		end    time.Duration
		found  resource.Status // by the try before
		user   *staff.User
		reason string
		maybe  bool
	}{
		"due":                                {user: person(staff.Active)},
		"to nobody of the practice":          {},
		"notice to one not yet signed in":    {user: person(staff.Pending)},
		"left by one who died":               {state: post.Sending, user: person(staff.Active)},
		"no longer worth it":                 {end: -72 * time.Hour, reason: "TooLate"},
		"left by one who died, too late":     {state: post.Sending, end: -72 * time.Hour, reason: "TooLate", maybe: true},
		"receiver left":                      {user: person(staff.Inactive), reason: "ReceiverInactive"},
		"welcome":                            {kind: post.Welcome, user: person(staff.Pending)},
		"welcome, receiver is in already":    {kind: post.Welcome, user: person(staff.Active), reason: "AlreadySignedIn"},
		"welcome, receiver left":             {kind: post.Welcome, user: person(staff.Inactive), reason: "ReceiverInactive"},
		"welcome to nobody":                  {kind: post.Welcome, reason: "NoReceiver"},
		"welcome that went out, by one dead": {state: post.Sending, kind: post.Welcome, user: person(staff.Active), reason: "AlreadySignedIn", maybe: true},
		"welcome without an answer":          {kind: post.Welcome, found: resource.Unknown, user: person(staff.Active), reason: "AlreadySignedIn", maybe: true},
		"refused before, receiver left":      {found: resource.False, user: person(staff.Inactive), reason: "ReceiverInactive"},
	} {
		m := &post.Mail{State: cmp.Or(c.state, post.Waiting), Kind: cmp.Or(c.kind, post.Locked), NotAfter: now.Add(c.end + 72*time.Hour)}
		if c.found != "" {
			m.Conditions, _ = m.Conditions.Merge(now, resource.Condition{Type: Delivered, Status: c.found, Reason: "Before"})
		}
		reason := giveUp(world{now: now, mail: m, user: c.user})
		if reason != c.reason {
			t.Errorf("%s: %q, want %q", name, reason, c.reason)
		}
		if o := givenUp(m, reason); reason != "" && (o.State != post.Failed || o.Found.Reason != reason || (o.Found.Status == resource.Unknown) != c.maybe) {
			t.Errorf("%s: %+v", name, o)
		}
	}
}

func TestWhatATryComesTo(t *testing.T) {
	now := time.Date(2026, 11, 21, 14, 0, 0, 0, time.UTC)
	const earlier = "451 4.7.1 come back later"
	type want struct {
		state  post.State
		pause  time.Duration
		status resource.Status
		reason string
		answer string
		other  string // untried: no try is counted; dead: its address is paused
	}
	for name, c := range map[string]struct {
		err         error
		answer      string
		tries       int
		left        time.Duration // until the mail is no longer worth sending
		interrupted bool
		want        want
	}{
		"accepted":            {answer: "250 ok", want: want{post.Delivered, 0, resource.True, "Accepted", "250 ok", ""}},
		"accepted at the end": {answer: "250 ok", interrupted: true, left: time.Second, want: want{post.Delivered, 0, resource.True, "Accepted", "250 ok", ""}},
		"refused for now": {err: &delivery.Refused{Code: 451, Answer: "4.7.1 greylisted"},
			want: want{post.Waiting, time.Minute, resource.False, "Refused", "4.7.1 greylisted", ""}},
		"refused for now, the fourth time": {err: &delivery.Refused{Code: 451, Answer: "4.7.1 greylisted"}, tries: 4,
			want: want{post.Waiting, 8 * time.Minute, resource.False, "Refused", "4.7.1 greylisted", ""}},
		"refused for now, and for the last time": {err: &delivery.Refused{Code: 451, Answer: "4.7.1 greylisted"}, tries: 4, left: 8 * time.Minute,
			want: want{post.Failed, 8 * time.Minute, resource.False, "TooLate", "4.7.1 greylisted", ""}},
		"refused for good": {err: &delivery.Refused{Code: 550, Permanent: true, Answer: "5.1.1 no such user"},
			want: want{post.Failed, time.Minute, resource.False, "Refused", "5.1.1 no such user", ""}},
		"cannot be sent by any server": {err: &delivery.Refused{Stage: delivery.StageMessage, Permanent: true, Err: errors.New("address")},
			want: want{post.Failed, time.Minute, resource.False, "Refused", earlier, ""}},
		"refused for good while told to end": {err: &delivery.Refused{Code: 550, Permanent: true, Answer: "5.1.1 no such user"}, interrupted: true,
			want: want{post.Failed, time.Minute, resource.False, "Refused", "5.1.1 no such user", ""}},
		"no such mailbox": {err: &delivery.Refused{Stage: delivery.StageRecipient, Code: 550, Enhanced: "5.1.1", Permanent: true, Answer: "5.1.1 no such user"},
			want: want{post.Failed, time.Minute, resource.False, "Refused", "5.1.1 no such user", "dead"}},
		"refused by a policy": {err: &delivery.Refused{Stage: delivery.StageRecipient, Code: 550, Enhanced: "5.7.1", Permanent: true, Answer: "5.7.1 no"},
			want: want{post.Failed, time.Minute, resource.False, "Refused", "5.7.1 no", ""}},
		"nobody there": {err: &delivery.Refused{Stage: delivery.StageConnect, Err: errors.New("connection refused")}, tries: 20,
			want: want{post.Waiting, -time.Hour, resource.False, "Unreachable", earlier, "untried"}},
		"nobody there, and soon too late": {err: &delivery.Refused{Stage: delivery.StageConnect, Err: errors.New("connection refused")}, left: time.Second,
			want: want{post.Waiting, -time.Hour, resource.False, "Unreachable", earlier, "untried"}},
		"our own address is not wanted": {err: &delivery.Refused{Stage: delivery.StageSender, Code: 553, Enhanced: "5.7.1"},
			want: want{post.Waiting, -time.Hour, resource.False, "Unreachable", earlier, "untried"}},
		"too slow": {err: &delivery.Refused{Stage: delivery.StageRecipient, Err: context.DeadlineExceeded},
			want: want{post.Waiting, time.Minute, resource.False, "Unreachable", earlier, ""}},
		"no answer to the whole mail": {err: &delivery.Refused{Stage: delivery.StageContent, Uncertain: true, Err: errors.New("EOF")},
			want: want{post.Waiting, time.Minute, resource.Unknown, "Unconfirmed", earlier, ""}},
		"no answer to the whole mail before the end": {err: &delivery.Refused{Stage: delivery.StageContent, Uncertain: true, Err: context.Canceled}, interrupted: true,
			want: want{post.Waiting, time.Minute, resource.Unknown, "Unconfirmed", earlier, ""}},
		"told to end before the mail was out": {err: &delivery.Refused{Stage: delivery.StageRecipient, Err: context.Canceled}, interrupted: true, tries: 9,
			want: want{post.Waiting, 0, resource.False, "Interrupted", earlier, ""}},
		"cannot be written": {err: errors.New("template"), tries: 2,
			want: want{post.Waiting, 2 * time.Minute, resource.False, "Failed", earlier, ""}},
	} {
		if c.left == 0 {
			c.left = 72 * time.Hour
		}
		m := &post.Mail{Tries: max(c.tries, 1), NextTryAt: now.Add(-time.Hour), NotAfter: now.Add(c.left), Answer: earlier}
		o := outcome(world{now: now, mail: m}, c.answer, c.err, c.interrupted)
		got := want{o.State, 0, o.Found.Status, o.Found.Reason, o.Answer, map[bool]string{true: "untried"}[o.Untried] + map[bool]string{true: "dead"}[o.Dead]}
		if !o.Next.IsZero() {
			got.pause = o.Next.Sub(now)
		}
		if got != c.want || o.Found.Type != Delivered {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, c.want)
		}
	}
}

// Once a mail may have gone out, no later failure makes that untrue; only a yes settles it.
func TestAFailureDoesNotUndoThatAnEarlierTryMayHaveGoneOut(t *testing.T) {
	now := time.Date(2026, 11, 21, 14, 0, 0, 0, time.UTC)
	unsure, _ := resource.Conditions(nil).Merge(now, resource.Condition{Type: Delivered, Status: resource.Unknown, Reason: "Unconfirmed"})
	for name, m := range map[string]post.Mail{
		"no answer before": {State: post.Waiting, Conditions: unsure},
		"died before":      {State: post.Sending},
	} {
		m.Tries, m.NotAfter = 2, now.Add(time.Hour)
		for _, err := range []error{
			&delivery.Refused{Code: 451, Answer: "4.7.1 greylisted"}, &delivery.Refused{Code: 550, Permanent: true, Answer: "5.1.1 no such user"},
			&delivery.Refused{Stage: delivery.StageConnect, Err: errors.New("connection refused")}, errors.New("template"),
		} {
			if o := outcome(world{now: now, mail: &m}, "", err, false); o.Found.Status != resource.Unknown {
				t.Errorf("%s, then %v: %+v", name, err, o)
			}
		}
		if o := outcome(world{now: now, mail: &m}, "250 ok", nil, false); o.Found.Status != resource.True {
			t.Errorf("%s, then accepted: %+v", name, o)
		}
	}
}

func TestPausesDoubleUpToTwoHours(t *testing.T) {
	want := []float64{1, 2, 4, 8, 16, 32, 64, 120, 120, 120}
	for i, minutes := range want {
		if got := pause(i + 1).Minutes(); got != minutes {
			t.Errorf("after try %d: %v min, want %v", i+1, got, minutes)
		}
	}
}
