package web

import (
	"context"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/app/zone"
	"chancery/views"
)

// request is one request as handlers see it: Fiber's context, who asks, from where, and in which language and zone the
// answer is to be.
type request struct {
	*fiber.Ctx
	ctx     context.Context // with the request's deadline
	cur     *signin.Current // nil when nobody is signed in
	from    signin.Origin
	route   string
	lang    string
	zone    *time.Location
	paired  *signin.Program // the extension that asks, on its routes
	blind   bool            // its headers could not be read: nothing is known of who sent it
	guessed bool            // its session ended over wrong passwords
	picked  string          // the language that was chosen at the door
	visitor string          // secret of a browser without a session, which its request token is bound to
}

// handler answers one route. An error becomes a page in errors.go.
type handler func(*request) error

// fragment tells whether htmx asks for a part of a page.
func (r *request) fragment() bool {
	return r.Get("HX-Request") == "true" && r.Get("HX-History-Restore-Request") != "true"
}

// actor is the person who asks, as verbs want them.
func (r *request) actor() access.Actor { return r.cur.Actor(r.from) }

// locale writes dates, numbers and messages for the reader of this answer.
func (r *request) locale(w *Web) views.Locale { return views.In(r.lang, r.zone, w.Now()) }

// chooseLocale pins language and zone: a fragment keeps its page's, even after the preference changed (C-16); a page
// has the person's; at the door the browser's word counts, unless a language was picked there.
func (r *request) chooseLocale() {
	var lang string
	zoneID := "UTC"
	switch {
	case r.fragment() && r.Get("X-Page-Lang") != "":
		lang, zoneID = r.Get("X-Page-Lang"), r.Get("X-Page-Zone")
	case r.cur != nil:
		lang, zoneID = r.cur.User.Language, r.cur.User.Zone
	default:
		lang = r.picked
		if !views.Speaks(lang) {
			lang = views.Match(r.Get(fiber.HeaderAcceptLanguage))
		}
	}
	if !views.Speaks(lang) {
		lang = "en"
	}
	r.lang = lang
	r.zone = zone.Place(zoneID)
}

// page is what every page says about itself and its reader.
func (w *Web) page(r *request, titleKey, nav string) views.Page {
	l := r.locale(w)
	p := views.Page{
		Title: l.T(message(titleKey)), Lang: r.lang, Zone: r.zone.String(), CSRF: w.token(r), Path: r.Path(),
		RequestID: r.from.RequestID, Org: w.practice(),
	}
	c := r.cur
	if c == nil {
		return p
	}
	p.Theme = c.User.Theme
	p.Org = w.know(&c.Org)
	p.Me = views.Me{ID: c.User.ID, Name: c.User.Name(), Email: c.User.Email, Role: roleName(l, c.User.RoleID, c.RoleName), Avatar: avatarOf(&c.User, 64)}
	if c.User.LastSignInAt != nil {
		at := l.Time(*c.User.LastSignInAt)
		p.Me.LastSignIn = &at
	}
	p.Nav = views.Nav{Users: c.Rights.Can(access.UsersView), Runs: w.Work.Asks(c.Actor(r.from)), Current: nav}
	if !r.fragment() {
		p.Nav.Work = w.work(r, l, nav)
		if !c.MustChange && !c.MustEnrol { // who has to do something first is told nothing, and would be sent there again and again
			p.Nav.Events = "/events"
		}
		p.Nav.Unread, p.Nav.Bulletins = unreadCount(l, unreadOf(c)), bulletinCount(l, c.Bulletins)
		if c.EnrolBy != nil && !c.MustEnrol && !strings.HasPrefix(r.Path(), "/me/factors") { // which says it itself
			p.Enrol = l.T(message("factor.must-by", "Day", l.Day(*c.EnrolBy).Text))
		}
		p.Nav.Settings = settings(l, c.Rights, nav, r.Path())
	}
	return p
}

// know is the practice as pages show it, and keeps it for pages that cannot ask: those about errors.
func (w *Web) know(o *staff.Organization) views.Org {
	org := views.Org{Name: o.Name, Tagline: o.Tagline, LogoURL: logoURL(o.PictureID)}
	if last := w.known.Load(); last == nil || *last != org {
		w.known.Store(&org)
	}
	return org
}

// practice is the practice as it was last seen.
func (w *Web) practice() views.Org {
	if last := w.known.Load(); last != nil {
		return *last
	}
	return views.Org{Name: "Chancery"}
}

// roleName is a role's name in the reader's language where it is one of the base roles, else as the practice wrote it.
func roleName(l views.Locale, id, name string) string {
	if key := access.NameKey(id, name); key != "" {
		return l.T(message(key))
	}
	return name
}

// avatarOf is a person's picture, or their initials.
func avatarOf(u *staff.User, size int) views.Avatar {
	return avatarFor(u.ID, u.FirstName, u.LastName, u.PictureID, size)
}

func avatarFor(id, first, last string, picture *string, size int) views.Avatar {
	a := views.Avatar{Initials: staff.Initials(first, last), Hue: staff.Hue(id)}
	if picture != nil {
		a.URL = pictureURL(*picture, size)
	}
	return a
}

// local tells whether a path to come back to is one of ours: a path and no address.
func local(path string) bool {
	return strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "//") && !strings.ContainsAny(path, "\\\r\n\t") &&
		!strings.HasPrefix(path, "/sign-") && !strings.HasPrefix(path, "/welcome/") && !strings.HasPrefix(path, "/reset/") &&
		!strings.HasPrefix(path, "/verify/") && !strings.HasPrefix(path, "/disown/") && !strings.HasPrefix(path, "/static/") && len(path) < 1024
}
