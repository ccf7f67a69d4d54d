package access

// Holds is the condition, in SQL, that the user u has a permission, and what it is asked with: by the role, by a profile
// that hangs on the role, or by one that was added. It is for lists of people (who may take a case over); whether one
// person may is always asked of their Rights.
func Holds(p Permission) (where string, args []any) {
	return `(u.role_id IN (SELECT r.id FROM roles r WHERE r.super
			UNION SELECT rp.role_id FROM role_permissions rp WHERE rp.permission = ?
			UNION SELECT x.role_id FROM role_profiles x JOIN profile_permissions pp ON pp.profile_id = x.profile_id WHERE pp.permission = ?)
		OR EXISTS (SELECT 1 FROM user_profiles up JOIN profile_permissions pp ON pp.profile_id = up.profile_id
			WHERE up.user_id = u.id AND pp.permission = ?))`, []any{p, p, p}
}
