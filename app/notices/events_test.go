package notices_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/messages"
	"chancery/app/notices"
	"chancery/app/post"
	"chancery/app/staff"
	"chancery/app/store"
)

// wanting is somebody who wants mails of everything.
func (f *firm) wanting(first, rights string) access.Actor {
	f.T.Helper()
	p := f.Person(first, "Ruiz", strings.ToLower(first), rights)
	f.Must(f.notices.Choose(f.Ctx, p, map[string]string{notices.MessageMails: "true"}))
	return p
}

func (f *firm) writes(file, words string) *messages.Message {
	f.T.Helper()
	m, err := f.messages.Receive(f.Ctx, system(), messages.Received{CaseID: file, Body: words})
	f.Must(err)
	return m
}

// waiting are the mails of events to somebody that wait, the first due first.
func (f *firm) waiting(p access.Actor) (all []post.Mail) {
	f.T.Helper()
	f.Must(f.DB.In(f.Ctx).Raw(`SELECT * FROM mails WHERE kind = 'events' AND user_id = ? AND state = 'waiting' ORDER BY next_try_at, id`, p.ID).Scan(&all).Error)
	return all
}

// letter makes the letter of a mail, as it is sent.
func (f *firm) letter(m post.Mail) post.Letter {
	f.T.Helper()
	f.Must(f.DB.In(f.Ctx).Exec(`UPDATE mails SET state = 'sending', tries = tries + 1 WHERE id = ?`, m.ID).Error)
	letters, err := f.notices.Letters(f.Ctx, []post.Mail{m})
	f.Must(err)
	f.Must(letters[0].Err)
	f.Must(f.DB.In(f.Ctx).Exec(`UPDATE mails SET state = 'delivered' WHERE id = ?`, m.ID).Error)
	return letters[0]
}

func (f *firm) away(who access.Actor, cover string) {
	f.T.Helper()
	now := f.Clock.Now()
	f.Must(f.DB.In(f.Ctx).Exec(`INSERT INTO absences (id, user_id, cover_id, first_day, last_day, begins_at, ends_at, created_by, created_at) VALUES (?, ?, ?, '', '', ?, ?, '', ?)`,
		store.NewID(), who.ID, cover, now, now.AddDate(0, 1, 0), now).Error)
}

func (f *firm) back(who access.Actor) {
	f.T.Helper()
	f.Must(f.DB.In(f.Ctx).Exec(`UPDATE absences SET ended_at = ? WHERE user_id = ?`, f.Clock.Now(), who.ID).Error)
}

func says(l post.Letter) string {
	b, _ := json.Marshal(l.Data)
	return string(b)
}

// S3-21: a mail for each message; but a client who writes in many short lines makes three, and one with all the rest.
func TestAChattyClientMakesFewMails(t *testing.T) {
	eachFirm(t, func(t *testing.T, f *firm) {
		ana := f.wanting("Ana", "")
		file := f.Open(ana)
		for i := range 20 {
			f.writes(file, fmt.Sprintf("Line %d.", i))
			if due := f.waiting(ana); len(due) == 1 && !due[0].NextTryAt.After(f.Clock.Now()) {
				if l := f.letter(due[0]); l.Data["Total"] != 1 || !strings.Contains(says(l), fmt.Sprintf("Line %d.", i)) || l.Data["OneMessage"] != true {
					t.Errorf("%+v", l)
				}
			}
			f.Clock.Add(time.Second)
		}
		rest := f.waiting(ana)
		if len(rest) != 1 || rest[0].NextTryAt.Sub(f.Clock.Now()) > 15*time.Minute || rest[0].NextTryAt.Sub(f.Clock.Now()) < 14*time.Minute || rest[0].Rank != post.OfCases || rest[0].Data != "{}" {
			t.Fatalf("%+v", rest)
		}
		f.Clock.Add(15 * time.Minute)
		if l := f.letter(rest[0]); l.Data["Total"] != 17 || l.Data["Messages"] != 17 || l.Data["OneMessage"] != false || l.Data["Number"] != "MR-000001" {
			t.Errorf("%+v", l.Data)
		}
	})
}

