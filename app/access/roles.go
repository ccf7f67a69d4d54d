package access

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"gorm.io/gorm/clause"

	"chancery/app/store"
)

// Role is the baseline of a user's rights (S1-23).
type Role struct {
	ID         string
	Name       string
	Summary    string
	ParentID   *string
	Super      bool
	Position   int
	Generation int64
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// Profile is a named set of permissions that may be added to a user (S1-24).
type Profile struct {
	ID         string
	Name       string
	Summary    string
	Generation int64
	CreatedAt  time.Time
	UpdatedAt  time.Time
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
	admin := append([]Permission{UsersCreate, UsersEdit, UsersDeactivate, UsersUnlock, UsersReset, UsersEmail, UsersSignOut, UsersExport, RolesView, RolesEdit, DepartmentsEdit, TitlesEdit,
		OrganizationEdit, AuditView, SystemView, SystemOperate, TokensEdit, CasesSync, InvoicesEdit, PaymentsRecord}, manage...)
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

// Seed writes the base roles and the first profile once; what is there stays as it is. A permission that this program
// is the first to know goes to the base roles that begin with it, once, so that a practice which has been here for years
// gets a new room's permissions too. Replicas that start together may all call it.
func (a *Access) Seed(ctx context.Context) error {
	return a.db.Tx(ctx, func(ctx context.Context) error {
		var roles []string
		if err := a.db.In(ctx).Model(&Role{}).Pluck("id", &roles).Error; err != nil {
			return fmt.Errorf("seed roles: %w", err)
		}
		if len(roles) == 0 {
			if err := a.seedRoles(ctx); err != nil {
				return err
			}
		}
		return a.seedPermissions(ctx, func(b base) bool { return len(roles) == 0 || slices.Contains(roles, b.id) })
	})
}

func (a *Access) seedRoles(ctx context.Context) error {
	now := a.db.Now()
	for i, b := range baseRoles() {
		role := Role{ID: b.id, Name: b.name, Summary: b.summary, Super: b.super, Position: i, Generation: 1, CreatedAt: now, UpdatedAt: now}
		if err := a.db.In(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&role).Error; err != nil {
			return fmt.Errorf("seed role %s: %w", b.id, err)
		}
	}
	collections := Profile{ID: "collections", Name: "Collections", Summary: collectionsSummary, Generation: 1, CreatedAt: now, UpdatedAt: now}
	if err := a.db.In(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&collections).Error; err != nil {
		return fmt.Errorf("seed profile: %w", err)
	}
	return a.grant(ctx, "profile_permissions", "profile_id", collections.ID,
		[]Permission{InvoicesView, InvoicesEdit, PaymentsView, PaymentsRecord})
}

func (a *Access) seedPermissions(ctx context.Context, there func(base) bool) error {
	var known []Permission
	if err := a.db.In(ctx).Raw(`SELECT name FROM permissions`).Scan(&known).Error; err != nil {
		return fmt.Errorf("seed permissions: %w", err)
	}
	unknown := slices.DeleteFunc(All(), func(p Permission) bool { return slices.Contains(known, p) })
	if len(unknown) == 0 {
		return nil
	}
	rows, args := strings.TrimSuffix(strings.Repeat("(?), ", len(unknown)), ", "), make([]any, len(unknown))
	for i, p := range unknown {
		args[i] = string(p)
	}
	var mine []Permission // and no other replica's
	if err := a.db.In(ctx).Raw(`INSERT INTO permissions (name) VALUES `+rows+` ON CONFLICT DO NOTHING RETURNING name`, args...).Scan(&mine).Error; err != nil {
		return fmt.Errorf("seed permissions: %w", err)
	}
	for _, b := range baseRoles() {
		if !there(b) {
			continue
		}
		b.grants = slices.DeleteFunc(b.grants, func(p Permission) bool { return !slices.Contains(mine, p) })
		if err := a.grant(ctx, "role_permissions", "role_id", b.id, b.grants); err != nil {
			return err
		}
	}
	return nil
}

// grant adds permissions to a role or profile, none twice.
func (a *Access) grant(ctx context.Context, table, column, id string, grants []Permission) error {
	if len(grants) == 0 {
		return nil
	}
	rows := make([]map[string]any, len(grants))
	for i, p := range grants {
		rows[i] = map[string]any{column: id, "permission": string(p)}
	}
	if err := a.db.In(ctx).Table(table).Clauses(clause.OnConflict{DoNothing: true}).Create(rows).Error; err != nil {
		return fmt.Errorf("grant to %s: %w", id, err)
	}
	return nil
}

// BaseRoles are the ids of the roles that every practice begins with.
func BaseRoles() (ids []string) {
	for _, b := range baseNames() {
		ids = append(ids, b.id)
	}
	return ids
}

// Base tells whether a role is one that every practice begins with. It may be changed, but for the Super Admin, and
// stays: manifests, tests and the base roles of later versions name it.
func Base(roleID string) bool {
	return slices.ContainsFunc(baseNames(), func(b baseName) bool { return b.id == roleID })
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

// SummaryKey is the same for what a base role is for.
func SummaryKey(roleID, summary string) string {
	for _, b := range baseNames() {
		if b.id == roleID && b.summary == summary {
			return b.key + "-summary"
		}
	}
	return ""
}

type baseName struct{ id, name, summary, key string }

// baseNames is asked with every page.
var baseNames = sync.OnceValue(func() (names []baseName) {
	for _, b := range baseRoles() {
		names = append(names, baseName{b.id, b.name, b.summary, "role." + b.id})
	}
	return names
})
