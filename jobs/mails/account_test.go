package mails

import (
	"regexp"
	"strings"
	"testing"

	"chancery/app/access"
	"chancery/app/apptest/smtptest"
	"chancery/app/post"
	"chancery/app/resource"
	"chancery/app/signin"
	"chancery/app/staff"
)

const (
	chosen = "Lantern-Orchard-27!"
	other  = "Harbour-Violin-58?"
)

var desk = signin.Origin{Network: "198.51.100.7", UserAgent: "Firefox/140.0"}

// administrator is signed in, with a fresh proof.
func (o *office) administrator() *signin.Current {
	o.t.Helper()
	u, err := o.signin.Bootstrap(o.t.Context(), access.System("test"), staff.NewUser{FirstName: "Grace", LastName: "Mbeki", Email: "grace@firm.example",
		RoleID: access.RoleAdministrator, Language: "en", Zone: "UTC"}, chosen, false)
	o.must(err)
	o.status(u, staff.Active)
	in, err := o.signin.SignIn(o.t.Context(), u.Email, chosen, desk)
	o.must(err)
	o.unannounced()
	c, err := o.signin.Resume(o.t.Context(), in.Token, desk)
	o.must(err)
	return c
}

// unannounced takes back the notices of new browsers, where a test counts other mails.
func (o *office) unannounced() {
	o.t.Helper()
	o.must(o.db.In(o.t.Context()).Exec(`UPDATE mails SET state = 'stopped' WHERE kind = 'new-device' AND state = 'waiting'`).Error)
}

func (o *office) reset(c *signin.Current, u *staff.User, way signin.Way) {
	o.t.Helper()
	_, err := o.signin.ResetPassword(o.t.Context(), c, u.ID, signin.Reset{Way: way, Typed: other}, signin.Proof{}, desk)
	o.must(err)
}

// latest is the newest mail of a kind to a person.
func (o *office) latest(u *staff.User, kind post.Kind) *post.Mail {
	o.t.Helper()
	m, err := o.post.Latest(o.t.Context(), u.ID, kind)
	o.must(err)
	return m
}

// S1-19…S1-21, C-4, ASVS 6.3.7, 13.3.1: each mail of an account goes out, to whom it is meant for; what is secret in it
// works, and is at rest nowhere.
func TestTheMailsOfAnAccountGoOut(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		c, jon := o.administrator(), o.person("Jon")
		o.reset(c, jon, signin.ByLink)
		o.work()
		link := regexp.MustCompile(`https://chancery\.firm\.example/reset/([\w-]{43})`).FindStringSubmatch(o.arrived(1)[0].text)
		if link == nil {
			t.Fatal("no link")
		}
		if _, err := o.signin.Recovery(t.Context(), link[1]); err != nil {
			t.Error(err)
		}
		o.reset(c, jon, signin.ByMail)
		o.work()
		password := regexp.MustCompile(`(?m)^Temporary password: (\S{16})\r?$`).FindStringSubmatch(o.arrived(2)[1].text)
		if password == nil {
			t.Fatalf("no password in %s", o.arrived(2)[1].text)
		}
		in, err := o.signin.SignIn(t.Context(), jon.Email, password[1], desk)
		if err != nil || !in.MustChange {
			t.Error(in, err)
		}
		o.unannounced()
		o.reset(c, jon, signin.ByHand)
		_, err = o.signin.ChangeEmail(t.Context(), c, jon.ID, "jon@elsewhere.example", signin.Proof{}, desk)
		o.must(err)
		o.work()
		to := map[string]string{}
		for _, l := range o.arrived(5)[2:] {
			to[l.subject] = l.to
			if strings.Contains(l.text, other) {
				t.Error("a typed password is in a mail")
			}
		}
		if !strings.Contains(to["Your password was reset"], jon.Email) || !strings.Contains(to["Your sign-in e-mail is to be changed"], jon.Email) ||
			!strings.Contains(to["Confirm your e-mail address"], "jon@elsewhere.example") {
			t.Errorf("%v", to)
		}
		verify := regexp.MustCompile(`/verify/([\w-]{43})`).FindStringSubmatch(o.arrived(5)[4].text + o.arrived(5)[3].text + o.arrived(5)[2].text)
		_, err = o.signin.AcceptVerification(t.Context(), verify[1], desk)
		o.must(err)
		o.work()
		if l := o.arrived(6)[5]; l.subject != "Your sign-in e-mail was changed" || !strings.Contains(l.to, jon.Email) {
			t.Errorf("%s to %s", l.subject, l.to)
		}
		for place, values := range o.texts(t.Context()) {
			for _, v := range values {
				for _, secret := range []string{link[1], password[1], verify[1]} {
					if strings.Contains(v, secret) {
						t.Errorf("a secret is at rest in %s", place)
					}
				}
			}
		}
	})
}

