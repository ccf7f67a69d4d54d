package web

import (
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/casesync"
	"chancery/app/staff"
	"chancery/views"
)

const syncAt = "/sync"

// syncIndexView is what the nightly sync could not take: by reason, whose it is, and what to do (B-7).
type syncIndexView struct {
	views.Page
	CSRF     string
	Self     string // the page's own address
	Manages  bool   // the reader has cases.sync
	On       bool
	Before   bool         // there is no case system any more, and what is here is from one
	Run      *syncRunView // the last one; nil before the first
	Tabs     []runTab
	Reasons  []runTab
	Rows     []syncRow
	Asked    string        // the same, of an address: "?show=mine"
	Hidden   []hiddenField // what the list is filtered by, for its forms
	RetryAll string        // says how many; "" where there is nothing to try
	Next     string
	Empty    string
	Failed   bool // the last run has not got through: nobody knows whether anything waits
	Hint     string
}

// syncRow is one exception.
type syncRow struct {
	ID      string
	Name    string // the number of the case, or what stands for it
	URL     string // of the case, where it is here
	Title   string
	Outside string // what the case system calls it
	Kind    string
	Why     string
	Hint    string
	Since   views.Time
	Nights  string
	Owner   string // "" nobody
	Avatar  *views.Avatar
	Person  string
	Acts    bool // the reader may try again, and leave it
	Both    bool // changed on both sides: the case system's can be taken
	Ignored string
	Note    string
	Path    string
}

// syncRunView is a run.
type syncRunView struct {
	ID       string
	At       views.Time
	State    status
	By       string // who asked for it; "" for the night
	Sentence string
	Detail   string
	Numbers  []runNumber
	Counts   string // the same in a line
	Poll     string
	Over     int64
	Total    int64
	Asks     string // what it asks; "" for nothing
	Path     string
}

// syncMost is how many exceptions one page shows.
const syncMost = 50

func syncFilter(get func(string) string) casesync.Filter {
	f := casesync.Filter{Limit: syncMost}
	if reason := casesync.Reason(get("reason")); slices.Contains(casesync.Reasons(), reason) {
		f.Reason = reason
	}
	switch get("show") {
	case "mine":
		f.Mine = true
	case "nobody":
		f.Nobody = true
	case "ignored":
		f.Ignored = true
	}
	if after := get("after"); validID(after) {
		f.After = after
	}
	return f
}

// syncShow is the word of an address for whose exceptions are shown.
func syncShow(f casesync.Filter) string {
	switch {
	case f.Mine:
		return "mine"
	case f.Nobody:
		return "nobody"
	case f.Ignored:
		return "ignored"
	}
	return ""
}

// syncHidden keeps a filter in a form.
func syncHidden(f casesync.Filter) (all []hiddenField) {
	if show := syncShow(f); show != "" {
		all = append(all, hiddenField{"show", show})
	}
	if f.Reason != "" {
		all = append(all, hiddenField{"reason", string(f.Reason)})
	}
	return all
}

func syncPath(f casesync.Filter) string {
	q := url.Values{}
	for name, v := range map[string]string{"show": syncShow(f), "reason": string(f.Reason), "after": f.After} {
		if v != "" {
			q.Set(name, v)
		}
	}
	if len(q) == 0 {
		return syncAt
	}
	return syncAt + "?" + q.Encode()
}

