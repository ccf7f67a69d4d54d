package web

import (
	"chancery/app/access"
	"chancery/views"
)

// rolesMatrix is the matrix of all roles, each with its own rights.
func (w *Web) rolesMatrix() matrixKind {
	return matrixKind{
		name: "roles", one: "role", subjects: w.roleSubjects, preview: w.Access.PreviewRoles, update: w.Access.UpdateRoles,
		people: func(ofRoles, _ map[string]int64) map[string]int64 { return ofRoles },
		called: func(l views.Locale, book *access.Book, id string) string { return roleName(l, id, book.RoleName(id)) },
	}
}

func (w *Web) roleSubjects(r *request, book *access.Book, people map[string]int64) []matrixSubject {
	l := r.locale(w)
	var all []matrixSubject
	for _, role := range book.Roles() {
		s := matrixSubject{
			head: matrixHead{ID: "c-" + role.ID, Name: roleName(l, role.ID, role.Name), URL: "/roles/" + role.ID, People: peopleText(l, people[role.ID])},
			id:   role.ID, own: book.Own(role.ID), fixed: role.Super, generation: role.Generation,
		}
		parent := ""
		if role.ParentID != nil {
			parent = *role.ParentID
		}
		s.inherited = book.Rights(parent, book.Hung(role.ID))
		all = append(all, s)
	}
	return all
}

// rolesMatrixEdit shows the matrix with boxes.
func (w *Web) rolesMatrixEdit(r *request) error { return w.matrixEdit(r, w.rolesMatrix()) }

// rolesMatrixPreviewCreate foretells what saving it would do.
func (w *Web) rolesMatrixPreviewCreate(r *request) error { return w.matrixPreview(r, w.rolesMatrix()) }

// rolesMatrixUpdate saves it.
func (w *Web) rolesMatrixUpdate(r *request) error { return w.matrixUpdate(r, w.rolesMatrix()) }
