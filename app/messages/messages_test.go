package messages_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/cases/casestest"
	"chancery/app/fault"
	"chancery/app/messages"
	"chancery/app/notices"
	"chancery/app/post"
	"chancery/app/store"
)

// firm is a practice, and what is said with its clients.
type firm struct {
	*casestest.Firm
	notices  *notices.Notices
	messages *messages.Messages
}

var system = casestest.System

func each(t *testing.T, fn func(t *testing.T, f *firm)) {
	t.Helper()
	casestest.Each(t, func(t *testing.T, of *casestest.Firm) {
		f := &firm{Firm: of, notices: notices.New(of.DB, post.New(of.DB), of.Staff, notices.Options{}), messages: messages.New(of.DB, of.Cases, of.Staff)}
		f.messages.Tells(f.notices)
		fn(t, f)
	})
}

func (f *firm) person(first, last, mailbox string) access.Actor {
	f.T.Helper()
	return f.Person(first, last, mailbox, "messages.view messages.send")
}

func (f *firm) receive(caseID, body string) *messages.Message {
	f.T.Helper()
	n, err := f.messages.Receive(f.Ctx, system, messages.Received{CaseID: caseID, Body: body})
	f.Must(err)
	return n
}

func (f *firm) unread(who access.Actor) messages.Unread {
	f.T.Helper()
	u, err := f.messages.Unread(f.Ctx, who)
	f.Must(err)
	return u
}

// S3-25: what came since somebody has looked is theirs to read; a number tells how far, and never goes back.
func TestWhatIsReadIsAHighWaterMark(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ana, ben := f.person("Ana", "Lima", "ana"), f.person("Ben", "Okafor", "ben")
		k := f.Open(ana)
		f.Must(f.Cases.AddMember(f.Ctx, system, k, ben.ID))
		var last *messages.Message
		for i := range 3 {
			last = f.receive(k, fmt.Sprint("message ", i))
		}
		if got := f.unread(ana); got != (messages.Unread{Messages: 3, Cases: 1}) || f.unread(ben) != got {
			t.Errorf("%+v", got)
		}
		for _, upTo := range []int64{2, 1, 2, 0} {
			_, err := f.messages.Read(f.Ctx, ana, k, upTo)
			f.Must(err)
			if got := f.unread(ana).Messages; got != 1 {
				t.Errorf("after %d: %d", upTo, got)
			}
		}
		thread, err := f.messages.Thread(f.Ctx, ana, k, 0, 10)
		f.Must(err)
		if len(thread.Lines) != 3 || thread.Lines[1].New || !thread.Lines[2].New || thread.Mark != 2 || thread.Inbound != 3 {
			t.Errorf("%+v", thread)
		}
		if changed, err := f.messages.Read(f.Ctx, ana, k, last.Inbound+100); err != nil || !changed || f.unread(ana).Messages != 0 {
			t.Error(changed, err, f.unread(ana))
		}
		if f.receive(k, "one more"); f.unread(ana).Messages != 1 {
			t.Error("a mark beyond the last message hides the next")
		}
		if f.unread(ben).Messages != 4 {
			t.Error("Ben's is Ben's")
		}
		_, err = f.messages.Send(f.Ctx, ben, k, "Thank you.")
		f.Must(err)
		if f.unread(ben).Messages != 0 {
			t.Error("who answers has read")
		}
	})
}

// B-1: what a leaver had not read, whoever takes the case over has not read either; and nobody has more than their share.
func TestUnreadMessagesGoWithTheCase(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ana, ben, cleo := f.person("Ana", "Lima", "ana"), f.person("Ben", "Okafor", "ben"), f.person("Cleo", "Roy", "cleo")
		k := f.Open(ana)
		f.receive(k, "read")
		_, err := f.messages.Read(f.Ctx, ana, k, 1)
		f.Must(err)
		f.receive(k, "not read")
		f.Must(f.Cases.AddMember(f.Ctx, system, k, cleo.ID))
		_, err = f.Cases.Reassign(f.Ctx, system, []string{k}, ben.ID)
		f.Must(err)
		if f.unread(ana).Messages != 0 || f.unread(ben).Messages != 1 || f.unread(cleo).Messages != 0 {
			t.Error(f.unread(ana), f.unread(ben), f.unread(cleo))
		}
		_, err = f.Cases.Reassign(f.Ctx, system, []string{k}, cleo.ID)
		f.Must(err)
		if f.unread(ben).Messages != 0 || f.unread(cleo).Messages != 0 {
			t.Error("a member who becomes the owner keeps their own mark", f.unread(ben), f.unread(cleo))
		}
		if _, err := f.messages.Thread(f.Ctx, ana, k, 0, 10); !errors.Is(err, fault.ErrNotFound) {
			t.Error("the case is none of Ana's any more", err)
		}
	})
}

