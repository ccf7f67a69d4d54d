package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"chancery/app/access"
	"chancery/app/listing"
	"chancery/app/staff"
)

// person is one person of the demo practice.
type person struct {
	first, last, role, department, title, language, zone, bio string
	email                                                     string // "" means first.last
	status                                                    staff.Status
}

// address is the sign-in name.
func (p *person) address() string {
	if p.email == "" {
		return strings.ReplaceAll(listing.Fold(p.first+"."+p.last), " ", "-") + Domain
	}
	return p.email + Domain
}

// everybody is who works here: 40 invented people with names as they are in its three languages and beyond. How
// their accounts stand is made up in accounts.go.
func everybody() []person {
	const (
		family, work, refugee, office = "Family and sponsorship", "Work permits", "Refugee and humanitarian", "Office and finance"
		toronto, mexico               = home, "America/Mexico_City"
		admin, manager, consultant    = access.RoleAdministrator, access.RoleManager, access.RoleConsultant
		paralegal, accountant         = access.RoleParalegal, access.RoleAccountant
		support, viewer               = access.RoleSupport, access.RoleViewer
		rcic, lead, clerk, books      = "RCIC consultant", "Practice lead", "Paralegal", "Bookkeeper"
		active, pending, inactive     = staff.Active, staff.Pending, staff.Inactive
	)
	return []person{
		{"Elena", "Marlow", access.RoleSuperAdmin, "", "Managing partner", "en", toronto, "Founding partner. Family sponsorship and humanitarian applications; mentors the paralegal team.", "admin", active},
		{"Jon", "Okafor", consultant, family, rcic, "en", toronto, "Spousal and parent sponsorship since 2014.", "consultant", active},
		{"Mireille", "Tremblay-Côté", paralegal, family, clerk, "fr", toronto, "Parrainage familial, dossiers du Québec.", "paralegal", active},
		{"Joaquín", "Reyes Ibáñez", access.RoleSuperAdmin, "", "Partner", "es", mexico, "Socio. Permisos de trabajo y residencia permanente.", "", active},
		{"Grace", "Mbeki", admin, office, "Office manager", "en", toronto, "Keeps the office running.", "", active},
		{"Samuel", "Whitford", manager, work, lead, "en", toronto, "Leads the work permit team.", "", active},
		{"Aurélie", "Gagnon", manager, refugee, lead, "fr", toronto, "À la tête de l’équipe de l’asile.", "", active},
		{"Priya", "Raghunathan", consultant, work, rcic, "en", toronto, "LMIA applications and global talent stream.", "", active},
		{"Étienne", "Lefebvre", consultant, refugee, rcic, "fr", toronto, "Audiences devant la CISR.", "", active},
		{"Lucía", "Fernández Ortega", consultant, family, rcic, "es", mexico, "Reunificación familiar.", "", active},
		{"Chinedu", "Eze", consultant, work, rcic, "en", toronto, "Provincial nominee programs.", "", active},
		{"Yuki", "Tanaka", consultant, work, rcic, "en", "America/Vancouver", "Start-up visa and self-employed.", "", active},
		{"Zoë", "van den Berg", consultant, family, rcic, "en", toronto, "Citizenship and permanent resident cards.", "", active},
		{"Mateo", "Quispe Huamán", consultant, refugee, rcic, "es", "America/Lima", "Solicitudes humanitarias.", "", active},
		{"Noémie", "Bélanger", paralegal, refugee, clerk, "fr", toronto, "Traductions et preuves.", "", active},
		{"Hamza", "Siddiqui", paralegal, work, clerk, "en", toronto, "", "", active},
		{"Ana Sofía", "Domínguez", paralegal, family, clerk, "es", mexico, "Documentos y apostillas.", "", active},
		{"Oluwaseun", "Adeyemi", paralegal, work, clerk, "en", toronto, "", "", active},
		{"François", "Dubé", paralegal, refugee, clerk, "fr", toronto, "", "", active},
		{"Siobhán", "Ní Bhriain", paralegal, family, clerk, "en", "America/Halifax", "Atlantic files.", "", active},
		{"Thị Hồng", "Nguyễn", paralegal, work, clerk, "en", toronto, "", "", active},
		{"Camila", "Restrepo", paralegal, refugee, clerk, "es", "America/Bogota", "", "", active},
		{"Dimitri", "Papadopoulos", paralegal, family, clerk, "en", toronto, "", "", active},
		{"Maryam", "Al-Khatib", paralegal, refugee, clerk, "en", toronto, "Arabic and French.", "", active},
		{"Guillaume", "Saint-Pierre", accountant, office, books, "fr", toronto, "Facturation et paiements.", "", active},
		{"Rosa", "Villanueva", accountant, office, books, "es", mexico, "Cobranza.", "", active},
		{"Peter", "Lindqvist", accountant, office, books, "en", toronto, "", "", active},
		{"Amélie", "Fortin", support, office, "Reception", "fr", toronto, "Accueil et rendez-vous.", "", active},
		{"Diego", "Cárdenas", support, office, "Reception", "es", mexico, "", "", active},
		{"Hannah", "Goldberg", support, office, "Reception", "en", toronto, "", "", active},
		{"Wei", "Zhang", viewer, work, "Student-at-law", "en", toronto, "", "", active},
		{"Inés", "de la Cruz", viewer, family, "Student-at-law", "es", mexico, "", "", active},
		{"Benoît", "Archambault", consultant, family, rcic, "fr", toronto, "", "", active},
		{"Fatou", "Diallo", paralegal, refugee, clerk, "fr", toronto, "", "", active},
		{"Kwame", "Boateng", consultant, refugee, rcic, "en", toronto, "", "", active},
		{"Gabriel", "Tremblay", consultant, work, rcic, "fr", toronto, "", "", pending},
		{"Beatriz", "Núñez", paralegal, family, clerk, "es", mexico, "", "", pending},
		{"Owen", "MacGillivray", paralegal, work, clerk, "en", "America/St_Johns", "", "", pending},
		{"Marguerite", "Pelletier", consultant, family, rcic, "fr", toronto, "", "", inactive},
		{"Arturo", "Salcedo", paralegal, refugee, clerk, "es", mexico, "", "", inactive},
	}
}

