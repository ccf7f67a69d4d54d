package web

import (
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"chancery/app/access"
	"chancery/app/casesync"
	"chancery/app/fault"
	"chancery/app/system"
	"chancery/views"
)

// systemShowView is how the house itself is doing, first what needs somebody.
type systemShowView struct {
	views.Page
	CSRF   string
	Self   string
	Every  string // how often the page asks itself
	Needs  []systemNeed
	Errors *views.Errors
	Facts  []systemFact
	Jobs   []systemJob
	MayRun bool
	Loops  []systemLoop
	Leader string
}

// systemNeed is something that does not come right by itself.
type systemNeed struct{ Text, URL string }

// systemFact is a figure.
type systemFact struct {
	Label, Value, More string
	URL                string // where it is told in full; "" for nowhere else
}

// systemJob is a scheduled job.
type systemJob struct {
	Name, Text, When string
	State            *status // of its last run; nil: it never ran
	At               *views.Time
	Lag, Took        string // "" for none worth a word
	Result           string
	By               string // who asked for it; "" for the clock
	Next             views.Time
	RunURL           string // "" while a run is under way, and for who may not
}

// systemLoop is a reconciler.
type systemLoop struct {
	Name, Text string
	State      status
	Due        string
	Oldest     *views.Time
	Failures   string
	Why        string // the last failure, while something fails
	FailedAt   *views.Time
}

const systemAt = "/system"

func (w *Web) systemShow(r *request) error {
	return w.renderSystem(r, w.said(r, "system.", "asked"), problems{status: fiber.StatusOK})
}

func (w *Web) renderSystem(r *request, notice *views.Notice, p problems) error {
	o, err := w.House.Overview(r.ctx, r.actor())
	if err != nil {
		return err
	}
	l := r.locale(w)
	v := systemShowView{Page: w.page(r, "system.title", "system"), CSRF: w.token(r), Self: systemAt, Every: "15s", Errors: p.summary, MayRun: r.cur.Rights.Can(access.SystemOperate)}
	v.Notice = notice
	due, failing := 0, int64(0)
	for i := range o.Jobs {
		row := w.systemJob(l, &o.Jobs[i], v.MayRun)
		if row.State != nil && row.State.Name != "ok" && row.State.Name != "failed" {
			v.Every = "3s" // somebody may be waiting for it
		}
		v.Jobs = append(v.Jobs, row)
	}
	for i := range o.Loops {
		v.Loops = append(v.Loops, w.systemLoop(l, &o.Loops[i]))
		due += o.Loops[i].Due
		failing += o.Loops[i].Failing
	}
	v.Leader = l.T(message("system.no-leader"))
	if o.Leader != nil {
		v.Leader = l.T(message("system.leader", "Host", o.Leader.Host, "Process", o.Leader.Process))
	}
	v.Needs = w.systemNeeds(l, o)
	v.Facts = []systemFact{
		{l.T(message("system.ran")), l.Number(int(o.Ran)), l.T(message("system.ran-failed", "Count", int(o.Failed))), ""},
		{l.T(message("system.due")), l.Number(due), l.T(message("system.failing", "Count", int(failing))), ""},
	}
	if err := w.systemPost(r, l, &v); err != nil {
		return err
	}
	if err := w.systemSync(r, l, &v); err != nil {
		return err
	}
	if err := w.systemDeclared(r, l, &v); err != nil {
		return err
	}
	if !r.fragment() {
		return w.render(r, p.status, "system/show", v)
	}
	v.CSRF, v.Page.CSRF = "", "" // what is sent small holds no token: with script that goes in a header
	if err := w.render(r, p.status, "system/show", v); err != nil {
		return err
	}
	r.compress()
	return nil
}

// systemPost adds how the post is doing.
func (w *Web) systemPost(r *request, l views.Locale, v *systemShowView) error {
	f, err := w.Post.Figures(r.ctx, r.actor())
	if err != nil {
		return err
	}
	v.Facts = append(v.Facts, systemFact{l.T(message("system.post")), l.Number(f.Waiting), l.T(message("system.post-failed", "Count", f.Failed)), systemMailsAt})
	if f.Outage != nil {
		v.Needs = append(v.Needs, systemNeed{l.T(message("system.need-outage", "At", l.When(f.Outage.Since))), systemMailsAt})
	}
	if f.Failed > 0 {
		v.Needs = append(v.Needs, systemNeed{l.T(message("system.need-mails", "Count", f.Failed)), systemMailsAt + "?state=failed"})
	}
	if f.Paused > 0 {
		v.Needs = append(v.Needs, systemNeed{l.T(message("system.need-paused", "Count", f.Paused)), systemMailsAt + "?state=paused"})
	}
	return nil
}