// S3-25, ASVS 8.2.2: over random histories of who is on which case, what is said and what is read, with several hands at once, every
// mark and count agrees with the messages themselves, and is there exactly for who is associated.
func TestCountsAgreeWithWhatWasSaid(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		people := []access.Actor{f.person("Ana", "Lima", "ana"), f.person("Ben", "Okafor", "ben"), f.person("Cleo", "Roy", "cleo"), f.person("Dov", "Katz", "dov")}
		files := []string{f.Open(people[0]), f.Open(people[1]), f.Open(people[2])}
		var hands sync.WaitGroup
		for hand := range 4 {
			hands.Go(func() {
				chance := rand.New(rand.NewPCG(7, uint64(hand)))
				for range 40 {
					k, who := files[chance.IntN(len(files))], people[chance.IntN(len(people))]
					var err error
					switch chance.IntN(6) {
					case 0, 1, 2:
						_, err = f.messages.Receive(f.Ctx, system, messages.Received{CaseID: k, Body: "hello"})
					case 3:
						_, err = f.messages.Read(f.Ctx, who, k, int64(chance.IntN(60)))
					case 4:
						_, err = f.Cases.Reassign(f.Ctx, system, []string{k}, who.ID)
					case 5:
						err = f.Cases.AddMember(f.Ctx, system, k, who.ID)
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
			if n := f.Count(query); n != 0 {
				t.Errorf("%s: %d rows say otherwise", what, n)
			}
		}
		if f.Count(`SELECT count(*) FROM messages`) < 40 {
			t.Error("hardly anything was said")
		}
	})
}

// A message that a system sends twice is here once, and is nobody else's.
func TestAMessageThatComesTwiceIsOne(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ana := f.person("Ana", "Lima", "ana")
		k, other := f.Open(ana), f.Open(ana)
		r := messages.Received{CaseID: k, Body: "  Good morning\r\nfrom the consulate ", ExternalID: "app-1", SentAt: f.Clock.Now().Add(time.Minute)}
		first, err := f.messages.Receive(f.Ctx, system, r)
		f.Must(err)
		again, err := f.messages.Receive(f.Ctx, system, r)
		f.Must(err)
		if again.ID != first.ID || first.Again || !again.Again || f.unread(ana).Messages != 1 || first.Body != "Good morning\nfrom the consulate" {
			t.Errorf("%+v %+v", first, again)
		}
		if !first.SentAt.Equal(f.Clock.Now()) {
			t.Error("nobody writes tomorrow", first.SentAt)
		}
		for _, at := range []time.Time{f.Clock.Now().Add(6 * time.Minute), time.Date(1999, 12, 31, 23, 59, 0, 0, time.UTC)} {
			var bad *fault.Invalid
			if _, err := f.messages.Receive(f.Ctx, system, messages.Received{CaseID: k, Body: "x", SentAt: at}); !errors.As(err, &bad) || !bad.Has("sent_at") {
				t.Error(at, err)
			}
		}
		r.Body = "Good evening"
		var differs *fault.Differs
		if _, err := f.messages.Receive(f.Ctx, system, r); !errors.As(err, &differs) {
			t.Error(err)
		}
		r.CaseID = other
		var refused *fault.Refused
		if _, err := f.messages.Receive(f.Ctx, system, r); !errors.As(err, &refused) || refused.Message.Key != "messages.elsewhere" {
			t.Error(err)
		}
	})
}

// ASVS 8.2.2: of a case that one does not see there is nothing to read, to write or to call for.
func TestACaseThatIsNotSeenIsNone(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ana, ben := f.person("Ana", "Lima", "ana"), f.person("Ben", "Okafor", "ben")
		k := f.Open(ana)
		f.receive(k, "for Ana")
		c, err := f.messages.Comment(f.Ctx, ana, k, "for the team")
		f.Must(err)
		tries := map[string]func(caseID string) error{
			"thread":   func(k string) error { _, err := f.messages.Thread(f.Ctx, ben, k, 0, 10); return err },
			"since":    func(k string) error { _, err := f.messages.Since(f.Ctx, ben, k, 0, 10); return err },
			"read":     func(k string) error { _, err := f.messages.Read(f.Ctx, ben, k, 1); return err },
			"send":     func(k string) error { _, err := f.messages.Send(f.Ctx, ben, k, "hello"); return err },
			"comments": func(k string) error { _, _, err := f.messages.Comments(f.Ctx, ben, k, "", 10); return err },
			"remark":   func(k string) error { _, err := f.messages.Remark(f.Ctx, ben, k, c.ID); return err },
			"comment":  func(k string) error { _, err := f.messages.Comment(f.Ctx, ben, k, "hello"); return err },
			"edit":     func(k string) error { return f.messages.EditComment(f.Ctx, ben, k, c.ID, "hello") },
			"withdraw": func(k string) error { return f.messages.WithdrawComment(f.Ctx, ben, k, c.ID) },
			"call":     func(k string) error { _, err := f.messages.Callables(f.Ctx, ben, k, "a"); return err },
		}
		for name, try := range tries {
			for _, id := range []string{k, store.NewID(), "nonsense", ""} {
				if err := try(id); !errors.Is(err, fault.ErrNotFound) {
					t.Errorf("%s of %q: %v", name, id, err)
				}
			}
		}
		if n := f.Count(`SELECT count(*) FROM messages`) + f.Count(`SELECT count(*) FROM comments`); n != 2 {
			t.Errorf("%d rows", n)
		}
	})
}

