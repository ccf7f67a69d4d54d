package daily_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/cases/casestest"
	"chancery/app/daily"
	"chancery/app/notices"
	"chancery/app/post"
	"chancery/app/staff"
)

func (f *firm) content(who access.Actor) *daily.Content {
	f.T.Helper()
	all, err := f.summary.Contents(f.Ctx, []string{who.ID})
	f.Must(err)
	return all[who.ID]
}

// letters are what the mails that wait for somebody say now.
func (f *firm) letters(who access.Actor) []post.Letter {
	f.T.Helper()
	var mails []post.Mail
	f.Must(f.DB.In(f.Ctx).Where("user_id = ? AND kind = 'summary'", who.ID).Order("send_key").Find(&mails).Error)
	letters, err := f.summary.Letters(f.Ctx, mails)
	f.Must(err)
	return letters
}

// S3-19, B-14: what is still unread when the mail goes out, by case, the newest first, and no more than a mail bears; and of it what the practice lets out.
func TestASummarySaysWhatIsUnreadNow(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		jon := f.colleague("Jon", access.RoleConsultant, "UTC")
		f.at("2026-11-22 07:00")
		if f.content(jon) != nil {
			t.Error("there is something to tell of nothing")
		}
		var all []string
		for i := range 22 {
			id := f.Open(jon)
			all = append(all, id)
			f.Clock.Add(time.Minute)
			f.says(id, fmt.Sprintf("  The %dth\n case's  message ", i))
		}
		for i := range 4 {
			f.Clock.Add(time.Minute)
			f.says(all[3], fmt.Sprintf("And %d more", i))
		}
		_, err := f.messages.Send(f.Ctx, f.boss, all[3], "from another")
		if err == nil {
			t.Fatal("who sees no case writes to its client")
		}
		f.Clock.Add(time.Minute)
		f.says(all[7], strings.Repeat("é ", 400))
		f.at("2026-11-22 08:00")
		f.expect(jon, "2026-11-22")

		c := f.content(jon)
		if c.Messages != 27 || c.Cases != 22 || c.Covered != 0 || len(c.Talks) != 20 || c.More != 2 {
			t.Fatalf("%d messages in %d cases, %d shown and %d not", c.Messages, c.Cases, len(c.Talks), c.More)
		}
		first, second, third, last := c.Talks[0], c.Talks[1], c.Talks[2], c.Talks[19]
		if first.CaseID != all[7] || len([]rune(first.Lines[0].Text)) != 280 || !strings.HasSuffix(first.Lines[0].Text, "é…") || first.Lines[1].Text != "The 7th case's message" || first.More != 0 {
			t.Errorf("first: %+v", first)
		}
		if second.CaseID != all[3] || second.Unread != 5 || second.More != 2 || len(second.Lines) != 3 || second.Lines[0].Text != "And 3 more" || second.Lines[2].Text != "And 1 more" ||
			second.Client != "Kowalczyk, Aneta" || second.Number != "MR-000004" || second.Title != "Work permit" || second.URL != "https://chancery.example/cases/"+all[3]+"/messages" || second.For != "" {
			t.Errorf("second: %+v", second)
		}
		if third.CaseID != all[21] || last.CaseID != all[2] || !third.Lines[0].At.Equal(time.Date(2026, 11, 22, 7, 22, 0, 0, time.UTC)) {
			t.Errorf("third: %+v, last: %+v", third, last)
		}

		for _, id := range all[4:] {
			_, err := f.messages.Read(f.Ctx, jon, id, 100)
			f.Must(err)
		}
		l := f.letters(jon)[0]
		talks := l.Data["Talks"].([]daily.Talk)
		if l.Nothing || l.Data["Messages"] != 8 || len(talks) != 4 || l.Data["Full"] != true || fmt.Sprint(l.Data["Clients"]) != "[Kowalczyk, Aneta]" || !strings.HasPrefix(l.Unsubscribe, "/unsubscribe/") {
			t.Errorf("%+v", l)
		}
		f.policy(notices.PrivacyField, "subject")
		l = f.letters(jon)[0]
		if s := fmt.Sprintf("%+v", l); strings.Contains(s, "message") && strings.Contains(s, "case's") || strings.Contains(s, "And 3") || !strings.Contains(s, "MR-000004") || !strings.Contains(s, "Aneta") || l.Data["Full"] != false {
			t.Errorf("%+v", l)
		}
		f.policy(notices.PrivacyField, "count")
		l = f.letters(jon)[0]
		s := fmt.Sprintf("%+v", l)
		for _, bad := range []string{"Aneta", "MR-0", "permit", "case's", "And"} {
			if strings.Contains(s, bad) {
				t.Errorf("the lowest level says %q: %s", bad, s)
			}
		}
		if l.Data["Messages"] != 8 || l.Data["Cases"] != 4 || l.Data["Path"] != "/messages" {
			t.Errorf("%+v", l)
		}
		f.policy("summary", "true")
		f.Must(f.notices.SetPolicy(f.Ctx, f.boss, map[string]*staff.Edit{"summary_locked": {Value: "true"}}))
		if l := f.letters(jon)[0]; l.Unsubscribe != "" || l.Nothing {
			t.Errorf("of a kind that the practice has locked: %+v", l)
		}
		f.Must(f.notices.SetPolicy(f.Ctx, f.boss, map[string]*staff.Edit{"summary_locked": {Value: "false"}}))
		f.Must(f.notices.Choose(f.Ctx, jon, map[string]string{notices.Summary: "false"}))
		if !f.letters(jon)[0].Nothing {
			t.Error("it goes to one who does not want it any more")
		}
		f.Must(f.notices.Choose(f.Ctx, jon, map[string]string{notices.Summary: "true"}))
		for _, id := range all {
			_, err := f.messages.Read(f.Ctx, jon, id, 100)
			f.Must(err)
		}
		if !f.letters(jon)[0].Nothing || f.content(jon) != nil {
			t.Error("it goes with nothing in it")
		}
	})
}

