package mails

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/apptest/smtptest"
	"chancery/app/post"
	"chancery/app/resource"
	"chancery/app/signin"
	"chancery/app/staff"
)

// S1-10, S1-36.
func TestAMailIsDeliveredOnceAndItsRowIsKept(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		u := o.invite(staff.NewUser{}, signin.FirstLink)
		key := "welcome/" + u.ID
		o.work()
		o.work()
		if _, err := o.r.Reconcile(t.Context(), Outbox); err != nil {
			t.Fatal(err)
		}
		o.arrived(1)
		o.expect(key, post.Delivered, resource.True, "Accepted")
		if m := o.mail(key); !strings.HasPrefix(m.Answer, "250") || m.DeliveredAt == nil || m.Tries != 1 || m.Observed != m.Generation {
			t.Errorf("row: %+v", m)
		}
	})
}

func TestTheSameSendKeyIsOneMail(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		u := o.person("Jon")
		o.notice(u, "sessions-ended/1")
		o.notice(u, "sessions-ended/1")
		o.work()
		o.notice(u, "sessions-ended/1") // an event that is told of once more, after the mail has gone
		o.work()
		o.arrived(1)
		o.notice(u, "sessions-ended/2")
		o.work()
		o.arrived(2)
	})
}

func TestManyReplicasDeliverAMailOnce(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		u := o.person("Jon")
		var replicas []*Reconciler
		for range 4 {
			replicas = append(replicas, o.replica(o.server.URL()))
		}
		for i := range 5 {
			o.notice(u, "sessions-ended/"+string(rune('a'+i)))
		}
		var wg sync.WaitGroup
		for _, r := range replicas {
			wg.Go(func() { o.workAs(r) })
		}
		wg.Wait()
		o.arrived(5)
	})
}

func TestARefusalForNowIsTriedAgainWithGrowingPauses(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		key := "welcome/" + o.invite(staff.NewUser{}, signin.FirstLink).ID
		o.server.Refuse(smtptest.Recipient, 4, 451, "4.7.1", "Greylisted, come back later")
		began := o.clock.Now()
		var tries []time.Duration
		for range 80 {
			before := o.mail(key).Tries
			o.work()
			if m := o.mail(key); m.Tries > before {
				tries = append(tries, o.clock.Now().Sub(began))
				if m.State == post.Waiting {
					o.expect(key, post.Waiting, resource.False, "Refused")
					if m.Answer != "4.7.1 Greylisted, come back later" {
						t.Errorf("answer: %q", m.Answer)
					}
				}
			}
			o.clock.Add(15 * time.Second)
		}
		want := []time.Duration{0, time.Minute, 3 * time.Minute, 7 * time.Minute, 15 * time.Minute}
		if !slices.Equal(tries, want) {
			t.Errorf("tried at %v, want %v", tries, want)
		}
		o.arrived(1)
		o.expect(key, post.Delivered, resource.True, "Accepted")
	})
}

func TestARefusalForGoodIsKeptWithItsAnswerAndNotTriedAgain(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		key := "welcome/" + o.invite(staff.NewUser{}, signin.FirstLink).ID
		o.server.Refuse(smtptest.Recipient, 1, 550, "5.1.1", "No such user jon@firm.example")
		for range 10 {
			o.work()
			o.clock.Add(time.Hour)
		}
		o.arrived(0)
		o.expect(key, post.Failed, resource.False, "Refused")
		if m := o.mail(key); m.Answer != "5.1.1 No such user jon@firm.example" || m.Tries != 1 || m.DeliveredAt != nil {
			t.Errorf("row: %+v", m)
		}
		if strings.Contains(o.log.String(), "jon@") {
			t.Errorf("the log names the receiver: %s", o.log)
		}
	})
}

func TestAMailWaitsForAServerThatIsDown(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		door := newDoor(t, o.server.Addr())
		o.r = o.replica(strings.Replace(o.server.URL(), o.server.Addr(), door.addr, 1))
		key := "welcome/" + o.invite(staff.NewUser{}, signin.FirstLink).ID
		for range 4 {
			o.work()
			o.expect(key, post.Waiting, resource.False, "Unreachable")
			o.clock.Add(10 * time.Minute)
		}
		door.open()
		o.work()
		o.arrived(1)
		o.expect(key, post.Delivered, resource.True, "Accepted")
	})
}

