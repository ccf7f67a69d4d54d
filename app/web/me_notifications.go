package web

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"chancery/app/fault"
	"chancery/app/notices"
	"chancery/views"
)

// meNotificationsShowView is what the reader is told by mail, and when (S3-18…S3-24): settings of which each is saved by itself.
type meNotificationsShowView struct {
	views.Page
	Rail     railView
	Shell    *shellView
	Email    string
	Cases    string // how many cases of theirs it is about
	Bell     noticeSetting
	Events   []noticeSetting
	Reports  []noticeSetting
	Daily    noticeSetting // at which time of which days
	Quiet    noticeSetting
	Security noticeSetting
}

// noticeSetting is one setting: me/notifications/_switch, _daily or _quiet.
type noticeSetting struct {
	CSRF     string
	Name     string // in the form, and of what comes back for it
	ID       string
	Label    string
	Hint     string
	On       bool
	Locked   bool   // the practice decides
	Chosen   bool   // the reader has said something
	Practice string // what the practice has, in words
	Note     string // of the bell: of how many cases it is on
	Saved    bool
	Focus    bool // it takes the focus: the button that was pressed is gone
	Daily    dailyFields
	Error    views.FieldError
	Bad      string // the field that it is about
}

// dailyFields are times and days.
type dailyFields struct {
	Time     string // HH:MM
	From, To string
	Days     []settingOption
	Zone     string // whose clock it is
}

const meNotificationsAt = "/me/notifications"

func (w *Web) meNotificationsShow(r *request) error {
	return w.renderNotifications(r, fiber.StatusOK, r.Query("saved"), nil, problems{})
}

// noticeSettings are the settings by their names, with the fields that each is made of.
func noticeSettings() map[string][]string {
	all := map[string][]string{"daily": {notices.Minute, notices.Days}, notices.Quiet: {notices.Quiet, notices.QuietFrom, notices.QuietTo}, "bell": nil}
	for _, s := range notices.Switches() {
		all[s] = []string{s}
	}
	return all
}

// meNotificationsUpdate saves one setting, or makes it follow the practice again.
func (w *Web) meNotificationsUpdate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	name := f.get("setting")
	parts, ok := noticeSettings()[name]
	if !ok {
		return errMalformed
	}
	switch {
	case name == "bell":
		err = w.Cases.SetBells(r.ctx, r.actor(), f.last("bell") == "true", f.get("everywhere") != "")
	case f.get("follow") != "":
		err = w.Notices.Follow(r.ctx, r.actor(), parts...)
	default:
		values := map[string]string{}
		for _, part := range parts {
			if _, given := f[part]; given {
				values[part] = f.last(part)
			}
		}
		if name == "daily" {
			values[notices.Days] = strings.Join(f[notices.Days], "")
		}
		err = w.Notices.Choose(r.ctx, r.actor(), values)
	}
	if err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		if !r.fragment() {
			return w.renderNotifications(r, p.status, name, f, p)
		}
		return w.renderNotice(r, p.status, name, f, p, false)
	}
	if !r.fragment() {
		return r.goTo(meNotificationsAt + "?saved=" + name + "#" + fieldID("setting-"+name))
	}
	return w.renderNotice(r, fiber.StatusOK, name, nil, problems{}, f.get("follow") != "")
}

// last is the last value of a field: that of a box, which stands behind the hidden one of a box that is empty.
func (f form) last(name string) string {
	if v := f[name]; len(v) > 0 {
		return v[len(v)-1]
	}
	return ""
}

// renderNotice answers with one setting.
func (w *Web) renderNotice(r *request, status int, name string, f form, p problems, focus bool) error {
	v, err := w.notificationsView(r, name, f, p)
	if err != nil {
		return err
	}
	template, all := "me/notifications/_switch", slices.Concat([]noticeSetting{v.Bell, v.Daily, v.Quiet}, v.Events, v.Reports)
	switch name {
	case "daily":
		template = "me/notifications/_daily"
	case notices.Quiet:
		template = "me/notifications/_quiet"
	}
	i := slices.IndexFunc(all, func(s noticeSetting) bool { return s.Name == name })
	if i < 0 {
		return fault.ErrNotFound
	}
	all[i].Focus = focus
	return w.render(r, status, template, all[i])
}

func (w *Web) renderNotifications(r *request, status int, name string, f form, p problems) error {
	v, err := w.notificationsView(r, name, f, p)
	if err != nil {
		return err
	}
	v.Page = w.page(r, "notices.title", "me")
	v.Shell, v.Rail = w.shell(r, v.Page), w.rail(r, v.Page, "notifications")
	return w.render(r, status, "me/notifications/show", v)
}

