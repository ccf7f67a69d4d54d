package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"net"
	"net/url"
	"strings"
	"time"

	"chancery/app/access"
	"chancery/app/listing"
	"chancery/app/staff"
	"chancery/app/web"
	"chancery/config"
)

// demoPassword is the three demo accounts' first password. It is public, which is why a demo practice can only be
// reached from the machine it runs on.
const demoPassword = "Lantern-Orchard-27!"

// demoDomain ends every demo address; .example can never be registered (RFC 2606).
const demoDomain = "@demo.example"

func demoPractice() staff.Organization {
	return staff.Organization{
		Name: "Marlow Reyes Immigration Law", Tagline: "Toronto · Montréal · Ciudad de México", Language: "en", Zone: "America/Toronto",
		Contact: "admin" + demoDomain,
	}
}

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
	accounts := []web.DemoSignIn{
		{Email: "admin" + demoDomain, Role: access.RoleSuperAdmin},
		{Email: "consultant" + demoDomain, Role: access.RoleConsultant},
		{Email: "paralegal" + demoDomain, Role: access.RoleParalegal},
	}
	n, err := h.staff.CountUsers(ctx)
	switch {
	case err != nil:
		return nil, err
	case n > 0:
		fmt.Fprintf(out, "The demo practice is kept as it was left: %d people.\n", n)
	default:
		if err := h.fillDemo(ctx); err != nil {
			return nil, fmt.Errorf("demo practice: %w", err)
		}
		fmt.Fprintf(out, "A demo practice was made: %d people. Mails go to %s\n", len(demoPeople()), strings.TrimPrefix(h.settings.Mail, "dir:"))
	}
	fmt.Fprintf(out, "\nSign in with one of these and the password %s (unless you changed it):\n", demoPassword)
	for _, a := range accounts {
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
	known, err := h.signin.Exists(ctx, "admin"+demoDomain)
	if err == nil && !known {
		return errors.New("this database holds a practice of its own; --demo needs an empty one (CHANCERY_DATABASE)")
	}
	return err
}

// demoPerson is one person of the demo practice.
type demoPerson struct {
	first, last, role, department, title, language, zone, bio string
	email                                                     string // "" means first.last
	status                                                    staff.Status
}

func (h *house) fillDemo(ctx context.Context) error {
	people := demoPeople()
	actor := access.System("demo")
	now := h.db.Now()
	err := h.db.Tx(ctx, func(ctx context.Context) error {
		for i, p := range people {
			if err := h.addDemoPerson(ctx, actor, i, p, now); err != nil {
				return fmt.Errorf("%s: %w", p.last, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := h.fillDemoCases(ctx); err != nil {
		return err
	}
	if err := h.fillDemoAccounts(ctx); err != nil {
		return err
	}
	logo, err := demoLogo()
	if err != nil {
		return err
	}
	return h.staff.SetLogo(ctx, actor, staff.Upload{Name: "logo.png", Type: "image/png", File: logo})
}

func (h *house) addDemoPerson(ctx context.Context, actor access.Actor, i int, p demoPerson, now time.Time) error {
	department := ""
	if p.department != "" {
		var err error
		if department, err = h.staff.SeedDepartment(ctx, p.department); err != nil {
			return err
		}
	}
	if err := h.staff.SeedTitle(ctx, p.title); err != nil {
		return err
	}
	password := ""
	if p.email != "" {
		password = demoPassword
	} else {
		p.email = strings.ReplaceAll(listing.Fold(p.first+"."+p.last), " ", "-")
	}
	u, err := h.signin.Bootstrap(ctx, actor, staff.NewUser{
		FirstName: p.first, LastName: p.last, Email: p.email + demoDomain, Title: p.title, RoleID: p.role, DepartmentID: department,
		Language: p.language, Zone: p.zone,
	}, password, false)
	if err != nil {
		return err
	}
	cell, office := fmt.Sprintf("+1 416 555 %04d", 110+i), fmt.Sprintf("+1 416 555 0100 ext. %d", 200+i)
	change := staff.ProfileChange{Office: &staff.Edit{Value: office}, Bio: &staff.Edit{Value: p.bio}}
	if i%3 != 2 {
		change.Cell = &staff.Edit{Value: cell}
	}
	if _, err := h.staff.UpdateProfile(ctx, actor, u.ID, change); err != nil {
		return err
	}
	if i == 0 && h.texts != nil { // one of the three signs in by PIN, the others show how a number comes to that
		if err := h.staff.SeedVerifiedCell(ctx, u.ID); err != nil {
			return err
		}
	}
	if p.status == staff.Pending {
		return nil
	}
	seen := now.Add(-time.Duration(i*i*37+11) * time.Minute)
	return h.staff.SeedStatus(ctx, u.ID, p.status, &seen)
}

// demoLogo draws the practice's mark: a gate of three columns.
func demoLogo() ([]byte, error) {
	m := image.NewRGBA(image.Rect(0, 0, 512, 512))
	fill := func(c color.Color, x0, y0, x1, y1 int) {
		draw.Draw(m, image.Rect(x0, y0, x1, y1), image.NewUniform(c), image.Point{}, draw.Src)
	}
	ink, paper := color.RGBA{0x1d, 0x3f, 0x5e, 0xff}, color.RGBA{0xfb, 0xfa, 0xf7, 0xff}
	fill(ink, 0, 0, 512, 512)
	fill(paper, 96, 120, 416, 160)
	for _, x := range []int{120, 232, 344} {
		fill(paper, x, 184, x+48, 344)
	}
	fill(paper, 96, 368, 416, 408)
	var b bytes.Buffer
	err := png.Encode(&b, m)
	return b.Bytes(), err
}
