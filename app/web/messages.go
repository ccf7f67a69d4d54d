package web

import (
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/messages"
	"chancery/app/staff"
	"chancery/views"
)

// messagesPart is how many conversations a part of the inbox has.
const messagesPart = 25

// messagesIndexView is the inbox: the cases in which something was said, what the reader has not read first.
type messagesIndexView struct {
	views.Page
	Intro string
	Query string
	All   bool         // also of cases that the reader is not associated with
	Shows []choiceLink // mine and all; none for who sees no others
	Found string       // how many there are, for those who do not see them
	Rows  []talkRow
	Here  string // address of what is shown
	First string // of the first part; "" on that itself
	Next  string // of the part after; "" for none
	None  string
	Hint  string
	Clear string // address of the list of all; "" when nothing is searched for
}

// choiceLink is one of several ways to look at a list.
type choiceLink struct {
	Text, URL string
	Current   bool
}

// talkRow is a conversation in a list: messages/_row.
type talkRow struct {
	URL       string
	Client    string
	Avatar    views.Avatar
	Number    string
	Title     string
	Private   bool
	Beginning string // of what was said last
	By        string // who said it, when it was not the client
	ByID      string // of a colleague
	At        views.Time
	Unread    string // how many; "" for none
	UnreadIs  string // in words
}

// messagesIndex lists conversations, those with unread messages first and then the newest first; mine, or all that the reader
// sees, found by words of number, title, client or owner (S0-32).
func (w *Web) messagesIndex(r *request) error {
	l := r.locale(w)
	mayAll := r.cur.Rights.Can(access.CasesViewAll)
	v := messagesIndexView{Query: clipped(strings.TrimSpace(words(r.Query("q"))), 100), All: mayAll && r.Query("show") == "all"}
	after := clipped(words(r.Query("after")), 36)
	p, err := w.Cases.List(r.ctx, r.actor(), cases.Query{
		Filter: cases.Filter{Search: v.Query, Mine: !v.All, Talked: true}, Sort: cases.SortInbox, Descending: true, After: after, Size: messagesPart,
	})
	if err != nil {
		return err
	}
	if after != "" && len(p.Rows) == 0 {
		return r.goTo(inboxPath(v.Query, v.All, ""))
	}
	ids := make([]string, len(p.Rows))
	for i := range p.Rows {
		ids[i] = p.Rows[i].ID
	}
	last, err := w.Messages.Latest(r.ctx, r.actor(), ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if t := last[id]; t != nil {
			v.Rows = append(v.Rows, talkRowOf(l, t, r.cur.User.ID))
		}
	}
	v.Found = l.T(message("messages.found", "Count", int(p.Total)))
	v.Here = inboxPath(v.Query, v.All, after)
	if after != "" && p.Earlier {
		v.First = inboxPath(v.Query, v.All, "")
	}
	if p.Later {
		v.Next = inboxPath(v.Query, v.All, ids[len(ids)-1])
	}
	v.None, v.Hint = l.T(message("messages.inbox-none")), l.T(message("messages.inbox-none-hint"))
	if v.Query != "" {
		v.Clear = inboxPath("", v.All, "")
		v.None, v.Hint = l.T(message("messages.none-found", "Query", v.Query)), l.T(message("messages.none-found-hint"))
	}
	if r.fragment() {
		if asked := string(r.Request().URI().RequestURI()); asked != v.Here && r.Get(headerByItself) == "" {
			r.Set("HX-Replace-Url", v.Here)
		}
		if err := w.render(r, fiber.StatusOK, "messages/_list", v); err != nil {
			return err
		}
		r.compress() // it has no token
		return nil
	}
	v.Page = w.page(r, "messages.title", "messages")
	v.Intro = l.T(message("messages.intro", "Count", int(unreadOf(r.cur))))
	if mayAll {
		v.Shows = []choiceLink{
			{l.T(message("messages.mine")), inboxPath(v.Query, false, ""), !v.All},
			{l.T(message("messages.all")), inboxPath(v.Query, true, ""), v.All},
		}
	}
	return w.render(r, fiber.StatusOK, "messages/index", v)
}

func inboxPath(query string, all bool, after string) string {
	v := url.Values{}
	if query != "" {
		v.Set("q", query)
	}
	if all {
		v.Set("show", "all")
	}
	if after != "" {
		v.Set("after", after)
	}
	return address("/messages", v)
}

func talkRowOf(l views.Locale, t *messages.Talk, reader string) talkRow {
	v := talkRow{
		URL: "/cases/" + t.CaseID + "/messages", Client: t.Client, Avatar: clientAvatar(t.ClientID, t.Client), Number: t.Number, Title: t.Title, Private: t.Private,
		Beginning: strings.Join(strings.Fields(t.Beginning), " "), At: l.Time(t.LastAt),
	}
	switch {
	case t.Direction == messages.In || t.AuthorID == nil:
	case *t.AuthorID == reader:
		v.By = l.T(message("messages.you"))
	default:
		v.ByID, v.By = *t.AuthorID, staff.DisplayName(t.FirstName, t.LastName, t.Shown)
	}
	if t.Unread > 0 {
		v.URL += "#new"
		v.Unread, v.UnreadIs = l.Number(int(t.Unread)), l.T(message("messages.unread-is", "Count", int(t.Unread)))
	}
	return v
}
