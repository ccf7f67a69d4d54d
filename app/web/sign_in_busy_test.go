package web_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"chancery/app/apptest"
	"chancery/app/fault"
	"chancery/app/signin"
)

// Issue "ways in", load; ASVS 6.1.1: a sign-in that no core can hash soon is told so, by 503 with Retry-After, on the same form
// with what was typed but the password; and pages of those who are in come as ever.
func TestASignInThatCannotBeHashedIsToldToComeBack(t *testing.T) {
	app := apptest.One(t)
	inside := app.SignIn("admin")
	door := app.Visitor().Visit("/sign-in?next=/users")
	ctx, enough := context.WithCancel(t.Context())
	var crowd sync.WaitGroup
	defer crowd.Wait()
	defer enough()
	var n atomic.Int64
	for range 400 { // more than may wait
		crowd.Go(func() {
			var busy *fault.Unavailable
			for ctx.Err() == nil { // who had a turn comes again, who had none goes: so the queue stays as long as it may be
				from := signin.Origin{Network: fmt.Sprintf("192.0.2.%d", n.Add(1)%250)}
				if _, err := app.Signin.SignIn(ctx, "nobody@firm.example", "x", from); errors.As(err, &busy) {
					return
				}
			}
		})
	}
	send := func() *apptest.Page {
		return door.Submit("form[action='/sign-in']", "email", apptest.Email("super"), "password", "Wrong-Password-1!")
	}
	p := send()
	for p.Status == 422 { // it had its turn before the crowd was there
		p = send()
	}
	p.Expect(503).In("#refused", "Too many people").Has("form[action='/sign-in'] input[name=next][value='/users']", 1)
	if after := p.Header.Get("Retry-After"); after != "3" || p.Attr("#email", "value") != apptest.Email("super") || strings.Contains(p.Body, "Wrong-Password") {
		t.Errorf("Retry-After %q; the form holds %q", after, p.Attr("#email", "value"))
	}
	inside.Visit("/me").Expect(200)
}