// B-6: a new browser is announced with a link that says "it was not me"; a click later the person holds the way back, and an
// administrator knows. Neither secret is at rest.
func TestTheNoticeOfANewBrowserLeadsBackIn(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.administrator()
		jon := o.person("Jon")
		o.must(o.db.In(t.Context()).Exec(`UPDATE credentials SET password_hash = (SELECT c.password_hash FROM credentials c JOIN users u ON u.id = c.user_id WHERE u.email = 'grace@firm.example') WHERE user_id = ?`, jon.ID).Error)
		_, err := o.signin.SignIn(t.Context(), jon.Email, chosen, desk)
		o.must(err)
		o.work()
		l := o.arrived(1)[0]
		link := regexp.MustCompile(`https://chancery\.firm\.example/disown/([\w-]{43})`).FindStringSubmatch(l.text)
		if link == nil || !strings.Contains(l.to, jon.Email) {
			t.Fatalf("to %s: %s", l.to, l.text)
		}
		_, err = o.signin.Disown(t.Context(), link[1], desk)
		o.must(err)
		o.work()
		var back []string
		told := false
		for _, l := range o.arrived(3)[1:] {
			if strings.Contains(l.to, jon.Email) {
				back = regexp.MustCompile(`/reset/([\w-]{43})`).FindStringSubmatch(l.text)
			}
			told = told || strings.Contains(l.to, "grace@firm.example") && strings.Contains(l.subject, "it was not me")
		}
		if back == nil || !told {
			t.Fatalf("the way back is %v, and an administrator knows: %t", back, told)
		}
		for place, values := range o.texts(t.Context()) {
			for _, v := range values {
				if strings.Contains(v, link[1]) || strings.Contains(v, back[1]) {
					t.Errorf("a secret is at rest in %s", place)
				}
			}
		}
		_, err = o.signin.AcceptRecovery(t.Context(), back[1], other, other, true, desk)
		o.must(err)
	})
}

// What was taken back while the server could not be reached is not sent, and hands out no secret.
func TestAMailThatWasTakenBackIsNotSent(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		c, jon := o.administrator(), o.person("Jon")
		o.server.Refuse(smtptest.Recipient, 1, 451, "", "not now")
		o.reset(c, jon, signin.ByMail)
		o.work()
		o.reset(c, jon, signin.ByHand)
		o.clock.Add(2 * hold)
		o.work()
		if l := o.arrived(1)[0]; l.subject != "Your password was reset" {
			t.Errorf("%s arrived", l.subject)
		}
		if m := o.latest(jon, post.PasswordTemporary); m.State != post.Stopped {
			t.Errorf("it is %s", m.State)
		}
		if _, err := o.signin.SignIn(t.Context(), jon.Email, other, desk); err != nil {
			t.Error(err)
		}
	})
}

// A mail that has lost its meaning is given up with that reason, and not tried again.
func TestAMailWithoutAMeaningIsWithdrawn(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		c, jon := o.administrator(), o.person("Jon")
		o.reset(c, jon, signin.ByMail)
		m := o.latest(jon, post.PasswordTemporary)
		o.must(o.db.In(t.Context()).Exec(`UPDATE credentials SET must_change = false, password_hash = 'x' WHERE user_id = ?`, jon.ID).Error)
		o.work()
		o.arrived(0)
		o.expect(m.SendKey, post.Failed, resource.False, "Withdrawn")
	})
}
