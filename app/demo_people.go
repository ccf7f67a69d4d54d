package main

import (
	"chancery/app/access"
	"chancery/app/staff"
)

// demoPeople is the demo practice: 40 invented people with names as they are in its three languages and beyond. How
// their accounts stand is made up in demo_accounts.go.
func demoPeople() []demoPerson {
	const (
		family, work, refugee, office = "Family and sponsorship", "Work permits", "Refugee and humanitarian", "Office and finance"
		toronto, mexico               = "America/Toronto", "America/Mexico_City"
		admin, manager, consultant    = access.RoleAdministrator, access.RoleManager, access.RoleConsultant
		paralegal, accountant         = access.RoleParalegal, access.RoleAccountant
		support, viewer               = access.RoleSupport, access.RoleViewer
		rcic, lead, clerk, books      = "RCIC consultant", "Practice lead", "Paralegal", "Bookkeeper"
		active, pending, inactive     = staff.Active, staff.Pending, staff.Inactive
	)
	return []demoPerson{
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
