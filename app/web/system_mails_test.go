package web_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"chancery/app/apptest"
	"chancery/app/fault"
	"chancery/app/post"
	"chancery/app/resource"
	"chancery/views"
)

// sent writes a mail to one of the cast, and what became of it; state "" leaves it waiting.
func sent(t *testing.T, app *apptest.App, who, key string, o post.Outcome) *post.Mail {
	t.Helper()
	u := app.Person(who)
	must(t, app.Post.Queue(t.Context(), post.Draft{SendKey: key, Kind: post.SessionsEnded, UserID: u.ID, Recipient: u.Email, Language: "en", Zone: "UTC"}))
	m, err := app.Post.Find(t.Context(), key)
	must(t, err)
	if o.State == "" {
		return m
	}
	if ours, err := app.Post.Begin(t.Context(), m, time.Minute); err != nil || !ours {
		t.Fatal(ours, err)
	}
	o.Found = resource.Condition{Type: post.Delivery, Status: resource.False, Reason: "Refused"}
	must(t, app.Post.Record(t.Context(), m, o))
	return m
}

// B-23: "did she get it?" is answered, and what needs somebody can be done by those who may.
func TestTheMailLedger(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		c := app.SignIn("admin")
		jon := app.Person("consultant")
		sent(t, app, "consultant", "one", post.Outcome{State: post.Failed, Answer: "5.1.1 no such user", Dead: true})
		waits := sent(t, app, "consultant", "two", post.Outcome{})
		p := c.Visit("/system/mails").In("#figures", "Waiting for an address").In("#ledger", "5.1.1 no such user").In("#ledger", "Address refused").In("#ledger", jon.Email)
		if n := p.Header.Get("X-Statements"); n != "5" { // session, ledger, figures, the oldest, outage
			t.Errorf("%s statements", n)
		}
		// The person's own pages say so, and an address that is right after all is tried again.
		p = c.Visit("/users/"+jon.ID).In("#mail-pause", "refuses the address "+jon.Email).In("#mail-pause", "5.1.1 no such user")
		p.Submit("#mail-pause form").In("[role=status]", "are tried again").Has("#mail-pause", 0)

		p = c.Visit("/system/mails?state=failed&kind=sessions-ended&who="+strings.ToUpper(jon.LastName[:3])).Has("#ledger tbody tr", 1)
		p = p.Submit("#ledger form[action*='/tries']").In("[role=status]", "The e-mail goes out now.").In("#ledger", "No e-mails")
		if !strings.Contains(p.Path, "state=failed") || !strings.Contains(p.Path, "kind=sessions-ended") {
			t.Errorf("the filter is lost: %s", p.Path)
		}
		p = c.Visit("/system/mails?state=open&who="+jon.Email).Has("#ledger tbody tr", 2)
		p.Submit("#ledger form[action*='"+waits.ID+"/stoppage']").In("[role=status]", "was stopped").Has("#ledger tbody tr", 1)
		p.Submit("#ledger form[action*='"+waits.ID+"/stoppage']").Expect(422).In("[role=alert]", "has gone out already") // by a page that was open
		c.Visit("/users/"+jon.ID+"/history").In("#history", "E-mail stopped").In("#history", "E-mail tried again").In("#history", "Refused address declared right").In("#history", "Signed out everywhere")

		// The list alone, for a filter that changed.
		if f := c.Fragment("GET", "/system/mails?state=stopped&who="+jon.Email, "/system/mails", nil); f.Doc.Find("h1").Length() != 0 || f.Doc.Find("#ledger tbody tr").Length() != 1 {
			t.Errorf("the fragment is %s", f.Body)
		}
		// The list is by when mails were begun, and says so of each; one that came later says when it did.
		held := app.Clock.Now()
		late := sent(t, app, "other", "late", post.Outcome{})
		app.Clock.Add(9 * time.Hour)
		if ours, err := app.Post.Begin(t.Context(), late, time.Minute); err != nil || !ours {
			t.Fatal(ours, err)
		}
		must(t, app.Post.Record(t.Context(), late, post.Outcome{State: post.Delivered, Answer: "250 OK", Found: resource.Condition{Type: post.Delivery, Status: resource.True, Reason: "Accepted"}}))
		c = app.SignIn("admin")
		p = c.Visit("/system/mails?state=delivered&who="+late.Recipient).Has("#ledger tbody tr", 1).In("#ledger .status", "Delivered: ")
		if at, err := time.Parse(time.RFC3339, p.Attr("#ledger td time", "datetime")); err != nil || !at.Equal(held.Truncate(time.Second)) {
			t.Errorf("it was begun at %s, and is listed at %s %v", held, at, err)
		}
		// Who looks only, looks only.
		write(t, app, `DELETE FROM role_permissions WHERE role_id = 'administrator' AND permission = 'system.operate'`)
		c.Visit("/system/mails").Has("#ledger form", 0)
		app.SignIn("consultant").Visit("/system/mails").Expect(403)
	})
}

