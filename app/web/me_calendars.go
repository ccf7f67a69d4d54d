package web

import (
	"cmp"
	"slices"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/calendar"
	"chancery/app/fault"
	"chancery/views"
)

// meCalendarsIndexView is which calendars of the reader's own their appointments are written to, how that goes, and which more could be connected
// (S3-16, S3-17, B-9).
type meCalendarsIndexView struct {
	views.Page
	Shell     *shellView
	Saved     noticeView
	Rail      railView
	Errors    *views.Errors
	List      calendarsView
	Feed      *feedView
	Extension bool // the reader can pair a browser extension
}

// calendarsView is the part of the page that changes while one looks on: me/calendars/_list.
type calendarsView struct {
	CSRF   string
	Poll   string // when to ask again; "" where nothing is connected
	Busy   bool   // something is under way
	Rows   []calendarRow
	Offers []calendarOffer // what is not connected yet
	None   bool            // the practice has set up none, and none is connected
}

// calendarRow is a calendar that is connected, or was until just now.
type calendarRow struct {
	ID           string
	Name         string
	Account      string // with its server, where there are many
	State        status
	Says         string // what the state means, and what to do
	Alarm        bool   // somebody has to do something, or should know
	SinceWord    string
	Since        views.Time
	Synced       *views.Time // when all was last in step
	Standing     string
	ReconnectURL string
	TryURL       string // "" where there is nothing to try
	EndURL       string // "" while it ends
}

// calendarOffer is a calendar that could be connected.
type calendarOffer struct{ Name, Hint, URL string }

const meCalendarsAt = "/me/calendars"

// How often a page looks on: while something is under way, which is over in seconds, and in case something begins to fail.
const (
	calendarsBusy = "every 2s"
	calendarsCalm = "every 1m"
)

// meCalendarsIndex shows them. The fragment is the list alone, which asks for itself while something is under way.
func (w *Web) meCalendarsIndex(r *request) error {
	return w.calendarsIndex(r, fiber.StatusOK, problems{})
}

func (w *Web) calendarsIndex(r *request, code int, p problems) error {
	list, err := w.calendarsView(r)
	if err != nil {
		return err
	}
	if r.fragment() && p.summary == nil {
		return w.render(r, code, "me/calendars/_list", list)
	}
	page := w.page(r, "calendars.title", "me")
	v := meCalendarsIndexView{Page: page, Shell: w.shell(r, page), Rail: w.rail(r, page, "calendars"), Errors: p.summary, List: list, Extension: r.cur.Rights.Can(access.MessagesView)}
	said := cmp.Or(w.said(r, "calendars.done.", "connected", "ended", "ended-all", "ended-later", "asked"), w.said(r, "calendar-feed.done.", "feed-changed", "feed-ended"))
	v.Saved = noticeView{said, r.fragment()}
	if v.Feed, err = w.feedView(r); err != nil {
		return err
	}
	if why := r.Query("refused"); p.summary == nil && slices.Contains(calendarRefusals, why) {
		l := r.locale(w)
		v.Errors = &views.Errors{Title: l.T(message("calendars.not-connected")), Refused: l.T(message("outside." + why))}
	}
	return w.render(r, code, "me/calendars/index", v)
}

func (w *Web) calendarsView(r *request) (v calendarsView, err error) {
	all, err := w.Calendars.Of(r.ctx, r.actor(), r.cur.User.ID)
	if err != nil {
		return v, err
	}
	l := r.locale(w)
	v.CSRF = w.token(r)
	has := map[calendar.Kind]bool{}
	for i := range all {
		c := &all[i]
		has[c.Kind] = has[c.Kind] || c.Health != calendar.Ending
		v.Rows = append(v.Rows, calendarRowOf(l, c))
		if c.NextAt == nil && (c.Pending || c.Health == calendar.Starting || c.Health == calendar.Ending) {
			v.Busy = true
		}
	}
	switch {
	case v.Busy:
		v.Poll = calendarsBusy
	case len(all) > 0:
		v.Poll = calendarsCalm
	}
	for _, kind := range w.Calendars.Offered() {
		if !has[kind] && r.cur.Rights.Can(access.AppointmentsView) {
			v.Offers = append(v.Offers, calendarOffer{calendarName(l, kind), l.T(message("calendars.hint." + string(kind))), connectURL(kind)})
		}
	}
	v.None = len(v.Rows)+len(v.Offers) == 0
	return v, nil
}

// calendarRowOf is one connection with what its state means to its person, and what they can do.
func calendarRowOf(l views.Locale, c *calendar.Connection) calendarRow {
	row := calendarRow{ID: c.ID, Name: calendarName(l, c.Kind), Account: accountThere(c), State: calendarState(l, c), SinceWord: l.T(message("calendars.since-made")), Since: l.Time(c.MadeAt)}
	if c.SyncedAt != nil {
		at := l.Time(*c.SyncedAt)
		row.Synced = &at
	}
	at := meCalendarsAt + "/" + c.ID
	row.TryURL, row.EndURL = at+"/tries", at+"/delete"
	why := ""
	if c.Reason != "" {
		why = l.T(message("outside.reason." + c.Reason))
	}
	switch c.Health {
	case calendar.Starting:
		row.Says, row.TryURL = l.T(message("calendars.says.starting")), ""
	case calendar.Ending:
		row.Says, row.TryURL, row.EndURL = l.T(message("calendars.says.ending")), "", ""
		if c.NextAt != nil && why != "" {
			row.Says = l.T(message("calendars.says.ending-later", "Why", why))
		}
	case calendar.Failing:
		says := "calendars.says.failing"
		switch c.Reason { // what does not pass by itself
		case calendar.Off:
			says, row.TryURL = "calendars.says.off", ""
		case calendar.Unreadable:
			says, row.ReconnectURL = "calendars.says.unreadable", connectURL(c.Kind)
		case calendar.Refused:
			says = "calendars.says.refused"
		}
		row.Says, row.Alarm = l.T(message(says, "Why", why)), true
	case calendar.Reconnect:
		row.Says, row.Alarm, row.TryURL, row.ReconnectURL = l.T(message("calendars.says.reconnect", "Why", why)), true, "", connectURL(c.Kind)
	}
	if row.Alarm {
		row.SinceWord, row.Since = l.T(message("calendars.since")), l.Time(c.Since)
	}
	if c.Standing > 0 && c.Health != calendar.Ending {
		row.Standing = l.T(message("calendars.standing", "Count", int(c.Standing)))
	}
	return row
}

