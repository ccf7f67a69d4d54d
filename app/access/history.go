package access

import (
	"context"

	"chancery/app/audit"
	"chancery/app/store"
)

// History is audit.Find for an actor: without the lines that tell of what a permission keeps from them (S1-24, ASVS 8.2.2). They are
// left out where lines are found, so that parts are full, what is older is older, and files hold what pages show. Every room
// reads the audit for people by this, after it has asked who may read the history at all: a case's for who sees the case (cases),
// the practice's with audit.view (staff).
func History(ctx context.Context, db *store.DB, actor Actor, q audit.Query) (lines []audit.Line, more bool, err error) {
	q.Without = actor.Rights.Untold()
	return audit.Find(ctx, db, q)
}

// ToldTo are the permissions without any one of which nothing is told of actions on an object, by the first half of their names; one of
// which that is not here is told to everybody who may read the history. A payment's line has the number of its invoice.
func ToldTo(object string) []Permission {
	switch object {
	case "message":
		return []Permission{MessagesView}
	case "appointment", "deadline":
		return []Permission{AppointmentsView}
	case "invoice":
		return []Permission{InvoicesView}
	case "payment":
		return []Permission{InvoicesView, PaymentsView}
	}
	return nil
}

// Untold are the objects of which the rights' holder is told nothing by the history.
func (r Rights) Untold() (objects []string) {
	for _, object := range []string{"message", "appointment", "deadline", "invoice", "payment"} {
		for _, p := range ToldTo(object) {
			if !r.Can(p) {
				objects = append(objects, object)
				break
			}
		}
	}
	return objects
}
