package staff

import (
	"context"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/work"
)

// Kinds are what can be asked for on many people at once (B-17). Each row is the verb that one person has.
func (s *Staff) Kinds() []work.Kind {
	return []work.Kind{
		{Name: "role", Permission: access.UsersEdit, Each: s.setRoleOne},
		{Name: "department", Permission: access.UsersEdit, Each: s.setDepartmentOne},
		{Name: "deactivation", Permission: access.UsersDeactivate, Each: s.deactivateOne},
	}
}

// setRoleOne gives a person the role of the input. Super Admin is refused: it is given person by person, against a fresh
// proof of who asks (signin.SetRights).
func (s *Staff) setRoleOne(ctx context.Context, actor access.Actor, role string, item work.Item) (work.Outcome, error) {
	u, err := s.Get(ctx, item.ObjectID)
	if err != nil {
		return work.Outcome{}, err
	}
	if u.RoleID == role {
		return work.Same(), nil
	}
	if role == access.RoleSuperAdmin {
		return work.Outcome{}, fault.Refuse("staff.super-one")
	}
	return work.Done(), s.SetRole(ctx, actor, u.ID, role, false)
}

// setDepartmentOne moves a person into the department of the input, or out of any.
func (s *Staff) setDepartmentOne(ctx context.Context, actor access.Actor, department string, item work.Item) (work.Outcome, error) {
	u, err := s.Get(ctx, item.ObjectID)
	if err != nil {
		return work.Outcome{}, err
	}
	if u.DepartmentID == nil && department == "" || u.DepartmentID != nil && *u.DepartmentID == department {
		return work.Same(), nil
	}
	return work.Done(), s.SetDepartment(ctx, actor, u.ID, department)
}
