package cases

import (
	"context"
	"fmt"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
)

// Person is somebody as a case names them: also of those who have left (S1-13).
type Person struct {
	ID          string
	FirstName   string
	LastName    string
	DisplayName string
	Title       string
	PictureID   *string
	Status      staff.Status
}

// Name is what others call the person.
func (p *Person) Name() string { return staff.DisplayName(p.FirstName, p.LastName, p.DisplayName) }

// Left tells whether the person no longer works here.
func (p *Person) Left() bool { return p.Status == staff.Inactive }

// Member is somebody who works on a case besides its owner, and since when. Whoever becomes its owner is a member no more:
// the database sees to it (the triggers of the migrations), whichever way the case changes hands.
type Member struct {
	Person
	Since time.Time
}

const caseMembersSQL = `SELECT u.id, u.first_name, u.last_name, u.display_name, u.title, u.picture_id, u.status, m.created_at AS since
	FROM case_members m JOIN users u ON u.id = m.user_id WHERE m.case_id = ? ORDER BY u.sort_name, u.id`

// JoinersMost bounds how many colleagues are offered as members.
const JoinersMost = 200

// Joiners are who could be added to a case that the actor sees, by last name: who works here, may see cases, and is
// neither its owner nor a member. It needs cases.edit.
func (c *Cases) Joiners(ctx context.Context, actor access.Actor, caseID string) ([]Person, error) {
	if err := actor.Must(access.CasesEdit); err != nil {
		return nil, err
	}
	if err := c.MustSee(ctx, actor, caseID); err != nil {
		return nil, err
	}
	holds, with := access.Holds(access.CasesView)
	var all []Person
	err := c.db.In(ctx).Raw(`SELECT u.id, u.first_name, u.last_name, u.display_name, u.title, u.picture_id, u.status FROM users u
		WHERE u.status = 'ACTIVE' AND `+holds+` AND NOT EXISTS (SELECT 1 FROM associations a WHERE a.case_id = ? AND a.user_id = u.id)
		ORDER BY u.sort_name, u.id LIMIT ?`, append(with, caseID, JoinersMost)...).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("who could join: %w", err)
	}
	return all, nil
}

// AddMember adds someone who works on a case besides its owner; twice does no harm, and its owner, who works on it already,
// stays its owner alone. It needs cases.edit, and a case that the actor sees. Whoever is added is told. It returns *fault.Invalid on "member" for who does not work here.
func (c *Cases) AddMember(ctx context.Context, actor access.Actor, caseID, userID string) error {
	return c.held(ctx, actor, access.CasesEdit, caseID, func(ctx context.Context, k *Case) error {
		u, err := c.personOf(ctx, userID)
		if err != nil {
			return err
		}
		if u.ID == "" || u.Status == staff.Inactive {
			return fault.Field1("member", "cases.choose-member")
		}
		if value(k.OwnerID) == userID {
			return nil
		}
		var one int
		if was, err := store.One(c.db.In(ctx).Raw(`SELECT 1 FROM case_members WHERE case_id = ? AND user_id = ?`, caseID, userID), &one); err != nil || was {
			return err
		}
		if err := c.insertMember(ctx, caseID, userID); err != nil {
			return err
		}
		if err := c.membersDone(ctx, actor, "case.add-member", caseID, userID, audit.Change{Field: "member", After: userID}); err != nil {
			return err
		}
		return c.tellMember(ctx, actor, caseID, userID)
	})
}

func (c *Cases) insertMember(ctx context.Context, caseID, userID string) error {
	_, err := c.db.Exec(ctx, `INSERT INTO case_members (case_id, user_id, created_at) VALUES ($1, $2, $3) ON CONFLICT (case_id, user_id) DO NOTHING`, caseID, userID, c.db.Now())
	if err != nil {
		return fmt.Errorf("add member: %w", err)
	}
	return nil
}

// RemoveMember takes someone off a case; whoever is not on it may be taken off, too. It needs cases.edit, and a case that
// the actor sees.
func (c *Cases) RemoveMember(ctx context.Context, actor access.Actor, caseID, userID string) error {
	return c.held(ctx, actor, access.CasesEdit, caseID, func(ctx context.Context, _ *Case) error {
		n, err := c.db.Exec(ctx, `DELETE FROM case_members WHERE case_id = $1 AND user_id = $2`, caseID, userID)
		if err != nil {
			return fmt.Errorf("remove member: %w", err)
		}
		if n == 0 {
			return nil
		}
		return c.membersDone(ctx, actor, "case.remove-member", caseID, userID, audit.Change{Field: "member", Before: userID})
	})
}

// membersDone is done, and says that somebody has other cases than before.
func (c *Cases) membersDone(ctx context.Context, actor access.Actor, action, caseID, userID string, changes ...audit.Change) error {
	if err := c.db.Changed(ctx, "unread/"+userID); err != nil {
		return err
	}
	return c.done(ctx, actor, action, caseID, changes...)
}

// SetBell says whether the actor is told of what happens in a case that they are associated with (S3-18, V-4). It returns
// fault.ErrNotFound for a case that the actor does not see, and *fault.Refused for one that they only see.
func (c *Cases) SetBell(ctx context.Context, actor access.Actor, caseID string, on bool) error {
	if err := c.MustSee(ctx, actor, caseID); err != nil {
		return err
	}
	return c.db.Tx(ctx, func(ctx context.Context) error {
		var was bool
		ok, err := store.One(c.db.In(ctx).Raw(`SELECT bell FROM associations WHERE case_id = ? AND user_id = ?`+c.db.ForUpdate(), caseID, actor.ID), &was)
		switch {
		case err != nil:
			return fmt.Errorf("bell: %w", err)
		case !ok:
			return fault.Refuse("cases.not-associated")
		case was == on:
			return nil
		}
		if _, err := c.db.Exec(ctx, `UPDATE associations SET bell = $1 WHERE case_id = $2 AND user_id = $3`, on, caseID, actor.ID); err != nil {
			return fmt.Errorf("bell: %w", err)
		}
		var e edit
		e.setBool("bell", &was, on)
		return c.done(ctx, actor, "case.set-bell", caseID, e.changes...)
	})
}
