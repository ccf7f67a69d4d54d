// Package access knows who may do what: the permissions there are, the roles and profiles that grant them, and the
// rights that follow for one user. It knows nothing of how a person proves who they are (signin) nor of what is done.
//
// Every user has exactly one role, the baseline, and any number of profiles that only ever add (S1-23…S1-25). A role
// marked super passes every question (S1-31). Rights are found anew with every request and never kept in a session, so a
// change holds from the next request on (ASVS 8.3.2): roles and profiles stand in a book that a process keeps, and the
// request's query says whether it is still the right one (book.go).
//
// # Permissions
//
// A permission is a constant of this package, and each room asks for its own by that name: the compiler sees to it that
// what is enforced exists, and All, the base roles, the matrix and the written table in SECURITY.md have one list to
// read. The other way round, each room declaring its own and the program joining them, a room left out of the join
// would be one whose permissions no role can grant and no page can show; and this package, which the rooms import and
// which says what the base roles begin with, would have to name them by strings. Which room enforces what is no
// secret: the table is made from the routes, and a test fails on a route that names none.
//
// # Who may grant
//
// Nobody grants a right that they do not hold, whether by editing a role or profile (guards.go) or by giving one to a
// person (staff). What counts is what is given, not what it changes: a profile whose every right the person has by
// their role anyway may not be given by someone who lacks one, since the role may be taken later. What stays in place is
// not given anew. And nobody takes a right that they do not hold out of a role or profile: that would take it from
// people whom the next rule keeps from them.
//
// # Over whom
//
// A permission says what one may do, and MustOver to whom; every verb on a person asks both (S1-32, ASVS 8.2.1, 8.2.2,
// 8.3.1). Of each verb it is written, beside its route and in the verb, what it is over:
//
//   - OverAccount, what somebody may do and how they come in: role and profiles, deactivation now, planned or taken back,
//     reactivation, signing out, the end of one session, unlocking, a new password, another address or the proof of one,
//     invitation, and mails sent again. It takes every right that the other has: whoever can give someone a password can be that
//     person, and whoever can demote or sign out those above them is above them (V-1). Unlocking gives ten more
//     guesses. Equals may act on one another, so that two Administrators can help each other out.
//   - OverRecord, what is written of somebody: names, title, numbers, language, bio, department, picture. It takes the permission, and for
//     a Super Admin a Super Admin: that account is the practice's last way in, and nobody else has a hand in it, while a
//     practice's records are kept by clerks who may do little else.
//   - OverNothing: what belongs to the practice and only names the person, such as a case that is reassigned, a department that is
//     merged or a title that is renamed.
//
// One's own account is never asked for: what nobody does to themselves each verb says. Looking is a matter of permission
// alone, and programs (System) may act on everybody.
//
// What gives away ways in, or ends them, wants besides that the person has proved lately who they are (Actor.Proven, ASVS 7.5.1):
// an open session on a forgotten screen is not enough. The verb asks, so that no page can forget to; where work is asked for on
// many, the asking does (work.Kind.Proves).
//
// A role has at most one parent and grants at least what that grants (C-20); profiles may hang on it (V-2). A base role
// may be changed and stays; the Super Admin is never changed, has no parent and is none.
//
// # No rules by field
//
// V-2 knows, as an option, rules that hide a single field or make it read-only. There are none: what may not be seen
// must not be found by search, sorted by, exported, imported, mailed or read in the history either, and each of those
// would have to ask. A rule that holds on the page alone would be a promise that is not kept. Where single fields differ
// in who may have them, they get a permission of their own and the room that owns them asks for it.
package access

import (
	"slices"
	"strings"
	"sync"
	"time"

	"chancery/app/audit"
	"chancery/app/fault"
)

// Permission is one thing that may be done, as module.action (V-2).
type Permission string

// The permissions, in the order in which people read them. A permission is added here and to the catalogues as
// "permission.MODULE-ACTION"; it is never renamed, since roles and profiles store it.
const (
	UsersView        Permission = "users.view"
	UsersCreate      Permission = "users.create"
	UsersEdit        Permission = "users.edit"
	UsersDeactivate  Permission = "users.deactivate"
	UsersUnlock      Permission = "users.unlock"
	UsersReset       Permission = "users.reset-password"
	UsersEmail       Permission = "users.change-email"
	UsersSignOut     Permission = "users.sign-out"
	UsersExport      Permission = "users.export"
	RolesView        Permission = "roles.view"
	RolesEdit        Permission = "roles.edit"
	DepartmentsEdit  Permission = "departments.edit"
	TitlesEdit       Permission = "titles.edit"
	OrganizationEdit Permission = "organization.edit"
	AuditView        Permission = "audit.view"
	SystemView       Permission = "system.view"
	SystemOperate    Permission = "system.operate"
	TokensEdit       Permission = "tokens.edit"
	CasesView        Permission = "cases.view"
	CasesViewAll     Permission = "cases.view-all"
	CasesCreate      Permission = "cases.create"
	CasesEdit        Permission = "cases.edit"
	CasesReassign    Permission = "cases.reassign"
	CasesSync        Permission = "cases.sync"
	MessagesView     Permission = "messages.view"
	MessagesSend     Permission = "messages.send"
	AppointmentsView Permission = "appointments.view"
	AppointmentsEdit Permission = "appointments.edit"
	InvoicesView     Permission = "invoices.view"
	InvoicesEdit     Permission = "invoices.edit"
	PaymentsView     Permission = "payments.view"
	PaymentsRecord   Permission = "payments.record"
)