// notificationsView is the reader's settings as they are stored; of the one named, what is wrong with it, or that it was saved.
func (w *Web) notificationsView(r *request, name string, f form, p problems) (v meNotificationsShowView, err error) {
	l := r.locale(w)
	choices, err := w.Notices.Choices(r.ctx, r.cur.User.ID)
	if err != nil {
		return v, err
	}
	bells, err := w.Cases.Bells(r.ctx, r.actor())
	if err != nil {
		return v, err
	}
	setting := func(s string) noticeSetting {
		one := noticeSetting{CSRF: w.token(r), Name: s, ID: fieldID("setting-" + s), Label: l.T(message("notices.setting." + fieldID(s))), Hint: l.T(message("notices.setting." + fieldID(s) + "-hint"))}
		if s == name {
			one.Saved = p.status == 0 && name != "" && f == nil
			bad, text := p.first()
			one.Bad, one.Error = bad, views.FieldError{ID: one.ID, Text: text}
		}
		return one
	}
	turned := func(s string) noticeSetting {
		one, c := setting(s), choices[s]
		one.On, one.Locked, one.Chosen, one.Practice = c.Value == "true", c.Locked, c.Chosen, onOff(l, c.Practice)
		return one
	}
	v.Email = r.cur.User.Email
	v.Cases = l.T(message("notices.cases-lead", "Count", int(bells.Cases)))
	v.Bell = setting("bell")
	v.Bell.On, v.Bell.Chosen = bells.Default, true
	if bells.Cases > 0 {
		v.Bell.Note = l.T(message("notices.bells", "On", l.Number(int(bells.On)), "Count", int(bells.Cases)))
	}
	for _, s := range []string{notices.MessageMails, notices.ScoreMails, notices.MentionMails} {
		v.Events = append(v.Events, turned(s))
	}
	for _, s := range []string{notices.Summary, notices.Exceptions} {
		v.Reports = append(v.Reports, turned(s))
	}
	typed := func(part string) string {
		if p.status != 0 && f != nil {
			return f.last(part)
		}
		return choices[part].Value
	}
	v.Daily = setting("daily")
	v.Daily.Chosen = choices[notices.Minute].Chosen || choices[notices.Days].Chosen
	v.Daily.Practice = l.T(message("notices.at-on", "Time", clockText(l, choices[notices.Minute].Practice), "Days", daysText(l, choices[notices.Days].Practice)))
	v.Daily.Daily = dailyFields{Time: typed(notices.Minute), Days: dayOptions(l, choices[notices.Days].Value), Zone: w.zoneLabel(r, r.cur.User.Zone)}
	v.Quiet = turned(notices.Quiet)
	v.Quiet.Chosen = v.Quiet.Chosen || choices[notices.QuietFrom].Chosen || choices[notices.QuietTo].Chosen
	v.Quiet.Daily = dailyFields{From: typed(notices.QuietFrom), To: typed(notices.QuietTo), Zone: v.Daily.Daily.Zone}
	if choices[notices.Quiet].Practice == "true" {
		v.Quiet.Practice = l.T(message("notices.from-to", "From", clockText(l, choices[notices.QuietFrom].Practice), "To", clockText(l, choices[notices.QuietTo].Practice)))
	}
	v.Security = setting("security")
	return v, nil
}

// first is what is wrong, in one text, and with which field ("": with none by itself).
func (p problems) first() (field, text string) {
	if names := slices.Sorted(maps.Keys(p.fields)); len(names) > 0 {
		return names[0], p.fields[names[0]]
	}
	if p.summary != nil {
		return "", p.summary.Refused
	}
	return "", ""
}

func onOff(l views.Locale, value string) string {
	if value == "true" {
		return l.T(message("notices.on"))
	}
	return l.T(message("notices.off"))
}

// clockText is a time of day as people of a language write it: "08:00" is 08 h 00 in French.
func clockText(l views.Locale, minutes string) string {
	at, err := time.ParseInLocation("15:04", minutes, l.Zone)
	if err != nil {
		return minutes
	}
	return l.Clock(at)
}

// dayOptions are the days of the week from Monday, as ISO numbers them; chosen is "12345".
func dayOptions(l views.Locale, chosen string) (all []settingOption) {
	full, brief := l.Weekdays()
	for d := 1; d <= 7; d++ {
		value := itoa(int64(d))
		all = append(all, settingOption{Value: value, Text: brief[d%7], Hint: full[d%7], Chosen: strings.Contains(chosen, value)})
	}
	return all
}

// daysText names days of the week: from the first to the last of several in a row.
func daysText(l views.Locale, days string) string {
	switch days {
	case "1234567":
		return l.T(message("notices.every-day"))
	case "12345":
		return l.T(message("notices.workdays"))
	}
	var names []string
	for _, d := range dayOptions(l, days) {
		if d.Chosen {
			names = append(names, d.Text)
		}
	}
	return strings.Join(names, ", ")
}
