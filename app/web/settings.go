package web

import (
	"chancery/app/access"
	"chancery/views"
)

// setting is a page of the practice's settings in the sidebar, and who may open it.
type setting struct {
	name, text, icon string
	need             access.Permission
}

// settingsPages are the settings in the order in which they stand. The name is the path.
func settingsPages() []setting {
	return []setting{
		{"users", "app.nav.users", "users", access.UsersView},
		{"roles", "app.nav.roles", "shield", access.RolesView},
		{"profiles", "app.nav.profiles", "layers", access.RolesView},
		{"departments", "departments.title", "network", access.DepartmentsEdit},
		{"titles", "titles.title", "briefcase", access.TitlesEdit},
		{"organization", "organization.title", "landmark", access.OrganizationEdit},
		{"history", "audit.title", "clock", access.AuditView},
	}
}

// settings are the entries that the reader may open.
func settings(l views.Locale, rights access.Rights, current string) (links []views.NavLink) {
	for _, s := range settingsPages() {
		if rights.Can(s.need) {
			links = append(links, views.NavLink{Text: l.T(message(s.text)), URL: "/" + s.name, Icon: s.icon, Current: s.name == current})
		}
	}
	return links
}
