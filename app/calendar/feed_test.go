package calendar_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/agenda"
	"chancery/app/apptest"
	"chancery/app/apptest/icaltest"
	"chancery/app/calendar"
	"chancery/app/fault"
)

func feedWords(language string) calendar.FeedWords {
	return calendar.FeedWords{Name: "Chancery (" + language + ")", Busy: "Appointment"}
}

// meeting plans an appointment of somebody's own.
func meeting(t *testing.T, app *apptest.App, who, title string, at time.Time) *agenda.Appointment {
	t.Helper()
	a, err := app.Agenda.Create(t.Context(), app.Actor(who), agenda.Plan{Title: title, Place: "Room 2", Notes: "Says more", StartsAt: at, EndsAt: at.Add(time.Hour), Zone: "America/Toronto"})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func feedOf(t *testing.T, app *apptest.App, who string, d calendar.Detail) string {
	t.Helper()
	token, err := app.Calendars.MakeFeed(t.Context(), app.Actor(who), d)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func gone(t *testing.T, app *apptest.App, token, why string) {
	t.Helper()
	if file, err := app.Calendars.ReadFeed(t.Context(), token, feedWords); !errors.Is(err, fault.ErrNotFound) || file != nil {
		t.Errorf("%s, and it is still read: %v", why, err)
	}
}

func served(t *testing.T, app *apptest.App, token, why string) {
	t.Helper()
	if file, err := app.Calendars.ReadFeed(t.Context(), token, feedWords); err != nil || len(file) == 0 {
		t.Errorf("%s, and it is not read: %v", why, err)
	}
}

func change(t *testing.T, app *apptest.App, sql string, args ...any) {
	t.Helper()
	n, err := app.DB.Exec(t.Context(), sql, args...)
	if err != nil || n == 0 {
		t.Fatalf("%s: %d, %v", sql, n, err)
	}
}

// S3-16: another program sees the person's appointments where they stand, moved and cancelled ones too, and no one else's.
func TestAFeedTellsOfThePersonsAppointments(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		ctx, jon, now := t.Context(), app.Actor("consultant"), app.Clock.Now().Truncate(time.Hour)
		mine := meeting(t, app, "consultant", "Hearing", now.Add(48*time.Hour))
		off := meeting(t, app, "consultant", "Called off", now.Add(72*time.Hour))
		far := meeting(t, app, "consultant", "Far off", now.Add(3*365*24*time.Hour))
		meeting(t, app, "other", "Of another", now.Add(48*time.Hour))
		token := feedOf(t, app, "consultant", calendar.FeedFull)
		first, err := app.Calendars.ReadFeed(ctx, token, feedWords)
		if err != nil {
			t.Fatal(err)
		}
		read := icaltest.Read(t, first)
		uid := "chancery-" + jon.ID + "."
		got := read.Of(t, uid+mine.ID)
		if read.Name != "Chancery (en)" || read.Method != "" || len(read.Events) != 2 || got.Title != "Hearing" || got.Place != "Room 2" || got.Notes != "" || !got.StartsAt.Equal(mine.StartsAt) ||
			!got.EndsAt.Equal(mine.EndsAt) || got.Zone != "America/Toronto" || got.Sequence != 0 || got.Link != app.URL+"/appointments/"+mine.ID {
			t.Fatalf("%+v (and not %s)", read, far.ID)
		}
		if again, err := app.Calendars.ReadFeed(ctx, token, feedWords); err != nil || !bytes.Equal(first, again) {
			t.Errorf("nothing has changed, and it reads otherwise: %v", err)
		}
		_, err = app.Agenda.Update(ctx, jon, mine.ID, mine.Generation, agenda.Plan{Title: "Hearing", StartsAt: mine.StartsAt.Add(time.Hour), EndsAt: mine.EndsAt.Add(time.Hour), Zone: mine.Zone})
		if err == nil {
			_, err = app.Agenda.Cancel(ctx, jon, off.ID, off.Generation)
		}
		file, failed := app.Calendars.ReadFeed(ctx, token, feedWords)
		if err != nil || failed != nil {
			t.Fatal(err, failed)
		}
		read = icaltest.Read(t, file)
		if got := read.Of(t, uid+mine.ID); !got.StartsAt.Equal(mine.StartsAt.Add(time.Hour)) || got.Sequence != 1 || !got.Busy {
			t.Errorf("%+v", got)
		}
		if got := read.Of(t, uid+off.ID); got.Status != "CANCELLED" || got.Busy || got.Sequence != 1 {
			t.Errorf("%+v", got)
		}
	})
}

