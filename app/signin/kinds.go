package signin

import (
	"context"
	"encoding/json"
	"fmt"

	"chancery/app/access"
	"chancery/app/staff"
	"chancery/app/work"
)

// Kinds are what can be asked for on many accounts at once (B-17). Each row is the verb that one account has.
func (s *Signin) Kinds() []work.Kind {
	return []work.Kind{
		{Name: "import", Permission: access.UsersCreate, Proves: importProves, Each: s.importOne},
		{Name: "invitation", Permission: access.UsersCreate, Each: s.reinviteOne},
		{Name: "sign-out", Permission: access.UsersSignOut, Proves: always, Each: s.signOutOne},
	}
}

func always(string, work.Item) bool { return true }

// importProves tells whether a row does what on its own page asks for a proof: it makes a Super Admin, or changes a number, which
// may be one that signs in. What cannot be read is refused by importOne.
func importProves(_ string, item work.Item) bool {
	if item.ObjectID != "" {
		var c staff.ImportChange
		return json.Unmarshal([]byte(item.Input), &c) != nil || c.Proves()
	}
	var n staff.NewUser
	return json.Unmarshal([]byte(item.Input), &n) != nil || n.RoleID == access.RoleSuperAdmin
}

// importOne does what a row of a file says: it changes somebody who is here, or creates a colleague, who comes in by the
// link of their welcome mail.
func (s *Signin) importOne(ctx context.Context, actor access.Actor, _ string, item work.Item) (work.Outcome, error) {
	if item.ObjectID != "" {
		var c staff.ImportChange
		if err := json.Unmarshal([]byte(item.Input), &c); err != nil {
			return work.Outcome{}, fmt.Errorf("row of an import: %T", err)
		}
		return work.Done(), s.staff.ApplyImport(ctx, actor, item.ObjectID, c)
	}
	var n staff.NewUser
	if err := json.Unmarshal([]byte(item.Input), &n); err != nil {
		return work.Outcome{}, fmt.Errorf("row of an import: %T", err) // its text may quote the row
	}
	u, err := s.Invite(ctx, actor, n, FirstPassword{Way: FirstLink})
	if err != nil {
		return work.Outcome{}, err
	}
	return work.Done().Of(u.ID), nil
}

// signOutOne ends all sessions of a person; who has none is signed out already.
func (s *Signin) signOutOne(ctx context.Context, actor access.Actor, _ string, item work.Item) (work.Outcome, error) {
	ended, err := s.SignOutEverywhere(ctx, actor, item.ObjectID)
	if err == nil && ended == 0 {
		return work.Same(), nil
	}
	return work.Done(), err
}

// reinviteOne sends an invitation again.
func (s *Signin) reinviteOne(ctx context.Context, actor access.Actor, _ string, item work.Item) (work.Outcome, error) {
	return work.Done(), s.Reinvite(ctx, actor, item.ObjectID)
}
