package signin

import (
	"context"
	"fmt"
	"time"

	"chancery/app/access"
	"chancery/app/staff"
)

// The practice may ask for a second factor of its administrators or of everyone (ASVS 6.3.3). Who has none is told on
// every page, with the day until which they have time; after it a session of theirs leads to nothing but setting one up (MustEnrol, which
// pages ask as they ask MustChange). The days count from the practice's wish, or from a person's own beginning where that
// is later. The last factor cannot be removed while it is asked for.

// asksFactor tells whether the practice asks somebody with these rights for a second factor.
func asksFactor(o *staff.Organization, rights access.Rights) bool {
	switch o.SecondFactor {
	case "everyone":
		return true
	case "administrators":
		return administers(rights)
	}
	return false
}

// administers tells whether somebody can act for others or change what holds for them: those are an administrator's rights,
// whatever the role that gives them is called.
func administers(r access.Rights) bool {
	for _, p := range []access.Permission{access.UsersCreate, access.UsersEdit, access.UsersReset, access.UsersEmail, access.UsersSignOut,
		access.UsersDeactivate, access.RolesEdit, access.OrganizationEdit} {
		if r.Can(p) {
			return true
		}
	}
	return false
}

// asksFactors tells whether the practice, as it was at the last request, asks anybody for a second factor.
func (s *Signin) asksFactors() bool {
	p := s.practice.last.Load()
	return p != nil && p.org.SecondFactor != "off"
}

// requireFactor finds out by when this person has to have a second factor. Whether they have one the request's query has
// told, unless it did not look, since the practice asked nobody for one until just now.
func (s *Signin) requireFactor(ctx context.Context, c *Current, now time.Time, looked, has bool) error {
	if !asksFactor(&c.Org, c.Rights) {
		return nil
	}
	if !looked {
		err := s.db.Row(ctx, `SELECT EXISTS (SELECT 1 FROM factors WHERE user_id = $1 AND confirmed_at IS NOT NULL)`, c.User.ID).Scan(&has)
		if err != nil {
			return fmt.Errorf("second factor: %w", err)
		}
	}
	if has {
		return nil
	}
	by := enrolBy(&c.Org, c.User.CreatedAt)
	c.EnrolBy, c.MustEnrol = &by, !now.Before(by)
	return nil
}

// enrolBy is the end of the days of grace of somebody whose account is there since then.
func enrolBy(o *staff.Organization, since time.Time) time.Time {
	if o.SecondFactorSince != nil && o.SecondFactorSince.After(since) {
		since = *o.SecondFactorSince
	}
	return since.Add(time.Duration(o.SecondFactorDays) * 24 * time.Hour)
}