func (r *Rooms) add(ctx context.Context, i int, p person, now time.Time) (*staff.User, error) {
	department := ""
	if p.department != "" {
		var err error
		if department, err = r.Staff.SeedDepartment(ctx, p.department); err != nil {
			return nil, err
		}
	}
	if err := r.Staff.SeedTitle(ctx, p.title); err != nil {
		return nil, err
	}
	password := ""
	if p.email != "" {
		password = Password
	}
	u, err := r.Signin.Bootstrap(ctx, system(), staff.NewUser{
		FirstName: p.first, LastName: p.last, Email: p.address(), Title: p.title, RoleID: p.role, DepartmentID: department,
		Language: p.language, Zone: p.zone,
	}, password, false)
	if err != nil {
		return nil, err
	}
	cell, office := fmt.Sprintf("+1 416 555 %04d", 110+i), fmt.Sprintf("+1 416 555 0100 ext. %d", 200+i)
	change := staff.ProfileChange{Office: &staff.Edit{Value: office}, Bio: &staff.Edit{Value: p.bio}}
	if i%3 != 2 {
		change.Cell = &staff.Edit{Value: cell}
	}
	if _, err := r.Staff.UpdateProfile(ctx, system(), u.ID, change); err != nil {
		return nil, err
	}
	if i == 0 && r.Texts { // one of the three signs in by PIN, the others show how a number comes to that
		if err := r.Staff.SeedVerifiedCell(ctx, u.ID); err != nil {
			return nil, err
		}
	}
	if p.status == staff.Pending {
		return u, nil
	}
	seen := now.Add(-time.Duration(i*i*37+11) * time.Minute)
	return u, r.Staff.SeedStatus(ctx, u.ID, p.status, &seen)
}