// systemSync adds how the last nightly sync went, for who sees to it.
func (w *Web) systemSync(r *request, l views.Locale, v *systemShowView) error {
	if w.Sync == nil || !w.Sync.On() || !r.cur.Rights.Can(access.CasesSync) || !r.cur.Rights.Can(access.CasesView) {
		return nil
	}
	last, err := w.lastSync(r, l, true)
	if err != nil {
		return err
	}
	fact := systemFact{Label: l.T(message("system.sync")), Value: l.T(message("system.never")), URL: syncAt}
	if last != nil {
		fact.Value, fact.More = last.State.Text, last.At.Text+" · "+last.Counts
		switch {
		case last.State.Name == "failed":
			v.Needs = append(v.Needs, systemNeed{l.T(message("system.need-sync", "At", last.At.Text)), syncAt})
		case last.Asks != "":
			v.Needs = append(v.Needs, systemNeed{last.Asks, syncAt})
		}
	}
	v.Facts = append(v.Facts, fact)
	totals, err := w.Sync.Totals(r.ctx, r.actor(), casesync.Filter{})
	if err != nil {
		return err
	}
	if totals.All > 0 {
		v.Needs = append(v.Needs, systemNeed{l.T(message("system.need-exceptions", "Count", int(totals.All))), syncAt})
	}
	return nil
}

// systemNeeds are what does not come right by itself, or has not in some minutes.
func (w *Web) systemNeeds(l views.Locale, o *system.Overview) (needs []systemNeed) {
	add := func(url, key string, pairs ...any) {
		needs = append(needs, systemNeed{l.T(message(key, pairs...)), url})
	}
	if o.Leader == nil {
		add("#work", "system.need-leader")
	}
	for i := range o.Jobs {
		j := &o.Jobs[i]
		switch {
		case j.Last != nil && j.Last.State == system.Failed:
			add("#job-"+j.Name, "system.need-failed", "Job", jobText(l, j.Name), "At", l.When(j.Last.DueAt))
		case !j.Late.IsZero():
			add("#job-"+j.Name, "system.need-late", "Job", jobText(l, j.Name), "At", l.When(j.Late))
		}
	}
	now := w.Now()
	for i := range o.Loops {
		t := &o.Loops[i]
		switch {
		case t.FailingSince != nil && now.Sub(*t.FailingSince) > system.Grace:
			add("#loop-"+t.Name, "system.need-failing", "Count", int(t.Failing), "Loop", loopText(l, t.Name), "At", l.When(*t.FailingSince))
		case !t.Oldest.IsZero() && now.Sub(t.Oldest) > system.Grace && t.Name != "runs": // of those the jobs tell
			add("#loop-"+t.Name, "system.need-waiting", "Loop", loopText(l, t.Name), "At", l.When(t.Oldest))
		}
	}
	return needs
}

func (w *Web) systemJob(l views.Locale, j *system.JobRow, mayRun bool) systemJob {
	row := systemJob{Name: j.Name, Text: jobText(l, j.Name), When: cronText(l, j.When), Next: l.Time(j.Next)}
	if mayRun {
		row.RunURL = systemAt + "/jobs/" + j.Name + "/runs"
	}
	last := j.Last
	if last == nil {
		return row
	}
	at, begun := last.DueAt, time.Time{}
	switch last.State {
	case system.Waiting:
		row.State = &status{"waiting", l.T(message("system.waiting"))}
		if last.Tries > 0 {
			row.State = &status{"retrying", l.T(message("system.retrying"))}
		}
	case system.Running:
		row.State = &status{"running", l.T(message("system.running"))}
	case system.Failed:
		row.State = &status{"failed", l.T(message("system.failed"))}
	default:
		row.State = &status{"ok", l.T(message("system.done"))}
	}
	if last.StartedAt != nil {
		begun = *last.StartedAt
		at = begun
	}
	when := l.Time(at)
	row.At, row.Result, row.By = &when, resultText(l, last.Result), last.RequestedName
	if lag := last.Lag(); lag >= time.Minute {
		row.Lag = l.T(message("system.lag", "For", lasted(lag)))
	}
	if last.Over() && !begun.IsZero() {
		row.Took = lasted(last.Took())
	}
	if !last.Over() {
		row.RunURL = ""
	}
	return row
}