// B-5: while somebody is away, whoever stands in is told of their cases, as far as they may see them, until somebody has answered; the rest goes to the one who is
// away.
func TestTheStandInIsToldOfWhatTheOneWhoIsAwayWouldBe(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		ana := f.colleague("Ana", access.RoleConsultant, "UTC")
		sees, own, private := f.Open(ana), f.Open(ana), f.Open(ana)
		cover := f.colleague("Theo", access.RoleManager, "UTC")
		f.Must(f.Cases.AddMember(f.Ctx, casestest.System, own, cover.ID))
		_, err := f.DB.Exec(f.Ctx, `UPDATE cases SET private = true WHERE id = $1`, private)
		f.Must(err)
		for _, id := range []string{sees, own, private} {
			f.says(id, "Hello "+id)
		}
		cases := func(who access.Actor) (list []string) {
			if c := f.content(who); c != nil {
				for _, t := range c.Talks {
					list = append(list, t.CaseID+"/"+t.For)
				}
			}
			slices.Sort(list)
			return list
		}
		expect := func(what string, who access.Actor, want ...string) {
			t.Helper()
			slices.Sort(want)
			if got := cases(who); !slices.Equal(got, want) {
				t.Errorf("%s, %s: %v, want %v", what, who.Name, got, want)
			}
			some, err := f.summary.Kind().Some(f.Ctx, []string{who.ID, f.boss.ID})
			if f.Must(err); some[who.ID] != (len(want) > 0) || some[f.boss.ID] {
				t.Errorf("%s, %s: some %v", what, who.Name, some)
			}
		}
		expect("here", ana, sees+"/", own+"/", private+"/")
		expect("here", cover, own+"/")
		f.away(ana, cover.ID)
		expect("away", ana, private+"/")
		expect("away", cover, own+"/", sees+"/Ana Okafor")
		if c := f.content(cover); c.Messages != 2 || c.Covered != 1 {
			t.Errorf("%+v", c)
		}
		// Who stands in and wants no summaries is told nothing: then the one who is away is.
		f.Must(f.notices.Choose(f.Ctx, cover, map[string]string{notices.Summary: "false"}))
		expect("the stand-in wants none", ana, sees+"/", own+"/", private+"/")
		f.Must(f.notices.Choose(f.Ctx, cover, map[string]string{notices.Summary: "true"}))
		// Two who are away from one case are one to their stand-in.
		ben := f.colleague("Ben", access.RoleConsultant, "UTC")
		f.Must(f.Cases.AddMember(f.Ctx, casestest.System, sees, ben.ID))
		f.away(ben, cover.ID)
		f.says(sees, "Is anybody there?")
		expect("two away", cover, own+"/", sees+"/Ana Okafor")
		if c := f.content(cover); c.Messages != 3 || c.Covered != 2 {
			t.Errorf("%+v", c)
		}
		// An answer ends it; what comes after it is told again.
		_, err = f.messages.Send(f.Ctx, casestest.System, sees, "We are")
		if err != nil { // programs write nothing: somebody of the practice does
			_, err = f.messages.Send(f.Ctx, cover, sees, "We are")
		}
		f.Must(err)
		expect("answered", cover, own+"/")
		f.says(sees, "Thank you")
		expect("answered and asked again", cover, own+"/", sees+"/Ana Okafor")
		if c := f.content(cover); c.Covered != 1 || c.Talks[0].Lines[0].Text != "Thank you" || len(c.Talks[0].Lines) != 1 {
			t.Errorf("%+v", c)
		}
		_, err = f.messages.Read(f.Ctx, cover, own, 100)
		f.Must(err)
		expect("read by who is on the case, too", cover, sees+"/Ana Okafor")
		expect("read by who is on the case, too", ana, private+"/")
		f.Clock.Add(8 * 24 * time.Hour)
		expect("back", ana, sees+"/", own+"/", private+"/")
		expect("back", cover)
	})
}

