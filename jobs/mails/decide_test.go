package mails

import (
	"context"
	"errors"
	"testing"
	"time"

	"chancery/app/delivery"
	"chancery/app/post"
	"chancery/app/resource"
	"chancery/app/staff"
)

func TestWhatAMailNeedsIsDecidedByItsRowAndItsReceiver(t *testing.T) {
	now := time.Date(2026, 11, 21, 14, 0, 0, 0, time.UTC)
	person := func(s staff.Status) *staff.User { return &staff.User{Status: s} }
	for name, c := range map[string]struct {
		state post.State
		kind  post.Kind
		next  time.Duration
		end   time.Duration
		found resource.Status // by the try before
		user  *staff.User
		want  decision
	}{
		"due":                              {user: person(staff.Active), want: decision{do: send}},
		"overdue":                          {next: -time.Hour, user: person(staff.Active), want: decision{do: send}},
		"to nobody of the practice":        {want: decision{do: send}},
		"notice to one not yet signed in":  {user: person(staff.Pending), want: decision{do: send}},
		"left by one who died":             {state: post.Sending, user: person(staff.Active), want: decision{do: send}},
		"being sent by another":            {state: post.Sending, next: time.Second, want: decision{do: wait}},
		"to be tried later":                {next: time.Microsecond, want: decision{do: wait}},
		"to be tried later, receiver left": {next: time.Second, user: person(staff.Inactive), want: decision{do: wait}},
		"delivered":                        {state: post.Delivered, want: decision{do: nothing}},
		"failed":                           {state: post.Failed, want: decision{do: nothing}},
		"stopped by a person":              {state: post.Stopped, want: decision{do: nothing}},
		"no longer worth it":               {end: -72 * time.Hour, want: decision{do: giveUp, reason: "TooLate"}},
		"left by one who died, too late":   {state: post.Sending, end: -72 * time.Hour, want: decision{giveUp, "TooLate", true}},
		"receiver left":                    {user: person(staff.Inactive), want: decision{do: giveUp, reason: "ReceiverInactive"}},
		"welcome":                          {kind: post.Welcome, user: person(staff.Pending), want: decision{do: send}},
		"welcome, receiver is in already":  {kind: post.Welcome, user: person(staff.Active), want: decision{do: giveUp, reason: "AlreadySignedIn"}},
		"welcome, receiver left":           {kind: post.Welcome, user: person(staff.Inactive), want: decision{do: giveUp, reason: "ReceiverInactive"}},
		"welcome to nobody":                {kind: post.Welcome, want: decision{do: giveUp, reason: "NoReceiver"}},
		"welcome that went out, by one who died": {state: post.Sending, kind: post.Welcome, user: person(staff.Active),
			want: decision{giveUp, "AlreadySignedIn", true}},
		"welcome without an answer, receiver is in": {kind: post.Welcome, found: resource.Unknown, user: person(staff.Active),
			want: decision{giveUp, "AlreadySignedIn", true}},
		"refused before, receiver left": {found: resource.False, user: person(staff.Inactive), want: decision{do: giveUp, reason: "ReceiverInactive"}},
	} {
		m := &post.Mail{State: c.state, Kind: c.kind, NextTryAt: now.Add(c.next), NotAfter: now.Add(c.end + 72*time.Hour)}
		if c.state == "" {
			m.State = post.Waiting
		}
		if c.kind == "" {
			m.Kind = post.Locked
		}
		if c.found != "" {
			m.Conditions, _ = m.Conditions.Merge(now, resource.Condition{Type: Delivered, Status: c.found, Reason: "Before"})
		}
		if got := decide(world{now: now, mail: m, user: c.user}); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
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
	}
	for name, c := range map[string]struct {
		err         error
		answer      string
		tries       int
		left        time.Duration // until the mail is no longer worth sending
		interrupted bool
		want        want
	}{
		"accepted":            {answer: "250 ok", want: want{post.Delivered, 0, resource.True, "Accepted", "250 ok"}},
		"accepted at the end": {answer: "250 ok", interrupted: true, left: time.Second, want: want{post.Delivered, 0, resource.True, "Accepted", "250 ok"}},
		"refused for now": {err: &delivery.Refused{Code: 451, Answer: "4.7.1 greylisted"},
			want: want{post.Waiting, time.Minute, resource.False, "Refused", "4.7.1 greylisted"}},
		"refused for now, the fourth time": {err: &delivery.Refused{Code: 451, Answer: "4.7.1 greylisted"}, tries: 4,
			want: want{post.Waiting, 8 * time.Minute, resource.False, "Refused", "4.7.1 greylisted"}},
		"refused for now, and for the last time": {err: &delivery.Refused{Code: 451, Answer: "4.7.1 greylisted"}, tries: 4, left: 8 * time.Minute,
			want: want{post.Failed, 8 * time.Minute, resource.False, "TooLate", "4.7.1 greylisted"}},
		"refused for good": {err: &delivery.Refused{Code: 550, Permanent: true, Answer: "5.1.1 no such user"},
			want: want{post.Failed, time.Minute, resource.False, "Refused", "5.1.1 no such user"}},
		"cannot be sent by any server": {err: &delivery.Refused{Stage: delivery.StageMessage, Permanent: true, Err: errors.New("address")},
			want: want{post.Failed, time.Minute, resource.False, "Refused", earlier}},
		"refused for good while told to end": {err: &delivery.Refused{Code: 550, Permanent: true, Answer: "5.1.1 no such user"}, interrupted: true,
			want: want{post.Failed, time.Minute, resource.False, "Refused", "5.1.1 no such user"}},
		"nobody there": {err: &delivery.Refused{Stage: delivery.StageConnect, Err: errors.New("connection refused")}, tries: 20,
			want: want{post.Waiting, 2 * time.Hour, resource.False, "Unreachable", earlier}},
		"too slow": {err: &delivery.Refused{Stage: delivery.StageSender, Err: context.DeadlineExceeded},
			want: want{post.Waiting, time.Minute, resource.False, "Unreachable", earlier}},
		"no answer to the whole mail": {err: &delivery.Refused{Stage: delivery.StageContent, Uncertain: true, Err: errors.New("EOF")},
			want: want{post.Waiting, time.Minute, resource.Unknown, "Unconfirmed", earlier}},
		"no answer to the whole mail before the end": {err: &delivery.Refused{Stage: delivery.StageContent, Uncertain: true, Err: context.Canceled}, interrupted: true,
			want: want{post.Waiting, time.Minute, resource.Unknown, "Unconfirmed", earlier}},
		"told to end before the mail was out": {err: &delivery.Refused{Stage: delivery.StageRecipient, Err: context.Canceled}, interrupted: true, tries: 9,
			want: want{post.Waiting, 0, resource.False, "Interrupted", earlier}},
		"cannot be written": {err: errors.New("template"), tries: 2,
			want: want{post.Waiting, 2 * time.Minute, resource.False, "Failed", earlier}},
	} {
		if c.left == 0 {
			c.left = 72 * time.Hour
		}
		m := &post.Mail{Tries: max(c.tries, 1), NotAfter: now.Add(c.left), Answer: earlier}
		o := outcome(world{now: now, mail: m}, c.answer, c.err, c.interrupted)
		got := want{o.State, 0, o.Found.Status, o.Found.Reason, o.Answer}
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
