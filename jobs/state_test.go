package jobs

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"chancery/app/store/storetest"
	"chancery/app/system"
	"chancery/jobs/loop"
)

// Every replica says what is scheduled and what is due; each job comes when its line says.
func TestTheJobsSayWhatIsScheduledAndDue(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, database string) {
		clock := storetest.NewClock() // 14:00
		f := newFirm(t, database, clock.Now)
		j := f.jobs()
		var names []string
		for _, job := range j.Schedule() {
			names = append(names, job.Name)
			if next := job.Next(clock.Now()); !next.After(clock.Now()) || job.Name == "clean-up" && !next.Equal(clock.Now().Add(7*time.Minute)) {
				t.Errorf("%s comes at %s", job.Name, next)
			}
		}
		if !slices.Contains(names, "dormant-accounts") {
			t.Error(names)
		}
		f.queue("a")
		clock.Add(time.Hour)
		depths, err := j.Depths(t.Context())
		if err != nil || len(depths) != len(j.loops) {
			t.Fatal(depths, err)
		}
		for _, d := range depths {
			if (d.Due == 1) != (d.Name == "mails") || d.Due > 1 || d.More || d.Name == "mails" && !d.Oldest.Equal(clock.Now().Add(-time.Hour)) {
				t.Errorf("%+v", d)
			}
		}
	})
}

// The replica that does the work writes down what its loops fail at: at once, when it changes, and not otherwise.
func TestTheLoopsReportWhatTheyFailAt(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, database string) {
		f := newFirm(t, database, nil)
		f.deps.System = system.New(f.db)
		j := f.jobs()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- j.Run(ctx) }()
		f.until("every loop has a row", func() bool { return f.count("loops", "failing = 0") == len(j.loops) })
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestAnErrorIsKeptInShort(t *testing.T) {
	now := time.Now()
	s := troubleOf("h", loop.Trouble{Failing: 1, Since: now, Last: strings.Repeat("é", 200) + errors.New("x").Error(), LastAt: now, Started: now})
	if len(s.LastFailure) > failureMost+2 || !strings.HasSuffix(s.LastFailure, "é") || s.FailingSince == nil || s.LastFailedAt == nil {
		t.Errorf("%+v", s)
	}
}
