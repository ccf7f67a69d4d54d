package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/config"
	"chancery/views"
)

type userCommands struct {
	Add userAddCommand `cmd:"" help:"Create a person, such as the first administrator, and print their one-time link."`
}

type userAddCommand struct {
	config.Flags
	Email     string `required:"" help:"Sign-in name."`
	FirstName string `required:"" help:"First name."`
	LastName  string `required:"" help:"Last name."`
	Role      string `default:"super-admin" help:"Role: super-admin, administrator, manager, consultant, paralegal, accountant, support or viewer."`
	Language  string `default:"en" help:"en, es or fr."`
	Zone      string `default:"UTC" help:"Time zone, such as America/Toronto."`
	Password  bool   `help:"Read a first password from standard input instead of printing a link; it must be changed at the first sign-in."`
}

// Run creates the user. There are no default accounts (ASVS 6.3.2): this is how the first one comes to be.
func (c *userAddCommand) Run(o *outside) error {
	s, err := understand(c.Flags, o)
	if err != nil {
		return err
	}
	ctx := context.Background()
	h, err := open(ctx, s, newLog(s.LogFormat, o.err))
	if err != nil {
		return err
	}
	defer func() { _ = h.close() }()
	if err := h.prepare(ctx, staff.Organization{Name: "My practice", Language: c.Language, Zone: c.Zone}); err != nil {
		return err
	}
	password := ""
	if c.Password {
		line, err := bufio.NewReader(o.in).ReadString('\n')
		if password = strings.TrimRight(line, "\r\n"); password == "" {
			return errors.Join(errors.New("no password on standard input"), err)
		}
	}
	operator := access.System("operator")
	u, err := h.signin.Bootstrap(ctx, operator, staff.NewUser{
		FirstName: c.FirstName, LastName: c.LastName, Email: c.Email, RoleID: c.Role, Language: c.Language, Zone: c.Zone,
	}, password, true)
	if err != nil {
		return h.explain(err)
	}
	if password != "" {
		fmt.Fprintf(o.out, "Created %s. They sign in at %s and choose a new password.\n", u.Email, s.Base)
		return nil
	}
	token, expires, err := h.signin.IssueWelcome(ctx, u.ID)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.out, "Created %s. Their link works once, until %s:\n%s\n", u.Email, expires.Format("2 January 2006, 15:04 MST"), s.Base.JoinPath("welcome", token))
	return nil
}

// explain says a refusal in words, field by field.
func (h *house) explain(err error) error {
	var bad *fault.Invalid
	if !errors.As(err, &bad) {
		return err
	}
	l := views.In("en", time.UTC, h.db.Now())
	lines := make([]string, len(bad.Fields))
	for i, f := range bad.Fields {
		lines[i] = strings.ReplaceAll(f.Name, "_", "-") + ": " + l.T(f.Message)
	}
	return errors.New(strings.Join(lines, "\n"))
}