// Every kind that there is has its words in every language: the ledger, the person's page and the history name it by them; and whatever has a template is a kind.
func TestEveryKindOfMailHasItsName(t *testing.T) {
	templates, err := filepath.Glob("../../views/mail/*.txt")
	must(t, err)
	if len(templates) != len(post.Kinds()) {
		t.Errorf("%d kinds, %d mails", len(post.Kinds()), len(templates))
	}
	for _, file := range templates {
		if kind := post.Kind(strings.TrimSuffix(filepath.Base(file), ".txt")); !slices.Contains(post.Kinds(), kind) {
			t.Errorf("%s is among no kinds", kind)
		}
	}
	for _, lang := range views.Languages() {
		l, names := views.In(lang.Code, time.UTC, time.Now()), map[string]post.Kind{}
		for _, kind := range post.Kinds() {
			key := "mails.kind." + string(kind)
			name := l.T(fault.M(key))
			if name == "" || strings.Contains(name, key) {
				t.Errorf("%s has no name in %s", kind, lang.Code)
			}
			if twin, taken := names[name]; taken {
				t.Errorf("%s and %s have one name in %s: %s", kind, twin, lang.Code, name)
			}
			names[name] = kind
		}
	}
}

// An outage is said in words, with what to do; the ledger is read page by page.
func TestTheLedgerTellsOfAnOutageAndHasPages(t *testing.T) {
	apptest.Each(t, func(t *testing.T, app *apptest.App) {
		now := app.Clock.Now()
		must(t, app.Post.Down(t.Context(), post.Outage{Since: now.Add(-time.Hour), Reason: "NotSignedIn", Answer: "5.7.8 bad credentials", Tries: 14, NextAt: now.Add(time.Minute)}))
		for i := range 45 {
			sent(t, app, "paralegal", fmt.Sprint("mail/", i), post.Outcome{})
		}
		c := app.SignIn("admin")
		p := c.Visit("/system/mails").In("#outage", "check the user and the password").In("#outage", "5.7.8 bad credentials").Has("#ledger tbody tr", 40)
		p = p.Follow("#ledger a[rel=next]").Has("#ledger a[rel=next]", 0)
		if n := p.Doc.Find("#ledger tbody tr").Length(); n < 5 {
			t.Errorf("%d rows on the second page", n)
		}
		for _, reason := range []string{"Unreachable", "SenderRefused", "Overloaded"} {
			must(t, app.Post.Down(t.Context(), post.Outage{Since: now, Reason: reason, NextAt: now}))
			if text := c.Visit("/system/mails").Text("#outage"); strings.Contains(text, "system.outage") {
				t.Errorf("%s has no words: %s", reason, text)
			}
		}
		must(t, app.Post.Up(t.Context()))
		c.Visit("/system/mails").Has("#outage", 0)
	})
}