// syncIndex shows the last run and the exceptions that are the reader's, or all of them to who sees to the sync. While a run is under way the page asks itself.
func (w *Web) syncIndex(r *request) error {
	f, actor, l := syncFilter(func(name string) string { return r.Query(name) }), r.actor(), r.locale(w)
	totals, err := w.Sync.Totals(r.ctx, actor, f)
	if err != nil {
		return err
	}
	all, more, err := w.Sync.Exceptions(r.ctx, actor, f)
	if err != nil {
		return err
	}
	v := syncIndexView{Page: w.page(r, "sync.title", "sync"), CSRF: w.token(r), Self: syncPath(f), Manages: r.cur.Rights.Can(access.CasesSync), On: w.Sync.On()}
	v.Notice = w.said(r, "sync.said.", "begun", "landed", "still", "left", "heeded", "closing", "kept")
	if v.Run, err = w.lastSync(r, l, v.Manages); err != nil {
		return err
	}
	v.Tabs, v.Reasons = syncTabs(l, f, totals, v.Manages), syncReasons(l, f, totals)
	acts := v.Manages || r.cur.Rights.Can(access.CasesEdit)
	for i := range all {
		v.Rows = append(v.Rows, syncRowOf(l, &all[i], acts))
	}
	if more {
		next := f
		next.After = all[len(all)-1].ID
		v.Next = syncPath(next)
	}
	v.Hidden, v.Asked = syncHidden(f), strings.TrimPrefix(syncPath(casesync.Filter{Reason: f.Reason, Mine: f.Mine, Nobody: f.Nobody, Ignored: f.Ignored}), syncAt)
	count := 0
	for _, c := range totals.Reasons {
		if f.Reason == "" || f.Reason == c.Reason {
			count += int(c.Count)
		}
	}
	if count > 1 && r.cur.Rights.Can(access.CasesEdit) && !f.Ignored {
		v.RetryAll = l.T(message("sync.retry-all", "Count", count))
	}
	v.Empty, v.Hint = l.T(message("sync.none")), l.T(message("sync.none-hint"))
	v.Before = !v.On && totals.All+totals.Ignored > 0
	switch {
	case totals.All > 0 || f.Ignored:
		v.Empty, v.Hint = l.T(message("sync.none-here")), ""
	case v.Run != nil && v.Run.State.Name == "failed":
		v.Empty, v.Hint, v.Failed = l.T(message("sync.none-failed")), l.T(message("sync.none-failed-hint")), true
	case !v.On:
		v.Empty, v.Hint = l.T(message("sync.unset")), ""
		if r.cur.Rights.Can(access.SystemView) {
			v.Hint = l.T(message("sync.unset-hint"))
		}
	}
	return w.render(r, fiber.StatusOK, "sync/index", v)
}

func syncTabs(l views.Locale, f casesync.Filter, t casesync.Totals, manages bool) (tabs []runTab) {
	type tab struct {
		key string
		f   casesync.Filter
		n   int64
	}
	wanted := []tab{{"sync.tab-all", casesync.Filter{}, t.All}, {"sync.tab-mine", casesync.Filter{Mine: true}, t.Mine}, {"sync.tab-nobody", casesync.Filter{Nobody: true}, t.Nobody}, {"sync.tab-left", casesync.Filter{Ignored: true}, t.Ignored}}
	for _, one := range wanted {
		if !manages && (one.f.Mine || one.f.Nobody) {
			continue
		}
		tabs = append(tabs, runTab{l.T(message(one.key)) + " (" + l.Number(int(one.n)) + ")", syncPath(one.f), syncShow(one.f) == syncShow(f)})
	}
	return tabs
}

func syncReasons(l views.Locale, f casesync.Filter, t casesync.Totals) (tabs []runTab) {
	if len(t.Reasons) < 2 && f.Reason == "" {
		return nil
	}
	of := f
	of.After, of.Reason = "", ""
	tabs = append(tabs, runTab{l.T(message("sync.any-reason")), syncPath(of), f.Reason == ""})
	for _, c := range t.Reasons {
		of.Reason = c.Reason
		tabs = append(tabs, runTab{l.T(message(c.Reason.Key())) + " (" + l.Number(int(c.Count)) + ")", syncPath(of), c.Reason == f.Reason})
	}
	return tabs
}

func syncRowOf(l views.Locale, e *casesync.Exception, acts bool) syncRow {
	row := syncRow{ID: e.ID, Name: e.Name(), Title: e.Title, Outside: e.Outside(), Kind: l.T(message("sync.kind." + string(e.Kind))), Hint: l.T(message(e.Reason.HintKey())),
		Since: l.Time(e.FirstFailedAt), Nights: l.T(message("sync.nights", "Count", e.Nights)), Acts: acts, Both: e.Reason == casesync.BothChanged && acts, Note: e.Note, Path: syncAt + "/exceptions/" + e.ID}
	say := func(key string, pairs ...any) string { return l.T(message(key, pairs...)) }
	row.Why = casesync.Why(say, e)
	if e.Nameless() {
		row.Name = l.T(message("sync.row", "Number", e.Place()))
	}
	if e.Nameless() || row.Outside == row.Name {
		row.Outside = ""
	}
	if e.CaseID != nil {
		row.URL = casesAt + "/" + *e.CaseID
	}
	if e.OwnerID != "" {
		row.Owner, row.Person = staff.DisplayName(e.FirstName, e.LastName, e.DisplayName), e.OwnerID
		a := avatarFor(e.OwnerID, e.FirstName, e.LastName, e.PictureID, 64)
		row.Avatar = &a
	}
	if e.IgnoredAt != nil {
		row.Ignored = l.T(message("sync.left-by", "Name", e.IgnoredByName, "At", *e.IgnoredAt))
	}
	return row
}