// B-21: what comes in quiet hours makes one mail at their end, without what was read or taken back meanwhile; a mail that was tried gathers nothing more, since it may have arrived.
func TestQuietHoursMakeOneMail(t *testing.T) {
	eachFirm(t, func(t *testing.T, f *firm) {
		ana, ben := f.wanting("Ana", "messages.view"), f.Person("Ben", "Ode", "ben", "")
		f.Must(f.notices.Choose(f.Ctx, ana, map[string]string{notices.Quiet: "true", notices.QuietFrom: "13:00", notices.QuietTo: "16:00"}))
		file, other := f.Open(ana), f.Open(ana)
		f.Must(f.Cases.AddMember(f.Ctx, system(), file, ben.ID))
		f.writes(file, "Read at once.")
		if _, err := f.messages.Read(f.Ctx, ana, file, 1); err != nil {
			t.Fatal(err)
		}
		f.writes(other, "Not read.")
		c, err := f.messages.Comment(f.Ctx, ben, file, "@Ana Ruiz taken back")
		f.Must(err)
		f.Must(f.messages.WithdrawComment(f.Ctx, ben, file, c.ID))
		_, err = f.messages.Comment(f.Ctx, ben, file, "@Ana Ruiz stays")
		f.Must(err)
		_, err = f.Cases.AddScore(f.Ctx, system(), file, cases.NewScore{Score: 3, Comment: "Slow."})
		f.Must(err)
		all := f.waiting(ana)
		if want := f.Clock.Now().Truncate(time.Hour).Add(2 * time.Hour); len(all) != 1 || !all[0].NextTryAt.Equal(want) {
			t.Fatalf("%+v", all)
		}
		f.Clock.Add(2 * time.Hour)
		l := f.letter(all[0])
		text := says(l)
		for what, want := range map[string]bool{"Read at once.": false, "taken back": false, "Not read.": true, "@Ana Ruiz stays": true, "Slow.": true, "Ben Ode": true} {
			if strings.Contains(text, what) != want {
				t.Error(what, text)
			}
		}
		if l.Data["Total"] != 3 || l.Data["Cases"] != 2 || l.Unsubscribe == "" || l.Data["UnsubscribeURL"] != "https://chancery.example"+l.Unsubscribe {
			t.Errorf("%+v", l)
		}
		s, err := f.notices.Subscription(f.Ctx, strings.TrimPrefix(l.Unsubscribe, "/unsubscribe/"))
		if err != nil || len(s.Switches) != 3 {
			t.Errorf("%+v %v", s, err)
		}
		f.writes(other, "Before the outage.")
		tried := f.waiting(ana)[0]
		f.Must(f.DB.In(f.Ctx).Exec(`UPDATE mails SET tries = 1 WHERE id = ?`, tried.ID).Error)
		f.writes(other, "After.")
		f.writes(other, "And after.")
		if all := f.waiting(ana); len(all) != 2 || f.Count(`SELECT count(*) FROM mail_items WHERE mail_id = ?`, tried.ID) != 1 {
			t.Errorf("%+v", all)
		}
	})
}

// B-14: how much a mail says of a client is the practice's to decide; at the lowest level neither a name, nor a number, nor a word.
func TestAMailSaysNoMoreThanThePracticeLetsIt(t *testing.T) {
	eachFirm(t, func(t *testing.T, f *firm) {
		ana := f.wanting("Ana", "")
		file := f.Open(ana)
		for level, says := range map[notices.Privacy]map[string]bool{
			notices.PrivacyFull:    {"Kowalczyk": true, "MR-000001": true, "Work permit": true, "My secret.": true},
			notices.PrivacySubject: {"Kowalczyk": true, "MR-000001": true, "Work permit": true, "My secret.": false},
			notices.PrivacyCount:   {"Kowalczyk": false, "MR-000001": false, "Work permit": false, "My secret.": false, file: false},
		} {
			f.policy(notices.PrivacyField, string(level))
			f.writes(file, "My secret.")
			_, err := f.Cases.AddScore(f.Ctx, system(), file, cases.NewScore{Score: 3, Comment: "My secret."})
			f.Must(err)
			l := f.letter(f.waiting(ana)[0])
			all, err := json.Marshal(l)
			f.Must(err)
			for what, want := range says {
				if strings.Contains(string(all), what) != want {
					t.Errorf("%s: %s %v\n%s", level, what, !want, all)
				}
			}
			if l.Data["Total"] != 2 {
				t.Errorf("%+v", l.Data)
			}
			f.Clock.Add(time.Hour)
		}
	})
}

