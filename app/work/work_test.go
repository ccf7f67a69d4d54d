package work_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/fault"
	"chancery/app/store"
	"chancery/app/work"
)

// scene is a practice in which one kind of work writes a line for each item, so that what was done twice, or half, shows.
type scene struct {
	*apptest.App
	t     *testing.T
	work  *work.Work
	asker access.Actor
	mu    sync.Mutex
	each  func(n int) // called within the n-th item, if set
	calls int
}

func scenes(t *testing.T, fn func(t *testing.T, s *scene)) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		s := &scene{App: app, t: t, asker: app.Actor("admin")}
		if err := app.DB.In(t.Context()).Exec(`CREATE TABLE effects (label text NOT NULL, actor text NOT NULL)`).Error; err != nil {
			t.Fatal(err)
		}
		s.work = work.New(app.DB, work.Kind{Name: "line", Permission: access.UsersEdit, Each: s.line})
		fn(t, s)
	})
}

// line writes its line first and then sees what its input wants, as a verb may.
func (s *scene) line(ctx context.Context, actor access.Actor, input string, item work.Item) (work.Outcome, error) {
	s.mu.Lock()
	s.calls++
	n, each := s.calls, s.each
	s.mu.Unlock()
	if err := s.DB.In(ctx).Exec(`INSERT INTO effects (label, actor) VALUES (?, ?)`, input+item.Label, actor.Name).Error; err != nil {
		return work.Outcome{}, err
	}
	if each != nil {
		each(n)
	}
	switch item.Input {
	case "refuse":
		return work.Outcome{}, fault.Field1("role", "staff.too-long", "Count", 3, "Max", 100)
	case "refuse quietly":
		return work.Refused(fault.M("run.gone")), nil
	case "same":
		return work.Same(), nil
	case "break":
		return work.Outcome{}, errors.New("nobody expected this")
	case "spoil": // on Postgres nothing more can be said in this transaction
		return work.Outcome{}, s.DB.In(ctx).Exec(`INSERT INTO effects (label) VALUES (NULL)`).Error
	case "panic":
		panic("nobody expected this")
	}
	return work.Done(), nil
}