func (w *Web) systemLoop(l views.Locale, t *system.LoopRow) systemLoop {
	row := systemLoop{Name: t.Name, Text: loopText(l, t.Name), Due: l.Number(t.Due), State: status{"ok", l.T(message("system.idle"))}}
	if t.More {
		row.Due = l.T(message("system.or-more", "Count", t.Due))
	}
	if !t.Oldest.IsZero() {
		at := l.Time(t.Oldest)
		row.Oldest = &at
	}
	if t.Failures > 0 {
		row.Failures = l.Number(int(t.Failures))
	}
	switch {
	case t.Failing > 0:
		row.State, row.Why = status{"retrying", l.T(message("system.failing", "Count", int(t.Failing)))}, t.LastFailure
		if t.LastFailedAt != nil {
			at := l.Time(*t.LastFailedAt)
			row.FailedAt = &at
		}
	case t.Due > 0:
		row.State = status{"running", l.T(message("system.working"))}
	}
	return row
}

// systemRunsCreate has a job run now. The page then says how far it is.
func (w *Web) systemRunsCreate(r *request) error {
	err := w.House.RunNow(r.ctx, r.actor(), r.Params("id"))
	if err != nil {
		p, ok := w.problems(r, err)
		if !ok {
			return err
		}
		return w.renderSystem(r, nil, p)
	}
	if !r.fragment() {
		return r.goTo(systemAt + "?notice=asked")
	}
	return w.renderSystem(r, &views.Notice{Text: r.locale(w).T(message("system.asked"))}, problems{status: fiber.StatusOK})
}

// jobText is what a job is called; one that has no words yet is called by its name.
func jobText(l views.Locale, name string) string { return called(l, message("system.job."+name), name) }

// resultText says what came of a run, which the jobs write as a word with its numbers.
func resultText(l views.Locale, result string) string {
	parts := strings.Fields(result)
	if len(parts) == 0 {
		return ""
	}
	var args []any
	for i, name := range []string{"Count", "Second", "Third"} {
		n := 0
		if i+1 < len(parts) {
			var err error
			if n, err = strconv.Atoi(parts[i+1]); err != nil {
				return result
			}
		}
		args = append(args, name, n)
	}
	return called(l, message("system.result."+parts[0], args...), result)
}

func loopText(l views.Locale, name string) string {
	return called(l, message("system.loop."+name), name)
}

// called is a text of the catalogues or, where there is none, what it stands for.
func called(l views.Locale, m fault.Message, name string) string {
	if text := l.T(m); text != m.Key {
		return text
	}
	return name
}

// cronText says when a job runs, where that is every hour or every day; else it is as the schedule has it.
func cronText(l views.Locale, when string) string {
	f := strings.Fields(when)
	if len(f) != 5 || f[2] != "*" || f[3] != "*" || f[4] != "*" {
		return when
	}
	minute, err := strconv.Atoi(f[0])
	if err != nil {
		return when
	}
	if f[1] == "*" {
		return l.T(message("system.hourly", "Minute", minute))
	}
	hour, err := strconv.Atoi(f[1])
	if err != nil {
		return when
	}
	at := time.Date(2026, 1, 1, hour, minute, 0, 0, time.UTC)
	l.Zone = time.UTC
	return l.T(message("system.daily", "Time", l.Clock(at)))
}

// lasted is how long something took: in the units that every language here writes alike.
func lasted(d time.Duration) string {
	switch {
	case d < time.Second:
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	case d < time.Minute:
		return strconv.Itoa(int(d.Seconds())) + " s"
	case d < time.Hour:
		return strconv.Itoa(int(d.Minutes())) + " min " + strconv.Itoa(int(d.Seconds())%60) + " s"
	}
	return strconv.Itoa(int(d.Hours())) + " h " + strconv.Itoa(int(d.Minutes())%60) + " min"
}
