package notices_test

import (
	"fmt"
	"testing"

	"chancery/app/access"
	"chancery/app/cases"
	"chancery/app/cases/casestest"
	"chancery/app/messages"
	"chancery/app/notices"
	"chancery/app/post"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// The figures in the package comment.
func BenchmarkTelling(b *testing.B) {
	for name, open := range map[string]func(testing.TB) string{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		db := storetest.Open(b, open(b), nil)
		f := benchFirm(b, db)
		for _, wanting := range []string{"false", "true"} {
			b.Run(name+"/message/wanted="+wanting, func(b *testing.B) {
				for _, p := range f.people {
					f.must(f.notices.Choose(b.Context(), p, map[string]string{notices.MessageMails: wanting}))
				}
				for i := 0; b.Loop(); i++ {
					_, err := f.messages.Receive(b.Context(), casestest.System, messages.Received{CaseID: f.files[i%len(f.files)], Body: "I have the certificate."})
					f.must(err)
				}
			})
		}
		b.Run(name+"/letters", func(b *testing.B) {
			var mails []post.Mail
			f.must(db.In(b.Context()).Raw(`SELECT * FROM mails WHERE kind = 'events' AND id IN (SELECT mail_id FROM mail_items) ORDER BY id DESC LIMIT 100`).Scan(&mails).Error)
			for b.Loop() {
				_, err := f.notices.Letters(b.Context(), mails)
				f.must(err)
			}
			b.ReportMetric(float64(len(mails)*b.N)/b.Elapsed().Seconds(), "mails/s")
		})
	}
}

type bench struct {
	b        testing.TB
	notices  *notices.Notices
	messages *messages.Messages
	people   []access.Actor
	files    []string
}

func (f *bench) must(err error) {
	f.b.Helper()
	if err != nil {
		f.b.Fatal(err)
	}
}

// benchFirm has 100 people and 100 cases of three each.
func benchFirm(b testing.TB, db *store.DB) *bench {
	f := &bench{b: b}
	people := staff.New(db, staff.Studio{})
	files := cases.New(db, people)
	f.notices = notices.New(db, post.New(db), people, notices.Options{Key: make([]byte, 32)})
	f.messages = messages.New(db, files, people)
	f.messages.Tells(f.notices)
	f.must(access.New(db).Seed(b.Context()))
	f.must(people.SeedOrganization(b.Context(), staff.Organization{Name: "Marlow Reyes", Language: "en", Zone: "UTC"}))
	client, err := files.AddClient(b.Context(), casestest.System, cases.NewClient{Name: "Kowalczyk, Aneta"})
	f.must(err)
	for i := range 100 {
		u, err := people.Create(b.Context(), casestest.System, staff.NewUser{FirstName: "Ana", LastName: "Ruiz", Email: fmt.Sprintf("p%d@firm.example", i), RoleID: access.RoleConsultant, Language: "en", Zone: "UTC"})
		f.must(err)
		f.must(people.SeedStatus(b.Context(), u.ID, staff.Active, nil))
		p := casestest.System
		p.ID = u.ID
		f.people = append(f.people, p)
	}
	for i := range 100 {
		k, err := files.Create(b.Context(), casestest.System, cases.NewCase{Number: fmt.Sprintf("MR-%06d", i), Title: "Work permit", ClientID: client.ID, OwnerID: f.people[i].ID})
		f.must(err)
		for _, m := range []int{1, 2} {
			f.must(files.AddMember(b.Context(), casestest.System, k.ID, f.people[(i+m)%100].ID))
		}
		f.files = append(f.files, k.ID)
	}
	return f
}
