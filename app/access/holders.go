package access

// Holds is the condition, in SQL, that the user u has a permission, and what it is asked with: by the role or an ancestor of
// it, by a profile that hangs on any of these, or by one that was added. It is for lists of people (who may take a case
// over); whether one person may is always asked of their Rights, and a test compares the two.
func Holds(p Permission) (where string, args []any) {
	return `(u.role_id IN (WITH RECURSIVE lineage (role_id, at) AS (
			SELECT id, id FROM roles
			UNION SELECT l.role_id, r.parent_id FROM lineage l JOIN roles r ON r.id = l.at WHERE r.parent_id IS NOT NULL)
		SELECT l.role_id FROM lineage l WHERE l.at IN (SELECT rp.role_id FROM role_permissions rp WHERE rp.permission = ?
			UNION SELECT x.role_id FROM role_profiles x JOIN profile_permissions pp ON pp.profile_id = x.profile_id WHERE pp.permission = ?)
		UNION SELECT s.id FROM roles s WHERE s.super)
		OR EXISTS (SELECT 1 FROM user_profiles up JOIN profile_permissions pp ON pp.profile_id = up.profile_id
			WHERE up.user_id = u.id AND pp.permission = ?))`, []any{p, p, p}
}
