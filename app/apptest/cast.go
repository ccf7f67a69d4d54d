package apptest

import (
	"context"
	"time"

	"chancery/app/access"
	"chancery/app/staff"
)

// Password is every cast member's.
const Password = "Lantern-Orchard-27!"

// passwordHash is Password's, made once (argon2id, 19 MiB, two passes), so that a test does not hash for each of them.
const passwordHash = "$argon2id$v=19$m=19456,t=2,p=1$Y2hhbmNlcnktY2FzdC0wMQ$PLGqPxNbt4IkUBFpSHqje8keqGhZft3W1l+lhwWDklI"

// castMember is a person of the cast. Tests call them by the key of the map.
type castMember struct {
	first, last, role, language, zone string
	status                            staff.Status
}

func cast() map[string]castMember {
	return map[string]castMember{
		"super":      {"Elena", "Marlow", access.RoleSuperAdmin, "en", "America/Toronto", staff.Active},
		"admin":      {"Grace", "Mbeki", access.RoleAdministrator, "en", "America/Toronto", staff.Active},
		"consultant": {"Jon", "Okafor", access.RoleConsultant, "en", "America/Toronto", staff.Active},
		"other":      {"Lucía", "Fernández Ortega", access.RoleConsultant, "es", "America/Mexico_City", staff.Active},
		"paralegal":  {"Mireille", "Tremblay-Côté", access.RoleParalegal, "fr", "America/Toronto", staff.Active},
		"accountant": {"Peter", "Lindqvist", access.RoleAccountant, "en", "Europe/Stockholm", staff.Active},
		"inactive":   {"Arturo", "Salcedo", access.RoleParalegal, "es", "America/Bogota", staff.Inactive},
		"invited":    {"Owen", "MacGillivray", access.RoleParalegal, "en", "America/St_Johns", staff.Pending},
	}
}

// Email is the sign-in name of a cast member.
func Email(who string) string { return who + "@firm.example" }

// Person is a cast member's row as it was when the test began.
func (a *App) Person(who string) *staff.User {
	a.t.Helper()
	u, ok := a.people[who]
	if !ok {
		a.t.Fatalf("nobody of the cast is called %q", who)
	}
	return u
}

// Actor is a cast member as verbs want them, right after they have proved who they are.
func (a *App) Actor(who string) access.Actor {
	a.t.Helper()
	u := a.Person(who)
	rights, err := a.Access.Of(a.t.Context(), u.ID)
	must(a.t, err)
	actor := access.System("test")
	actor.ID, actor.Name, actor.Rights, actor.ProvenAt = u.ID, u.Name(), rights, a.DB.Now()
	return actor
}

func (a *App) castPeople() {
	ctx := a.t.Context()
	must(a.t, a.Access.Seed(ctx))
	must(a.t, a.Staff.SeedOrganization(ctx, staff.Organization{
		Name: "Marlow Reyes", Tagline: "Immigration law", Language: "en", Zone: "America/Toronto", Contact: "help@firm.example",
	}))
	department, err := a.Staff.SeedDepartment(ctx, "Family")
	must(a.t, err)
	for _, title := range []string{"RCIC consultant", "Paralegal"} {
		must(a.t, a.Staff.SeedTitle(ctx, title))
	}
	actor := access.System("test")
	err = a.DB.Tx(ctx, func(ctx context.Context) error {
		for who, m := range cast() {
			u, err := a.Signin.Bootstrap(ctx, actor, staff.NewUser{
				FirstName: m.first, LastName: m.last, Email: Email(who), Title: "RCIC consultant", RoleID: m.role, DepartmentID: department,
				Language: m.language, Zone: m.zone,
			}, "", false)
			if err != nil {
				return err
			}
			a.people[who] = u
			if m.status == staff.Pending {
				continue
			}
			seen := a.Clock.Now().Add(-26 * time.Hour)
			if err := a.Staff.SeedStatus(ctx, u.ID, m.status, &seen); err != nil {
				return err
			}
			err = a.DB.In(ctx).Exec(`UPDATE credentials SET password_hash = ?, password_changed_at = ? WHERE user_id = ?`, passwordHash, seen, u.ID).Error
			if err != nil {
				return err
			}
		}
		return nil
	})
	must(a.t, err)
}
