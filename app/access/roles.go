package access

import (
	"context"
	"fmt"
	"sync"
	"time"

	"gorm.io/gorm/clause"

	"chancery/app/store"
)

// Role is the baseline of a user's rights (S1-23).
type Role struct {
	ID        string
	Name      string
	Summary   string
	ParentID  *string
	Super     bool
	Position  int
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Profile is a named set of permissions that may be added to a user (S1-24).
type Profile struct {
	ID        string
	Name      string
	Summary   string
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Access is the room: roles, profiles, and the rights that follow.
type Access struct {
	db *store.DB
}

// New opens the room.
func New(db *store.DB) *Access { return &Access{db: db} }

// Roles lists the roles in the practice's order.
func (a *Access) Roles(ctx context.Context) ([]Role, error) {
	var roles []Role
	if err := a.db.In(ctx).Order("position, name").Find(&roles).Error; err != nil {
		return nil, fmt.Errorf("roles: %w", err)
	}
	return roles, nil
}

// Profiles lists the profiles by name.
func (a *Access) Profiles(ctx context.Context) ([]Profile, error) {
	var profiles []Profile
	if err := a.db.In(ctx).Order("name").Find(&profiles).Error; err != nil {
		return nil, fmt.Errorf("profiles: %w", err)
	}
	return profiles, nil
}

// Role ids of the base roles: fixed, so that manifests, tests and the demo practice can name them.
const (
	RoleSuperAdmin    = "super-admin"
	RoleAdministrator = "administrator"
	RoleManager       = "manager"
	RoleConsultant    = "consultant"
	RoleParalegal     = "paralegal"
	RoleAccountant    = "accountant"
	RoleSupport       = "support"
	RoleViewer        = "viewer"
)

type base struct {
	id, name, summary string
	super             bool
	grants            []Permission
}

// baseRoles are the roles a practice starts with (V-1, S1-1), from the widest to the narrowest.
func baseRoles() []base {
	read := []Permission{CasesView, MessagesView, AppointmentsView}
	work := append([]Permission{CasesEdit, MessagesSend, AppointmentsEdit}, read...)
	manage := append([]Permission{CasesViewAll, CasesCreate, CasesReassign, UsersView, InvoicesView, PaymentsView}, work...)
	admin := append([]Permission{UsersCreate, UsersEdit, UsersDeactivate, UsersUnlock, UsersReset, UsersEmail, UsersSignOut, RolesView, RolesEdit, DepartmentsEdit, TitlesEdit,
		OrganizationEdit, AuditView, SystemView, InvoicesEdit, PaymentsRecord}, manage...)
	return []base{
		{RoleSuperAdmin, "Super Admin", "Passes every permission. For one or two people.", true, nil},
		{RoleAdministrator, "Administrator", "Runs the practice's people, roles and settings.", false, admin},
		{RoleManager, "Manager", "Sees and assigns every case.", false, manage},
		{RoleConsultant, "RCIC Consultant", "Works on cases and writes to clients.", false, append([]Permission{CasesCreate}, work...)},
		{RoleParalegal, "Paralegal", "Works on the cases they are added to.", false, work},
		{RoleAccountant, "Accountant", "Invoices and payments.", false, []Permission{CasesView, InvoicesView, InvoicesEdit, PaymentsView, PaymentsRecord}},
		{RoleSupport, "Support", "Answers clients and keeps appointments.", false, append([]Permission{MessagesSend, AppointmentsEdit}, read...)},
		{RoleViewer, "Viewer", "Reads, and changes nothing.", false, read},
	}
}

// Seed writes the base roles and the first profile once; what is there stays as it is. Replicas that start together may
// all call it.
func (a *Access) Seed(ctx context.Context) error {
	now := a.db.Now()
	return a.db.Tx(ctx, func(ctx context.Context) error {
		var n int64
		if err := a.db.In(ctx).Model(&Role{}).Count(&n).Error; err != nil || n > 0 {
			return err
		}
		for i, b := range baseRoles() {
			role := Role{ID: b.id, Name: b.name, Summary: b.summary, Super: b.super, Position: i, CreatedAt: now, UpdatedAt: now}
			if err := a.db.In(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&role).Error; err != nil {
				return fmt.Errorf("seed role %s: %w", b.id, err)
			}
			if err := a.grant(ctx, "role_permissions", "role_id", b.id, b.grants); err != nil {
				return err
			}
		}
		collections := Profile{ID: "collections", Name: "Collections", Summary: "Invoices and payments.", CreatedAt: now, UpdatedAt: now}
		if err := a.db.In(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&collections).Error; err != nil {
			return fmt.Errorf("seed profile: %w", err)
		}
		return a.grant(ctx, "profile_permissions", "profile_id", collections.ID,
			[]Permission{InvoicesView, InvoicesEdit, PaymentsView, PaymentsRecord})
	})
}

func (a *Access) grant(ctx context.Context, table, column, id string, grants []Permission) error {
	for _, p := range grants {
		row := map[string]any{column: id, "permission": string(p)}
		if err := a.db.In(ctx).Table(table).Clauses(clause.OnConflict{DoNothing: true}).Create(row).Error; err != nil {
			return fmt.Errorf("grant %s: %w", p, err)
		}
	}
	return nil
}

// Of reads the rights a user has now: role ∪ profiles (S1-25). An unknown user has none.
func (a *Access) Of(ctx context.Context, userID string) (Rights, error) {
	var role string
	known, err := store.One(a.db.In(ctx).Raw(`SELECT role_id FROM users WHERE id = ?`, userID), &role)
	if err != nil || !known {
		return Rights{}, err
	}
	var profiles []string
	if err := a.db.In(ctx).Raw(`SELECT profile_id FROM user_profiles WHERE user_id = ?`, userID).Scan(&profiles).Error; err != nil {
		return Rights{}, fmt.Errorf("rights: %w", err)
	}
	book, err := ReadBook(ctx, a.db) // after the user: it knows every role and profile that they can have
	if err != nil {
		return Rights{}, fmt.Errorf("rights: %w", err)
	}
	return book.Rights(role, profiles), nil
}

// NameKey is the catalogue key of a base role's name ("" once the practice has renamed it), so that the roles every
// practice starts with read in each person's language.
func NameKey(roleID, name string) string {
	for _, b := range baseNames() {
		if b.id == roleID && b.name == name {
			return b.key
		}
	}
	return ""
}

// baseNames is asked with every page.
var baseNames = sync.OnceValue(func() (names []struct{ id, name, key string }) {
	for _, b := range baseRoles() {
		names = append(names, struct{ id, name, key string }{b.id, b.name, "role." + b.id})
	}
	return names
})