// accountThere is whose calendar it is, as its person knows it.
func accountThere(c *calendar.Connection) string {
	if c.Account == "" || c.Server == "" {
		return c.Account + c.Server
	}
	return c.Account + " · " + c.Server
}

// calendarState is how a connection is, as a word for the stylesheet and in words.
func calendarState(l views.Locale, c *calendar.Connection) status {
	name := map[calendar.Health]string{calendar.Connected: "ok", calendar.Failing: "retrying", calendar.Reconnect: "failed"}[c.Health]
	return status{cmp.Or(name, "running"), l.T(message("calendars.health." + string(c.Health)))}
}

// calendarName is what people call a calendar: a name that is the same in every language, or what a CalDAV server keeps.
func calendarName(l views.Locale, kind calendar.Kind) string {
	return l.T(message("calendars.kind." + string(kind)))
}

// connectURL is where a calendar of a kind begins to be connected, for the first time or again.
func connectURL(kind calendar.Kind) string {
	if kind == calendar.CalDAV {
		return meCalendarsAt + "/caldav/new"
	}
	return asking(meCalendarsAt+"/consents/new", "kind", string(kind))
}

// meCalendarTriesCreate has a calendar brought into step now, whatever it waits for.
func (w *Web) meCalendarTriesCreate(r *request) error {
	if err := w.Calendars.SyncNow(r.ctx, r.actor(), r.Params("id")); err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		p.summary.Title = r.locale(w).T(message("calendars.not-asked"))
		return w.calendarsIndex(r, p.status, p)
	}
	return r.goTo(meCalendarsAt + "?notice=asked")
}

// meCalendarDeleteView asks before a calendar is disconnected, and whether what stands there goes, too.
type meCalendarDeleteView struct {
	views.Page
	ID       string
	Question string
	Text     string
	Remove   string // the choice, with how many there are
	Removes  bool
	Lost     bool // the permission has ended there: what stands there cannot be reached
	Stuck    bool // it cannot be reached now, for a setting's sake
	Errors   *views.Errors
	Alone    bool
}

func (w *Web) meCalendarConfirm(r *request) error {
	return w.renderCalendarDelete(r, fiber.StatusOK, true, problems{})
}

// meCalendarDelete disconnects a calendar.
func (w *Web) meCalendarDelete(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	remove, stuck := f.get("remove") == "true", false
	all, err := w.Calendars.Of(r.ctx, r.actor(), r.cur.User.ID)
	if err != nil {
		return err
	}
	for i := range all {
		stuck = stuck || all[i].ID == r.Params("id") && w.calendarStuck(&all[i])
	}
	err = w.Calendars.Disconnect(r.ctx, r.actor(), r.Params("id"), remove)
	if err == nil && remove && stuck {
		return r.goTo(meCalendarsAt + "?notice=ended-later")
	}
	if err == nil && remove {
		return r.goTo(meCalendarsAt + "?notice=ended-all")
	}
	if err == nil {
		return r.goTo(meCalendarsAt + "?notice=ended")
	}
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	return w.renderCalendarDelete(r, p.status, remove, p)
}

// calendarStuck says of a calendar that Chancery cannot reach it now, for a setting's sake.
func (w *Web) calendarStuck(c *calendar.Connection) bool {
	return c.Health != calendar.Reconnect && (c.Reason == calendar.Off || c.Reason == calendar.Unreadable || !slices.Contains(w.Calendars.Offered(), c.Kind))
}

// renderCalendarDelete names the calendar that is asked about. One that is not this person's is not there (ASVS 8.2.2).
func (w *Web) renderCalendarDelete(r *request, code int, remove bool, p problems) error {
	all, err := w.Calendars.Of(r.ctx, r.actor(), r.cur.User.ID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(c calendar.Connection) bool { return c.ID == r.Params("id") && c.Health != calendar.Ending })
	if i < 0 {
		return fault.ErrNotFound
	}
	l, c := r.locale(w), &all[i]
	name := calendarName(l, c.Kind)
	v := meCalendarDeleteView{Page: w.page(r, "calendars.title", "me"), ID: c.ID, Errors: p.summary, Alone: !r.fragment(), Removes: remove, Lost: c.Health == calendar.Reconnect,
		Question: l.T(message("calendars.end-question", "Name", name)), Text: l.T(message("calendars.end-text." + string(c.Kind))), Remove: l.T(message("calendars.end-remove-none"))}
	if v.Stuck = w.calendarStuck(c); v.Lost {
		v.Text = l.T(message("calendars.end-text-lost"))
	}
	if c.Standing > 0 {
		v.Remove = l.T(message("calendars.end-remove", "Count", int(c.Standing)))
	}
	return w.render(r, code, "me/calendars/delete", v)
}
