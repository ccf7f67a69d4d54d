package web

import (
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/views"
)

func (w *Web) importRows(r *request, content []byte, changing bool) ([]staff.ImportRow, error) {
	vocabulary, err := w.vocabulary(r)
	if err != nil {
		return nil, err
	}
	return staff.ParseImport(content, vocabulary, changing)
}

// vocabulary is what a file's words mean: names as they read in any of the languages, and the ids themselves.
func (w *Web) vocabulary(r *request) (staff.Vocabulary, error) {
	v := staff.Vocabulary{
		Columns: map[string]string{}, Roles: map[string]string{}, Profiles: map[string]string{}, Languages: map[string]string{},
		Statuses: map[string]staff.Status{"active": staff.Active, "inactive": staff.Inactive},
	}
	roles, err := w.Access.Roles(r.ctx)
	if err != nil {
		return v, err
	}
	profiles, err := w.Access.Profiles(r.ctx)
	if err != nil {
		return v, err
	}
	for _, lang := range views.Languages() {
		l := views.In(lang.Code, r.zone, w.Now())
		v.Languages[staff.Word(lang.Code)], v.Languages[staff.Word(lang.Name)] = lang.Code, lang.Code
		for _, c := range staff.ImportColumns() {
			v.Columns[staff.Word(c)], v.Columns[staff.Word(l.T(message("import.column."+fieldID(c))))] = c, c
		}
		for _, role := range roles {
			v.Roles[staff.Word(roleName(l, role.ID, role.Name))] = role.ID
		}
		for _, p := range profiles {
			v.Profiles[staff.Word(profileName(l, p.Name))] = p.ID
		}
		for key, status := range map[string]staff.Status{"active": staff.Active, "inactive": staff.Inactive, "invited": "", "locked": ""} {
			v.Statuses[staff.Word(l.T(message("users.status-"+key)))] = status
		}
		for _, life := range []signin.Life{signin.LifeExpired, signin.LifeBounced, signin.LifeCancelled, signin.LifeNone, signin.LifeUnsure} {
			v.Statuses[staff.Word(invitedStatus(l, life).Text)] = ""
		}
	}
	for _, role := range roles { // what the practice calls it comes before what another is called elsewhere
		v.Roles[staff.Word(role.ID)], v.Roles[staff.Word(role.Name)] = role.ID, role.ID
	}
	for _, p := range profiles {
		v.Profiles[staff.Word(p.Name)] = p.ID
	}
	listColumns(v.Columns, r, w)
	return v, nil
}

// listColumns adds the columns of the list of users as it is taken away (usersCSV), where they are called otherwise, so
// that such a file can be changed and brought back.
func listColumns(columns map[string]string, r *request, w *Web) {
	for _, lang := range views.Languages() {
		l := views.In(lang.Code, r.zone, w.Now())
		for key, column := range map[string]string{
			"users.name": staff.ColumnName, "users.email": "email", "users.job-title": "title", "users.role": "role", "users.department": "department",
			"users.status": "status", "people.dormant": staff.ColumnSkipped, "users.last-sign-in": staff.ColumnSkipped, "users.created-on": staff.ColumnSkipped,
		} {
			if word := staff.Word(l.T(message(key))); columns[word] == "" {
				columns[word] = column
			}
		}
	}
}
