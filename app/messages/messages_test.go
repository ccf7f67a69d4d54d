package messages_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/cases"
	"chancery/app/fault"
	"chancery/app/messages"
	"chancery/app/notices"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// firm is a practice with some people, a client, and what is said with them.
type firm struct {
	t        testing.TB
	ctx      context.Context
	clock    *storetest.Clock
	db       *store.DB
	staff    *staff.Staff
	cases    *cases.Cases
	notices  *notices.Notices
	messages *messages.Messages
	client   string
	next     int
}

var system = access.System("test")

func each(t *testing.T, fn func(t *testing.T, f *firm)) {
	t.Helper()
	storetest.EachURL(t, func(t *testing.T, url string) {
		f := &firm{t: t, ctx: t.Context(), clock: storetest.NewClock()}
		f.db = storetest.Open(t, url, f.clock.Now)
		f.staff = staff.New(f.db, staff.Studio{})
		f.cases = cases.New(f.db, f.staff)
		f.notices = notices.New(f.db)
		f.messages = messages.New(f.db, f.cases, f.staff)
		f.messages.Tells(f.notices)
		f.must(access.New(f.db).Seed(t.Context()))
		f.must(f.staff.SeedOrganization(t.Context(), staff.Organization{Name: "Marlow Reyes", Language: "en", Zone: "America/Toronto"}))
		c, err := f.cases.AddClient(t.Context(), system, cases.NewClient{Name: "Kowalczyk, Aneta"})
		f.must(err)
		f.client = c.ID
		fn(t, f)
	})
}

func (f *firm) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *firm) person(first, last, mailbox string) access.Actor {
	f.t.Helper()
	u, err := f.staff.Create(f.ctx, system, staff.NewUser{FirstName: first, LastName: last, Email: mailbox + "@firm.example",
		RoleID: access.RoleConsultant, Language: "en", Zone: "UTC"})
	f.must(err)
	f.must(f.staff.SeedStatus(f.ctx, u.ID, staff.Active, nil))
	return access.Actor{Actor: audit.Actor{ID: u.ID, Name: u.Name()}, Rights: access.Granted(false, "cases.view messages.view messages.send")}
}

func (f *firm) open(owner access.Actor) string {
	f.t.Helper()
	f.next++
	k, err := f.cases.Create(f.ctx, system, cases.NewCase{Number: fmt.Sprintf("MR-%06d", f.next), Title: "Work permit", ClientID: f.client, OwnerID: owner.ID})
	f.must(err)
	return k.ID
}

func (f *firm) receive(caseID, body string) *messages.Message {
	f.t.Helper()
	n, err := f.messages.Receive(f.ctx, system, messages.Received{CaseID: caseID, Body: body})
	f.must(err)
	return n
}

func (f *firm) unread(who access.Actor) messages.Unread {
	f.t.Helper()
	u, err := f.messages.Unread(f.ctx, who)
	f.must(err)
	return u
}

func (f *firm) count(query string, args ...any) (n int) {
	f.t.Helper()
	f.must(f.db.In(f.ctx).Raw(query, args...).Scan(&n).Error)
	return n
}

// S3-25: what came since somebody has looked is theirs to read; a number tells how far, and never goes back.
func TestWhatIsReadIsAHighWaterMark(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ana, ben := f.person("Ana", "Lima", "ana"), f.person("Ben", "Okafor", "ben")
		k := f.open(ana)
		f.must(f.cases.AddMember(f.ctx, system, k, ben.ID))
		var last *messages.Message
		for i := range 3 {
			last = f.receive(k, fmt.Sprint("message ", i))
		}
		if got := f.unread(ana); got != (messages.Unread{Messages: 3, Cases: 1}) || f.unread(ben) != got {
			t.Errorf("%+v", got)
		}
		for _, upTo := range []int64{2, 1, 2, 0} {
			_, err := f.messages.Read(f.ctx, ana, k, upTo)
			f.must(err)
			if got := f.unread(ana).Messages; got != 1 {
				t.Errorf("after %d: %d", upTo, got)
			}
		}
		thread, err := f.messages.Thread(f.ctx, ana, k, 0, 10)
		f.must(err)
		if len(thread.Lines) != 3 || thread.Lines[1].New || !thread.Lines[2].New || thread.Mark != 2 || thread.Inbound != 3 {
			t.Errorf("%+v", thread)
		}
		if changed, err := f.messages.Read(f.ctx, ana, k, last.Inbound+100); err != nil || !changed || f.unread(ana).Messages != 0 {
			t.Error(changed, err, f.unread(ana))
		}
		if f.receive(k, "one more"); f.unread(ana).Messages != 1 {
			t.Error("a mark beyond the last message hides the next")
		}
		if f.unread(ben).Messages != 4 {
			t.Error("Ben's is Ben's")
		}
		_, err = f.messages.Send(f.ctx, ben, k, "Thank you.")
		f.must(err)
		if f.unread(ben).Messages != 0 {
			t.Error("who answers has read")
		}
	})
}

