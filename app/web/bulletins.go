package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/app/cases"
	"chancery/app/fault"
	"chancery/app/notices"
	"chancery/app/staff"
	"chancery/views"
)

// bulletinsPart is how many notices a part of the list has; the bell has fewer.
const (
	bulletinsPart = 30
	bellPart      = 8
)

// bulletinsIndexView is what a person was told within the app, or the newest of it behind the bell.
type bulletinsIndexView struct {
	views.Page
	CSRF  string
	Rows  []bulletinRow
	Older string // address of the part before; "" for none
	First string // of the newest, from a part before; "" on that itself
	UpTo  string // the newest one, up to which all are marked as read; "" when nothing is unread
}

// bulletinRow is one notice: bulletins/_row.
type bulletinRow struct {
	ID      string
	Focus   bool // it takes the focus: the button that was pressed is gone
	URL     string
	Avatar  *views.Avatar
	Person  string // id of whom it tells; "" for nobody
	Meeting bool   // it is about an appointment
	Text    string
	Number  string // of the case; "" without one that the reader sees
	At      views.Time
	New     bool
}

// bulletinsIndex lists what the reader was told, the newest first. As a fragment with ?bell it is what hangs from the bell.
func (w *Web) bulletinsIndex(r *request) error {
	limit, before := bulletinsPart, words(r.Query("before"))
	bell := r.fragment() && r.Query("bell") != ""
	if bell {
		limit, before = bellPart, ""
	}
	all, more, err := w.Notices.Bulletins(r.ctx, r.actor(), before, limit)
	if err != nil {
		return err
	}
	rows, err := w.bulletinRows(r, all)
	if err != nil {
		return err
	}
	v := bulletinsIndexView{Page: w.page(r, "bulletins.title", "bulletins"), CSRF: w.token(r), Rows: rows}
	unread, err := w.unreadBulletins(r)
	if err != nil {
		return err
	}
	if unread > 0 && len(all) > 0 && before == "" {
		v.UpTo = all[0].ID
	}
	if bell {
		return w.render(r, fiber.StatusOK, "bulletins/_bell", v)
	}
	if more {
		v.Older = "/bulletins?before=" + all[len(all)-1].ID
	}
	if before != "" {
		v.First = "/bulletins"
	}
	if r.fragment() {
		if err := w.render(r, fiber.StatusOK, "bulletins/_list", v); err != nil {
			return err
		}
		r.compress() // it has no token
		return nil
	}
	v.Notice = w.said(r, "bulletins.", "marked")
	return w.render(r, fiber.StatusOK, "bulletins/index", v)
}

// unreadBulletins is how many notices the reader has not read: a page has asked already.
func (w *Web) unreadBulletins(r *request) (int64, error) {
	if !r.fragment() {
		return r.cur.Bulletins, nil
	}
	return w.Notices.UnreadBulletins(r.ctx, r.cur.User.ID)
}

// bulletinsShow leads to what a notice is about, and it is read by that.
func (w *Web) bulletinsShow(r *request) error {
	b, err := w.Notices.FollowBulletin(r.ctx, r.cur.User.ID, r.Params("id"))
	if err != nil {
		return err
	}
	switch {
	case (b.Kind == notices.BulletinCalled || b.Kind == notices.BulletinCalledFor) && b.CaseID != nil:
		return r.goTo("/cases/" + *b.CaseID + "/comments#comment-" + b.ObjectID)
	case (b.Kind == notices.BulletinCases || b.Kind == notices.BulletinJoined) && b.CaseID != nil:
		return r.goTo("/cases/" + *b.CaseID)
	case b.Kind == notices.BulletinCovered && b.CaseID != nil:
		return r.goTo("/cases/" + *b.CaseID + "/messages")
	case b.Kind == notices.BulletinScored && b.CaseID != nil:
		return r.goTo("/cases/" + *b.CaseID + "/scores")
	case b.Kind.OfCover():
		return r.goTo("/me/absences")
	case b.Kind.OfAppointment() && b.ObjectID != "":
		return r.goTo(appointmentsAt + "/" + b.ObjectID)
	case b.Kind.OfAppointment():
		return r.goTo(calendarAt)
	case b.Kind == notices.BulletinCases:
		return r.goTo("/cases?owner=" + r.cur.User.ID)
	}
	return r.goTo("/bulletins")
}

// bulletinsReadingCreate marks all as read, up to one that the page showed: what has come since stays new.
func (w *Web) bulletinsReadingCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	upTo := f.get("upto")
	if upTo == "" || len(upTo) > 36 {
		return fault.ErrNotFound
	}
	if err := w.Notices.ReadBulletins(r.ctx, r.cur.User.ID, upTo); err != nil {
		return err
	}
	if !r.fragment() {
		return r.goTo("/bulletins?notice=marked")
	}
	all, _, err := w.Notices.Bulletins(r.ctx, r.actor(), "", bellPart)
	if err != nil {
		return err
	}
	n, err := w.Notices.UnreadBulletins(r.ctx, r.cur.User.ID)
	if err != nil {
		return err
	}
	rows, err := w.bulletinRows(r, all)
	if err != nil {
		return err
	}
	v := bulletinsReadView{Bell: bulletinsIndexView{CSRF: w.token(r), Rows: rows}, Count: bulletinCount(r.locale(w), n)}
	if n > 0 {
		v.Bell.UpTo = all[0].ID
	}
	return w.render(r, fiber.StatusOK, "bulletins/_read", v)
}

