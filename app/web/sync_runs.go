package web

import (
	"errors"
	"strings"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/casesync"
	"chancery/app/fault"
	"chancery/views"
)

// syncRunsIndexView is the history of the nightly sync.
type syncRunsIndexView struct {
	views.Page
	Rows  []syncRunView
	Older string
}

// syncRunsAtOnce is how many runs one page lists.
const syncRunsAtOnce = 30

func (w *Web) syncRunsIndex(r *request) error {
	before := r.Query("before")
	if !validID(before) {
		before = ""
	}
	all, more, err := w.Sync.Runs(r.ctx, r.actor(), before, syncRunsAtOnce)
	if err != nil {
		return err
	}
	l := r.locale(w)
	v := syncRunsIndexView{Page: w.page(r, "sync.runs-title", "sync")}
	for i := range all {
		v.Rows = append(v.Rows, w.syncRun(l, &all[i]))
	}
	if more {
		v.Older = syncAt + "/runs?before=" + all[len(all)-1].ID
	}
	return w.render(r, fiber.StatusOK, "sync/runs/index", v)
}

// syncRunsCreate asks the case system now.
func (w *Web) syncRunsCreate(r *request) error {
	if _, err := w.Sync.Begin(r.ctx, r.actor()); err != nil {
		return err
	}
	return r.goTo(syncAt + "?notice=begun")
}

// syncRunsClosuresCreate closes what the case system names no more, after a run has asked; Delete leaves it open.
func (w *Web) syncRunsClosuresCreate(r *request) error { return w.syncDecide(r, true) }

func (w *Web) syncRunsClosuresDelete(r *request) error { return w.syncDecide(r, false) }

func (w *Web) syncDecide(r *request, yes bool) error {
	if err := w.Sync.Decide(r.ctx, r.actor(), r.Params("run"), yes); err != nil {
		return err
	}
	if yes {
		return r.goTo(syncAt + "?notice=closing")
	}
	return r.goTo(syncAt + "?notice=kept")
}

// lastSync is the last run; nil before the first. Who does not see to the sync is told when it was, and no counts: they are of cases of others.
func (w *Web) lastSync(r *request, l views.Locale, manages bool) (*syncRunView, error) {
	last, err := w.Sync.Last(r.ctx)
	if errors.Is(err, fault.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	v := w.syncRun(l, last)
	if !manages {
		v.Numbers, v.Asks, v.Detail, v.Total = nil, "", "", 0
	}
	return &v, nil
}

func (w *Web) syncRun(l views.Locale, run *casesync.Run) syncRunView {
	v := syncRunView{ID: run.ID, At: l.Time(run.CreatedAt), Path: syncAt + "/runs/" + run.ID, Detail: run.Detail}
	name, key := "running", "sync.state."+string(run.State)
	switch run.State {
	case casesync.Waiting:
		name = "waiting"
	case casesync.Asking:
		name = "waiting"
		v.Asks = l.T(message("sync.asks", "Count", int(run.ToClose)))
	case casesync.Done:
		name = "ok"
	case casesync.Failed:
		name = "failed"
	}
	v.State = status{name, l.T(message(key))}
	if run.RequestedName != "" && !access.IsProgram(run.RequestedBy) {
		v.By = l.T(message("sync.by", "Name", run.RequestedName))
	}
	if run.Reason != "" {
		v.Sentence = l.T(message("sync.why." + run.Reason))
	}
	if !run.Over() {
		v.Poll = pollAfter(w.Now().Sub(run.CreatedAt))
		if run.Tries > 0 {
			v.State = status{"retrying", l.T(message("sync.state.retrying"))}
		} else {
			v.Sentence = ""
		}
		if run.State == casesync.Landing {
			v.Over, v.Total = min(run.Created+run.Changed+run.Unchanged, run.ToLand), run.ToLand
		}
	}
	var counts []string
	for _, n := range []struct {
		key string
		n   int64
	}{{"sync.count-read", run.Read}, {"sync.count-created", run.Created}, {"sync.count-changed", run.Changed}, {"sync.count-closed", run.Closed}, {"sync.count-failed", run.Failed}} {
		v.Numbers = append(v.Numbers, runNumber{l.T(message(n.key)), l.Number(int(n.n))})
		counts = append(counts, l.T(message(n.key))+" "+l.Number(int(n.n)))
	}
	v.Counts = strings.Join(counts, " · ")
	return v
}
