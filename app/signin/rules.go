package signin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"chancery/app/fault"
	"chancery/app/staff"
)

// What holds where an organization says nothing: one that is only just being made, and tests.
const (
	triesByDefault      = 10
	lockByDefault       = 15 * time.Minute
	invitationByDefault = 7 * 24 * time.Hour
)

// rules are the limits that hold now: the organization's where it has set them, else the operator's.
type rules struct {
	idle       time.Duration // ASVS 7.1.1
	lifetime   time.Duration
	tries      int           // wrong passwords that lock (S2-31)
	lockFor    time.Duration // for so long
	lockAll    bool          // a lock holds for every way in, and for open sessions (C-15)
	invitation time.Duration // how long the link of a welcome mail works
}

// OperatorLimits are how long sessions last where the practice says nothing: without a request, and in any case.
func (s *Signin) OperatorLimits() (idle, lifetime time.Duration) { return s.opt.Idle, s.opt.Lifetime }

func (s *Signin) rulesOf(o *staff.Organization) rules {
	r := rules{idle: s.opt.Idle, lifetime: s.opt.Lifetime, tries: triesByDefault, lockFor: lockByDefault, invitation: invitationByDefault}
	if o == nil {
		return r
	}
	if o.IdleMinutes != nil {
		r.idle = time.Duration(*o.IdleMinutes) * time.Minute
	}
	if o.LifetimeHours != nil {
		r.lifetime = time.Duration(*o.LifetimeHours) * time.Hour
	}
	if o.LockTries > 0 {
		r.tries = o.LockTries
	}
	if o.LockMinutes > 0 {
		r.lockFor = time.Duration(o.LockMinutes) * time.Minute
	}
	if o.InvitationDays > 0 {
		r.invitation = time.Duration(o.InvitationDays) * 24 * time.Hour
	}
	r.lockAll = o.LockAll
	return r
}

// rules reads the organization for what is done seldom. Requests and sign-ins have theirs from what is kept (kept.go).
func (s *Signin) rules(ctx context.Context) (rules, *staff.Organization, error) {
	o, err := s.staff.Organization(ctx)
	if errors.Is(err, fault.ErrNotFound) {
		return s.rulesOf(nil), nil, nil
	}
	if err != nil {
		return rules{}, nil, fmt.Errorf("rules: %w", err)
	}
	return s.rulesOf(o), o, nil
}

// rulesLast are the rules as of the last request, for a list that is shown: the request that asks for it has read them.
func (s *Signin) rulesLast() rules {
	if p := s.practice.last.Load(); p != nil {
		return s.rulesOf(&p.org)
	}
	return s.rulesOf(nil)
}

// over tells whether a session has come to its end by time.
func (r rules) over(s *Session, now time.Time) bool {
	return now.Sub(s.LastSeenAt) >= r.idle || now.Sub(s.CreatedAt) >= r.lifetime || !now.Before(s.ExpiresAt)
}