// All lists every permission in reading order.
func All() []Permission {
	return []Permission{
		UsersView, UsersCreate, UsersEdit, UsersDeactivate, UsersUnlock, UsersReset, UsersEmail, UsersSignOut, UsersExport, RolesView, RolesEdit, DepartmentsEdit, TitlesEdit,
		OrganizationEdit, AuditView,
		SystemView, SystemOperate, TokensEdit, CasesView, CasesViewAll, CasesCreate, CasesEdit, CasesReassign, CasesSync, MessagesView, MessagesSend,
		AppointmentsView, AppointmentsEdit, InvoicesView, InvoicesEdit, PaymentsView, PaymentsRecord,
	}
}

// Module is what the permission is about: the first half of its name.
func (p Permission) Module() string {
	module, _, _ := strings.Cut(string(p), ".")
	return module
}

// Modules are the modules that have permissions, in reading order.
func Modules() []string {
	var all []string
	for _, p := range All() {
		if !slices.Contains(all, p.Module()) {
			all = append(all, p.Module())
		}
	}
	return all
}

// ModuleKey is a module's name in the catalogues.
func ModuleKey(module string) string { return "access.module-" + module }

// Key is the permission's name in the catalogues.
func (p Permission) Key() string {
	if key, ok := keys()[p]; ok {
		return key
	}
	return p.key()
}

func (p Permission) key() string { return "permission." + strings.ReplaceAll(string(p), ".", "-") }

// keys are those of all permissions: one's own profile lists them with each look.
var keys = sync.OnceValue(func() map[Permission]string {
	keys := map[Permission]string{}
	for _, p := range All() {
		keys[p] = p.key()
	}
	return keys
})

// Rights is what one user may do: everything, or what the role and each profile grant. They are to be read only.
type Rights struct {
	super bool
	from  []grants
}

// Granted builds rights from a super mark and permissions separated by spaces.
func Granted(super bool, permissions string) Rights {
	listed := grants{}
	for _, p := range strings.Fields(permissions) {
		listed[Permission(p)] = struct{}{}
	}
	return Rights{super, []grants{listed}}
}

// Super tells whether the rights pass every question.
func (r Rights) Super() bool { return r.super }

// Can answers one question. What names no permission is granted to nobody but a Super Admin.
func (r Rights) Can(p Permission) bool {
	if r.super {
		return true
	}
	for _, g := range r.from {
		if _, ok := g[p]; ok {
			return p != ""
		}
	}
	return false
}

// Covers tells whether these rights are at least the others: whoever holds them could do all that the others can. An
// account is only to be taken in hand (a new password, another e-mail) by someone whose rights cover it.
func (r Rights) Covers(other Rights) bool {
	if r.super || other.super {
		return r.super
	}
	for _, g := range other.from {
		for p := range g {
			if !r.Can(p) {
				return false
			}
		}
	}
	return true
}

// Less is what these rights hold and others do not. Super less anything but super is still all.
func (r Rights) Less(others Rights) Rights {
	if r.super || others.super {
		return Rights{super: r.super && !others.super}
	}
	left := grants{}
	for _, g := range r.from {
		for p := range g {
			if !others.Can(p) {
				left[p] = struct{}{}
			}
		}
	}
	return Rights{from: []grants{left}}
}

// Only is what these rights hold of some permissions. It is never all: a Super Admin's is what is named.
func (r Rights) Only(permissions []Permission) Rights {
	kept := grants{}
	for _, p := range permissions {
		if r.Can(p) {
			kept[p] = struct{}{}
		}
	}
	return Rights{from: []grants{kept}}
}

// List is every permission that the rights hold, in reading order.
func (r Rights) List() []Permission {
	return slices.DeleteFunc(All(), func(p Permission) bool { return !r.Can(p) })
}

// Actor is a person or program that does something: who, from where, what they may, and since when they have not proved
// anew who they are.
type Actor struct {
	audit.Actor
	Rights   Rights
	ProvenAt time.Time // zero is never: so it is with an API token, which is no person at a screen
}

// ProofLasts is how long a proof of identity counts for sensitive steps (C-2, ASVS 7.5.1).
const ProofLasts = 10 * time.Minute

// programs begins the ids of programs; a person's id is a UUID.
const programs = "system:"

// System is a program acting on the practice's behalf: a start-up step, a reconciler, a command of the operator. It
// may everything, and stands in the audit under its own name.
func System(name string) Actor {
	return Actor{Actor: audit.Actor{ID: programs + name, Name: name}, Rights: Rights{super: true}}
}

// Program tells whether this is a program, as System makes it, and not a person.
func (a Actor) Program() bool { return IsProgram(a.ID) }

// IsProgram tells whether the id of who did something is a program's.
func IsProgram(id string) bool { return strings.HasPrefix(id, programs) }

// Proven tells whether the last proof is fresh enough for sensitive steps. Programs have nobody who could be gone from the screen.
func (a Actor) Proven(now time.Time) bool { return a.Program() || now.Sub(a.ProvenAt) < ProofLasts }

// Must returns a *fault.Forbidden when the actor may not.
func (a Actor) Must(p Permission) error {
	if !a.Rights.Can(p) {
		return &fault.Forbidden{Permission: string(p)}
	}
	return nil
}
