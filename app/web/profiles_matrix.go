package web

import (
	"chancery/app/access"
	"chancery/views"
)

// profilesMatrix is the matrix of all profiles, each with its own rights.
func (w *Web) profilesMatrix() matrixKind {
	return matrixKind{
		name: "profiles", one: "profile", subjects: w.profileSubjects, preview: w.Access.PreviewProfiles, update: w.Access.UpdateProfiles,
		people: func(_, ofProfiles map[string]int64) map[string]int64 { return ofProfiles },
		called: func(l views.Locale, book *access.Book, id string) string { return profileName(l, book.ProfileName(id)) },
	}
}

func (w *Web) profileSubjects(r *request, book *access.Book, people map[string]int64) []matrixSubject {
	l := r.locale(w)
	var all []matrixSubject
	for _, p := range book.Profiles() {
		all = append(all, matrixSubject{
			head: matrixHead{ID: "c-" + p.ID, Name: profileName(l, p.Name), URL: "/profiles/" + p.ID, People: peopleText(l, people[p.ID])},
			id:   p.ID, own: book.Adds(p.ID), generation: p.Generation,
		})
	}
	return all
}

// profilesMatrixEdit shows the matrix with boxes.
func (w *Web) profilesMatrixEdit(r *request) error { return w.matrixEdit(r, w.profilesMatrix()) }

// profilesMatrixPreviewCreate foretells what saving it would do.
func (w *Web) profilesMatrixPreviewCreate(r *request) error {
	return w.matrixPreview(r, w.profilesMatrix())
}

// profilesMatrixUpdate saves it.
func (w *Web) profilesMatrixUpdate(r *request) error { return w.matrixUpdate(r, w.profilesMatrix()) }
