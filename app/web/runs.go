package web

import (
	"net/url"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/casesync"
	"chancery/app/work"
	"chancery/views"
)

// runsShowView is a piece of long work: how far it is, and what became of each row.
type runsShowView struct {
	views.Page
	Run  runView
	Done string // the list whose selection this run was asked for, when one has just come from there
}

// runView is what changes while one looks on. Poll is when to ask again, and "" once there is nothing to wait for.
type runView struct {
	ID       string
	URL      string
	Self     string // with what is looked at of it
	Heading  string
	State    status
	Sentence string // what it is at, or why it ended
	Failed   bool
	Poll     string
	CSRF     string
	Over     int
	Total    int
	Numbers  []runNumber
	Tabs     []runTab
	Lines    []runLine
	Numbered bool   // by the lines of a file
	None     string // instead of lines
	Next     string // address of the next lines
	CSV      string
	Caption  string
	Again    runLink // where one came from
}

type runLink struct{ URL, Text string }

type runNumber struct{ Text, Value string }

type runTab struct {
	Text, URL string
	Current   bool
}

// runLine is one row and what became of it.
type runLine struct {
	Place   int
	Label   string
	URL     string // of what it is about, for those who may see that
	State   status
	Reasons []string
}

// runLinesMost is how many rows a page shows: with long reasons it stays a small fragment.
const runLinesMost = 25

// runsShow shows a run to who asked for it, and to those who see the whole system. The page asks itself how far the run
// is, the more rarely the longer it takes; loaded again, it is as far as it is.
func (w *Web) runsShow(r *request) error {
	wanted := work.Page{State: itemState(r.Query("state")), Size: runLinesMost}
	wanted.After, _ = strconv.Atoi(r.Query("after"))
	p, err := w.Work.Get(r.ctx, r.actor(), r.Params("id"), wanted)
	if err != nil {
		return err
	}
	v := runsShowView{Page: w.page(r, "run.title", ""), Run: w.runView(r, p, wanted)}
	v.Title = v.Run.Heading
	if r.Query("notice") == "asked" && bulkKindOf(p.Kind()) != nil {
		v.Done = "users"
	}
	if !r.fragment() {
		return w.render(r, fiber.StatusOK, "runs/show", v)
	}
	v.Run.CSRF = "" // with script the header has it; without the token the answer may be compressed
	if err := w.render(r, fiber.StatusOK, "runs/_run", v.Run); err != nil {
		return err
	}
	r.compress()
	return nil
}

// runsCancellationCreate stops a run. What was done stays done.
func (w *Web) runsCancellationCreate(r *request) error {
	id := r.Params("id")
	if err := w.Work.Cancel(r.ctx, r.actor(), id); err != nil {
		return err
	}
	return r.goTo("/runs/" + id)
}

func itemState(s string) work.ItemState {
	switch state := work.ItemState(s); state {
	case work.ItemWaiting, work.ItemDone, work.ItemSame, work.ItemRefused:
		return state
	}
	return ""
}

func (w *Web) runView(r *request, p *work.Progress, wanted work.Page) runView {
	l := r.locale(w)
	c := p.Counts
	v := runView{
		ID: p.ID, URL: "/runs/" + p.ID, Heading: r.workTitle(l, &p.Run, c.Total()), Numbered: p.Kind() == importKind, CSRF: w.token(r),
		Over: c.Over(), Total: c.Total(), Again: runLink{"/users", l.T(message("users.title"))},
	}
	if p.Kind() == casesync.RetryKind {
		v.Again = runLink{syncAt, l.T(message("sync.title"))}
	}
	v.State, v.Sentence = w.runState(l, p)
	v.Failed = p.State == work.Failed
	if !p.Run.Over() {
		v.Poll = "every " + pollAfter(w.Now().Sub(p.CreatedAt))
	}
	v.Self = linesPath(v.URL, wanted.State, wanted.After)
	for _, n := range []struct {
		key   string
		value int
	}{{"run.done", c.Done}, {"run.same", c.Same}, {"run.refused", c.Refused}, {"run.waiting", c.Waiting}} {
		v.Numbers = append(v.Numbers, runNumber{l.T(message(n.key)), l.Number(n.value)})
	}
	v.Tabs = []runTab{{l.T(message("run.all")), v.URL, wanted.State == ""}}
	for _, s := range []struct {
		state work.ItemState
		key   string
		n     int
	}{{work.ItemRefused, "run.refused", c.Refused}, {work.ItemSame, "run.same", c.Same}, {work.ItemDone, "run.done", c.Done}, {work.ItemWaiting, "run.waiting", c.Waiting}} {
		if s.n > 0 || s.state == wanted.State {
			v.Tabs = append(v.Tabs, runTab{l.T(message(s.key)) + " (" + l.Number(s.n) + ")", linesPath(v.URL, s.state, 0), s.state == wanted.State})
		}
	}
	for _, line := range p.Items {
		v.Lines = append(v.Lines, w.runLine(r, l, &line))
		if p.Kind() == casesync.RetryKind { // whose objects are no people
			v.Lines[len(v.Lines)-1].URL = ""
		}
	}
	if len(v.Lines) == 0 {
		v.None = l.T(message("run.none"))
	}
	v.CSV = linesPath(v.URL+"/items.csv", wanted.State, 0)
	if p.Next > 0 {
		v.Next = linesPath(v.URL, wanted.State, p.Next)
	}
	v.Caption = l.T(message("run.caption"))
	return v
}

