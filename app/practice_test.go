package main

import (
	"context"
	"log/slog"
	"net/mail"
	"net/url"
	"strings"
	"testing"

	"chancery/app/access"
	"chancery/app/apptest/smtptest"
	"chancery/app/post"
	"chancery/app/signin"
	"chancery/app/staff"
	"chancery/app/store/storetest"
	"chancery/config"
)

// practice is a database with a practice in it, which the test looks at from outside the program, and a mail server.
type practice struct {
	t        *testing.T
	h        *house
	server   *smtptest.Server
	database string
	ca       string
}

func practices(t *testing.T, fn func(t *testing.T, p *practice)) {
	t.Helper()
	storetest.EachURL(t, func(t *testing.T, database string) { fn(t, newPractice(t, database)) })
}

func newPractice(t *testing.T, database string) *practice {
	t.Helper()
	p := &practice{t: t, server: smtptest.Start(t), database: database}
	p.ca = p.server.CAFile(t)
	base, err := url.Parse("https://chancery.firm.example")
	if err != nil {
		t.Fatal(err)
	}
	s := config.Settings{Flags: config.Flags{Database: database, Blobs: "dir:" + t.TempDir(), Mail: "dir:" + t.TempDir(),
		SecretKey: strings.Repeat("k", 32)}, Base: base}
	if p.h, err = open(t.Context(), s, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.h.close() })
	if err := p.h.prepare(t.Context(), staff.Organization{Name: "Marlow Reyes", Language: "en", Zone: "UTC"}); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *practice) settings() settings {
	return quick(p.database, settings{"MAIL": p.server.URL(), "MAIL_PASSWORD": smtptest.Password, "SSL_CERT_FILE": p.ca})
}

// invite creates a colleague, whose welcome mail waits to be sent.
func (p *practice) invite(first string) *staff.User {
	p.t.Helper()
	u, err := p.h.signin.Invite(p.t.Context(), access.System("test"), staff.NewUser{FirstName: first, LastName: "Okafor",
		Email: strings.ToLower(first) + "@firm.example", RoleID: access.RoleConsultant, Language: "en", Zone: "UTC"}, signin.FirstPassword{Way: signin.FirstLink})
	if err != nil {
		p.t.Fatal(err)
	}
	return u
}

// holdAccepted makes the server accept mails without saying so, until release.
func (p *practice) holdAccepted() (reached <-chan struct{}, release func()) {
	accepted, released := make(chan struct{}, 10), make(chan struct{})
	p.server.OnAccept(func(smtptest.Message) {
		accepted <- struct{}{}
		<-released
	})
	return accepted, func() {
		p.server.OnAccept(nil)
		close(released)
	}
}

func (p *practice) await(c *child, reached <-chan struct{}, what string) {
	p.t.Helper()
	c.until(what, func() bool { return len(reached) > 0 })
}

func (p *practice) state(u *staff.User) post.State {
	p.t.Helper()
	m, err := p.h.post.Find(context.WithoutCancel(p.t.Context()), "welcome/"+u.ID)
	if err != nil {
		p.t.Fatal(err)
	}
	return m.State
}

func (p *practice) expect(u *staff.User, want post.State) {
	p.t.Helper()
	if got := p.state(u); got != want {
		p.t.Errorf("the mail is %s in the database, want %s", got, want)
	}
}

// delivered waits until a person's mail has gone out and the database says so.
func (p *practice) delivered(c *child, u *staff.User) {
	p.t.Helper()
	c.until("the mail is delivered", func() bool { return p.state(u) == post.Delivered })
	for _, m := range p.server.Messages() {
		if m.To == u.Email {
			return
		}
	}
	p.t.Errorf("the database says delivered, but no mail to %s arrived", u.Email)
}

func messageID(t *testing.T, m smtptest.Message) string {
	t.Helper()
	parsed, err := mail.ReadMessage(strings.NewReader(string(m.Data)))
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Header.Get("Message-ID")
}

func ids(t *testing.T, all []smtptest.Message) (list []string) {
	t.Helper()
	for _, m := range all {
		list = append(list, messageID(t, m))
	}
	return list
}

// unfold undoes the soft line breaks of quoted-printable.
func unfold(data []byte) string { return strings.ReplaceAll(string(data), "=\r\n", "") }
