package staff

import (
	"context"
	"strconv"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/listing"
)

// Export gives a list away, with what it was asked by on record; read then gives its rows, some hundred at a time. It
// needs users.view and users.export.
func (s *Staff) Export(ctx context.Context, actor access.Actor, q Query) (read func(ctx context.Context, fn func([]Row) error) error, err error) {
	for _, p := range []access.Permission{access.UsersView, access.UsersExport} {
		if err := actor.Must(p); err != nil {
			return nil, err
		}
	}
	n, more, err := listing.Count(ctx, s.db, table, s.conditions(q.Filter))
	if err != nil {
		return nil, err
	}
	count := strconv.FormatInt(n, 10)
	if more {
		count += "+"
	}
	e := audit.Entry{Action: "user.export", Kind: "users", Changes: []audit.Change{{Field: "users", After: count}}}
	for _, f := range []audit.Change{{Field: "search", After: q.Search}, {Field: "status", After: string(q.Standing)}, {Field: "role", After: q.RoleID}, {Field: "department", After: q.DepartmentID}} {
		if f.After != "" {
			e.Changes = append(e.Changes, f)
		}
	}
	if err := audit.Record(ctx, s.db, actor.Actor, e); err != nil {
		return nil, err
	}
	return func(ctx context.Context, fn func([]Row) error) error { return s.Each(ctx, actor, q, fn) }, nil
}
