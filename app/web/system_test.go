package web_test

import (
	"context"
	"testing"
	"time"

	"chancery/app/apptest"
	"chancery/app/system"
)

// night is a schedule with a job at four each night, and mails that wait.
type night struct{ since time.Time }

func (night) Schedule() []system.Job {
	return []system.Job{{Name: "dormant-accounts", When: "20 4 * * *", Next: func(t time.Time) time.Time { return t.Truncate(24 * time.Hour).Add(28*time.Hour + 20*time.Minute) }}}
}

func (n night) Depths(context.Context) ([]system.Depth, error) {
	return []system.Depth{{Name: "mails", Due: 100, More: true, Oldest: n.since}, {Name: "new-kind"}}, nil
}

// The page says first what needs somebody; who may has a job run now, with and without script, once at a time; others are refused.
func TestTheSystemIsLookedAfter(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		app.House.Shows(night{app.Clock.Now().Add(-time.Hour)})
		run(t, app, `INSERT INTO runs (id, job, due_at, state, next_try_at, created_at, started_at, finished_at, result) VALUES ('r', 'dormant-accounts', ?, 'failed', ?, ?, ?, ?, 'gave-up 5')`,
			app.Clock.Now().Add(-9*time.Hour-40*time.Minute), app.Clock.Now(), app.Clock.Now(), app.Clock.Now().Add(-9*time.Hour), app.Clock.Now().Add(-8*time.Hour))
		run(t, app, `INSERT INTO mails (id, send_key, kind, recipient, language, zone, state, next_try_at, not_after, created_at) VALUES ('m', 'm', 'welcome', 'x@firm.example', 'en', 'UTC', 'failed', ?, ?, ?)`, app.Clock.Now(), app.Clock.Now(), app.Clock.Now())
		grace := app.SignIn("admin")
		p := grace.Visit("/system").In("#needs", "No replica does the work").In("#needs", "Dormant accounts: the run of").In("#needs", "Mails: what was due").In("#needs a[href='/system/mails?state=failed']", "1 mail was given up")
		p.In("#job-dormant-accounts", "daily, 04:20 UTC").In("#job-dormant-accounts", "Given up after 5 tries").In("#job-dormant-accounts .status", "Failed").In("#job-dormant-accounts", "began 40 min 0 s late").In("#job-dormant-accounts", "1 h 0 min")
		p.Has("dl.facts a[href='/sync']", 1).In("#loop-mails", "100 or more").In("#loop-new-kind", "new-kind")
		asked := p.Submit("#job-dormant-accounts form").At("/system").In("[role=status]", "The job runs as soon as").In("#job-dormant-accounts .status", "Queued").In("#job-dormant-accounts", "asked for by Grace Mbeki").Has("#job-dormant-accounts form", 0)
		asked.Has("#system[hx-trigger='every 3s']", 1)
		app.Clock.Add(time.Second)
		p.SubmitFragment("#job-dormant-accounts form").Expect(422).In("#system [role=alert]", "under way already")
		run(t, app, `UPDATE runs SET state = 'done', started_at = due_at, finished_at = due_at WHERE id <> 'r'`)
		app.Clock.Add(time.Second)
		grace.Visit("/system").SubmitFragment("#job-dormant-accounts form").Expect(200).In("#system [role=status]", "The job runs as soon as")
		grace.Visit("/history").In(".log", "Job run by hand").In(".log", "dormant-accounts")
		app.SignIn("consultant").Visit("/system").Expect(403)
	})
}
