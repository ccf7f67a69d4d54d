// Package casestest gives the tests of what happens in cases (messages, appointments, invoices) a practice with a client,
// so that each says only what is its own. Imported by tests only.
package casestest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/cases"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/app/store"
	"chancery/app/store/storetest"
)

// System acts for nobody.
var System = access.System("test")

// Firm is a practice with a client.
type Firm struct {
	T      testing.TB
	Ctx    context.Context
	Clock  *storetest.Clock
	DB     *store.DB
	Staff  *staff.Staff
	Cases  *cases.Cases
	Client string // its id
	next   int
}

// Each runs fn with a practice on each kind of database.
func Each(t *testing.T, fn func(t *testing.T, f *Firm)) {
	t.Helper()
	storetest.EachURL(t, func(t *testing.T, url string) { fn(t, On(t, url)) })
}

// On is a practice on a database that is empty still.
func On(t *testing.T, url string) *Firm {
	t.Helper()
	f := &Firm{T: t, Ctx: t.Context(), Clock: storetest.NewClock()}
	f.DB = storetest.Open(t, url, f.Clock.Now)
	f.Staff = staff.New(f.DB, staff.Studio{})
	f.Cases = cases.New(f.DB, f.Staff)
	f.Must(access.New(f.DB).Seed(f.Ctx))
	f.Must(f.Staff.SeedOrganization(f.Ctx, staff.Organization{Name: "Marlow Reyes", Language: "en", Zone: "America/Toronto"}))
	c, err := f.Cases.AddClient(f.Ctx, System, cases.NewClient{Name: "Kowalczyk, Aneta"})
	f.Must(err)
	f.Client = c.ID
	return f
}

// Must ends the test on an error.
func (f *Firm) Must(err error) {
	f.T.Helper()
	if err != nil {
		f.T.Fatal(err)
	}
}

// Person is somebody active who may do this besides seeing their cases, by permissions with spaces between.
func (f *Firm) Person(first, last, mailbox, rights string) access.Actor {
	f.T.Helper()
	u, err := f.Staff.Create(f.Ctx, System, staff.NewUser{FirstName: first, LastName: last, Email: mailbox + "@firm.example",
		RoleID: access.RoleConsultant, Language: "en", Zone: "UTC"})
	f.Must(err)
	f.Must(f.Staff.SeedStatus(f.Ctx, u.ID, staff.Active, nil))
	return access.Actor{Actor: audit.Actor{ID: u.ID, Name: u.Name()}, Rights: access.Granted(false, "cases.view "+rights)}
}

// Open is the id of a new case of the client.
func (f *Firm) Open(owner access.Actor) string {
	f.T.Helper()
	f.next++
	k, err := f.Cases.Create(f.Ctx, System, cases.NewCase{Number: fmt.Sprintf("MR-%06d", f.next), Title: "Work permit", ClientID: f.Client, OwnerID: owner.ID})
	f.Must(err)
	return k.ID
}

// Count is the one number that a query answers.
func (f *Firm) Count(query string, args ...any) (n int) {
	f.T.Helper()
	f.Must(f.DB.In(f.Ctx).Raw(query, args...).Scan(&n).Error)
	return n
}

// Invalid asks that an error refuses a field for this reason.
func (f *Firm) Invalid(err error, field, key string) {
	f.T.Helper()
	var bad *fault.Invalid
	if !errors.As(err, &bad) || !slices.ContainsFunc(bad.Fields, func(w fault.Field) bool { return w.Name == field && w.Message.Key == key }) {
		f.T.Errorf("%v, want %s on %s", err, key, field)
	}
}
