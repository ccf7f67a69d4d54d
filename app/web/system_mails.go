package web

import (
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/listing"
	"chancery/app/post"
	"chancery/app/staff"
	"chancery/views"
)

const (
	systemMailsAt = "/system/mails"
	// ledgerShown is how many mails of the ledger a page shows.
	ledgerShown = 40
)

// systemMailsIndexView is the ledger of all mails with how the post is doing (B-23). Never what stands in a mail.
type systemMailsIndexView struct {
	views.Page
	Errors *views.Errors
	Outage *outageView
	Facts  []fact
	Ledger ledgerView
}

// fact is a figure with its name, and a second one below.
type fact struct{ Text, Value, More string }

// outageView says that the mail server takes nothing.
type outageView struct {
	Reason, Answer string
	Since, Next    views.Time
}

// ledgerView is a stretch of the ledger with its filters: system/mails/_ledger.
type ledgerView struct {
	Path          string
	Who           string
	States, Kinds []choice
	Any           bool // something narrows it
	CSRF          string
	Rows          []ledgerRow
	Older, Newest string // addresses, or ""
}

// ledgerRow is one mail, and what may be done about it: addresses, or "".
type ledgerRow struct {
	mailRow
	Person, PersonURL   string
	Tries               string
	Retry, Stop, Resume string
}

// ledgerStates are the states that the ledger is filtered by, in their order.
var ledgerStates = [...]string{"open", "paused", "failed", "stopped", "delivered"}

// systemMailsIndex is the ledger.
func (w *Web) systemMailsIndex(r *request) error {
	return w.renderLedger(r, fiber.StatusOK, problems{})
}

func (w *Web) renderLedger(r *request, status int, p problems) error {
	v := systemMailsIndexView{Page: w.page(r, "system.mails-title", "system"), Errors: p.summary}
	v.Notice = w.said(r, "system.mail-", "tried", "stopped", "resumed")
	var err error
	if v.Ledger, err = w.ledger(r, v.CSRF); err != nil {
		return err
	}
	if r.fragment() && status == fiber.StatusOK {
		return w.render(r, status, "system/mails/_ledger", v.Ledger)
	}
	f, err := w.Post.Figures(r.ctx, r.actor())
	if err != nil {
		return err
	}
	l := r.locale(w)
	number := func(key string, n int) fact { return fact{Text: l.T(message(key)), Value: l.Number(n)} }
	v.Facts = []fact{number("system.mails-open", f.Waiting), number("system.mails-late", f.Late), number("system.mails-paused", f.Paused), number("system.mails-failed", f.Failed)}
	if f.Oldest != nil {
		v.Facts[1].More = l.T(message("system.mails-oldest", "At", l.Time(*f.Oldest).Text))
	}
	if o := f.Outage; o != nil {
		v.Outage = &outageView{Reason: l.T(message("system.outage." + strings.ToLower(o.Reason))), Answer: o.Answer, Since: l.Time(o.Since), Next: l.Time(o.NextAt)}
	}
	return w.render(r, status, "system/mails/index", v)
}

// ledger reads the stretch that the address asks for.
func (w *Web) ledger(r *request, csrf string) (ledgerView, error) {
	l := r.locale(w)
	v := ledgerView{Path: systemMailsAt, Who: clipped(words(r.Query("who")), 254), CSRF: csrf}
	q := post.LedgerQuery{Limit: ledgerShown, Who: listing.Fold(v.Who)}
	wanted := url.Values{}
	if v.Who != "" {
		wanted.Set("who", v.Who)
	}
	for _, s := range ledgerStates {
		chosen := r.Query("state") == s
		v.States = append(v.States, choice{s, l.T(message("system.mail-state." + s)), chosen})
		if !chosen {
			continue
		}
		wanted.Set("state", s)
		switch s {
		case "open":
			q.State = post.Waiting
		case "paused":
			q.Paused = true
		default:
			q.State = post.State(s)
		}
	}
	for _, kind := range post.Kinds() {
		chosen := r.Query("kind") == string(kind)
		v.Kinds = append(v.Kinds, choice{string(kind), l.T(message("mails.kind." + string(kind))), chosen})
		if chosen {
			wanted.Set("kind", string(kind))
			q.Kind = kind
		}
	}
	slices.SortFunc(v.Kinds, func(a, b choice) int { return strings.Compare(listing.Fold(a.Text), listing.Fold(b.Text)) })
	v.Any = len(wanted) > 0
	at := func(path string) string {
		if len(wanted) == 0 {
			return path
		}
		return path + "?" + wanted.Encode()
	}
	if before := r.Query("before"); validID(before) {
		v.Newest, q.Before = at(systemMailsAt), before
	}
	list, more, err := w.Post.Ledger(r.ctx, r.actor(), q)
	if err != nil {
		return v, err
	}
	for i := range list {
		v.Rows = append(v.Rows, w.ledgerRow(r, l, &list[i], at))
	}
	if more {
		wanted.Set("before", list[len(list)-1].ID)
		v.Older = at(systemMailsAt)
	}
	return v, nil
}

func (w *Web) ledgerRow(r *request, l views.Locale, m *post.LedgerMail, at func(path string) string) ledgerRow {
	row := ledgerRow{mailRow: w.mailRowOf(r, &m.Mail, false), Person: staff.DisplayName(m.First, m.Last, m.Called)}
	if m.Tries > 0 {
		row.Tries = l.T(message("system.mail-tries", "Count", m.Tries))
	}
	if m.UserID != nil && r.cur.Rights.Can(access.UsersEdit) {
		row.PersonURL = "/users/" + *m.UserID + "/mails"
	}
	if !r.cur.Rights.Can(access.SystemOperate) {
		return row
	}
	if m.Repeatable() || m.Hurries(w.Now()) {
		row.Retry = at(systemMailsAt + "/" + m.ID + "/tries")
	}
	if m.Stoppable() {
		row.Stop = at(systemMailsAt + "/" + m.ID + "/stoppage")
	}
	if m.State == post.Waiting && m.PausedAt != nil {
		row.Resume = at(systemMailsAt + "/" + m.ID + "/pause")
	}
	return row
}

// systemMailsTriesCreate has a mail tried now, or once more.
func (w *Web) systemMailsTriesCreate(r *request) error {
	return w.ledgerAct(r, "tried", w.Post.Retry(r.ctx, r.actor(), r.Params("id")))
}

// systemMailsStoppageCreate takes back a mail that has not gone out.
func (w *Web) systemMailsStoppageCreate(r *request) error {
	return w.ledgerAct(r, "stopped", w.Post.StopOne(r.ctx, r.actor(), r.Params("id")))
}

// systemMailsPauseDelete says that the address of a mail is right after all: what waits for it is tried.
func (w *Web) systemMailsPauseDelete(r *request) error {
	m, err := w.Post.Get(r.ctx, r.Params("id"))
	if err != nil {
		return err
	}
	return w.ledgerAct(r, "resumed", w.Post.Resume(r.ctx, r.actor(), m.Recipient))
}

// ledgerAct goes back to the stretch of the ledger where something was done.
func (w *Web) ledgerAct(r *request, notice string, err error) error {
	if err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		return w.renderLedger(r, p.status, p)
	}
	back := url.Values{"notice": {notice}}
	for _, name := range []string{"state", "kind", "who"} {
		if value := r.Query(name); value != "" {
			back.Set(name, clipped(value, 254))
		}
	}
	return r.goTo(systemMailsAt + "?" + back.Encode())
}
