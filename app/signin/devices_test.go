package signin_test

import (
	"strings"
	"testing"
	"time"

	"chancery/app/post"
	"chancery/app/signin"
	"chancery/app/store"
)

const (
	chromeOnMac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Chrome/140.0 Safari/537.36"
	firefoxOld  = "Mozilla/5.0 (X11; Linux x86_64) Firefox/139.0"
)

// announced counts the mails about new devices.
func (f *firm) announced() int {
	f.t.Helper()
	return f.count(`SELECT count(*) FROM mails WHERE kind = 'new-device'`)
}

// B-6, ASVS 6.3.5: a browser is known by its cookie and what it calls itself, never by its address; each new one is told.
func TestANewBrowserIsToldByMailAndAKnownOneIsNot(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		in := func(o signin.Origin) {
			t.Helper()
			f.must(second(f.ways.SignIn(f.ctx, noorMail, password, o)))
		}
		in(here)
		m, err := f.mails.Latest(f.ctx, f.noor.ID, post.NewDevice)
		f.must(err)
		if m.Recipient != noorMail || m.Language != "fr" || !strings.Contains(m.Data, "Firefox · Linux") || !strings.Contains(m.Data, "198.51.100.7") || !strings.Contains(m.Data, `"Method":"password"`) {
			t.Errorf("%+v", m)
		}
		moved, updated := here, here
		moved.Network, updated.UserAgent = "203.0.113.9", firefoxOld
		for _, same := range []signin.Origin{here, moved, updated} {
			f.clock.Add(time.Hour)
			in(same)
		}
		if n := f.announced(); n != 1 {
			t.Errorf("%d mails: it is the same browser, at another address and of another version", n)
		}
		elsewhere, stolen, none := here, here, here
		elsewhere.Device, stolen.UserAgent, none.Device = signin.NewDevice(), chromeOnMac, ""
		for i, other := range []signin.Origin{elsewhere, stolen, none, none} { // one without cookies is new each time
			f.clock.Add(time.Hour)
			in(other)
			if n := f.announced(); n != i+2 {
				t.Errorf("%d mails after %+v", n, other)
			}
		}
		if n := f.count(`SELECT count(*) FROM devices WHERE device_hash = ?`, here.Device); n != 0 {
			t.Error("the secret is at rest")
		}
	})
}

// B-6: a browser that somebody else uses as well is new to each of them. A failed try announces nothing.
func TestABrowserIsKnownToOnePerson(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		f.administrator()
		before := f.announced()
		f.fail(2)
		if n := f.announced(); n != before {
			t.Errorf("%d mails after failures", n-before)
		}
		f.signIn()
		if n := f.announced(); n != before+1 {
			t.Errorf("%d mails", n-before)
		}
	})
}

// Who comes in for the first time by their welcome mail is not told of it in the same box. A first password that somebody
// else knows may have been used by them: that is told.
func TestTheFirstSignInIsToldUnlessItIsByTheWelcomeMail(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		token, _, err := f.ways.IssueWelcome(f.ctx, f.lucia.ID)
		f.must(err)
		f.must(second(f.ways.AcceptWelcome(f.ctx, token, another, another, here)))
		if n := f.announced(); n != 0 {
			t.Errorf("%d mails", n)
		}
		f.must(second(f.ways.SignIn(f.ctx, luciaMail, another, here)))
		if n := f.announced(); n != 0 {
			t.Errorf("%d mails: she is known here", n)
		}
		f.exec(`UPDATE users SET status = 'PENDING' WHERE id = ?`, f.noor.ID)
		f.signIn()
		if n := f.announced(); n != 1 {
			t.Errorf("%d mails", n)
		}
	})
}

// D-4: a browser that is not used for longer than its cookie lasts is forgotten.
func TestBrowsersAreForgottenWithTheirCookie(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		f.signIn()
		f.clock.Add(signin.DeviceLasts - time.Minute)
		f.must(second(f.ways.CleanUp(f.ctx, 10)))
		if n := f.count(`SELECT count(*) FROM devices`); n != 1 {
			t.Errorf("%d browsers", n)
		}
		f.clock.Add(time.Minute)
		f.must(second(f.ways.CleanUp(f.ctx, 10)))
		if n := f.count(`SELECT count(*) FROM devices`); n != 0 {
			t.Errorf("%d browsers", n)
		}
	})
}

// B-6: after the upgrade nobody is told of the browser that they had before it; of any other they are, and of a second one of
// the same name, and of every one once their access was ended.
func TestABrowserOfBeforeTheUpgradeIsNotToldAsNew(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		old := func() {
			t.Helper()
			f.exec(`INSERT INTO sessions (id, token_hash, user_id, method, network, user_agent, created_at, proven_at, last_seen_at, expires_at, epoch, ended_at, ended_why)
				SELECT ?, ?, id, 'password', '198.51.100.99', ?, ?, ?, ?, ?, epoch, ?, 'signed-out' FROM users WHERE id = ?`, store.NewID(), store.NewID(), firefoxOld,
				f.clock.Now(), f.clock.Now(), f.clock.Now(), f.clock.Now(), f.clock.Now(), f.noor.ID)
		}
		in := func(device, agent string, want int) {
			t.Helper()
			f.clock.Add(time.Minute)
			from := here
			from.Device, from.UserAgent = device, agent
			f.must(second(f.ways.SignIn(f.ctx, noorMail, password, from)))
			if n := f.announced(); n != want {
				t.Errorf("%d mails, want %d", n, want)
			}
		}
		old()
		own := signin.NewDevice()
		in(own, here.UserAgent, 0)
		in(own, here.UserAgent, 0)
		in(signin.NewDevice(), here.UserAgent, 1)
		in(signin.NewDevice(), chromeOnMac, 2)
		old()
		f.exec(`DELETE FROM devices`)
		f.exec(`UPDATE users SET epoch = epoch + 1 WHERE id = ?`, f.noor.ID)
		in(signin.NewDevice(), here.UserAgent, 3)
	})
}