// bulletinReadingCreate marks one as read, without going where it leads.
func (w *Web) bulletinReadingCreate(r *request) error {
	id := r.Params("id")
	if err := w.Notices.ReadBulletin(r.ctx, r.cur.User.ID, id); err != nil {
		return err
	}
	if !r.fragment() {
		return r.goTo("/bulletins")
	}
	b, err := w.Notices.Bulletin(r.ctx, r.actor(), id)
	if err != nil {
		return err
	}
	n, err := w.Notices.UnreadBulletins(r.ctx, r.cur.User.ID)
	if err != nil {
		return err
	}
	rows, err := w.bulletinRows(r, []notices.Told{*b})
	if err != nil {
		return err
	}
	v := bulletinOneView{Row: rows[0], Count: bulletinCount(r.locale(w), n)}
	v.Row.Focus = true
	return w.render(r, fiber.StatusOK, "bulletins/_one", v)
}

// bulletinOneView is one notice after it was marked as read.
type bulletinOneView struct {
	Row   bulletinRow
	Count views.Count
}

// bulletinsReadView is the bell after its notices were marked as read.
type bulletinsReadView struct {
	Bell  bulletinsIndexView
	Count views.Count
}

func (w *Web) bulletinRows(r *request, all []notices.Told) (rows []bulletinRow, err error) {
	seen, err := w.coveragesOf(r, all)
	if err != nil {
		return nil, err
	}
	l := r.locale(w)
	for i := range all {
		b := &all[i]
		row := bulletinRow{ID: b.ID, URL: "/bulletins/" + b.ID, Meeting: b.Kind.OfAppointment(), Number: b.Number, At: l.Time(b.CreatedAt), New: b.ReadAt == nil}
		name := ""
		if b.ActorID != nil && b.FirstName+b.LastName+b.DisplayName != "" {
			a := avatarFor(*b.ActorID, b.FirstName, b.LastName, b.PictureID, 64).Sized("sm")
			row.Avatar, row.Person, name = &a, *b.ActorID, staff.DisplayName(b.FirstName, b.LastName, b.DisplayName)
		}
		row.Text = bulletinText(l, b, name)
		if saysCoverage(b) {
			if v := seen[cases.Cover{AwayID: *b.ActorID, CoverID: r.cur.User.ID}]; v.All > 0 {
				row.Text = l.T(message("bulletin.cover-sees", "Told", row.Text, "Sees", v.Sees, "Count", v.All))
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// bulletinText is what a notice says.
func bulletinText(l views.Locale, b *notices.Told, name string) string {
	switch {
	case b.Kind.OfCover():
		return l.T(message("bulletin."+string(b.Kind), "Name", name))
	case b.Kind.OfAppointment():
		return appointmentBulletinText(l, b, name)
	case b.Kind == notices.BulletinCases && name == "":
		return l.T(message("bulletin.cases-came", "Count", int(b.Count)))
	case b.Kind == notices.BulletinCases:
		return l.T(message("bulletin.cases", "Name", name, "Count", int(b.Count)))
	case b.Kind == notices.BulletinJoined && b.Number == "":
		return l.T(message("bulletin.joined-nowhere"))
	case b.Kind == notices.BulletinJoined && name == "":
		return l.T(message("bulletin.joined-came", "Number", b.Number))
	case b.Kind == notices.BulletinJoined:
		return l.T(message("bulletin.joined", "Name", name, "Number", b.Number))
	case b.Kind == notices.BulletinScored && b.Number == "", b.Kind == notices.BulletinCovered && b.Number == "", b.Kind == notices.BulletinCalledFor && b.Number == "":
		return l.T(message("bulletin.nowhere"))
	case b.Kind == notices.BulletinScored:
		return l.T(message("bulletin.scored", "Number", b.Number))
	case b.Kind == notices.BulletinCovered:
		return l.T(message("bulletin.covered", "Number", b.Number, "Count", int(b.Count)))
	case b.Kind == notices.BulletinCalledFor:
		return l.T(message("bulletin.called-for", "Name", name, "Number", b.Number))
	case b.Number == "":
		return l.T(message("bulletin.called-nowhere", "Name", name))
	}
	return l.T(message("bulletin.called", "Name", name, "Number", b.Number))
}

func appointmentBulletinText(l views.Locale, b *notices.Told, name string) string {
	plain, of := appointmentBulletinKeys(b.Kind)
	switch {
	case b.CaseID != nil && b.Number == "":
		return l.T(message("bulletin.appointment-nowhere"))
	case name == "":
		return l.T(message("bulletin.appointment-came"))
	case b.Count > 1:
		return l.T(message("bulletin.appointments-handed", "Name", name, "Count", int(b.Count)))
	case b.Number != "":
		return l.T(message(of, "Name", name, "Number", b.Number))
	default:
		return l.T(message(plain, "Name", name))
	}
}

// appointmentBulletinKeys are what is said of an appointment without a case, and of one with.
func appointmentBulletinKeys(k notices.BulletinKind) (plain, of string) {
	switch k {
	case notices.BulletinInvited:
		return "bulletin.appointment-invited", "bulletin.appointment-invited-of"
	case notices.BulletinHanded:
		return "bulletin.appointment-handed", "bulletin.appointment-handed-of"
	case notices.BulletinMoved:
		return "bulletin.appointment-moved", "bulletin.appointment-moved-of"
	case notices.BulletinCalledOff:
		return "bulletin.appointment-cancelled", "bulletin.appointment-cancelled-of"
	default:
		return "bulletin.appointment-restored", "bulletin.appointment-restored-of"
	}
}
