// Package demo makes the demo practice up: 40 people, 400 cases, 5,000 messages, and what stands around them, in three
// languages.
//
// It stands above every domain room and below main, which alone calls it (serve --demo), and only for an empty database that can
// be reached from this machine alone: its passwords are public. What is made up is the same each time, but for ids, and lies
// around the moment of the first start: appointments of today, messages of this morning, deadlines of next week.
//
// It is made in two steps: the past is imagined in memory, by chance that is always the same (past.go and what it calls), and then
// written by the rooms' own Seed verbs, which hold it to their rules, a thousand rows to a statement. A test asks of both
// databases whether what the rooms' other verbs keep up is true of it: the counts, the read marks, who sees whom.
//
// What is said stands in texts/, one file a language, in a form that whoever writes better dialogues needs no Go for.
//
// From nothing to the first page it takes about a second of CPU on SQLite, of which two thirds are this room's (go test ./app -run '^$'
// -bench FirstStartOfTheDemo tells the time).
package demo

import (
	"context"
	"fmt"
	"time"

	"chancery/app/access"
	"chancery/app/agenda"
	"chancery/app/audit"
	"chancery/app/billing"
	"chancery/app/cases"
	"chancery/app/casesync"
	"chancery/app/messages"
	"chancery/app/notices"
	"chancery/app/post"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/app/store"
)

// Password is everybody's first password. It is public.
const Password = "Lantern-Orchard-27!"

// Domain ends every demo address; .example can never be registered (RFC 2606).
const Domain = "@demo.example"

// Account is one of those that the demo names, by the kind of work.
type Account struct{ Email, Role string }

// Accounts are those to sign in with. Everybody else has the same password.
func Accounts() []Account {
	return []Account{
		{"admin" + Domain, access.RoleSuperAdmin},
		{"consultant" + Domain, access.RoleConsultant},
		{"paralegal" + Domain, access.RoleParalegal},
	}
}

// Practice is what the demo practice is called, and where it is.
func Practice() staff.Organization {
	return staff.Organization{
		Name: "Marlow Reyes Immigration Law", Tagline: "Toronto · Montréal · Ciudad de México", Language: "en", Zone: home,
		Contact: "admin" + Domain,
	}
}

// home is the practice's zone.
const home = "America/Toronto"

// People is how many work, or worked, in the demo practice.
func People() int { return len(everybody()) }

// Rooms are what the practice is made in.
type Rooms struct {
	DB       *store.DB
	Staff    *staff.Staff
	Signin   *signin.Signin
	Cases    *cases.Cases
	Messages *messages.Messages
	Agenda   *agenda.Agenda
	Billing  *billing.Billing
	Notices  *notices.Notices
	Post     *post.Post
	Sync     *casesync.Sync // nil without a case system
	Texts    bool           // somebody can sign in by PIN
}

// Fill makes the practice, in a database that has none.
func (r *Rooms) Fill(ctx context.Context) error {
	people, err := r.hire(ctx)
	if err != nil {
		return err
	}
	p, err := imagine(r.DB.Now(), people)
	if err != nil {
		return err
	}
	if err := r.write(ctx, p); err != nil {
		return err
	}
	if err := r.fillAccounts(ctx); err != nil {
		return err
	}
	if err := r.publishCards(ctx, people); err != nil {
		return err
	}
	if err := r.leaveForAWhile(ctx, people); err != nil {
		return err
	}
	if err := r.night(ctx); err != nil {
		return fmt.Errorf("night: %w", err)
	}
	logo, err := logo()
	if err != nil {
		return err
	}
	return r.Staff.SetLogo(ctx, system(), staff.Upload{Name: "logo.png", Type: "image/png", File: logo})
}

// write has the rooms write what was imagined, each in as few statements as it takes.
func (r *Rooms) write(ctx context.Context, p *past) error {
	if err := r.Cases.Seed(ctx, p.clients, p.cases); err != nil {
		return err
	}
	for _, step := range []struct {
		what  string
		write func() error
	}{
		{"messages", func() error { return r.Messages.Seed(ctx, p.said, p.behind) }},
		{"comments", func() error { return r.Messages.SeedComments(ctx, p.comments) }},
		{"notices", func() error { return r.Notices.SeedBulletins(ctx, p.bulletins()) }},
		{"scores", func() error { return r.Cases.SeedScores(ctx, p.scores) }},
		{"appointments", func() error { return r.Agenda.Seed(ctx, p.appointments) }},
		{"deadlines", func() error { return r.Agenda.SeedDeadlines(ctx, p.deadlines) }},
		{"invoices", func() error { return r.Billing.Seed(ctx, p.invoices) }},
		{"history", func() error { return audit.Seed(ctx, r.DB, p.history()) }},
	} {
		if err := step.write(); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return nil
}

// hire writes the people, and gives them as the rest needs them.
func (r *Rooms) hire(ctx context.Context) (people []colleague, err error) {
	now := r.DB.Now()
	err = r.DB.Tx(ctx, func(ctx context.Context) error {
		for i, p := range everybody() {
			u, err := r.add(ctx, i, p, now)
			if err != nil {
				return fmt.Errorf("%s: %w", p.last, err)
			}
			where, err := time.LoadLocation(p.zone)
			if err != nil {
				return err
			}
			c := colleague{id: u.ID, person: p, where: where}
			if u.DepartmentID != nil {
				c.departmentID = *u.DepartmentID
			}
			people = append(people, c)
		}
		return nil
	})
	return people, err
}

func system() access.Actor { return access.System("demo") }
