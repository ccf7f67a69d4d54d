// Package casesync takes over, each night, what the practice's case system knows of clients, cases and who works on them, and keeps what it could not
// take until somebody has seen to it (B-7).
//
// Where the case system is reached, and how, is the [Source]'s business (casesource); what a case is, and who may own one, is decided by the verbs of
// cases, which this room calls as anybody would. No page and no request comes in here.
//
// # How a run goes
//
//	waiting → reading → landing → closing → done
//	                            ↘ asking ↗        too much would be closed: a person decides
//
// Reading writes down what the case system says, part by part, as it is said (sync_objects). Nothing of it has happened yet. Landing then goes through
// what is said and has not landed: clients, then cases, then members, whatever order they came in. What was said before and has landed already differs in
// no hash and is not looked at: a night in which nothing has changed costs the reading alone. How far a run is stands in its row, written in the
// transaction that has brought it there, so that one that is killed goes on where it was; what was landing just then lands again, which does no harm. Whom a case came to is written down with the case itself, so
// that they are told at the end, whatever was killed.
//
// An object that cannot be written, for a reason that is no refusal, is tried three times and then is an exception like any other (Internal); the log says why.
// A database that does not answer, or that cannot take the exception either, stops the run where it is, and the loop tries the step again (tried.go).
// Whom a case came to is written down with the case itself, so that they are told at the end, whatever was killed.
//
// An object that cannot be written, for a reason that is no refusal, is tried three times and then is an exception like any other (Internal); the log says why.
// A database that does not answer, or that cannot take the exception either, stops the run where it is, and the loop tries the step again (tried.go).
//
// A run is advanced for about a second at a time (jobs/syncs), on the replica that runs the jobs.
//
// # Changed on both sides
//
// What was said when an object last landed is kept. A field that the case system says otherwise since, and that nobody has changed here, is taken over; one
// that was changed here alone stays; one that was changed on both sides, to different values, is an exception, and nothing of the object is taken until a
// person has chosen. Without that memory either the night would undo what people do by day, or the day would undo the night (merge.go).
//
// # What is not there any more
//
// A case that the case system names no more is closed, never deleted, and only by a run that has read everything and in which every row had a name: half a
// list must not close the other half. Where more than a share of all cases would go (CHANCERY_SYNC_CLOSE_MOST), the run asks.
//
// # What it costs
//
// Two cores shared with four other builds, so that CPU is what to compare; the case system in the same process, over HTTP in parts of 500 rows (make bench
// ARGS="-sync", the size of the list as it says):
//
//	                                        rows       took s      CPU s, ours + database   heap MiB
//	SQLite    the first night, all new      120,000    373       196                      9
//	          each in a commit of its own   120,000    1,101     330                      11
//	          nothing sent (ETags)          120,000    0.7       0.5                      6
//	          all sent again, nothing new   120,000    4.0       3.1                      11
//	          every hundredth case changed  120,000    10        6.5                      9
//	Postgres  the first night, all new      120,000    143         46 + 94                  10
//	          nothing sent (ETags)          120,000    2.3         0.2 + 1.4                9
//	          all sent again, nothing new   120,000    4.5         2.3 + 1.8                10
//	          every hundredth case changed  120,000    5.6         2.6 + 2.6                10
//	          the first night, before       12,000     64          12 + 22                  42
//	          and one after the other       12,000     329         15 + 17                  10
//
// A case that is new is made by the verb that the API calls, with its history, its words and who is associated: 0.4 ms of CPU in an otherwise empty SQLite database,
// the same with 14,000 rows and with 120,000; in the bench's practice 1.6 ms. What had made it dear, and dearer the larger the database was, is the commit: each wrote the last
// pages of every index anew. So twenty share one there, and on Postgres, where it is the wait for the disk, eight land at once (land.go).
//
// # Who is told
//
// An exception is its case's owner's, or that of whom the case system names, if they work here and see cases. What is nobody's belongs to those with
// cases.sync, of whom there is always one (S1-31): so every case that does not land reaches somebody (B-7). This is asked when they look, not when it is written
// down: people leave. A private case shows to who may see it only. Who stands in for somebody
// has theirs, too (covers.go). Whom cases come to is told once a run, of how many.
package casesync

import (
	"context"
	"fmt"
	"time"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/store"
)

// Sync is the room.
type Sync struct {
	db       *store.DB
	cases    *cases.Cases
	source   Source
	share    float64
	covering Covering // nil: nobody stands in for anybody
}

// New opens the room. source is nil where the practice has none. closeMost is how many of a hundred cases a run may close without asking.
func New(db *store.DB, c *cases.Cases, source Source, closeMost int) *Sync {
	return &Sync{db: db, cases: c, source: source, share: float64(closeMost) / 100}
}

// Asks names the case system. Only who wires the house calls it, before anything is served.
func (s *Sync) Asks(source Source) { s.source = source }

// On tells whether there is a case system to ask.
func (s *Sync) On() bool { return s != nil && s.source != nil }

// program is who lands things, in the history.
func program() access.Actor { return access.System("casesync") }

// Prefix begins the keys of runs on the change feed.
const Prefix = "sync/"

// kept is how long runs are remembered.
const kept = 90 * 24 * time.Hour

// CleanUp deletes runs that nobody asks for any more, at most batch to a statement, and says how many. The last one stays.
func (s *Sync) CleanUp(ctx context.Context, batch int) (deleted int64, err error) {
	before := s.db.Now().Add(-kept)
	for {
		n, err := s.db.Exec(ctx, `DELETE FROM sync_runs WHERE id IN (SELECT id FROM sync_runs WHERE finished_at < $1 AND slot IS NULL
			AND id < (SELECT max(id) FROM sync_runs) LIMIT $2)`, before, batch)
		if err != nil {
			return deleted, fmt.Errorf("clean up sync runs: %w", err)
		}
		if deleted += n; n < int64(batch) {
			return deleted, nil
		}
	}
}
