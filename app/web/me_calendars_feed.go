package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/calendar"
	"chancery/app/fault"
	"chancery/views"
)

// A person's feed has one address, which any calendar program reads. It is shown in the answer that made it, since nowhere does it stand to be read again.

const meFeedAt = meCalendarsAt + "/feed"

// feedView is the part of /me/calendars about it: me/calendars/_feed.
type feedView struct {
	There bool
	Ended bool // it counts no more, since all that the person had in hand was ended
	May   bool // make one, or change it
	Holds string
	Made  views.Time
	Read  *views.Time
}

// feedView is nil for somebody who has none and may make none.
func (w *Web) feedView(r *request) (*feedView, error) {
	f, err := w.Calendars.Feed(r.ctx, r.actor())
	may := r.cur.Rights.Can(access.AppointmentsView)
	if err != nil || f == nil && !may {
		return nil, err
	}
	v := &feedView{May: may}
	if f == nil {
		return v, nil
	}
	l := r.locale(w)
	v.There, v.Ended, v.Made, v.Holds = true, f.Ended, l.Time(f.CreatedAt), l.T(message("audit.value.feed-detail-"+string(f.Detail)))
	if f.ReadAt != nil {
		at := l.Time(*f.ReadAt)
		v.Read = &at
	}
	return v, nil
}

// feedFormView asks what the feed tells: for a new address (me/calendars/feed/new), or at the one there is (me/calendars/feed/edit).
type feedFormView struct {
	views.Page
	Patch    bool
	Again    bool // there is an address already, which ends
	Question string
	Button   string
	Ways     []feedWay
	Error    views.FieldError
	Errors   *views.Errors
	Alone    bool
}

// feedWay is a detail to choose.
type feedWay struct {
	Value, Text, Hint string
	Chosen            bool
}

func (w *Web) meCalendarsFeedNew(r *request) error {
	return w.feedForm(r, false, nil, problems{status: fiber.StatusOK})
}

func (w *Web) meCalendarsFeedEdit(r *request) error {
	return w.feedForm(r, true, nil, problems{status: fiber.StatusOK})
}

// feedForm shows the form to who has just proved who they are (ASVS 7.5.1). Of a first address nothing is chosen beforehand.
func (w *Web) feedForm(r *request, patch bool, f form, p problems) error {
	has, err := w.Calendars.Feed(r.ctx, r.actor())
	switch {
	case err != nil:
		return err
	case patch && has == nil:
		return fault.ErrNotFound
	case !w.Signin.Fresh(r.cur):
		return w.toPlainProof(r, feedFormAt(patch))
	}
	l := r.locale(w)
	p.labelled(l, []fieldLabel{{"detail", "calendar-feed.detail"}})
	does, name := "make", "me/calendars/feed/new"
	switch {
	case patch:
		does, name = "change", "me/calendars/feed/edit"
	case has != nil:
		does = "renew"
	}
	v := feedFormView{Page: w.page(r, "calendars.title", "me"), Patch: patch, Again: has != nil && !patch, Errors: p.summary, Error: p.field("detail"), Alone: !r.fragment(),
		Question: l.T(message("calendar-feed.question." + does)), Button: l.T(message("calendar-feed.do." + does))}
	chosen := f.get("detail")
	if f == nil && has != nil {
		chosen = string(has.Detail)
	}
	for _, d := range []calendar.Detail{calendar.FeedFull, calendar.FeedBusy} {
		key := string(d)
		v.Ways = append(v.Ways, feedWay{key, l.T(message("audit.value.feed-detail-" + key)), l.T(message("calendar-feed.hint." + key)), key == chosen})
	}
	return w.render(r, p.status, name, v)
}

func feedFormAt(patch bool) string {
	if patch {
		return meFeedAt + "/edit"
	}
	return meFeedAt + "/new"
}

// meCalendarsFeedShowView shows a new address, the only time.
type meCalendarsFeedShowView struct {
	views.Page
	Address string
	Holds   string
	Once    string // who may have it
}

// meCalendarsFeedCreate makes an address and shows it in its answer.
func (w *Web) meCalendarsFeedCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	detail := calendar.Detail(f.get("detail"))
	token, err := w.Calendars.MakeFeed(r.ctx, r.actor(), detail)
	if err != nil {
		return w.feedRefused(r, false, f, err)
	}
	v := meCalendarsFeedShowView{Page: w.page(r, "calendar-feed.title", "me"), Address: w.URL.String() + feedAt(token),
		Holds: r.locale(w).T(message("audit.value.feed-detail-" + string(detail))), Once: r.locale(w).T(message("calendar-feed.once." + string(detail)))}
	return w.render(r, fiber.StatusOK, "me/calendars/feed/show", v)
}

// meCalendarsFeedUpdate changes what the feed tells at its address.
func (w *Web) meCalendarsFeedUpdate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	if err := w.Calendars.ChangeFeed(r.ctx, r.actor(), calendar.Detail(f.get("detail"))); err != nil {
		return w.feedRefused(r, true, f, err)
	}
	return r.goTo(meCalendarsAt + "?notice=feed-changed")
}

func (w *Web) feedRefused(r *request, patch bool, f form, err error) error {
	if wantsProof(err) {
		return w.toPlainProof(r, feedFormAt(patch))
	}
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	return w.feedForm(r, patch, f, p)
}

// meCalendarsFeedDeleteView asks before the address ends.
type meCalendarsFeedDeleteView struct {
	views.Page
	Alone bool
}

func (w *Web) meCalendarsFeedConfirm(r *request) error {
	has, err := w.Calendars.Feed(r.ctx, r.actor())
	if err != nil {
		return err
	}
	if has == nil {
		return fault.ErrNotFound
	}
	return w.render(r, fiber.StatusOK, "me/calendars/feed/delete", meCalendarsFeedDeleteView{w.page(r, "calendars.title", "me"), !r.fragment()})
}

// meCalendarsFeedDelete ends the address.
func (w *Web) meCalendarsFeedDelete(r *request) error {
	if err := w.Calendars.RevokeFeed(r.ctx, r.actor()); err != nil {
		return err
	}
	return r.goTo(meCalendarsAt + "?notice=feed-ended")
}