// A person who asks for one gets it, whether there is anything to tell or not.
func TestAnAskedSummaryIsSentWhateverThereIs(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		jon := f.colleague("Jon", access.RoleConsultant, "UTC")
		f.Must(f.notices.Choose(f.Ctx, jon, map[string]string{notices.Summary: "false"}))
		f.Must(f.summary.Ask(f.Ctx, jon))
		l := f.letters(jon)
		if len(l) != 1 || l[0].Nothing || l[0].Data["Asked"] != true || l[0].Data["Messages"] != 0 {
			t.Fatalf("%+v", l)
		}
		f.says(f.Open(jon), "Hello")
		if l := f.letters(jon); l[0].Nothing || l[0].Data["Asked"] != true || l[0].Data["Messages"] != 1 {
			t.Errorf("%+v", l)
		}
		for range daily.AskedMost - 1 {
			f.Must(f.summary.Ask(f.Ctx, jon))
		}
		if err := f.summary.Ask(f.Ctx, jon); err == nil {
			t.Error("there is no end to it")
		}
		if n := f.Count(`SELECT count(*) FROM mails WHERE user_id = ? AND rank = 0 AND recipient = 'jon@firm.example'`, jon.ID); n != daily.AskedMost {
			t.Error(n)
		}
	})
}

// S3-23, B-5: over random histories of who is on which case, who sees what, who has read what and who is away, nobody is told of a case that is not theirs or of
// one who is away that they may see; and each message that somebody has not read is told to them, or to whoever stands in, or was answered or read there.
func TestNothingIsToldToOthersAndNothingIsLost(t *testing.T) {
	each(t, func(t *testing.T, f *firm) {
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		chance := rand.New(rand.NewPCG(seed, 0))
		var people []access.Actor
		var ids []string
		for i, role := range []string{access.RoleConsultant, access.RoleManager, access.RoleParalegal, access.RoleAccountant, access.RoleSuperAdmin, access.RoleConsultant, access.RoleManager} {
			p := f.colleague(fmt.Sprintf("P%d", i), role, "UTC")
			people, ids = append(people, p), append(ids, p.ID)
		}
		one := func() access.Actor { return people[chance.IntN(len(people))] }
		var files []string
		for range 8 {
			files = append(files, f.Open(one()))
		}
		seen := map[bool]int{} // how much was told, to stand-ins and to others
		// Who stands in may have been told nothing after 25 rounds (one history in hundreds): then it goes on until they have.
		for round := 0; round < 25 || round < 1000 && (seen[true] == 0 || seen[false] == 0); round++ {
			for range 8 {
				id := files[chance.IntN(len(files))]
				switch chance.IntN(9) {
				case 0:
					f.Must(ignore(f.Cases.AddMember(f.Ctx, casestest.System, id, one().ID)))
				case 1:
					f.Must(ignore(f.Cases.RemoveMember(f.Ctx, casestest.System, id, one().ID)))
				case 2, 3, 4:
					f.says(id, "Hello")
				case 5:
					_, err := f.messages.Read(f.Ctx, one(), id, chance.Int64N(20))
					f.Must(ignore(err))
				case 6:
					_, err := f.messages.Send(f.Ctx, one(), id, "Yes")
					f.Must(ignore(err))
				case 7:
					_, err := f.DB.Exec(f.Ctx, `UPDATE cases SET private = NOT private WHERE id = $1`, id)
					f.Must(err)
				case 8:
					_, err := f.DB.Exec(f.Ctx, `DELETE FROM absences`)
					f.Must(err)
					for range chance.IntN(4) {
						a, b := one(), one()
						if n := f.Count(`SELECT count(*) FROM absences WHERE user_id = ?`, a.ID); n == 0 && a.ID != b.ID {
							f.away(a, b.ID)
						}
					}
				}
			}
			if chance.IntN(5) == 0 {
				f.Must(f.notices.Choose(f.Ctx, one(), map[string]string{notices.Summary: fmt.Sprint(chance.IntN(3) > 0)}))
			}
			f.compare(people, ids, files, seen)
			if t.Failed() {
				return
			}
		}
		if seen[true] == 0 || seen[false] == 0 {
			t.Errorf("nobody is ever told anything: %v", seen)
		}
	})
}

