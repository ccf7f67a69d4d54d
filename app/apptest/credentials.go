package apptest

import (
	"strings"
	"time"

	"github.com/pquerna/otp/totp"

	"chancery/app/access"
	"chancery/app/calendar"
	"chancery/app/post"
	"chancery/app/signin"
	"chancery/app/staff"
)

// Credential is one kind of what lets a person in, or acts in their name. A kind that is added to the product is added to
// Credentials, so that what is shown of all of them (that they end at once, B-2) is shown of it.
type Credential struct {
	Name  string
	Table string // that keeps it
	Give  func(a *App) *Held
}

// Held is a credential in someone's hands.
type Held struct {
	User *staff.User // whose it is
	// Session is the browser that a session is in, or nil.
	Session *Client
	// Path is the page that a link opens, or "", and Form the form on it by which it is used.
	Path, Form string
	// Browser is the only one in which Form works, or nil; Fields are what has to be typed there.
	Browser *Client
	Fields  []string
	// Asks is the address that another program asks, which opens no page, or ""; Bearer is its token, and Shut what is answered when it has
	// ended. The address of a feed is its own token.
	Asks, Bearer string
	Shut         int
}

// Credentials are all kinds of them. Each gives one of a person who may use it now.
func Credentials() []Credential {
	return []Credential{
		{"session by password", "sessions", func(a *App) *Held {
			return &Held{User: a.Person("consultant"), Session: a.SignIn("consultant")}
		}},
		{"session by link", "sessions", func(a *App) *Held {
			c := a.Visitor()
			c.Visit(a.recovery("other")).Submit("#reset", "new", NewPassword, "confirm", NewPassword)
			return &Held{User: a.Person("other"), Session: c}
		}},
		{"session by PIN", "sessions", func(a *App) *Held {
			a.Phone("admin")
			c := a.Visitor()
			p := c.Visit("/sign-in/phone").Submit("#phone", "cell", Cell)
			p.Submit("#pin-form", "pin", a.PIN("admin"))
			return &Held{User: a.Person("admin"), Session: c}
		}},
		{"PIN", "pins", func(a *App) *Held {
			a.Phone("admin")
			a.Clock.Add(time.Minute) // they may have asked for one just now
			c := a.Visitor()
			c.Visit("/sign-in/phone").Submit("#phone", "cell", Cell).At("/sign-in/pin")
			return &Held{User: a.Person("admin"), Path: "/sign-in/pin", Form: "#pin-form", Browser: c, Fields: []string{"pin", a.PIN("admin")}}
		}},
		{"second step", "signin_steps", func(a *App) *Held {
			c := a.SignIn("accountant")
			p := c.Visit("/me/factors").Submit("#app-form")
			secret := strings.ReplaceAll(p.Attr("#secret", "value"), " ", "")
			code := func() string {
				now, err := totp.GenerateCode(secret, a.Clock.Now())
				must(a.t, err)
				return now
			}
			p.Submit("#confirm-form", "code", code())
			a.Clock.Add(time.Minute) // each code works once
			c = a.Visitor()
			c.Visit("/sign-in").Submit("form[action='/sign-in']", "email", Email("accountant"), "password", Password).At("/sign-in/step")
			return &Held{User: a.Person("accountant"), Path: "/sign-in/step", Form: "#code-form", Browser: c, Fields: []string{"code", code()}}
		}},
		{"welcome link", "links", func(a *App) *Held {
			token, _, err := a.Signin.IssueWelcome(a.t.Context(), a.Person("invited").ID)
			must(a.t, err)
			return &Held{User: a.Person("invited"), Path: "/welcome/" + token, Form: "#welcome"}
		}},
		{"recovery link", "links", func(a *App) *Held {
			return &Held{User: a.Person("paralegal"), Path: a.recovery("paralegal"), Form: "#reset"}
		}},
		{"link that proves an address", "links", func(a *App) *Held {
			u := a.Person("accountant")
			must(a.t, a.DB.In(a.t.Context()).Exec(`UPDATE users SET email_verified_at = NULL WHERE id = ?`, u.ID).Error)
			must(a.t, a.Signin.SendVerification(a.t.Context(), access.System("test"), u.ID))
			must(a.t, a.DB.In(a.t.Context()).Exec(`UPDATE mails SET state = 'sending' WHERE user_id = ? AND kind = ?`, u.ID, post.EmailVerify).Error) // secrets are made at that moment only
			m, err := a.Post.Latest(a.t.Context(), u.ID, post.EmailVerify)
			must(a.t, err)
			e, err := a.Signin.Enclose(a.t.Context(), m)
			must(a.t, err)
			return &Held{User: u, Path: "/" + strings.Join(e.Path, "/"), Form: "#verify"}
		}},
		{"API token", "tokens", func(a *App) *Held {
			return &Held{User: a.Person("admin"), Asks: "/api/v1/cases", Bearer: a.token("admin"), Shut: 401}
		}},
		{"paired extension", "pairings", func(a *App) *Held {
			return &Held{User: a.Person("consultant"), Asks: "/extension/inbox", Bearer: a.Pair("consultant"), Shut: 401}
		}},
		{"calendar feed", "calendar_feeds", func(a *App) *Held {
			token, err := a.Calendars.MakeFeed(a.t.Context(), a.Actor("consultant"), calendar.FeedFull)
			must(a.t, err)
			return &Held{User: a.Person("consultant"), Asks: "/calendars/" + token + ".ics", Shut: 404}
		}},
	}
}

