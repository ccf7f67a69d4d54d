package web_test

import (
	"strings"
	"sync"
	"testing"

	"chancery/app/apptest"
	"chancery/app/post"
)

// ASVS 6.4.1, 6.4.3, 6.5.1: whatever works once works once: each kind of credential there is, sent twice from its page, and twice at the
// same moment, does its work one time, and says so politely the other.
func TestWhatWorksOnceWorksOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		disowning := apptest.Credential{Name: "link that disowns", Table: "links", Give: func(app *apptest.App) *apptest.Held {
			app.SignIn("super")
			path, _ := secretOf(t, app, post.NewDevice, "super")
			return &apptest.Held{User: app.Person("super"), Path: path, Form: "#disown"}
		}}
		for _, kind := range append(apptest.Credentials(), disowning) {
			held := kind.Give(app)
			if held.Form == "" {
				continue
			}
			fields := held.Fields
			if strings.Contains(kind.Name, "welcome") || strings.Contains(kind.Name, "recovery") {
				fields = []string{"new", apptest.NewPassword, "confirm", apptest.NewPassword}
			}
			// The same browser's form twice, where it is bound to one; two browsers' otherwise.
			var forms [3]*apptest.Page
			for i := range forms {
				c := held.Browser
				if c == nil {
					c = app.Visitor()
				}
				forms[i] = c.Visit(held.Path).Expect(200)
			}
			before := used(t, app, kind.Table, held.User.ID)
			sessions := alive(t, app, held.User.ID)
			var both sync.WaitGroup
			for _, p := range forms[:2] {
				both.Go(func() { p.Submit(held.Form, fields...) })
			}
			both.Wait()
			late := forms[2].Submit(held.Form, fields...)
			if late.Status >= 500 || strings.HasPrefix(late.Path, "/me") && held.Browser == nil {
				t.Errorf("%s, sent a third time: %d at %s", kind.Name, late.Status, late.Path)
			}
			if n := used(t, app, kind.Table, held.User.ID) - before; n != 1 {
				t.Errorf("%s was used %d times", kind.Name, n)
			}
			if n := alive(t, app, held.User.ID) - sessions; n > 1 {
				t.Errorf("%s has opened %d sessions", kind.Name, n)
			}
		}
	})
}

// used counts what of a person's in a table was used up.
func used(t *testing.T, app *apptest.App, table, userID string) (n int) {
	t.Helper()
	must(t, app.DB.In(t.Context()).Raw(`SELECT count(*) FROM `+table+` WHERE user_id = ? AND used_at IS NOT NULL`, userID).Scan(&n).Error)
	return n
}

// alive counts a person's sessions that have not ended.
func alive(t *testing.T, app *apptest.App, userID string) (n int) {
	t.Helper()
	must(t, app.DB.In(t.Context()).Raw(`SELECT count(*) FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.user_id = ? AND s.ended_at IS NULL AND s.epoch = u.epoch`, userID).Scan(&n).Error)
	return n
}