// S0-3, S1-13: a comment calls who sees the case, by their name as it is typed; their name is shown as it is now.
func TestACommentCallsPeople(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ana, maria, zoe := f.person("Ana", "Lima", "a.lima"), f.person("Ana Maria", "Lima", "ana.maria"), f.person("Zoë", "Ünal", "zoe")
		away, one, two := f.person("Omar", "Haddad", "omar"), f.person("Kim", "Park", "kim.one"), f.person("Kim", "Park", "kim.two")
		k := f.Open(ana)
		for _, who := range []access.Actor{maria, zoe, one, two} {
			f.Must(f.Cases.AddMember(f.Ctx, system, k, who.ID))
		}
		say := func(body string) *messages.Remark {
			c, err := f.messages.Comment(f.Ctx, ana, k, body)
			f.Must(err)
			r, err := f.messages.Remark(f.Ctx, ana, k, c.ID)
			f.Must(err)
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
		if n := f.Count(`SELECT count(*) FROM bulletins WHERE user_id = ?`, away.ID) + f.Count(`SELECT count(*) FROM bulletins WHERE user_id = ?`, ana.ID); n != 0 {
			t.Errorf("%d were told who do not see it, or of their own words", n)
		}
		r := say("@Zoë Ünal")
		if n := f.Count(`SELECT count(*) FROM bulletins WHERE object_id = ?`, r.ID); n != 1 {
			t.Errorf("told %d times", n)
		}
		f.Must(f.messages.EditComment(f.Ctx, ana, k, r.ID, "@Zoë Ünal and @kim.one"))
		if n := f.Count(`SELECT count(*) FROM bulletins WHERE object_id = ?`, r.ID); n != 2 {
			t.Errorf("told %d times after the edit", n)
		}
		f.Must(f.DB.In(f.Ctx).Exec(`UPDATE users SET first_name = 'Zoé' WHERE id = ?`, zoe.ID).Error)
		r, err := f.messages.Remark(f.Ctx, ana, k, r.ID)
		f.Must(err)
		if r.Called[zoe.ID].Name() != "Zoé Ünal" || r.Author.Name() != "Ana Lima" || r.EditedAt == nil {
			t.Errorf("%+v", r)
		}
		told, more, err := f.notices.Bulletins(f.Ctx, zoe, "", 2)
		f.Must(err)
		if len(told) != 2 || !more || told[0].Number != "MR-000001" || told[0].FirstName != "Ana" {
			t.Errorf("%+v", told)
		}
		f.Must(f.notices.ReadBulletins(f.Ctx, zoe.ID, told[1].ID))
		if n, err := f.notices.UnreadBulletins(f.Ctx, zoe.ID); err != nil || n != 1 {
			t.Error(n, err)
		}
	})
}

// S1-13, S1-15: a comment is mended by who wrote it and for an hour; that there was one stays.
func TestCommentsAreMendedByTheirAuthorsForAnHour(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ana, ben := f.person("Ana", "Lima", "ana"), f.person("Ben", "Okafor", "ben")
		k := f.Open(ana)
		f.Must(f.Cases.AddMember(f.Ctx, system, k, ben.ID))
		c, err := f.messages.Comment(f.Ctx, ana, k, "first")
		f.Must(err)
		refused := func(err error, key string) {
			t.Helper()
			var r *fault.Refused
			if !errors.As(err, &r) || r.Message.Key != key {
				t.Errorf("%v, want %s", err, key)
			}
		}
		refused(f.messages.EditComment(f.Ctx, ben, k, c.ID, "mine"), "comments.not-yours")
		refused(f.messages.WithdrawComment(f.Ctx, ben, k, c.ID), "comments.not-yours")
		late, err := f.messages.Comment(f.Ctx, ana, k, "second")
		f.Must(err)
		f.Must(f.messages.WithdrawComment(f.Ctx, ana, k, c.ID))
		refused(f.messages.EditComment(f.Ctx, ana, k, c.ID, "again"), "comments.withdrawn")
		f.Clock.Add(time.Hour)
		refused(f.messages.EditComment(f.Ctx, ana, k, late.ID, "again"), "comments.too-late")
		all, more, err := f.messages.Comments(f.Ctx, ben, k, "", 10)
		f.Must(err)
		if len(all) != 2 || more || all[0].Body != "" || all[0].WithdrawnAt == nil || all[0].Author.Name() != "Ana Lima" || all[1].Body != "second" {
			t.Errorf("%+v", all)
		}
		var bad *fault.Invalid
		for _, body := range []string{"", " \n ", strings.Repeat("é", 10_001), "a\x00b"} {
			if _, err := f.messages.Comment(f.Ctx, ana, k, body); !errors.As(err, &bad) || bad.Fields[0].Name != "body" {
				t.Errorf("%.10q: %v", body, err)
			}
		}
	})
}