// B-5: who stands in is told in place of the one who is away, of what they may see, behind the bell as well; what they may not see goes to the one who is away; and what waits
// when somebody leaves or comes back goes to the one who is there.
func TestWhoStandsInIsToldInPlaceOfWhoIsAway(t *testing.T) {
	eachFirm(t, func(t *testing.T, f *firm) {
		ana, boss := f.wanting("Ana", ""), f.wanting("Mo", "")
		f.Must(f.DB.In(f.Ctx).Exec(`UPDATE users SET role_id = ? WHERE id = ?`, access.RoleManager, boss.ID).Error)
		file, hidden := f.Open(ana), f.Open(ana)
		f.Must(f.DB.In(f.Ctx).Exec(`UPDATE cases SET private = true WHERE id = ?`, hidden).Error)
		f.away(ana, boss.ID)
		f.writes(file, "Covered.")
		f.writes(file, "Covered, too.")
		f.writes(hidden, "Hidden.")
		told := f.waiting(boss)
		if len(told) != 1 || len(f.waiting(ana)) != 1 {
			t.Fatal(told, f.waiting(ana))
		}
		if l := f.letter(told[0]); !strings.Contains(says(l), "Covered, too.") || strings.Contains(says(l), "Hidden.") || !strings.Contains(says(l), `"For":"Ana Ruiz"`) {
			t.Error(says(l))
		}
		if l := f.letter(f.waiting(ana)[0]); strings.Contains(says(l), "Covered") || !strings.Contains(says(l), "Hidden.") {
			t.Error(says(l))
		}
		seen := boss
		seen.Rights = access.Granted(false, "cases.view cases.view-all")
		all, _, err := f.notices.Bulletins(f.Ctx, seen, "", 10)
		if f.Must(err); len(all) != 1 || all[0].Kind != notices.BulletinCovered || all[0].Count != 2 || all[0].Number != "MR-000001" {
			t.Errorf("%+v", all)
		}
		f.Must(f.notices.ReadBulletin(f.Ctx, boss.ID, all[0].ID))
		f.Clock.Add(time.Hour)
		f.writes(file, "Third.")
		if all, _, err = f.notices.Bulletins(f.Ctx, seen, "", 10); err != nil || len(all) != 2 || all[0].Count != 1 {
			t.Errorf("%+v %v", all, err)
		}
		// She is back before the mail has gone, leaves again, and is back: it goes to her, once.
		for range 2 {
			f.back(ana)
			if l := f.letter(f.waiting(boss)[0]); !l.Nothing || len(f.waiting(ana)) != 1 {
				t.Error(says(l), f.waiting(ana))
			}
			f.away(ana, boss.ID)
			if l := f.letter(f.waiting(ana)[0]); !l.Nothing || len(f.waiting(boss)) != 1 {
				t.Error(says(l), f.waiting(boss))
			}
		}
		if l := f.letter(f.waiting(boss)[0]); !strings.Contains(says(l), "Third.") {
			t.Error(says(l))
		}
		// Who stands in is told of a mention, and of a score; and of nothing that was answered.
		ben := f.Person("Ben", "Ode", "ben", "messages.send")
		f.Must(f.Cases.AddMember(f.Ctx, system(), file, ben.ID))
		f.Must(f.notices.Choose(f.Ctx, boss, map[string]string{notices.Quiet: "true", notices.QuietFrom: "00:00", notices.QuietTo: "23:00"}))
		_, err = f.messages.Comment(f.Ctx, ben, file, "@Ana Ruiz please look")
		f.Must(err)
		f.writes(file, "Answered soon.")
		_, err = f.messages.Send(f.Ctx, ben, file, "Here you are.")
		f.Must(err)
		_, err = f.Cases.AddScore(f.Ctx, system(), file, cases.NewScore{Score: 10})
		f.Must(err)
		f.Clock.Add(8 * time.Hour)
		if l := f.letter(f.waiting(boss)[0]); l.Data["Mentions"] != 1 || l.Data["Scores"] != 1 || l.Data["Messages"] != 0 || strings.Contains(says(l), "Answered soon.") {
			t.Error(says(l))
		}
		all, _, err = f.notices.Bulletins(f.Ctx, seen, "", 10)
		f.Must(err)
		if len(all) != 4 || all[0].Kind != notices.BulletinScored || all[1].Kind != notices.BulletinCalledFor || all[2].Count != 2 {
			t.Errorf("%+v", all)
		}
		if len(f.waiting(ana)) != 0 {
			t.Error("the one who is away is told, too")
		}
	})
}