// B-1: what a leaver had not read, whoever takes the case over has not read either; and nobody has more than their share.
func TestUnreadMessagesGoWithTheCase(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ana, ben, cleo := f.person("Ana", "Lima", "ana"), f.person("Ben", "Okafor", "ben"), f.person("Cleo", "Roy", "cleo")
		k := f.open(ana)
		f.receive(k, "read")
		_, err := f.messages.Read(f.ctx, ana, k, 1)
		f.must(err)
		f.receive(k, "not read")
		f.must(f.cases.AddMember(f.ctx, system, k, cleo.ID))
		_, err = f.cases.Reassign(f.ctx, system, []string{k}, ben.ID)
		f.must(err)
		if f.unread(ana).Messages != 0 || f.unread(ben).Messages != 1 || f.unread(cleo).Messages != 0 {
			t.Error(f.unread(ana), f.unread(ben), f.unread(cleo))
		}
		_, err = f.cases.Reassign(f.ctx, system, []string{k}, cleo.ID)
		f.must(err)
		if f.unread(ben).Messages != 0 || f.unread(cleo).Messages != 0 {
			t.Error("a member who becomes the owner keeps their own mark", f.unread(ben), f.unread(cleo))
		}
		if _, err := f.messages.Thread(f.ctx, ana, k, 0, 10); !errors.Is(err, fault.ErrNotFound) {
			t.Error("the case is none of Ana's any more", err)
		}
	})
}

// S3-25, ASVS 8.2.2: over random histories of who is on which case, what is said and what is read, with several hands at once, every
// mark and count agrees with the messages themselves, and is there exactly for who is associated.
func TestCountsAgreeWithWhatWasSaid(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		people := []access.Actor{f.person("Ana", "Lima", "ana"), f.person("Ben", "Okafor", "ben"), f.person("Cleo", "Roy", "cleo"), f.person("Dov", "Katz", "dov")}
		files := []string{f.open(people[0]), f.open(people[1]), f.open(people[2])}
		var hands sync.WaitGroup
		for hand := range 4 {
			hands.Go(func() {
				chance := rand.New(rand.NewPCG(7, uint64(hand)))
				for range 40 {
					k, who := files[chance.IntN(len(files))], people[chance.IntN(len(people))]
					var err error
					switch chance.IntN(6) {
					case 0, 1, 2:
						_, err = f.messages.Receive(f.ctx, system, messages.Received{CaseID: k, Body: "hello"})
					case 3:
						_, err = f.messages.Read(f.ctx, who, k, int64(chance.IntN(60)))
					case 4:
						_, err = f.cases.Reassign(f.ctx, system, []string{k}, who.ID)
					case 5:
						err = f.cases.AddMember(f.ctx, system, k, who.ID)
					}
					if err != nil && !errors.Is(err, fault.ErrNotFound) {
						t.Error(err)
					}
				}
			})
		}
		hands.Wait()
		wrong := map[string]string{
			"messages are numbered without a gap":             `SELECT count(*) FROM cases k WHERE k.messages <> (SELECT count(*) FROM messages m WHERE m.case_id = k.id) OR k.messages <> (SELECT COALESCE(max(m.number), 0) FROM messages m WHERE m.case_id = k.id)`,
			"the client's are counted":                        `SELECT count(*) FROM cases k WHERE k.inbound <> (SELECT count(*) FROM messages m WHERE m.case_id = k.id AND m.direction = 'in')`,
			"unread is what came after the mark":              `SELECT count(*) FROM associations a JOIN cases k ON k.id = a.case_id WHERE a.unread <> k.inbound - a.read_inbound`,
			"owners and members are associated":               `SELECT count(*) FROM (SELECT id AS case_id, owner_id AS user_id FROM cases UNION SELECT case_id, user_id FROM case_members) x WHERE NOT EXISTS (SELECT 1 FROM associations a WHERE a.case_id = x.case_id AND a.user_id = x.user_id)`,
			"nobody else is":                                  `SELECT count(*) FROM associations a WHERE NOT EXISTS (SELECT 1 FROM cases k WHERE k.id = a.case_id AND k.owner_id = a.user_id) AND NOT EXISTS (SELECT 1 FROM case_members m WHERE m.case_id = a.case_id AND m.user_id = a.user_id)`,
			"the number of a message counts the client's too": `SELECT count(*) FROM messages m WHERE m.inbound <> (SELECT count(*) FROM messages b WHERE b.case_id = m.case_id AND b.number <= m.number AND b.direction = 'in')`,
		}
		for what, query := range wrong {
			if n := f.count(query); n != 0 {
				t.Errorf("%s: %d rows say otherwise", what, n)
			}
		}
		if f.count(`SELECT count(*) FROM messages`) < 40 {
			t.Error("hardly anything was said")
		}
	})
}