func ignore(error) error { return nil }

// compare asks of each message and each person, by the rooms' own verbs, what the one query of the summary says of all.
func (f *firm) compare(people []access.Actor, ids, files []string, seen map[bool]int) {
	f.T.Helper()
	all, err := f.summary.Contents(f.Ctx, ids)
	f.Must(err)
	wishes, err := f.notices.PreferencesOf(f.Ctx, ids...)
	f.Must(err)
	away, err := f.Staff.Away(f.Ctx, ids, f.DB.Now())
	f.Must(err)
	told := map[string]int{} // messages, by who is told, of which case and for whom
	some, err := f.summary.Kind().Some(f.Ctx, ids)
	f.Must(err)
	for _, p := range people {
		c := all[p.ID]
		if some[p.ID] != (c != nil) {
			f.T.Errorf("%s has something: %t, and %+v", p.Name, some[p.ID], c)
		}
		if c == nil {
			continue
		}
		for _, t := range c.Talks {
			told[p.ID+" "+t.CaseID+" "+t.For] = t.Unread
			seen[t.For != ""]++
			if t.Unread != len(t.Lines)+t.More {
				f.T.Errorf("%+v", t)
			}
		}
	}
	may := func(p access.Actor) bool { return p.Rights.Can(access.MessagesView) && p.Rights.Can(access.CasesView) }
	count := func(q string, args ...any) int { return f.Count(q, args...) }
	want := map[string]int{}
	for _, id := range files {
		answered := count(`SELECT COALESCE(max(number), 0) FROM messages WHERE case_id = ? AND direction = 'out'`, id)
		for _, p := range people {
			if count(`SELECT count(*) FROM associations WHERE case_id = ? AND user_id = ?`, id, p.ID) == 0 {
				continue
			}
			mark := count(`SELECT read_inbound FROM associations WHERE case_id = ? AND user_id = ?`, id, p.ID)
			unread := count(`SELECT count(*) FROM messages WHERE case_id = ? AND direction = 'in' AND inbound > ?`, id, mark)
			in := slices.IndexFunc(people, func(q access.Actor) bool { a := away[p.ID]; return a.StandInID != nil && *a.StandInID == q.ID })
			covered := in >= 0 && may(people[in]) && f.Cases.MustSee(f.Ctx, people[in], id) == nil
			if unread > 0 && may(p) && !(covered && wishes[people[max(in, 0)].ID].Summary) {
				want[p.ID+" "+id+" "] = unread
			}
			if !covered || count(`SELECT count(*) FROM associations WHERE case_id = ? AND user_id = ?`, id, people[in].ID) > 0 {
				continue
			}
			if n := count(`SELECT count(*) FROM messages WHERE case_id = ? AND direction = 'in' AND inbound > ? AND number > ?`, id, mark, answered); n > 0 {
				key := people[in].ID + " " + id
				for k, before := range want { // of two who are away, the one who has read less
					if strings.HasPrefix(k, key+" ") {
						delete(want, k)
						n = max(n, before)
					}
				}
				want[key+" *"] = n
			}
		}
	}
	for k, n := range told {
		parts := strings.SplitN(k, " ", 3)
		if parts[2] != "" {
			parts[2] = "*"
		}
		k = strings.Join(parts, " ")
		if want[k] != n {
			f.T.Errorf("told %s of %d, want %d", k, n, want[k])
		}
		delete(want, k)
	}
	for k, n := range want {
		f.T.Errorf("nobody is told: %s of %d", k, n)
	}
}