// S1-5, ASVS 6.4.1, 13.3.1: a one-time link and a temporary password are in the mail, and at rest nowhere but hashed.
func TestNoSecretOfAMailIsAtRestOrInTheLog(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		u := o.invite(staff.NewUser{}, signin.FirstRandom)
		o.server.Refuse(smtptest.Content, 1, 451, "", "not now") // whatever a refused try leaves behind counts too
		o.work()
		o.clock.Add(time.Hour)
		o.work()
		l := o.arrived(1)[0]
		link := regexp.MustCompile(`https://chancery\.firm\.example/welcome/([A-Za-z0-9_-]{43})\s`).FindStringSubmatch(l.text)
		password := regexp.MustCompile(`(?m)^Temporary password: (\S+)\r?$`).FindStringSubmatch(l.text)
		if link == nil || password == nil {
			t.Fatalf("no link or password in the mail:\n%s", l.text)
		}
		secrets := map[string]string{"link": link[1], "password": password[1]}
		looked := 0
		for place, values := range o.texts(t.Context()) {
			for _, value := range values {
				looked++
				for name, secret := range secrets {
					if strings.Contains(value, secret) {
						t.Errorf("the %s is at rest in %s", name, place)
					}
				}
			}
		}
		if looked < 50 {
			t.Errorf("only %d values looked at", looked)
		}
		files := map[string]string{"the log": o.log.String()}
		if path, ok := strings.CutPrefix(o.url, "sqlite:"); ok {
			for _, suffix := range []string{"", "-wal"} {
				b, err := os.ReadFile(path + suffix)
				if err != nil {
					t.Fatal(err)
				}
				files["the database's file"+suffix] = string(b)
			}
		}
		for place, content := range files {
			for name, secret := range secrets {
				if strings.Contains(content, secret) {
					t.Errorf("the %s is in %s", name, place)
				}
			}
			if strings.Contains(content, u.Email) && place == "the log" {
				t.Error("the log names the receiver")
			}
		}
		// And they are real: each opens the door.
		if _, err := o.signin.Welcome(t.Context(), secrets["link"]); err != nil {
			t.Errorf("the link does not work: %v", err)
		}
		if _, err := o.signin.SignIn(t.Context(), u.Email, secrets["password"], signin.Origin{Network: "192.0.2.1"}); err != nil {
			t.Errorf("the password does not work: %v", err)
		}
	})
}

// C-14: one whom an administrator gives a typed password reads that it will be handed over, and the mail does not hold it.
func TestATypedPasswordIsAnnouncedAndNotMailed(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		u, err := o.signin.Invite(t.Context(), access.System("test"), staff.NewUser{FirstName: "Yuki", LastName: "Tanaka", Email: "yuki@firm.example", RoleID: "paralegal", Language: "en", Zone: "UTC"},
			signin.FirstPassword{Way: signin.FirstTyped, Typed: "Harbour-Copper-88!"})
		if err != nil {
			t.Fatal(err)
		}
		o.work()
		messages := o.server.Messages()
		l := read(t, messages[len(messages)-1])
		if l.to != u.Email || !strings.Contains(l.text, "hand you a temporary password. It expires 72 hours after") || strings.Contains(l.text+l.html, "Harbour") {
			t.Errorf("to %s:\n%s", l.to, l.text)
		}
	})
}

func TestAMailIsInItsReceiversLanguageAndZone(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		for _, c := range []struct{ first, language, zone, subject, until string }{
			{"Mireille", "fr", "America/Toronto", "Votre compte chez Marlow Reyes", "28 novembre 2026, 09 h 00"},
			{"Lucia", "es", "America/Mexico_City", "Su cuenta en Marlow Reyes", "28 de noviembre de 2026, 08:00"},
			{"Yuki", "en", "Asia/Tokyo", "Your account at Marlow Reyes", "28 November 2026, 23:00 (Tokyo)"},
		} {
			u := o.invite(staff.NewUser{FirstName: c.first, LastName: "Tanaka", Language: c.language, Zone: c.zone}, signin.FirstLink)
			o.work()
			messages := o.server.Messages()
			l := read(t, messages[len(messages)-1])
			if l.to != u.Email || l.subject != c.subject {
				t.Errorf("to %s: %q, want %q", l.to, l.subject, c.subject)
			}
			for name, body := range map[string]string{"text": l.text, "html": l.html} {
				if !strings.Contains(spaces.ReplaceAllString(body, " "), c.until) {
					t.Errorf("%s: the %s does not say until %s:\n%s", c.language, name, c.until, body)
				}
			}
		}
	})
}

// spaces are all kinds of blanks: French has narrow ones that do not break.
var spaces = regexp.MustCompile(`[\s\x{00a0}\x{202f}]+|&nbsp;`)
