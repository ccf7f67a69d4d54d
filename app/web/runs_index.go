package web

import (
	"net/url"

	"github.com/gofiber/fiber/v2"

	"chancery/app/work"
	"chancery/views"
)

// runsIndexView is the long work that the reader has asked for.
type runsIndexView struct {
	views.Page
	Self  string
	Poll  bool // some of it is not over
	Rows  []runRow
	Older string // address of what was asked for before; "" when there is nothing
}

// runRow is a run in the list: what it is, when it was asked for, and how far it is or what it came to.
type runRow struct {
	URL         string
	Text        string
	At          views.Time
	State       status
	Outcome     string
	Running     bool
	Over, Total int64
}

// runsAtOnce is how many runs one page lists.
const runsAtOnce = 50

// runsIndex lists the reader's own runs. While one of them is not over the page asks itself how far they are.
func (w *Web) runsIndex(r *request) error {
	before := r.Query("before")
	if !validID(before) {
		before = ""
	}
	runs, older, err := w.Work.Mine(r.ctx, r.actor(), before, runsAtOnce)
	if err != nil {
		return err
	}
	v := runsIndexView{Page: w.page(r, "run.index-title", "runs"), Self: "/runs", Rows: make([]runRow, len(runs))}
	if before != "" {
		v.Self = runsBefore(before)
	}
	l := r.locale(w)
	for i := range runs {
		v.Rows[i] = w.runRow(r, l, &runs[i])
		v.Poll = v.Poll || v.Rows[i].Running
	}
	if older {
		v.Older = runsBefore(runs[len(runs)-1].ID)
	}
	return w.render(r, fiber.StatusOK, "runs/index", v)
}

func runsBefore(id string) string { return "/runs?" + url.Values{"before": {id}}.Encode() }

func (w *Web) runRow(r *request, l views.Locale, run *work.Run) runRow {
	v := runRow{
		URL: "/runs/" + run.ID, Text: r.workTitle(l, run, int(run.Total)), At: l.Time(run.CreatedAt),
		Running: !run.Over(), Over: run.Done, Total: run.Total,
	}
	v.State, _ = w.runState(l, &work.Progress{Run: *run})
	if run.State != work.Waiting {
		v.Outcome = l.T(message("run.outcome", "Over", l.Number(int(run.Done)), "Total", l.Number(int(run.Total))))
	}
	if run.Failed > 0 {
		v.Outcome += ", " + l.T(message("run.outcome-refused", "Count", int(run.Failed)))
	}
	return v
}