func (s *scene) ask(items ...work.Item) string {
	s.t.Helper()
	id, err := s.work.Ask(s.t.Context(), s.asker, work.Request{Kind: "line", Input: "a ", Items: items})
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

func (s *scene) finish(id string) {
	s.t.Helper()
	for range 1000 {
		more, err := s.work.Advance(s.t.Context(), id)
		if err != nil {
			s.t.Fatal(err)
		}
		if !more {
			return
		}
	}
	s.t.Fatal("it never ends")
}

func (s *scene) get(id string, page work.Page) *work.Progress {
	s.t.Helper()
	p, err := s.work.Get(s.t.Context(), s.asker, id, page)
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

func (s *scene) effects() (labels []string) {
	s.t.Helper()
	if err := s.DB.In(s.t.Context()).Raw(`SELECT label FROM effects ORDER BY label`).Scan(&labels).Error; err != nil {
		s.t.Fatal(err)
	}
	return labels
}

func many(n int) (items []work.Item) {
	for i := range n {
		items = append(items, work.Item{Label: fmt.Sprintf("%05d", i)})
	}
	return items
}

// B-17: one bad row does not spoil the rest, whatever is bad about it; what it had written is taken back.
func TestOneBadRowDoesNotSpoilTheRest(t *testing.T) {
	scenes(t, func(t *testing.T, s *scene) {
		known := work.Same()
		id := s.ask(work.Item{Label: "1"}, work.Item{Label: "2", Input: "refuse"}, work.Item{Label: "3", Input: "same"}, work.Item{Label: "4", Input: "break"},
			work.Item{Label: "5", Input: "spoil"}, work.Item{Label: "6", Input: "panic"}, work.Item{Label: "7", Input: "refuse quietly"},
			work.Item{Label: "8", Known: &known}, work.Item{Label: "9"})
		s.finish(id)
		if got := strings.Join(s.effects(), ","); got != "a 1,a 3,a 9" {
			t.Errorf("effects %s", got)
		}
		p := s.get(id, work.Page{Size: 50})
		if p.State != work.Finished || p.Counts != (work.Counts{Done: 2, Same: 2, Refused: 5}) || p.Done != 9 || p.Failed != 5 || p.FinishedAt == nil {
			t.Errorf("%+v", p)
		}
		if r := p.Items[1].Reasons; len(r) != 1 || r[0].Field != "role" || r[0].Message.Key != "staff.too-long" || r[0].Message.Args["Count"] != 3 {
			t.Errorf("%+v", r)
		}
		for _, place := range []int{3, 4, 5} {
			if r := p.Items[place].Reasons; len(r) != 1 || r[0].Message.Key != "run.unexpected" {
				t.Errorf("%d: %+v", place, r)
			}
		}
		var left int
		if err := s.DB.Row(t.Context(), `SELECT count(*) FROM run_items WHERE state = 'done' AND input <> ''`).Scan(&left); err != nil || left != 0 {
			t.Errorf("%d rows keep what they said, %v", left, err)
		}
	})
}

// Told to stop at any item, and gone on with by another process: none is done twice, none is left out.
func TestWorkGoesOnWhereItWasLeft(t *testing.T) {
	scenes(t, func(t *testing.T, s *scene) {
		id := s.ask(many(250)...)
		for _, at := range []int{1, 40, 120, 121, 230} {
			ctx, stop := context.WithCancel(t.Context())
			s.each = func(n int) {
				if n >= at {
					stop() // within an item: it is rolled back
				}
			}
			for ctx.Err() == nil {
				if _, err := s.work.Advance(ctx, id); err != nil && ctx.Err() == nil {
					t.Fatal(err)
				}
			}
		}
		s.each = nil
		s.finish(id)
		if got := s.effects(); len(got) != 250 || len(slices.Compact(got)) != 250 {
			t.Errorf("%d effects", len(got))
		}
		if p := s.get(id, work.Page{}); p.State != work.Finished || p.Counts.Done != 250 {
			t.Errorf("%+v", p.Counts)
		}
	})
}

// A process that has lost its lease and does not know it does no item that its successor does.
func TestTwoAtOnceDoNoItemTwice(t *testing.T) {
	scenes(t, func(t *testing.T, s *scene) {
		id := s.ask(many(300)...)
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for range 100 {
					if more, err := s.work.Advance(t.Context(), id); err != nil || !more {
						if err != nil {
							t.Error(err)
						}
						return
					}
				}
			})
		}
		all.Wait()
		s.finish(id)
		if got := s.effects(); len(got) != 300 || len(slices.Compact(got)) != 300 {
			t.Errorf("%d effects", len(got))
		}
	})
}