// Who shares an address, or a program that keeps it anywhere, learns nothing of clients.
func TestAFeedOfTimesSaysNothingElse(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		m := meeting(t, app, "consultant", "Baptiste v. Crown", app.Clock.Now().Add(48*time.Hour))
		token := feedOf(t, app, "consultant", calendar.FeedBusy)
		file, err := app.Calendars.ReadFeed(t.Context(), token, feedWords)
		if err != nil {
			t.Fatal(err)
		}
		if e := icaltest.Read(t, file).Events; len(e) != 1 || e[0].Title != "Appointment" || e[0].Place != "" || e[0].Notes != "" || !e[0].StartsAt.Equal(m.StartsAt.Truncate(time.Second)) || bytes.Contains(file, []byte("Baptiste")) {
			t.Errorf("%+v", e)
		}
		if err := app.Calendars.ChangeFeed(t.Context(), app.Actor("consultant"), calendar.FeedFull); err != nil {
			t.Fatal(err)
		}
		if file, err = app.Calendars.ReadFeed(t.Context(), token, feedWords); err != nil || !bytes.Contains(file, []byte("Baptiste")) {
			t.Errorf("it tells all now, at the same address: %v", err)
		}
	})
}

// B-2: the request asks; nothing is left to whoever comes by.
func TestAFeedEndsAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		jon := app.Actor("consultant")
		gone(t, app, "", "nothing was asked for")
		gone(t, app, strings.Repeat("A", 43), "nobody has that")
		first := feedOf(t, app, "consultant", calendar.FeedFull)
		token := feedOf(t, app, "consultant", calendar.FeedFull)
		gone(t, app, first, "it was renewed")
		for _, c := range []struct{ why, sql, back string }{
			{"all in their hands was ended", `UPDATE users SET epoch = epoch + 1 WHERE id = $1`, `UPDATE users SET epoch = epoch - 1 WHERE id = $1`},
			{"they may see no appointments", `UPDATE users SET role_id = '` + access.RoleAccountant + `' WHERE id = $1`, `UPDATE users SET role_id = '` + access.RoleConsultant + `' WHERE id = $1`},
		} {
			if _, err := app.Calendars.ReadFeed(t.Context(), token, feedWords); err != nil {
				t.Fatalf("before %s: %v", c.why, err)
			}
			change(t, app, c.sql, jon.ID)
			gone(t, app, token, c.why)
			change(t, app, c.back, jon.ID)
		}
		change(t, app, `UPDATE credentials SET locked_until = $1 WHERE user_id = $2`, app.Clock.Now().Add(time.Minute), jon.ID)
		served(t, app, token, "they are locked, by wrong passwords, which anybody can type")
		change(t, app, `UPDATE organization SET lock_all = $1`, true)
		gone(t, app, token, "they are locked out of every way in")
		app.Clock.Add(2 * time.Minute)
		if _, err := app.Calendars.ReadFeed(t.Context(), token, feedWords); err != nil {
			t.Fatal(err)
		}
		if f, err := app.Calendars.Feed(t.Context(), jon); err != nil || f == nil || f.ReadAt == nil || f.Ended || f.Detail != calendar.FeedFull || f.CreatedAt.IsZero() {
			t.Errorf("%+v %v", f, err)
		}
		for range 2 {
			if err := app.Calendars.RevokeFeed(t.Context(), jon); err != nil {
				t.Fatal(err)
			}
		}
		gone(t, app, token, "it was revoked")
		token = feedOf(t, app, "consultant", calendar.FeedFull)
		change(t, app, `UPDATE users SET status = 'INACTIVE' WHERE id = $1`, jon.ID)
		gone(t, app, token, "the person has left")
	})
}

// ASVS 7.5.1: an address gives somebody a way to read on; it takes a fresh proof, and stands nowhere in the clear.
func TestAFeedIsMadeByAFreshProofAndKeptAsAHash(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		late := app.Actor("consultant")
		late.ProvenAt = app.Clock.Now().Add(-access.ProofLasts)
		if _, err := app.Calendars.MakeFeed(t.Context(), late, calendar.FeedFull); !errors.Is(err, fault.ErrProve) {
			t.Error(err)
		}
		if err := app.Calendars.ChangeFeed(t.Context(), late, calendar.FeedFull); !errors.Is(err, fault.ErrProve) {
			t.Error(err)
		}
		var bad *fault.Invalid
		if _, err := app.Calendars.MakeFeed(t.Context(), app.Actor("consultant"), "some"); !errors.As(err, &bad) {
			t.Error(err)
		}
		if err := app.Calendars.ChangeFeed(t.Context(), app.Actor("consultant"), calendar.FeedBusy); !errors.Is(err, fault.ErrNotFound) {
			t.Error(err)
		}
		var no *fault.Forbidden
		if _, err := app.Calendars.MakeFeed(t.Context(), app.Actor("accountant"), calendar.FeedFull); !errors.As(err, &no) {
			t.Error(err)
		}
		token := feedOf(t, app, "consultant", calendar.FeedFull)
		var kept, audited int
		if err := app.DB.Row(t.Context(), `SELECT count(*) FROM calendar_feeds WHERE token_hash <> $1 AND length(token_hash) = 64`, token).Scan(&kept); err != nil || kept != 1 {
			t.Errorf("%d kept as a hash: %v", kept, err)
		}
		if err := app.DB.Row(t.Context(), `SELECT count(*) FROM audit WHERE action = 'calendar.feed-create'`).Scan(&audited); err != nil || audited != 1 {
			t.Errorf("%d entries: %v", audited, err)
		}
	})
}
