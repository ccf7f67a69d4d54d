package web

import (
	"github.com/gofiber/fiber/v2"

	"chancery/app/casesync"
	"chancery/app/work"
	"chancery/views"
)

// syncRetriesCreate tries all again that the list was filtered by, as long work: its page says how far it is, and what was refused.
func (w *Web) syncRetriesCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	items, err := w.Sync.Items(r.ctx, r.actor(), syncFilter(f.get))
	if err != nil {
		return err
	}
	id, err := w.Work.Ask(r.ctx, r.actor(), work.Request{Kind: casesync.RetryKind, Items: items})
	if err != nil {
		return err
	}
	return r.goTo("/runs/" + id)
}

// syncExceptionsRetriesCreate tries one again, at once.
func (w *Web) syncExceptionsRetriesCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	why, err := w.Sync.Retry(r.ctx, r.actor(), r.Params("exception"), f.get("theirs") != "")
	if err != nil {
		return err
	}
	return r.goTo(syncSaid(syncFilter(f.get), map[bool]string{true: "landed", false: "still"}[why == ""]))
}

// syncSaid is the list with what was done.
func syncSaid(f casesync.Filter, notice string) string {
	path := syncPath(f)
	if path == syncAt {
		return path + "?notice=" + notice
	}
	return path + "&notice=" + notice
}

// syncSilenceView asks why an exception is to be left as it is.
type syncSilenceView struct {
	views.Page
	Alone    bool
	Row      syncRow
	Question string
	Note     inputField
	Errors   *views.Errors
	Most     int
	Hidden   []hiddenField // the filter to come back to
	Back     string
}

func (w *Web) syncExceptionsSilenceNew(r *request) error {
	return w.syncSilence(r, "", syncFilter(func(name string) string { return r.Query(name) }), problems{status: fiber.StatusOK})
}

func (w *Web) syncSilence(r *request, note string, f casesync.Filter, p problems) error {
	e, err := w.Sync.Exception(r.ctx, r.actor(), r.Params("exception"))
	if err != nil {
		return err
	}
	l := r.locale(w)
	row := syncRowOf(l, e, true)
	v := syncSilenceView{Page: w.page(r, "sync.leave-title", "sync"), Alone: !r.fragment(), Row: row, Question: l.T(message("sync.leave-question", "Name", row.Name)),
		Note: inputField{note, p.field("note")}, Errors: p.summary, Most: casesync.NoteMost, Hidden: syncHidden(f), Back: syncPath(f)}
	return w.render(r, p.status, "sync/exceptions/silence/new", v)
}

func (w *Web) syncExceptionsSilenceCreate(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	err = w.Sync.Ignore(r.ctx, r.actor(), r.Params("exception"), f.get("note"))
	if err == nil {
		return r.goTo(syncSaid(syncFilter(f.get), "left"))
	}
	p, ok := w.problems(r, err)
	if !ok {
		return err
	}
	return w.syncSilence(r, f.get("note"), syncFilter(f.get), p)
}

// syncExceptionsSilenceDelete takes it up again.
func (w *Web) syncExceptionsSilenceDelete(r *request) error {
	f, err := r.parse()
	if err != nil {
		return err
	}
	if err := w.Sync.Heed(r.ctx, r.actor(), r.Params("exception")); err != nil {
		return err
	}
	return r.goTo(syncSaid(syncFilter(f.get), "heeded"))
}