func TestACancelledRunStopsBeforeItsNextItem(t *testing.T) {
	scenes(t, func(t *testing.T, s *scene) {
		id := s.ask(many(500)...)
		if _, err := s.work.Advance(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if err := s.work.Cancel(t.Context(), s.Actor("consultant"), id); !errors.Is(err, fault.ErrNotFound) {
			t.Errorf("somebody else's: %v", err)
		}
		if err := s.work.Cancel(t.Context(), s.asker, id); err != nil {
			t.Fatal(err)
		}
		s.finish(id)
		p := s.get(id, work.Page{State: work.ItemWaiting, Size: 3})
		if p.State != work.Failed || p.Result != work.Cancelled || p.Counts.Done != 100 || p.Counts.Waiting != 400 || len(p.Items) != 3 || p.Items[0].Place != 101 {
			t.Errorf("%+v", p)
		}
		if err := s.work.Cancel(t.Context(), s.asker, id); err != nil {
			t.Errorf("twice: %v", err)
		}
	})
}

// ASVS 8.3.2, B-2: who has lost the right, or has left, can do no more by what they asked for before.
func TestTheRightsOfWhoAskedAreReadAnew(t *testing.T) {
	for name, lose := range map[string]string{
		"the role":  `UPDATE users SET role_id = 'viewer' WHERE id = ?`,
		"the place": `UPDATE users SET status = 'INACTIVE' WHERE id = ?`,
	} {
		t.Run(name, func(t *testing.T) {
			scenes(t, func(t *testing.T, s *scene) {
				id := s.ask(many(250)...)
				if _, err := s.work.Advance(t.Context(), id); err != nil {
					t.Fatal(err)
				}
				if err := s.DB.In(t.Context()).Exec(lose, s.asker.ID).Error; err != nil {
					t.Fatal(err)
				}
				s.finish(id)
				if p := s.get(id, work.Page{}); p.Result != work.Forbidden || p.Counts.Done != 100 || len(s.effects()) != 100 {
					t.Errorf("%+v", p)
				}
			})
		})
	}
}

func TestAskingNeedsThePermissionAndSomethingToDo(t *testing.T) {
	scenes(t, func(t *testing.T, s *scene) {
		ctx := t.Context()
		var forbidden *fault.Forbidden
		if _, err := s.work.Ask(ctx, s.Actor("consultant"), work.Request{Kind: "line", Items: many(1)}); !errors.As(err, &forbidden) {
			t.Errorf("%v", err)
		}
		var refused *fault.Refused
		if _, err := s.work.Ask(ctx, s.asker, work.Request{Kind: "line"}); !errors.As(err, &refused) {
			t.Errorf("%v", err)
		}
		if _, err := s.work.Ask(ctx, s.asker, work.Request{Kind: "line", Items: many(work.ItemsMost + 1)}); !errors.As(err, &refused) {
			t.Errorf("%v", err)
		}
		if _, err := s.work.Ask(ctx, s.asker, work.Request{Kind: "other", Items: many(1)}); !errors.Is(err, fault.ErrNotFound) {
			t.Errorf("%v", err)
		}
	})
}

// ASVS 7.5.1: a row is done by a proven actor where its kind has said that it wants a proof, and the proof was given when the work
// was asked for; any other row by one who is not, so that a kind which forgets to say so gets nothing done.
func TestOnlyRowsThatSaidSoAreDoneByAProvenActor(t *testing.T) {
	scenes(t, func(t *testing.T, s *scene) {
		each := func(_ context.Context, actor access.Actor, _ string, _ work.Item) (work.Outcome, error) {
			if !actor.Proven(s.DB.Now()) {
				return work.Refused(fault.M("run.forbidden")), nil
			}
			return work.Done(), nil
		}
		s.work = work.New(s.DB, work.Kind{Name: "line", Permission: access.UsersEdit, Each: each,
			Proves: func(_ string, item work.Item) bool { return item.Input == "sensitive" }})
		rows := []work.Item{{Label: "1"}, {Label: "2", Input: "sensitive"}}
		id := s.ask(rows...)
		s.finish(id)
		trials, err := s.work.Try(t.Context(), s.asker, work.Request{Kind: "line", Items: rows})
		if err != nil || trials[0].State != work.ItemRefused || trials[1].State != work.ItemDone {
			t.Errorf("foretold: %+v, %v", trials, err)
		}
		if p := s.get(id, work.Page{Size: 50}); p.Counts != (work.Counts{Done: 1, Refused: 1}) {
			t.Errorf("%+v", p)
		}
		s.asker.ProvenAt = s.DB.Now().Add(-access.ProofLasts)
		q := work.Request{Kind: "line", Items: rows}
		if _, err := s.work.Ask(t.Context(), s.asker, q); !errors.Is(err, fault.ErrProve) {
			t.Errorf("asked without: %v", err)
		}
		q.Items = rows[:1]
		if _, err := s.work.Ask(t.Context(), s.asker, q); err != nil {
			t.Error(err)
		}
	})
}

// B-15: sent twice it is one run; and two that are asked for in one moment are two.
func TestAskedTwiceWithOneIDItIsOneRun(t *testing.T) {
	scenes(t, func(t *testing.T, s *scene) {
		q := work.Request{ID: store.NewID(), Kind: "line", Items: many(3)}
		for range 2 {
			if id, err := s.work.Ask(t.Context(), s.asker, q); err != nil || id != q.ID {
				t.Fatalf("%s, %v", id, err)
			}
		}
		if _, err := s.work.Ask(t.Context(), s.Actor("super"), q); !errors.Is(err, fault.ErrNotFound) {
			t.Errorf("another's: %v", err)
		}
		if a, b := s.ask(many(1)...), s.ask(many(1)...); a == b {
			t.Error("two are one")
		}
		due, err := s.work.Due(t.Context())
		if err != nil || len(due) != 3 {
			t.Errorf("%d due, %v", len(due), err)
		}
	})
}

// ASVS 8.2.2: a run is there for who asked for it, and for who sees the whole system.
func TestARunIsSeenByWhoAskedAndByAdministrators(t *testing.T) {
	scenes(t, func(t *testing.T, s *scene) {
		id := s.ask(many(1)...)
		for who, sees := range map[string]bool{"admin": true, "super": true, "consultant": false, "accountant": false} {
			_, err := s.work.Get(t.Context(), s.Actor(who), id, work.Page{})
			if sees != (err == nil) || !sees && !errors.Is(err, fault.ErrNotFound) {
				t.Errorf("%s: %v", who, err)
			}
		}
	})
}

// A dry run foretells by doing, row after row, and leaves nothing behind.
func TestADryRunLeavesNothingBehind(t *testing.T) {
	scenes(t, func(t *testing.T, s *scene) {
		trials, err := s.work.Try(t.Context(), s.asker, work.Request{Kind: "line", Items: append([]work.Item{
			{Label: "1"}, {Label: "2", Input: "refuse"}, {Label: "3", Input: "spoil"}, {Label: "4", Input: "same"}}, many(200)...)})
		if err != nil || len(trials) != work.TryMost {
			t.Fatalf("%d, %v", len(trials), err)
		}
		for i, want := range []work.ItemState{work.ItemDone, work.ItemRefused, work.ItemRefused, work.ItemSame, work.ItemDone} {
			if trials[i].State != want {
				t.Errorf("%d: %s, want %s", i, trials[i].State, want)
			}
		}
		if n := len(s.effects()); n != 0 {
			t.Errorf("%d effects are left", n)
		}
	})
}

func TestItemsComePageByPage(t *testing.T) {
	scenes(t, func(t *testing.T, s *scene) {
		id := s.ask(many(25)...)
		var places []int
		for after := 0; ; {
			p := s.get(id, work.Page{After: after, Size: 10})
			for _, l := range p.Items {
				places = append(places, l.Place)
			}
			if after = p.Next; after == 0 {
				break
			}
		}
		if len(places) != 25 || places[24] != 25 {
			t.Errorf("%v", places)
		}
	})
}

// What was uploaded is kept an hour, for who uploaded it; runs are kept ninety days, those under way for ever.
func TestDraftsAndOldRunsGo(t *testing.T) {
	scenes(t, func(t *testing.T, s *scene) {
		ctx := t.Context()
		draft, err := s.work.Keep(ctx, s.asker, "line", "content")
		if err != nil {
			t.Fatal(err)
		}
		if text, err := s.work.Kept(ctx, s.asker, "line", draft); err != nil || text != "content" {
			t.Errorf("%s, %v", text, err)
		}
		if _, err := s.work.Kept(ctx, s.Actor("super"), "line", draft); !errors.Is(err, fault.ErrNotFound) {
			t.Errorf("%v", err)
		}
		old, waits := s.ask(many(7)...), s.ask(many(2)...)
		s.finish(old)
		s.Clock.Add(time.Hour)
		if _, err := s.work.Kept(ctx, s.asker, "line", draft); !errors.Is(err, fault.ErrNotFound) {
			t.Errorf("after its hour: %v", err)
		}
		s.Clock.Add(91 * 24 * time.Hour)
		if n, err := s.work.CleanUp(ctx, 3); err != nil || n != 1+7+1 {
			t.Errorf("%d deleted, %v", n, err)
		}
		if p := s.get(waits, work.Page{}); p.Counts.Waiting != 2 {
			t.Errorf("%+v", p)
		}
		if _, err := s.work.Get(ctx, s.asker, old, work.Page{}); !errors.Is(err, fault.ErrNotFound) {
			t.Errorf("%v", err)
		}
	})
}

// A process that dies at the same batch again and again is not started over for ever.
func TestARunThatKillsItsProcessIsGivenUp(t *testing.T) {
	scenes(t, func(t *testing.T, s *scene) {
		id := s.ask(many(1)...)
		if err := s.DB.In(t.Context()).Exec(`UPDATE runs SET tries = 10, state = 'running' WHERE id = ?`, id).Error; err != nil {
			t.Fatal(err)
		}
		s.finish(id)
		if p := s.get(id, work.Page{}); p.Result != work.Interrupted {
			t.Errorf("%+v", p)
		}
	})
}
