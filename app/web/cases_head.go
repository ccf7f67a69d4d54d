package web

import (
	"chancery/app/access"
	"chancery/app/cases"
)

// caseHead stands above every page of a case: what it is, and its other pages.
type caseHead struct {
	ID      string
	Number  string
	Title   string
	URL     string
	Stage   string
	Private bool
	Tabs    []userTab
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
		{"messages", "messages.title", access.MessagesView, func(s *cases.Shown) int64 {
			if s.Mine == nil {
				return 0
			}
			return s.Mine.Unread
		}},
		{"comments", "comments.title", access.CasesView, nil},
	}
}

// caseHeadOf reads a case and makes the head of one of its pages, named as in caseTabs.
func (w *Web) caseHeadOf(r *request, id, tab string) (caseHead, *cases.Shown, error) {
	s, err := w.Cases.Show(r.ctx, r.actor(), id)
	if err != nil {
		return caseHead{}, nil, err
	}
	l := r.locale(w)
	h := caseHead{ID: s.ID, Number: s.Number, Title: s.Title, URL: "/cases/" + s.ID, Stage: s.Stage, Private: s.Private}
	for _, t := range caseTabs() {
		if !r.cur.Rights.Can(t.need) {
			continue
		}
		v := userTab{Text: l.T(message(t.text)), URL: h.URL + "/" + t.name, Current: t.name == tab}
		if t.count != nil {
			if n := t.count(s); n > 0 {
				v.Count = l.Number(int(n))
			}
		}
		h.Tabs = append(h.Tabs, v)
	}
	return h, s, nil
}