// A message that a system sends twice is here once, and is nobody else's.
func TestAMessageThatComesTwiceIsOne(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ana := f.person("Ana", "Lima", "ana")
		k, other := f.open(ana), f.open(ana)
		r := messages.Received{CaseID: k, Body: "  Good morning\r\nfrom the consulate ", ExternalID: "app-1", SentAt: f.clock.Now().Add(time.Hour)}
		first, err := f.messages.Receive(f.ctx, system, r)
		f.must(err)
		again, err := f.messages.Receive(f.ctx, system, r)
		f.must(err)
		if again.ID != first.ID || f.unread(ana).Messages != 1 || first.Body != "Good morning\nfrom the consulate" {
			t.Errorf("%+v %+v", first, again)
		}
		if !first.SentAt.Equal(f.clock.Now()) {
			t.Error("nobody writes tomorrow", first.SentAt)
		}
		r.CaseID = other
		var refused *fault.Refused
		if _, err := f.messages.Receive(f.ctx, system, r); !errors.As(err, &refused) || refused.Message.Key != "messages.elsewhere" {
			t.Error(err)
		}
	})
}

// ASVS 8.2.2: of a case that one does not see there is nothing to read, to write or to call for.
func TestACaseThatIsNotSeenIsNone(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ana, ben := f.person("Ana", "Lima", "ana"), f.person("Ben", "Okafor", "ben")
		k := f.open(ana)
		f.receive(k, "for Ana")
		c, err := f.messages.Comment(f.ctx, ana, k, "for the team")
		f.must(err)
		tries := map[string]func(caseID string) error{
			"thread":   func(k string) error { _, err := f.messages.Thread(f.ctx, ben, k, 0, 10); return err },
			"since":    func(k string) error { _, err := f.messages.Since(f.ctx, ben, k, 0, 10); return err },
			"read":     func(k string) error { _, err := f.messages.Read(f.ctx, ben, k, 1); return err },
			"send":     func(k string) error { _, err := f.messages.Send(f.ctx, ben, k, "hello"); return err },
			"comments": func(k string) error { _, _, err := f.messages.Comments(f.ctx, ben, k, "", 10); return err },
			"remark":   func(k string) error { _, err := f.messages.Remark(f.ctx, ben, k, c.ID); return err },
			"comment":  func(k string) error { _, err := f.messages.Comment(f.ctx, ben, k, "hello"); return err },
			"edit":     func(k string) error { return f.messages.EditComment(f.ctx, ben, k, c.ID, "hello") },
			"withdraw": func(k string) error { return f.messages.WithdrawComment(f.ctx, ben, k, c.ID) },
			"call":     func(k string) error { _, err := f.messages.Callables(f.ctx, ben, k, "a"); return err },
		}
		for name, try := range tries {
			for _, id := range []string{k, store.NewID(), "nonsense", ""} {
				if err := try(id); !errors.Is(err, fault.ErrNotFound) {
					t.Errorf("%s of %q: %v", name, id, err)
				}
			}
		}
		if n := f.count(`SELECT count(*) FROM messages`) + f.count(`SELECT count(*) FROM comments`); n != 2 {
			t.Errorf("%d rows", n)
		}
	})
}

