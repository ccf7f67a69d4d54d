package main

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"chancery/app/apptest/s3test"
	"chancery/app/apptest/smtptest"
	"chancery/app/post"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// What a crash can do to a mail: see app/post. The programs here are killed with SIGKILL, from outside.

// The worst moment: the server has accepted the mail, and the process dies before it has written that down.
func TestKilledAfterTheServerAcceptedTheMailArrivesOnceMoreUnderTheSameMessageID(t *testing.T) {
	t.Parallel()
	practices(t, func(t *testing.T, p *practice) {
		invited := p.invite("Jon")
		reached, release := p.holdAccepted()
		first := begin(t, p.settings())
		p.await(first, reached, "the server has accepted the mail")
		first.Kill()
		release()
		p.expect(invited, post.Sending)

		second := start(t, p.settings())
		p.delivered(second, invited)
		all := p.server.Messages()
		if len(all) != 2 || messageID(t, all[0]) != messageID(t, all[1]) {
			t.Fatalf("%d mails arrived, of ids %s", len(all), ids(t, all))
		}
		if code := second.term(); code != 0 {
			t.Errorf("exit code %d", code)
		}
		// What the person sees: two mails, and the link of either works until one is used.
		for i, m := range all {
			link := regexp.MustCompile(`/welcome/([A-Za-z0-9_-]{43})`).FindStringSubmatch(unfold(m.Data))
			if link == nil {
				t.Fatalf("mail %d has no link", i)
			}
			if _, err := p.h.signin.Welcome(t.Context(), link[1]); err != nil {
				t.Errorf("the link of mail %d: %v", i, err)
			}
		}
		// And no third one, however often it is started: the next mail to arrive is another person's.
		other := p.invite("Lucia")
		third := start(t, p.settings())
		p.delivered(third, other)
		if all := p.server.Messages(); len(all) != 3 || !strings.HasPrefix(all[2].To, "lucia@") {
			t.Errorf("%d mails arrived", len(all))
		}
	})
}

func TestKilledBeforeTheServerAcceptedTheMailArrivesOnce(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(p *practice) (at func(c *child) bool){
		"before it connects": func(p *practice) func(*child) bool {
			return func(c *child) bool { return c.log.Has("lease taken") }
		},
		"at the greeting": func(p *practice) func(*child) bool {
			p.server.Hang(smtptest.Connect, true)
			return func(*child) bool { return p.server.Open() > 0 }
		},
		"at the receiver": func(p *practice) func(*child) bool {
			p.server.Hang(smtptest.Recipient, true)
			return func(*child) bool { return p.server.SignIns() > 0 }
		},
		"at the content": func(p *practice) func(*child) bool {
			p.server.Hang(smtptest.Content, true)
			return func(*child) bool { return p.server.SignIns() > 0 }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			practices(t, func(t *testing.T, p *practice) {
				invited := p.invite("Jon")
				at := stop(p)
				first := begin(t, p.settings())
				first.until(name, func() bool { return at(first) })
				first.Kill()
				for _, s := range []smtptest.Stage{smtptest.Connect, smtptest.Recipient, smtptest.Content} {
					p.server.Hang(s, false)
				}
				before := len(p.server.Messages()) // only "before it connects" can be too late to stop it
				second := start(t, p.settings())
				p.delivered(second, invited)
				if all := p.server.Messages(); len(all) > 1+before {
					t.Errorf("%d mails arrived, %d of them before the kill", len(all), before)
				}
			})
		})
	}
}

// At any moment: each start is killed after a time that chance chooses, with a mail waiting each time.
func TestKilledAtAnyMomentNoMailIsLost(t *testing.T) {
	t.Parallel()
	practices(t, func(t *testing.T, p *practice) {
		const kills = 6
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		chance := rand.New(rand.NewPCG(seed, 0))
		var invited []*staff.User
		for i := range kills {
			invited = append(invited, p.invite(fmt.Sprintf("Jon%c", 'a'+i)))
			c := begin(t, p.settings())
			// From before the database is open to after the lease of the one before has run out and mails go.
			select {
			case <-time.After(time.Duration(chance.Int64N(int64(3 * time.Second)))):
			case <-c.Gone():
				t.Fatal("it ended by itself")
			}
			c.Kill()
		}
		last := start(t, p.settings())
		for _, u := range invited {
			p.delivered(last, u)
		}
		arrived := map[string]int{}
		for _, m := range p.server.Messages() {
			arrived[messageID(t, m)]++
		}
		if len(arrived) != kills {
			t.Errorf("%d different mails arrived, want %d", len(arrived), kills)
		}
		if n := len(p.server.Messages()); n > 2*kills {
			t.Errorf("%d mails arrived after %d kills: more than one more for each", n, kills)
		}
	})
}

// Two replicas on one Postgres and one S3: the one without the lease takes over from the one that was killed.
func TestAReplicaTakesOverFromOneThatWasKilled(t *testing.T) {
	t.Parallel()
	p := newPractice(t, storetest.Postgres(t))
	storage, secrets := s3test.Start(t)
	s := p.settings()
	s["REPLICAS"], s["BLOBS"], s["BLOBS_KEY_ID"], s["BLOBS_SECRET"] = "2", storage, secrets.AccessKeyID, secrets.SecretAccessKey
	replicas := []*child{start(t, s), start(t, s)} // start waits until each serves pages
	holder := func() string {
		var name string
		if _, err := store.One(p.h.db.In(t.Context()).Raw(`SELECT holder FROM leases WHERE name = 'jobs' AND expires_at > ?`, p.h.db.Now()), &name); err != nil {
			t.Fatal(err)
		}
		return name
	}
	until(t, "one has the lease", func() bool { return holder() != "" })
	leader, other := replicas[0], replicas[1]
	pid := func(c *child) string { return fmt.Sprintf("/%d/", c.PID()) }
	if strings.Contains(holder(), pid(other)) {
		leader, other = other, leader
	}
	before := p.invite("Jon")
	p.delivered(leader, before)

	leader.Kill()
	after := p.invite("Lucia")
	p.delivered(other, after)
	if !strings.Contains(holder(), pid(other)) {
		t.Errorf("the lease is %s's", holder())
	}
	if n := len(p.server.Messages()); n != 2 {
		t.Errorf("%d mails arrived", n)
	}
	if status, body := other.get("/readyz"); status != 200 || !strings.Contains(body, `"status":"ok"`) {
		t.Errorf("the other: %d %s", status, body)
	}
}

// A replica that is told to end hands over at once, without anyone waiting for its lease to run out.
func TestAReplicaThatIsToldToEndHandsOverAtOnce(t *testing.T) {
	t.Parallel()
	p := newPractice(t, storetest.Postgres(t))
	s := p.settings()
	s["LEASE_TTL"] = "10m"
	leader := start(t, s)
	leader.until("it has the lease", func() bool { return leader.log.Has("lease taken") })
	other := start(t, s)
	if code := leader.term(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	p.delivered(other, p.invite("Jon"))
}