// linesPath is the address of some rows of a run.
func linesPath(path string, state work.ItemState, after int) string {
	q := url.Values{}
	if state != "" {
		q.Set("state", string(state))
	}
	if after > 0 {
		q.Set("after", strconv.Itoa(after))
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// runState is a run's state as a word for the stylesheet, in words, and as a sentence.
func (w *Web) runState(l views.Locale, p *work.Progress) (status, string) {
	over, total := l.Number(p.Counts.Over()), l.Number(p.Counts.Total())
	progress := l.T(message("run.progress", "Over", over, "Total", total))
	switch p.State {
	case work.Waiting:
		return status{"waiting", l.T(message("run.state-waiting"))}, l.T(message("run.queued"))
	case work.Running:
		return status{"running", l.T(message("run.state-running"))}, progress
	case work.Finished:
		at := p.CreatedAt
		if p.FinishedAt != nil {
			at = *p.FinishedAt
		}
		return status{"ok", l.T(message("run.state-done"))}, l.T(message("run.finished", "At", at))
	}
	why := "run.why-interrupted"
	switch p.Result {
	case work.Cancelled:
		why = "run.why-cancelled"
	case work.Forbidden:
		why = "run.why-forbidden"
	case work.Unknown:
		why = "run.why-unknown"
	}
	return status{"failed", l.T(message("run.state-stopped"))}, l.T(message(why)) + " " + progress
}

func (w *Web) runLine(r *request, l views.Locale, line *work.Line) runLine {
	v := runLine{Place: line.Place, Label: line.Label, State: itemStatus(l, line.State)}
	if line.ObjectID != "" && r.cur.Rights.Can(access.UsersView) {
		v.URL = "/users/" + line.ObjectID
	}
	v.Reasons = w.reasons(l, line.Reasons)
	return v
}

func itemStatus(l views.Locale, s work.ItemState) status {
	switch s {
	case work.ItemDone:
		return status{"ok", l.T(message("run.item-done"))}
	case work.ItemSame:
		return status{"info", l.T(message("run.item-same"))}
	case work.ItemRefused:
		return status{"failed", l.T(message("run.item-refused"))}
	}
	return status{"waiting", l.T(message("run.item-waiting"))}
}

// reasons say why a row was refused, each beginning with the field that it is about.
func (w *Web) reasons(l views.Locale, reasons []work.Reason) (said []string) {
	for _, reason := range reasons {
		text := l.T(reason.Message)
		if key := columnKey(reason.Field); key != "" {
			text = l.T(message("form.labelled", "Label", message(key), "Text", text))
		}
		said = append(said, text)
	}
	return said
}

// columnKey is the name of a field, or of a column of an import, in the catalogues.
func columnKey(field string) string {
	switch field {
	case "email", "first_name", "last_name", "full_name", "title", "role", "department", "status", "cell", "office", "language", "zone", "profiles":
		return "import.column." + fieldID(field)
	}
	return ""
}

// pollAfter is when a page asks again: soon at first, since most work is over in seconds, and rarely later.
func pollAfter(since time.Duration) string {
	switch {
	case since < 10*time.Second:
		return "1s"
	case since < time.Minute:
		return "2s"
	case since < 10*time.Minute:
		return "5s"
	default:
		return "15s"
	}
}
