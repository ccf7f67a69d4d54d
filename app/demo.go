package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"

	"chancery/app/demo"
	"chancery/app/web"
	"chancery/config"
)

// demoAllowed refuses to show a practice with public passwords to anyone but this machine. It is asked of what was
// given, before that is understood, so that nobody is told to choose an address for people first; the wrong settings
// that are known by then are named with it.
func demoAllowed(f config.Flags, others error) error {
	var bad config.Problems
	refuse := func(name string) {
		bad.Add(name, errors.New("a demo runs on loopback only, since its passwords are public"))
	}
	if away(f.Listen) {
		refuse("CHANCERY_LISTEN")
	}
	if away(f.OpsListen) {
		refuse("CHANCERY_OPS_LISTEN")
	}
	if u, err := url.Parse(f.URL); f.URL != "" && err == nil && u.Hostname() != "" && !config.Loopback(u.Hostname()) {
		refuse("CHANCERY_URL")
	}
	if len(bad) == 0 {
		return others
	}
	var more config.Problems
	if errors.As(others, &more) {
		for _, p := range more {
			if p.Name != "CHANCERY_URL" {
				bad = append(bad, p)
			}
		}
	}
	return bad
}

// away tells whether an address to listen on can be reached from elsewhere.
func away(address string) bool {
	host, _, err := net.SplitHostPort(address)
	return err == nil && !config.Loopback(host)
}

// demo fills an empty database with a practice, or keeps what a former start filled, and prints how to sign in.
func (h *house) demo(ctx context.Context, out io.Writer) ([]web.DemoSignIn, error) {
	if !h.sync.On() {
		h.sync.Asks(demo.CaseSystem{})
	}
	n, err := h.staff.CountUsers(ctx)
	switch {
	case err != nil:
		return nil, err
	case n > 0:
		fmt.Fprintf(out, "The demo practice is kept as it was left: %d people.\n", n)
	default:
		rooms := demo.Rooms{DB: h.db, Staff: h.staff, Signin: h.signin, Cases: h.cases, Messages: h.messages, Agenda: h.agenda, Billing: h.billing,
			Notices: h.notices, Post: h.post, Sync: h.sync, Texts: h.texts != nil}
		if err := rooms.Fill(ctx); err != nil {
			return nil, fmt.Errorf("demo practice: %w", err)
		}
		fmt.Fprintf(out, "A demo practice was made: %d people, %d cases. Mails go to %s\n", demo.People(), demo.Cases, strings.TrimPrefix(h.settings.Mail, "dir:"))
	}
	fmt.Fprintf(out, "\nSign in with one of these and the password %s (unless you changed it):\n", demo.Password)
	var accounts []web.DemoSignIn
	for _, a := range demo.Accounts() {
		accounts = append(accounts, web.DemoSignIn(a))
		fmt.Fprintf(out, "  %s\n", a.Email)
	}
	fmt.Fprintln(out)
	return accounts, nil
}

// demoFits refuses a database with a practice of its own, before anything of it is touched, its schema among it.
func (h *house) demoFits(ctx context.Context) error {
	n, err := h.staff.CountUsers(ctx)
	if err != nil || n == 0 {
		return nil // no table yet, or nobody in it; whatever else is wrong shows when the schema is made
	}
	known, err := h.signin.Exists(ctx, demo.Accounts()[0].Email)
	if err == nil && !known {
		return errors.New("this database holds a practice of its own; --demo needs an empty one (CHANCERY_DATABASE)")
	}
	return err
}
