package browser

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/apptest/chrome"
	"chancery/app/delivery"
	"chancery/jobs"
)

const minute = time.Minute

// S1-2…S1-10: an administrator creates a colleague, the welcome mail comes, its link opens, and the first page is there.
func TestAColleagueIsInvitedAndComesIn(t *testing.T) {
	app := practice(t)
	outbox := working(t, app)
	p := signedIn(t, app, "admin").Click(".side a[href='/users']").At("/users").Click(".page-head .btn-primary").At("/users/new")
	p.Click("#user-form .btn-primary").Focused("#errors").Sees("#first-name-error", "").Click("#errors a[href='#first-name']").Focused("#first-name") // in our words, not the browser's (C-6)
	p.Fill("#first-name", "Wilhelmina").Fill("#last-name", "Brandt").Fill("#email", apptest.Email("consultant")).Choose("#role", access.RoleParalegal).Click("#user-form .btn-primary")
	p.Focused("#errors").Click("#errors a[href='#email']").Focused("#email").Until(`document.querySelector("#first-name").value === "Wilhelmina"`)
	p.Fill("#email", apptest.Email("wilhelmina")).Choose("#language", "fr").Click("#user-form .btn-primary").Sees(".alert-success", "Wilhelmina Brandt").Sees(".status", "")

	guest := visitor(t, app, chrome.Phone()).Visit(welcomeLink(t, outbox, "wilhelmina")).Sees("h1", "Bienvenue")
	guest.Fill("#new", newPassword).Fill("#confirm", newPassword).Click("#welcome .btn-primary").At("/me").Sees("h1", "Mon profil").Sees(".photo b", "Wilhelmina Brandt")
	p.Reload().Sees(".status[data-status=active]", "")
}

// S1-6: a password that must be changed keeps every other page shut until it is.
func TestAForcedChangeKeepsEveryOtherPageShut(t *testing.T) {
	app := practice(t)
	write(t, app, `UPDATE credentials SET must_change = true WHERE user_id = ?`, app.Person("consultant").ID)
	p := enter(visitor(t, app).Visit("/sign-in"), "consultant", apptest.Password).At("/me/password/edit")
	for _, path := range []string{"/me", "/me/security", "/users/" + app.Person("other").ID} {
		p.Visit(path).At("/me/password/edit")
	}
	p.Fill("#new", apptest.Password).Fill("#confirm", apptest.Password).Press(chrome.Enter).Focused("#errors")
	p.Fill("#new", newPassword).Fill("#confirm", newPassword).Press(chrome.Enter).At("/me").Visit("/me/security").Sees("h1", "Security")
}

// S1-34: the list narrows while one types, and the address can be shared.
func TestTheListNarrowsWhileOneTypes(t *testing.T) {
	p := signedIn(t, practice(t), "admin").Visit("/users").Type("#people-q", "trembl").Until(`document.querySelectorAll("#people tbody tr").length === 1 && location.search === "?q=trembl"`).Focused("#people-q")
	p.Type("#people-q", "zzz").Sees("#people .empty", "trembl").Focused("#people-q")
	p.Click("#people .empty a").At("/users").Until(`document.querySelectorAll("#people tbody tr").length > 5`)
}

// S0-32: so does the colleagues'.
func TestColleaguesNarrowWhileOneTypes(t *testing.T) {
	p := signedIn(t, practice(t), "consultant").Visit("/colleagues").Type("#people-q", "mbeki").Until(`document.querySelectorAll("#people tbody tr").length === 1`)
	p.Fill("#people-q", "").Type("#people-q", "trembl").Until(`document.querySelectorAll("#people tbody tr").length === 1 && location.search === "?q=trembl"`).Focused("#people-q").Sees("#people tbody", "Tremblay")
	p.Type("#people-q", "zzz").Sees("#people .empty", "trembl").Focused("#people-q")
	p.Click("#people .empty a").At("/colleagues").Until(`document.querySelectorAll("#people tbody tr").length > 5`)
}

// S1-22: signed out everywhere by an administrator, after a question.
func TestAnAdministratorSignsSomeoneOutEverywhere(t *testing.T) {
	app := practice(t)
	p, jon := signedIn(t, app, "admin"), signedIn(t, app, "consultant")
	const ask, menu = "#user-menu a[href$='/sessions/delete']", ".page-head [popovertarget=user-menu]"
	p.Visit("/users/" + app.Person("consultant").ID).Click(menu).Click(ask).Until(`document.querySelector("dialog:modal")`).Press(chrome.Escape).Gone("dialog").Focused(menu)
	p.Press(chrome.Enter).Click(ask).Until(`document.querySelector("dialog:modal")`).Load(func() { p.Click("dialog .btn-error") }).Sees(".alert-success", "Okafor")
	jon.Visit("/me").At("/sign-in")
}

// working runs the jobs beside the app and returns the folder that its mails come into.
func working(t *testing.T, app *apptest.App) string {
	t.Helper()
	outbox := t.TempDir()
	sender, err := delivery.Open("dir:"+outbox, delivery.Options{})
	if err != nil {
		t.Fatal(err)
	}
	base, err := url.Parse(app.URL)
	if err != nil {
		t.Fatal(err)
	}
	work, err := jobs.New(jobs.Deps{
		Replies: app.Replies,
		DB:      app.DB, Staff: app.Staff, Signin: app.Signin, Notices: app.Notices, Post: app.Post, Work: app.Work, Blobs: app.Blobs, Letters: app.Views,
		Sender: sender, From: mail.Address{Name: "Marlow Reyes", Address: "office@firm.example"}, Base: base, Log: quiet(app),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- work.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("the jobs ended: %v", err)
		}
	})
	return outbox
}

// welcomeLink waits for someone's mail and returns the path of the link in it.
func welcomeLink(t *testing.T, outbox, who string) string {
	t.Helper()
	return mailedLink(t, outbox, who, `/welcome/[\w-]+`)
}

// mailedLink is welcomeLink for any link that looks like pattern.
func mailedLink(t *testing.T, outbox, who, pattern string) string {
	t.Helper()
	link := regexp.MustCompile(pattern)
	deadline := time.Now().Add(30 * time.Second)
	for look := time.NewTicker(20 * time.Millisecond); ; <-look.C {
		files, err := filepath.Glob(filepath.Join(outbox, "*.eml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if text := letter(t, name, apptest.Email(who)); link.MatchString(text) {
				look.Stop()
				return link.FindString(text)
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("no mail with %s came for %s, only %q", pattern, who, files)
		}
	}
}

// letter is the plain text of a mail, or "" when it is to someone else.
func letter(t *testing.T, name, to string) string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := mail.ReadMessage(f)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(m.Header.Get("To"), to) {
		return ""
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	part, err := multipart.NewReader(m.Body, params["boundary"]).NextRawPart()
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(quotedprintable.NewReader(part))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
