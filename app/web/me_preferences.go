package web

import (
	"html/template"

	"github.com/gofiber/fiber/v2"

	"chancery/app/zone"
	"chancery/views"
)

// preferencesView is the fields of language, time zone and theme.
type preferencesView struct {
	Languages             []views.Language
	Language, Zone, Theme entry
	ZoneLabel             string
	ZoneOptions           template.HTML
	ZoneNow               string // the time of day there
	// Fixed says why it is a manifest's and not theirs to change, "" when it is theirs; Is is what it then is.
	LanguageFixed, LanguageIs, ZoneFixed, ZoneIs string
}

// mePreferencesShowView is those fields on a page of their own.
type mePreferencesShowView struct {
	views.Page
	Shell       *shellView
	Saved       noticeView
	Rail        railView
	Errors      *views.Errors
	Preferences preferencesView
}

func (w *Web) mePreferencesShow(r *request) error {
	return w.render(r, fiber.StatusOK, "me/preferences/show", w.mePreferencesView(r, w.savedBefore(r), nil, problems{}))
}

func (w *Web) mePreferencesUpdate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	saved, err := w.Signin.Save(r.ctx, r.cur, f.only("language", "zone", "theme").profile(), noPassword, r.from)
	if err != nil {
		p, ok := w.meProblems(r, err)
		if !ok {
			return err
		}
		return w.render(r, p.status, "me/preferences/show", w.mePreferencesView(r, nil, f, p))
	}
	notice := w.hold(r, saved, "profile", "/me/preferences")
	if !r.fragment() {
		return r.goTo("/me/preferences?saved=profile")
	}
	return w.render(r, fiber.StatusOK, "me/preferences/show", w.mePreferencesView(r, notice.say, nil, problems{}))
}

func (w *Web) mePreferencesView(r *request, saved *views.Notice, f form, p problems) mePreferencesShowView {
	page := w.page(r, "me.preferences", "me")
	return mePreferencesShowView{
		Page: page, Shell: w.shell(r, page), Saved: noticeView{saved, r.fragment()}, Rail: w.rail(r, page, "preferences"),
		Errors: p.summary, Preferences: w.preferencesView(r, r.locale(w), f, p),
	}
}

func (w *Web) preferencesView(r *request, l views.Locale, f form, p problems) preferencesView {
	u, now := &r.cur.User, w.Now()
	v := preferencesView{
		Languages: views.Languages(), ZoneOptions: w.zoneOptions(r),
		Language: p.entry(l, f, "language", u.Language, languageName),
		Zone:     p.entry(l, f, "zone", u.Zone, func(id string) string { return w.zoneLabel(r, id) }),
		Theme:    p.entry(l, f, "theme", u.Theme, func(theme string) string { return themeName(l, theme) }),
	}
	if v.LanguageFixed = lockedOwn(l, r.cur.Owner, "language"); v.LanguageFixed != "" {
		v.LanguageIs = languageName(u.Language)
	}
	if v.ZoneFixed = lockedOwn(l, r.cur.Owner, "zone"); v.ZoneFixed != "" {
		v.ZoneIs = w.zoneLabel(r, u.Zone)
	}
	v.ZoneLabel = w.zoneLabel(r, v.Zone.Value)
	if there, err := zone.Load(v.Zone.Value); err == nil {
		v.ZoneNow = views.In(r.lang, there, now).Clock(now)
	}
	return v
}

func themeName(l views.Locale, theme string) string {
	switch theme {
	case "light":
		return l.T(message("me.theme.light"))
	case "dark":
		return l.T(message("me.theme.dark"))
	}
	return l.T(message("me.theme.device"))
}
