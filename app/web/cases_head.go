package web

import (
	"chancery/app/access"
	"chancery/app/cases"
	"chancery/views"
)

// caseHead stands above every page of a case, and caseAside beside it: what it is, who works on it, and its other pages.
// Both are built in one place, so that a page of a case cannot lack an entry; a room that adds a page adds a row to
// caseTabs.
type caseHead struct {
	ID      string
	Number  string
	Title   string
	URL     string
	Stage   string
	Closed  string // "Closed on 3 May 2026"; "" for an open one
	Private bool
	Opened  string // "Opened on 3 May 2026"
	Tabs    []userTab
	Actions []userAction
	Aside   caseAside
}

// caseAside is what stands beside every page of a case.
type caseAside struct {
	CSRF        string
	URL         string
	Owner       *namedPerson
	MayReassign bool
	Members     []memberLine
	MayEdit     bool
	Bell        *caseBell // nil for who only sees the case
	Client      caseClient
	Dates       []caseDate
	NoDates     bool // there may be some, and are none
}

// memberLine is a member, and where they are taken off; "" for those who may not.
type memberLine struct {
	namedPerson
	RemoveURL string
}

// caseBell is whether the reader is told of what happens in the case (S3-18, V-4): cases/_bell.
type caseBell struct {
	CSRF string
	URL  string
	On   bool
	Done bool // it was switched a moment ago, and keeps the focus
}

// caseClient is the client beside a case.
type caseClient struct {
	Name, URL, Email, Language string
	Phone                      string
}

// caseDate is something that comes next.
type caseDate struct {
	Kind  string // in words
	Title string
	At    views.Time
	Late  string // in words; "" for what is still to come
}

// tabOfCase is a row of the table of a case's pages: the last part of its address ("" for the first), and who may.
type tabOfCase struct {
	name, text string
	need       access.Permission
	count      func(*cases.Shown) int64 // beside its text; nil for none
}

// caseTabs are a case's pages in the order in which they stand.
func caseTabs() []tabOfCase {
	return []tabOfCase{
		{"", "cases.tab-overview", access.CasesView, nil},
		{"messages", "messages.title", access.MessagesView, func(s *cases.Shown) int64 {
			if s.Mine == nil {
				return 0
			}
			return s.Mine.Unread
		}},
		{"comments", "comments.title", access.CasesView, nil},
		{"appointments", "calendar.tab", access.AppointmentsView, nil},
		{"billing", "billing.tab", access.InvoicesView, nil},
		{"scores", "scores.tab", access.CasesView, nil},
		{"history", "audit.tab", access.CasesView, nil},
	}
}

// caseHeadOf reads a case and makes the head of one of its pages, named as in caseTabs.
func (w *Web) caseHeadOf(r *request, id, tab string) (caseHead, *cases.Shown, error) {
	s, err := w.Cases.Show(r.ctx, r.actor(), id)
	if err != nil {
		return caseHead{}, nil, err
	}
	h := w.caseHead(r, s, tab)
	people := []*namedPerson{h.Aside.Owner}
	for i := range h.Aside.Members {
		people = append(people, &h.Aside.Members[i].namedPerson)
	}
	return h, s, w.sayAway(r, w.Now(), people...)
}

func (w *Web) caseHead(r *request, s *cases.Shown, tab string) caseHead {
	l, can := r.locale(w), r.cur.Rights.Can
	h := caseHead{
		ID: s.ID, Number: s.Number, Title: s.Title, URL: casesAt + "/" + s.ID, Stage: s.Stage, Private: s.Private,
		Opened: l.T(message("cases.opened-on", "Day", l.Day(s.OpenedAt).Text)),
	}
	if s.ClosedAt != nil {
		h.Closed = l.T(message("cases.closed-on", "Day", l.Day(*s.ClosedAt).Text))
	}
	for _, t := range caseTabs() {
		if !can(t.need) {
			continue
		}
		v := userTab{Text: l.T(message(t.text)), URL: h.URL, Current: t.name == tab}
		if t.name != "" {
			v.URL += "/" + t.name
		}
		if t.count != nil {
			if n := t.count(s); n > 0 {
				v.Count = l.Number(int(n))
			}
		}
		h.Tabs = append(h.Tabs, v)
	}
	if can(access.CasesReassign) && s.Status == cases.Open {
		h.Actions = append(h.Actions, userAction{Text: l.T(message("cases.reassign")), URL: h.URL + "/owner/edit", Icon: "arrow-right-left"})
	}
	if can(access.CasesEdit) {
		if s.Status == cases.Open {
			h.Actions = append(h.Actions, userAction{Text: l.T(message("cases.close")), URL: h.URL + "/closure/new", Icon: "lock"})
		} else {
			h.Actions = append(h.Actions, userAction{Text: l.T(message("cases.reopen")), URL: h.URL + "/closure/delete", Icon: "lock-open"})
		}
	}
	h.Aside = w.caseAside(r, l, s)
	return h
}

func (w *Web) caseAside(r *request, l views.Locale, s *cases.Shown) caseAside {
	can := r.cur.Rights.Can
	v := caseAside{
		CSRF: w.token(r), URL: casesAt + "/" + s.ID, MayReassign: can(access.CasesReassign) && s.Status == cases.Open, MayEdit: can(access.CasesEdit),
		Client:  caseClient{Name: s.Client.Name, URL: "/clients/" + s.Client.ID, Email: s.Client.Email, Phone: s.Client.Phone, Language: languageName(s.Client.Language)},
		NoDates: can(access.AppointmentsView),
	}
	named := func(p *cases.Person) *namedPerson {
		n := personNamed(l, p.ID, p.FirstName, p.LastName, p.DisplayName, p.PictureID, p.Status)
		n.Title = p.Title
		return n
	}
	if s.Owner != nil {
		v.Owner = named(s.Owner)
	}
	for i := range s.Members {
		m := memberLine{namedPerson: *named(&s.Members[i].Person)}
		if v.MayEdit {
			m.RemoveURL = v.URL + "/members/" + s.Members[i].ID + "/delete"
		}
		v.Members = append(v.Members, m)
	}
	if s.Mine != nil && r.cur.Rights.Can(access.MessagesView) { // it rings for messages
		v.Bell = &caseBell{CSRF: v.CSRF, URL: v.URL + "/bell", On: s.Mine.Bell}
	}
	if s.Status == cases.Closed { // nothing is awaited
		v.NoDates = false
		return v
	}
	if s.Deadline != "" {
		d := caseDate{Kind: l.T(message("cases.deadline")), Title: s.DeadlineTitle, At: dayOnly(l, s.Deadline)}
		if s.Deadline < w.practiceDay(r) {
			d.Late = l.T(message("cases.deadline-over"))
		}
		v.Dates = append(v.Dates, d)
	}
	if s.Appointment != nil {
		v.Dates = append(v.Dates, caseDate{Kind: l.T(message("cases.appointment")), Title: s.AppointmentTitle, At: l.Time(*s.Appointment)})
	}
	v.NoDates = v.NoDates && len(v.Dates) == 0
	return v
}