// C-17, S3-24: without the bell of the case or the switch there is no mail; a score stands behind the bell of those whose bell of the case is on.
func TestTheBellOfTheCaseSilencesItsMails(t *testing.T) {
	eachFirm(t, func(t *testing.T, f *firm) {
		ana, ben, cy := f.wanting("Ana", ""), f.wanting("Ben", ""), f.wanting("Cy", "")
		file := f.Open(ana)
		f.Must(f.Cases.AddMember(f.Ctx, system(), file, ben.ID))
		f.Must(f.Cases.SetBell(f.Ctx, ana, file, false))
		f.Must(f.notices.Choose(f.Ctx, ben, map[string]string{notices.ScoreMails: "false"}))
		f.writes(file, "Hello.")
		_, err := f.Cases.AddScore(f.Ctx, system(), file, cases.NewScore{Score: 10})
		f.Must(err)
		if len(f.waiting(ana)) != 0 || len(f.waiting(ben)) != 1 || len(f.waiting(cy)) != 0 {
			t.Error(f.waiting(ana), f.waiting(ben), f.waiting(cy))
		}
		if l := f.letter(f.waiting(ben)[0]); l.Data["Messages"] != 1 || l.Data["Scores"] != 0 {
			t.Error(says(l))
		}
		if n := f.Count(`SELECT count(*) FROM bulletins WHERE kind = 'scored' AND user_id = ?`, ben.ID); n != 1 || f.Count(`SELECT count(*) FROM bulletins WHERE kind = 'scored'`) != 1 {
			t.Error("behind the bell:", n)
		}
		// What was written for somebody who turns the bell off before it goes, does not go; nor to who has left the practice.
		f.writes(file, "Again.")
		f.Must(f.Cases.SetBell(f.Ctx, ben, file, false))
		if l := f.letter(f.waiting(ben)[0]); !l.Nothing {
			t.Error(says(l))
		}
		f.Must(f.Cases.SetBell(f.Ctx, ben, file, true))
		f.writes(file, "Once more.")
		f.Must(f.Staff.SeedStatus(f.Ctx, ben.ID, staff.Inactive, nil))
		if l := f.letter(f.waiting(ben)[0]); !l.Nothing {
			t.Error(says(l))
		}
	})
}

// B-5: no client's message in an absence reaches nobody. Whoever stands in has it behind the bell, whatever switches and bells say; where they may not see the case, or where nobody
// stands in, it is with the one who is away as ever.
func TestWhoStandsInHasEachMessageBehindTheBell(t *testing.T) {
	eachFirm(t, func(t *testing.T, f *firm) {
		ana, boss, ben := f.Person("Ana", "Ruiz", "ana", ""), f.Person("Mo", "Ito", "mo", ""), f.wanting("Ben", "")
		f.Must(f.DB.In(f.Ctx).Exec(`UPDATE users SET role_id = ? WHERE id = ?`, access.RoleManager, boss.ID).Error)
		file, other := f.Open(ana), f.Open(ben)
		f.Must(f.Cases.SetBell(f.Ctx, ana, file, false))
		f.away(ana, boss.ID)
		f.away(ben, ana.ID) // who is away, too: the one who stands in for her does for him
		f.writes(file, "One.")
		f.writes(other, "Two.")
		reached := func(p access.Actor, file string) int {
			return f.Count(`SELECT COALESCE(sum(count), 0) FROM bulletins WHERE kind = 'covered' AND user_id = ? AND case_id = ?`, p.ID, file)
		}
		if reached(boss, file) != 1 || reached(boss, other) != 1 || len(f.waiting(boss))+len(f.waiting(ana))+len(f.waiting(ben)) != 0 {
			t.Error(reached(boss, file), reached(boss, other), f.waiting(boss), f.waiting(ana), f.waiting(ben))
		}
		f.Must(f.DB.In(f.Ctx).Exec(`UPDATE users SET role_id = ? WHERE id = ?`, access.RoleAccountant, boss.ID).Error)
		f.writes(other, "Three.")
		if reached(boss, other) != 1 || len(f.waiting(ben)) != 1 {
			t.Error("what the one who stands in may not see went to nobody", reached(boss, other), f.waiting(ben))
		}
	})
}