// token is an API token of a cast member, who may make some.
func (a *App) token(who string) string {
	a.t.Helper()
	from := signin.Origin{Network: "192.0.2.7", UserAgent: "test"}
	o, err := a.Signin.SignIn(a.t.Context(), Email(who), Password, from)
	must(a.t, err)
	c, err := a.Signin.Resume(a.t.Context(), o.Token, from)
	must(a.t, err)
	secret, _, err := a.Signin.CreateToken(a.t.Context(), c, signin.NewToken{Name: "Client app", Scopes: []access.Permission{access.CasesView}, Days: 30}, from)
	must(a.t, err)
	return secret
}

// Pair pairs a browser extension with a cast member's account, and returns its token.
func (a *App) Pair(who string) string {
	a.t.Helper()
	from := signin.Origin{Network: "192.0.2.8", UserAgent: "Mozilla/5.0 (X11; Linux x86_64) Chrome/141.0.0.0"}
	o, err := a.Signin.SignIn(a.t.Context(), Email(who), Password, from)
	must(a.t, err)
	c, err := a.Signin.Resume(a.t.Context(), o.Token, from)
	must(a.t, err)
	code, _, err := a.Signin.CreatePairing(a.t.Context(), c, from)
	must(a.t, err)
	token, err := a.Signin.Pair(a.t.Context(), code, from)
	must(a.t, err)
	return token
}

// Cell is the number that Phone gives.
const Cell = "+14165550142"

// Phone gives a cast member a cell number that is verified, and so signs in.
func (a *App) Phone(who string) {
	a.t.Helper()
	must(a.t, a.DB.In(a.t.Context()).Exec(`UPDATE users SET cell = ?, cell_verified_at = ? WHERE id = ?`, Cell, a.Clock.Now(), a.Person(who).ID).Error)
}

// PIN is what the latest text to a cast member says, which is sent by that.
func (a *App) PIN(who string) string {
	a.t.Helper()
	text, err := a.Post.LatestText(a.t.Context(), a.Person(who).ID)
	must(a.t, err)
	pin, err := a.Signin.EnclosePIN(a.t.Context(), text)
	must(a.t, err)
	return pin.Code
}

// NewPassword is one that nobody of the cast has.
const NewPassword = "Harbour-Violet-31!"

// recovery is the path of a recovery link for a cast member.
func (a *App) recovery(who string) string {
	a.t.Helper()
	token, _, err := a.Signin.IssueRecovery(a.t.Context(), access.System("test"), a.Person(who))
	must(a.t, err)
	return "/reset/" + token
}
