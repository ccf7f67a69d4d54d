package casesync_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/casesync"
	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/staff"
)

// keys say the keys of words, which tells one from another better than words do.
type keys struct{}

func (keys) Say(lang string, m fault.Message) string { return lang + ":" + m.Key }

// reports is the report, and what it would say to some people.
func (n *night) reports(level string, people ...access.Actor) (letters []post.Letter, some map[string]bool) {
	n.T.Helper()
	site, _ := url.Parse("https://chancery.example")
	r := &casesync.Report{Sync: n.sync, Words: keys{}, Site: site, Level: func(context.Context) (string, error) { return level, nil },
		Unsubscribe: func(_ context.Context, ids []string) (map[string]string, error) {
			return map[string]string{ids[0]: "/unsubscribe/T"}, nil
		}}
	var mails []post.Mail
	var ids []string
	for _, p := range people {
		mails = append(mails, post.Mail{UserID: &p.ID, Language: "fr", Zone: "America/Toronto"})
		ids = append(ids, p.ID)
	}
	letters, err := r.Letters(n.Ctx, mails)
	n.Must(err)
	some, err = r.Some(n.Ctx, ids)
	n.Must(err)
	for i, p := range people { // who is told that there is something is told something, and nobody else
		if letters[i].Nothing == some[p.ID] {
			n.T.Errorf("%s: %v, and the letter %+v", p.Name, some[p.ID], letters[i])
		}
	}
	return letters, some
}

// S3-20, B-7: the mail is of one's own cases, and to who sees to the sync of those that are nobody's; it is silent when there is nothing. S3-23.
func TestTheReportIsOfOnesOwn(t *testing.T) {
	each(t, func(t *testing.T, n *night) {
		minaIs, jonIs := n.Person("Mina", "Reyes", "mina", ""), n.Person("Jon", "Ito", "jon", "")
		ada, sue := n.Person("Ada", "Lee", "ada", ""), n.Person("Sue", "Per", "sue", "")
		n.Must(n.DB.In(n.Ctx).Exec(`UPDATE users SET role_id = 'administrator' WHERE id = ?`, ada.ID).Error)
		n.Must(n.DB.In(n.Ctx).Exec(`UPDATE users SET role_id = 'super-admin' WHERE id = ?`, sue.ID).Error)
		all := []access.Actor{minaIs, jonIs, ada, sue}
		n.client("c1", "Anya Petrova")
		n.matter("k", "c1", mina)
		n.run()
		if _, some := n.reports("full", all...); len(some) != 0 {
			t.Error("a clean night is told of:", some)
		}
		n.matter("k", "c1", mina, "status", "sleeping")
		n.matter("new", "c9", mina, "title", "=HYPERLINK(1)")
		n.matter("dark", "c9", "x@firm.example", "private", "yes")
		n.run()
		letters, some := n.reports("full", all...)
		if !some[minaIs.ID] || some[jonIs.ID] || some[ada.ID] || !some[sue.ID] {
			t.Error(some)
		}
		if letters[0].Data["Count"] != 2 || letters[0].Data["Nobody"] != 0 || letters[0].Unsubscribe == "" || letters[3].Data["Count"] != 1 || letters[3].Data["Nobody"] != 1 {
			t.Errorf("%+v", letters)
		}
		file := string(letters[0].Files[0].Data)
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file, "\ufeff"))).ReadAll()
		if err != nil || len(rows) != 3 || rows[1][2] != "'=HYPERLINK(1)" || rows[2][5] != "sleeping" || !strings.HasPrefix(rows[0][0], "fr:") || rows[2][9] != "https://chancery.example/cases/"+n.caseID("k") {
			t.Errorf("%v %q", err, rows)
		}
		// At the lowest level nothing of a client: no name, no number, no file (B-14).
		letters, _ = n.reports("count", all...)
		if got := fmt.Sprint(letters[0].Data); len(letters[0].Files) != 0 || strings.Contains(got, "N-") || strings.Contains(got, "Matter") || letters[0].Data["Count"] != 2 {
			t.Error(got)
		}
		n.matter("open", "c9", "x@firm.example")
		n.run()
		if _, some := n.reports("full", all...); !some[ada.ID] {
			t.Error("what is nobody's reaches nobody")
		}
	})
}

// A run that failed is told to who sees to the sync, once it is over.
func TestARunThatFailedIsReported(t *testing.T) {
	each(t, func(t *testing.T, n *night) {
		jonIs, ada := n.Person("Jon", "Ito", "jon", ""), n.Person("Ada", "Lee", "ada", "")
		n.Must(n.DB.In(n.Ctx).Exec(`UPDATE users SET role_id = 'administrator' WHERE id = ?`, ada.ID).Error)
		n.fail = func(casesync.Kind, int) error { return &casesync.Trouble{Reason: casesync.Unwelcome} }
		n.run()
		letters, some := n.reports("full", jonIs, ada)
		if some[jonIs.ID] || !some[ada.ID] || letters[1].Data["Failed"] != "fr:sync.why.refused" || letters[1].Data["Count"] != 0 || len(letters[1].Files) != 0 {
			t.Errorf("%v %+v", some, letters)
		}
	})
}

// B-5: who stands in has the exceptions of who is away, marked for whom, of cases that they may see; on the page, too. It ends by itself.
func TestWhoStandsInGetsTheReport(t *testing.T) {
	each(t, func(t *testing.T, n *night) {
		minaIs, jonIs := n.Person("Mina", "Reyes", "mina", "cases.edit"), n.Person("Jon", "Ito", "jon", "cases.edit")
		n.client("c1", "Anya Petrova")
		n.matter("k", "c1", mina)
		n.matter("hers", "c1", mina)
		n.member("k", jon)
		n.run()
		n.matter("k", "c1", mina, "status", "sleeping")
		n.matter("hers", "c1", mina, "status", "sleeping") // which he does not see
		n.matter("new", "c9", mina)                        // nor this one, that is not here
		n.run()
		wants := func(when string, count int, shown string) {
			t.Helper()
			letters, some := n.reports("full", jonIs, minaIs)
			if some[jonIs.ID] != (count > 0) || !some[minaIs.ID] || letters[1].Data["Count"] != 3 {
				t.Errorf("%s: %v %+v", when, some, letters)
			}
			if count > 0 {
				if rows := letters[0].Data["Rows"].([]casesync.Line); len(rows) != count || rows[0].For != "Mina Reyes" || rows[0].Name != "N-k" {
					t.Errorf("%s: %+v", when, rows)
				}
			}
			if got := strings.Join(n.shown(jonIs, casesync.Filter{}), " "); got != shown {
				t.Errorf("%s: he is shown %q", when, got)
			}
		}
		wants("before", 0, "")
		today := n.Clock.Now().Format("2006-01-02")
		_, err := n.Staff.PlanAbsence(n.Ctx, minaIs, minaIs.ID, staff.AbsencePlan{FirstDay: today, LastDay: today, CoverID: jonIs.ID})
		n.Must(err)
		wants("while she is away", 1, "k")
		n.Clock.Add(24 * time.Hour)
		wants("after", 0, "")
	})
}
