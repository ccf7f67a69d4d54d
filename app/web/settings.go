package web

import (
	"strings"

	"chancery/app/access"
	"chancery/app/signin"
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
		{"stages", "stages.title", "list-checks", access.OrganizationEdit},
		{"organization", "organization.title", "landmark", access.OrganizationEdit},
		{"tokens", "tokens.title", "key-round", access.TokensEdit},
		{"history", "audit.title", "clock", access.AuditView},
		{"system", "system.title", "gauge", access.SystemView},
	}
}

// workPages are what the day is made of, in the order in which they stand. The name is the path.
func workPages() []setting {
	return []setting{
		{"", "home.title", "house", ""},
		{"messages", "messages.title", "message-square", access.MessagesView},
		{"cases", "cases.title", "briefcase", access.CasesView},
		{"calendar", "calendar.title", "calendar", access.AppointmentsView},
		{"sync", "sync.title", "refresh-cw", access.CasesSync},
		{"colleagues", "colleagues.title", "users", ""},
	}
}

// work are the entries that the reader may open.
func (w *Web) work(r *request, l views.Locale, current string) (links []views.NavLink) {
	for _, s := range workPages() {
		if s.need != "" && !r.cur.Rights.Can(s.need) {
			continue
		}
		link := views.NavLink{Text: l.T(message(s.text)), URL: "/" + s.name, Icon: s.icon, Current: s.name == current || s.name == "" && current == "home"}
		if s.name == "messages" {
			n := unreadCount(l, unreadOf(r.cur))
			link.Count = &n
		}
		links = append(links, link)
	}
	return links
}

// unreadOf is what a person is told of as unread: who may not read messages has none.
func unreadOf(c *signin.Current) int64 {
	if !c.Rights.Can(access.MessagesView) || !c.Rights.Can(access.CasesView) {
		return 0
	}
	return c.Unread
}

func unreadCount(l views.Locale, n int64) views.Count {
	return views.Count{ID: "unread", N: n, Text: l.Number(int(n)), Says: l.T(message("messages.unread"))}
}

func bulletinCount(l views.Locale, n int64) views.Count {
	return views.Count{ID: "bulletins-unread", N: n, Text: l.Number(int(n)), Says: l.T(message("bulletins.new"))}
}

// ownPages are everybody's settings: their own (S2-3, C-5). They come first.
func ownPages() []setting {
	return []setting{
		{"me", "app.nav.me", "user-round", ""},
		{"me/preferences", "me.rail.preferences", "languages", ""},
		{"me/security", "me.rail.security", "key-round", ""},
	}
}

// ownPage is which of them a path of My Profile belongs to.
func ownPage(path string) string {
	switch part, _, _ := strings.Cut(strings.TrimPrefix(path, "/me/"), "/"); part {
	case "preferences":
		return "me/preferences"
	case "security", "sessions", "sign-ins", "password", "factors", "recovery-codes", "proof":
		return "me/security"
	}
	return "me"
}

// settings are the entries that the reader may open; current is the name of the page in the sidebar, at a path.
func settings(l views.Locale, rights access.Rights, current, path string) (links []views.NavLink) {
	for _, s := range ownPages() {
		here := current == "me" && s.name == ownPage(path)
		links = append(links, views.NavLink{Text: l.T(message(s.text)), URL: "/" + s.name, Icon: s.icon, Current: here})
	}
	for _, s := range settingsPages() {
		if rights.Can(s.need) {
			links = append(links, views.NavLink{Text: l.T(message(s.text)), URL: "/" + s.name, Icon: s.icon, Current: s.name == current})
		}
	}
	return links
}
