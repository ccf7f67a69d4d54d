package signin_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/signin"
	"chancery/app/store"
)

// S2-37: successes and failures, newest first, page by page, though many came at the same instant.
func TestHistoryIsPagedWithoutGapOrRepeat(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		f.signIn()
		for i := range 7 {
			_, err := f.ways.SignIn(f.ctx, noorMail, "not it", signin.Origin{Network: "198.51.100.7"})
			f.refused(err, "signin.wrong")
			if i == 3 {
				f.clock.Add(time.Second)
			}
		}
		me := actor(f.noor.ID, "")
		seen, before := map[string]bool{}, ""
		var order []signin.Attempt
		for page := range 4 {
			list, more, err := f.ways.History(f.ctx, me, f.noor.ID, before, 2)
			f.must(err)
			if len(list) != 2 || more != (page < 3) {
				t.Fatalf("page %d: %d, more %v", page, len(list), more)
			}
			for _, a := range list {
				if seen[a.ID] {
					t.Errorf("%s twice", a.ID)
				}
				seen[a.ID] = true
				order = append(order, a)
			}
			before = list[1].ID
		}
		for i := 1; i < len(order); i++ {
			if order[i].At.After(order[i-1].At) {
				t.Error("not newest first")
			}
		}
		if last := order[7]; last.Outcome != "success" || last.Method != "password" || order[0].Reason != "wrong" {
			t.Errorf("%+v", last)
		}
	})
}

// ASVS 8.2.2: neither by another's id nor by a foreign place to go on from.
func TestHistoryIsOnesOwn(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		_, err := f.ways.SignIn(f.ctx, luciaMail, "not it", here)
		f.refused(err, "signin.wrong")
		f.clock.Add(time.Second)
		f.signIn()
		var forbidden *fault.Forbidden
		if _, _, err := f.ways.History(f.ctx, actor(f.lucia.ID, "users.view"), f.noor.ID, "", 10); !errors.As(err, &forbidden) {
			t.Error(err)
		}
		all, _, err := f.ways.History(f.ctx, actor("admin", "users.sign-out"), f.noor.ID, "", 10)
		f.must(err)
		if len(all) != 1 {
			t.Fatalf("%d", len(all))
		}
		if list, _, err := f.ways.History(f.ctx, actor(f.lucia.ID, ""), f.lucia.ID, all[0].ID, 10); err != nil || len(list) != 0 {
			t.Error(list, err)
		}
	})
}

// D-4: in small steps, and nothing that still counts.
func TestCleanUpTakesWhatHasLostItsMeaning(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		row := func(n int, seen, expires, ended time.Duration) {
			now := f.clock.Now()
			var end *time.Time
			if ended != 0 {
				at := now.Add(ended)
				end = &at
			}
			for i := range n {
				f.exec(`INSERT INTO sessions (id, token_hash, user_id, method, network, user_agent, created_at, proven_at, last_seen_at, expires_at, ended_at)
					VALUES (?, ?, ?, 'password', '', '', ?, ?, ?, ?, ?)`,
					store.NewID(), fmt.Sprint(seen, expires, ended, i), f.noor.ID, now, now, now.Add(seen), now.Add(expires), end)
			}
		}
		const soon = time.Second
		row(7, 0, 0, 0)                          // over its lifetime
		row(5, -12*time.Hour, time.Hour, 0)      // idle
		row(3, 0, time.Hour, -24*time.Hour)      // ended a day ago
		row(1, 0, soon, 0)                       // all three not quite
		row(1, -12*time.Hour+soon, time.Hour, 0) //
		row(1, 0, time.Hour, -24*time.Hour+soon) //
		token, _, err := f.ways.IssueWelcome(f.ctx, f.lucia.ID)
		f.must(err)
		_, err = f.ways.SignIn(f.ctx, noorMail, "not it", here)
		f.refused(err, "signin.wrong")
		for _, batch := range []int{2, 0} {
			n, err := f.ways.CleanUp(f.ctx, batch)
			f.must(err)
			if want := map[int]int64{2: 15, 0: 0}[batch]; n != want {
				t.Errorf("%d deleted, want %d", n, want)
			}
		}
		if _, err := f.ways.Welcome(f.ctx, token); err != nil {
			t.Error(err)
		}
		f.clock.Add(14*24*time.Hour - time.Second)
		_, err = f.ways.CleanUp(f.ctx, 100)
		f.must(err)
		if n := f.count(`SELECT count(*) FROM links`); n != 1 {
			t.Error("the link went too early")
		}
		f.clock.Add(83*24*time.Hour + time.Second)
		_, err = f.ways.CleanUp(f.ctx, 100)
		f.must(err)
		if in, err := f.ways.Invitation(f.ctx, access.System("test"), f.lucia.ID); err != nil || in.ExpiresAt == nil {
			t.Errorf("nobody knows any more that the invitation has expired (B-13): %+v, %v", in, err)
		}
		f.exec(`UPDATE users SET status = 'INACTIVE' WHERE id = ?`, f.lucia.ID) // who is no longer invited needs no such word
		_, err = f.ways.CleanUp(f.ctx, 100)
		f.must(err)
		if n := f.count(`SELECT (SELECT count(*) FROM links) + (SELECT count(*) FROM sessions) + (SELECT count(*) FROM signin_attempts)`); n != 0 {
			t.Errorf("%d rows stayed for ever", n)
		}
	})
}

func TestDeviceNamesWhatPeopleKnow(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0": "Edge · Windows",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/604.1":     "Safari · iPhone",
		"Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36":         "Chrome · Android",
		"curl/8.14": "curl",
		"":          "",
		"<script>":  "",
	} {
		if got := signin.Device(agent); got != want {
			t.Errorf("%q is %q, want %q", agent, got, want)
		}
	}
}
