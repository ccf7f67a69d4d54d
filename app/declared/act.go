package declared

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/manifest"
	"chancery/app/staff"
	"chancery/app/work"
)

// atOnce is how many people one transaction takes; what it holds, others wait for on SQLite.
const atOnce = 25

// doer does a plan's steps.
type doer struct {
	*Declared
	actor access.Actor
	world *world
	made  map[string]string // what references mean, by Ref
}

// act does the steps, and records each with what became of it. Steps of the practice stand alone, people are done several to a transaction, each a
// part of it that a refusal takes back.
func (d *Declared) act(ctx context.Context, w *world, p *Plan) error {
	do := &doer{d, actor(w.source), w, map[string]string{}}
	for i := range p.Steps {
		if s := &p.Steps[i]; s.ID != "" {
			do.made[s.Ref()] = s.ID
		}
	}
	for some := range parts(p.Steps) {
		for i := range some {
			some[i].Told = len(some[i].Reasons) > 0 && !do.moves(some[i])
		}
		if !slices.ContainsFunc(some, do.moves) {
			continue
		}
		err := d.db.Tx(ctx, func(ctx context.Context) error {
			for i := range some {
				if err := do.step(ctx, &some[i]); err != nil {
					return fmt.Errorf("%s: %w", some[i].Kind, err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// parts are the steps as they are done together: people several at once, but one whose password is hashed by themselves.
func parts(steps []Step) func(func([]Step) bool) {
	alone := func(s *Step) bool {
		if s.Kind != manifest.User || s.Action != Create {
			return s.Kind != manifest.User
		}
		return s.object.Spec.(*manifest.UserSpec).InitialPasswordSecret != nil
	}
	return func(yield func([]Step) bool) {
		for from := 0; from < len(steps); {
			to := from + 1
			for !alone(&steps[from]) && to < len(steps) && to-from < atOnce && !alone(&steps[to]) {
				to++
			}
			if !yield(steps[from:to]) {
				return
			}
			from = to
		}
	}
}

// moves tells whether a step does or writes anything.
func (do *doer) moves(s Step) bool {
	switch s.Action {
	case Same:
		return false
	case Refuse, Hold, Ask:
		_, writes := do.next(&s, nil)
		return writes
	}
	return len(s.Reasons) == 0 // somebody who still cannot leave is not tried
}

// step does one step. A rule that refuses makes it a Refuse; what it had done is taken back.
func (do *doer) step(ctx context.Context, s *Step) error {
	if s.Told || s.Action == Same {
		return nil
	}
	seeded := false
	err := do.db.Inner(ctx, func(ctx context.Context) (err error) {
		switch s.Action {
		case Create:
			seeded, err = do.create(ctx, s)
		case Change:
			err = do.change(ctx, s)
		case Leave:
			_, err = do.staff.Deactivate(ctx, do.actor, s.ID, staff.Plan{Reason: staff.UndeclaredReason})
		}
		return err
	})
	if err != nil {
		why, unexpected := judge(err)
		if unexpected != nil {
			return unexpected
		}
		if s.Action == Create {
			s.ID = ""
		}
		s.Reasons = why
		if s.Action != Leave {
			s.Action = Refuse
		}
	} else if s.ID != "" {
		do.made[s.Ref()] = s.ID
	}
	next, writes := do.next(s, err)
	if !writes {
		s.Told = len(s.Reasons) > 0
		return nil
	}
	if now := do.db.Now(); seeded {
		next.SeededAt = &now
	}
	return do.write(ctx, s, next)
}

// judge is why a verb refused, or the error that is no refusal.
func judge(err error) ([]work.Reason, error) {
	var confirm *staff.NeedsConfirmation
	if errors.As(err, &confirm) {
		return []work.Reason{{Message: confirm.Message}}, nil
	}
	o, unexpected := work.Judge(err)
	return o.Reasons, unexpected
}

func (do *doer) create(ctx context.Context, s *Step) (seeded bool, err error) {
	switch spec := s.object.Spec.(type) {
	case *manifest.DepartmentSpec:
		made, err := do.staff.CreateDepartment(ctx, do.actor, *spec.Name)
		if err == nil {
			s.ID = made.ID
		}
		return false, err
	case *manifest.ProfileSpec:
		made, err := do.access.CreateProfile(ctx, do.actor, access.ProfileEdit{Name: *spec.Name, Summary: or(spec.Summary, ""), Permissions: permissions(spec.Permissions)})
		if err == nil {
			s.ID = made.ID
		}
		return false, err
	case *manifest.RoleSpec:
		e, err := do.roleEdit(access.RoleEdit{}, spec)
		if err != nil {
			return false, err
		}
		made, err := do.access.CreateRole(ctx, do.actor, e)
		if err == nil {
			s.ID = made.ID
		}
		return false, err
	case *manifest.UserSpec:
		return do.invite(ctx, s, spec)
	}
	return false, fmt.Errorf("%s cannot be made", s.Kind)
}

func (do *doer) change(ctx context.Context, s *Step) error {
	switch spec := s.object.Spec.(type) {
	case *manifest.OrganizationSpec:
		edits := staff.OrganizationChange{}
		for _, f := range ofOrganization(spec) {
			edits[f.field] = &staff.Edit{Value: f.value}
		}
		_, err := do.staff.UpdateOrganization(ctx, do.actor, edits)
		return err
	case *manifest.DepartmentSpec:
		return do.staff.RenameDepartment(ctx, do.actor, s.ID, *spec.Name, do.world.departments[s.ID].Generation)
	}
	book, err := do.access.Book(ctx) // as it is by now: the steps before may have changed it
	if err != nil {
		return err
	}
	switch spec := s.object.Spec.(type) {
	case *manifest.ProfileSpec:
		is, _ := book.Profile(s.ID)
		e := access.ProfileEdit{Name: *spec.Name, Summary: or(spec.Summary, is.Summary), Permissions: book.Adds(s.ID), Generation: is.Generation}
		if spec.Permissions != nil {
			e.Permissions = permissions(spec.Permissions)
		}
		return do.access.UpdateProfile(ctx, do.actor, s.ID, e)
	case *manifest.RoleSpec:
		is, _ := book.Role(s.ID)
		e := access.RoleEdit{Name: is.Name, Summary: is.Summary, Permissions: book.Own(s.ID), ProfileIDs: book.Hung(s.ID), Generation: is.Generation}
		if is.ParentID != nil {
			e.ParentID = *is.ParentID
		}
		if e, err = do.roleEdit(e, spec); err != nil {
			return err
		}
		return do.access.UpdateRole(ctx, do.actor, s.ID, e)
	}
	return do.changeUser(ctx, s)
}

// roleEdit is a role with what a manifest states of it.
func (do *doer) roleEdit(e access.RoleEdit, spec *manifest.RoleSpec) (access.RoleEdit, error) {
	e.Name, e.Summary = or(spec.Name, e.Name), or(spec.Summary, e.Summary)
	if spec.Permissions != nil {
		e.Permissions = permissions(spec.Permissions)
	}
	var err error
	if spec.Parent != nil {
		if e.ParentID, err = do.meant("parent", manifest.Role, *spec.Parent); err != nil {
			return e, err
		}
	}
	if spec.Profiles != nil {
		e.ProfileIDs, err = do.meantAll("profiles", manifest.Profile, *spec.Profiles)
	}
	return e, err
}

// meant is the id of what a field refers to; "" for no name. What was to be made and was refused is no thing to refer to.
func (do *doer) meant(field string, kind manifest.Kind, name string) (string, error) {
	ref := string(kind) + "/" + name
	switch id := do.made[ref]; {
	case name == "", id != "":
		return id, nil
	case kind == manifest.Role && access.Base(name):
		return name, nil
	}
	return "", fault.Field1(field, "declared.depends", "Ref", ref)
}

func (do *doer) meantAll(field string, kind manifest.Kind, names []string) (ids []string, err error) {
	for _, name := range names {
		id, err := do.meant(field, kind, name)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func permissions(names *[]string) (all []access.Permission) {
	if names != nil {
		for _, name := range *names {
			all = append(all, access.Permission(name))
		}
	}
	return all
}

func or(stated *string, is string) string {
	if stated == nil {
		return is
	}
	return strings.TrimSpace(*stated)
}