// S0-3, S1-13: a comment calls who sees the case, by their name as it is typed; their name is shown as it is now.
func TestACommentCallsPeople(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ana, maria, zoe := f.person("Ana", "Lima", "a.lima"), f.person("Ana Maria", "Lima", "ana.maria"), f.person("Zoë", "Ünal", "zoe")
		away, one, two := f.person("Omar", "Haddad", "omar"), f.person("Kim", "Park", "kim.one"), f.person("Kim", "Park", "kim.two")
		k := f.open(ana)
		for _, who := range []access.Actor{maria, zoe, one, two} {
			f.must(f.cases.AddMember(f.ctx, system, k, who.ID))
		}
		say := func(body string) *messages.Remark {
			c, err := f.messages.Comment(f.ctx, ana, k, body)
			f.must(err)
			r, err := f.messages.Remark(f.ctx, ana, k, c.ID)
			f.must(err)
			return r
		}
		at := func(who access.Actor) string { return "@{" + who.ID + "}" }
		for typed, want := range map[string]string{
			"@Ana Maria Lima, please":           at(maria) + ", please",
			"see @zoe unal.":                    "see " + at(zoe) + ".",
			"@Zoë Ünal!":                        at(zoe) + "!",
			"(@ana.maria)":                      "(" + at(maria) + ")",
			"@Kim Park has it":                  "@Kim Park has it", // which of the two?
			"@kim.two has it":                   at(two) + " has it",
			"@Omar Haddad":                      "@Omar Haddad", // does not see the case
			"write to ana@firm.example":         "write to ana@firm.example",
			"@ @Nobody @Ana":                    "@ @Nobody @Ana",
			"@Ana Limas":                        "@Ana Limas",
			"an @{" + away.ID + "} by hand":     "an @ " + away.ID + " by hand",
			"@Ana Lima":                         at(ana),
			"@Zoe Unal@Ana Maria Lima @kim.one": at(zoe) + at(maria) + " " + at(one),
		} {
			if got := say(typed); got.Body != want {
				t.Errorf("%q is %q, want %q", typed, got.Body, want)
			}
		}
		if n := f.count(`SELECT count(*) FROM bulletins WHERE user_id = ?`, away.ID) + f.count(`SELECT count(*) FROM bulletins WHERE user_id = ?`, ana.ID); n != 0 {
			t.Errorf("%d were told who do not see it, or of their own words", n)
		}
		r := say("@Zoë Ünal")
		if n := f.count(`SELECT count(*) FROM bulletins WHERE object_id = ?`, r.ID); n != 1 {
			t.Errorf("told %d times", n)
		}
		f.must(f.messages.EditComment(f.ctx, ana, k, r.ID, "@Zoë Ünal and @kim.one"))
		if n := f.count(`SELECT count(*) FROM bulletins WHERE object_id = ?`, r.ID); n != 2 {
			t.Errorf("told %d times after the edit", n)
		}
		f.must(f.db.In(f.ctx).Exec(`UPDATE users SET first_name = 'Zoé' WHERE id = ?`, zoe.ID).Error)
		r, err := f.messages.Remark(f.ctx, ana, k, r.ID)
		f.must(err)
		if r.Called[zoe.ID].Name() != "Zoé Ünal" || r.Author.Name() != "Ana Lima" || r.EditedAt == nil {
			t.Errorf("%+v", r)
		}
		told, more, err := f.notices.Bulletins(f.ctx, zoe, "", 2)
		f.must(err)
		if len(told) != 2 || !more || told[0].Number != "MR-000001" || told[0].FirstName != "Ana" {
			t.Errorf("%+v", told)
		}
		f.must(f.notices.ReadBulletins(f.ctx, zoe.ID, told[1].ID))
		if n, err := f.notices.UnreadBulletins(f.ctx, zoe.ID); err != nil || n != 1 {
			t.Error(n, err)
		}
	})
}

// S1-13, S1-15: a comment is mended by who wrote it and for an hour; that there was one stays.
func TestCommentsAreMendedByTheirAuthorsForAnHour(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ana, ben := f.person("Ana", "Lima", "ana"), f.person("Ben", "Okafor", "ben")
		k := f.open(ana)
		f.must(f.cases.AddMember(f.ctx, system, k, ben.ID))
		c, err := f.messages.Comment(f.ctx, ana, k, "first")
		f.must(err)
		refused := func(err error, key string) {
			t.Helper()
			var r *fault.Refused
			if !errors.As(err, &r) || r.Message.Key != key {
				t.Errorf("%v, want %s", err, key)
			}
		}
		refused(f.messages.EditComment(f.ctx, ben, k, c.ID, "mine"), "comments.not-yours")
		refused(f.messages.WithdrawComment(f.ctx, ben, k, c.ID), "comments.not-yours")
		late, err := f.messages.Comment(f.ctx, ana, k, "second")
		f.must(err)
		f.must(f.messages.WithdrawComment(f.ctx, ana, k, c.ID))
		refused(f.messages.EditComment(f.ctx, ana, k, c.ID, "again"), "comments.withdrawn")
		f.clock.Add(time.Hour)
		refused(f.messages.EditComment(f.ctx, ana, k, late.ID, "again"), "comments.too-late")
		all, more, err := f.messages.Comments(f.ctx, ben, k, "", 10)
		f.must(err)
		if len(all) != 2 || more || all[0].Body != "" || all[0].WithdrawnAt == nil || all[0].Author.Name() != "Ana Lima" || all[1].Body != "second" {
			t.Errorf("%+v", all)
		}
		var bad *fault.Invalid
		for _, body := range []string{"", " \n ", strings.Repeat("é", 10_001), "a\x00b"} {
			if _, err := f.messages.Comment(f.ctx, ana, k, body); !errors.As(err, &bad) || bad.Fields[0].Name != "body" {
				t.Errorf("%.10q: %v", body, err)
			}
		}
	})
}
