package jobs

import (
	"context"
	"errors"
	"fmt"

	"chancery/app/access"
	"chancery/jobs/runs"
)

// schedule is what happens at fixed times (UTC), and what it calls. Jobs are shallow: each is a call into a room. What comes of one is a word with its
// numbers ("deleted 76"), for which the pages have sentences in every language (system.result.deleted).
func (j *Jobs) schedule() []runs.Job {
	all := []runs.Job{
		{Name: "clean-up", When: "7 * * * *", Do: j.cleanUp},                   // hourly: expired sessions, spent links, old tries, runs and drafts, replies, bulletins
		{Name: "sweep-pictures", When: "40 3 * * *", Do: j.sweep},              // nightly: objects that nothing refers to
		{Name: "dormant-accounts", When: "20 4 * * *", Do: j.accounts.Dormant}, // nightly: accounts that nobody uses, by the practice's rule
	}
	if j.Sync != nil && j.Sync.On() {
		all = append(all, runs.Job{Name: "case-sync", When: j.SyncAt, Do: j.syncCases}) // nightly: what the practice's case system knows (CHANCERY_SYNC_AT)
	}
	return all
}

func (j *Jobs) syncCases(ctx context.Context) (string, error) {
	_, err := j.Sync.Begin(ctx, access.System("casesync"))
	return "begun", err
}

// cleanUpBatch is how many rows one statement deletes: a few milliseconds' worth.
const cleanUpBatch = 500

func (j *Jobs) cleanUp(ctx context.Context) (string, error) {
	n, err := j.Signin.CleanUp(ctx, cleanUpBatch)
	pruned, err2 := j.runs.Prune(ctx, cleanUpBatch)
	asked, err3 := j.Work.CleanUp(ctx, cleanUpBatch)
	replies, err4 := j.Replies.CleanUp(ctx, cleanUpBatch)
	told, err5 := j.Notices.CleanUp(ctx, cleanUpBatch)
	var synced int64
	var err6 error
	if j.Sync != nil {
		synced, err6 = j.Sync.CleanUp(ctx, cleanUpBatch)
	}
	sent, err7 := j.Post.CleanUp(ctx, cleanUpBatch)
	var begun int64
	var err8 error
	if j.Calendars != nil {
		begun, err8 = j.Calendars.CleanUp(ctx, cleanUpBatch)
	}
	return fmt.Sprintf("deleted %d", n+pruned+asked+replies+told+synced+sent+begun), errors.Join(err, err2, err3, err4, err5, err6, err7, err8)
}

func (j *Jobs) sweep(ctx context.Context) (string, error) {
	s, err := j.pictures.Sweep(ctx, false)
	return fmt.Sprintf("swept %d %d", s.Looked, s.Removed), err
}
