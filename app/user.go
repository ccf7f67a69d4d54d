package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"chancery/app/access"
	"chancery/app/audit"
	"chancery/app/fault"
	"chancery/app/staff"
	"chancery/config"
	"chancery/views"
)

type userCommands struct {
	Create     userCreateCommand     `cmd:"" aliases:"add" help:"Create a person, such as the first administrator, and print their one-time link."`
	Link       userLinkCommand       `cmd:"" help:"Print a new one-time link for a person who has not set a password of their own yet."`
	Unlock     userUnlockCommand     `cmd:"" help:"End the lock of an account after too many wrong passwords."`
	Reset      userResetCommand      `cmd:"" help:"Print a recovery link for a person, or set a temporary password, and take their second factors away, when nobody can sign in to do it."`
	Deactivate userDeactivateCommand `cmd:"" help:"End an account at once, and give its open cases to a colleague."`
}

type userCreateCommand struct {
	config.Flags
	practiceFlag
	Email      string `required:"" help:"Sign-in name."`
	FirstName  string `required:"" help:"First name."`
	LastName   string `required:"" help:"Last name."`
	SuperAdmin bool   `xor:"role" help:"Make them Super Admin, also where nobody can sign in any more (the default without a role)."`
	Role       string `xor:"role" help:"Role: super-admin, administrator, manager, consultant, paralegal, accountant, support or viewer."`
	Language   string `default:"en" help:"Language of the pages and mails: en, es or fr."`
	Zone       string `default:"UTC" help:"Time zone, such as America/Toronto."`
	Password   bool   `help:"Read a first password from standard input instead of printing a link; it must be changed at the first sign-in."`
}

// Run creates the user. There are no default accounts (ASVS 6.3.2): this is how the first one comes to be.
func (c *userCreateCommand) Run(o *outside) error {
	s, err := understand(c.Flags, o)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	password := ""
	if c.Password {
		if password, err = readLine(o.in); err != nil {
			return err
		}
	}
	h, err := open(ctx, s, newLog(s.LogFormat, o.err))
	if err != nil {
		return err
	}
	defer func() { _ = h.close() }()
	if err := h.prepare(ctx, c.organization()); err != nil {
		return err
	}
	return h.explain(h.addUser(ctx, c, password, o.out))
}

// addUser creates the person and their way in: both, or neither.
func (h *house) addUser(ctx context.Context, c *userCreateCommand, password string, out io.Writer) error {
	var u *staff.User
	var token string
	var expires time.Time
	role := c.Role
	if role == "" {
		role = access.RoleSuperAdmin
	}
	err := h.db.Tx(ctx, func(ctx context.Context) (err error) {
		u, err = h.signin.Bootstrap(ctx, access.System("operator"), staff.NewUser{
			FirstName: c.FirstName, LastName: c.LastName, Email: c.Email, RoleID: role, Language: c.Language, Zone: c.Zone,
		}, password, true)
		if err != nil || password != "" {
			return err
		}
		token, expires, err = h.signin.IssueWelcome(ctx, u.ID)
		return err
	})
	if err != nil {
		return err
	}
	if password != "" {
		fmt.Fprintf(out, "Created %s. They sign in at %s and choose a new password.\n", u.Email, h.settings.Base)
		return nil
	}
	fmt.Fprintf(out, "Created %s. Their link works once, until %s:\n%s\n", u.Email, expires.Format("2 January 2006, 15:04 MST"), h.settings.Base.JoinPath("welcome", token))
	return nil
}

type userLinkCommand struct {
	config.Flags
	Email string `required:"" help:"Sign-in name."`
}

// Run makes a new welcome link, for whose mail never came or came too long ago (B-13).
func (c *userLinkCommand) Run(o *outside) error {
	s, err := understand(c.Flags, o)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	h, err := open(ctx, s, newLog(s.LogFormat, o.err))
	if err != nil {
		return err
	}
	defer func() { _ = h.close() }()
	return h.newLink(ctx, c.Email, o.out)
}

func (h *house) newLink(ctx context.Context, email string, out io.Writer) error {
	u, err := h.named(ctx, email)
	if err != nil {
		return err
	}
	var token string
	var expires time.Time
	err = h.db.Tx(ctx, func(ctx context.Context) (err error) {
		if token, expires, err = h.signin.IssueWelcome(ctx, u.ID); err != nil {
			return err
		}
		return audit.Record(ctx, h.db, access.System("operator").Actor, audit.Entry{Action: "user.issue-link", Kind: "user", ID: u.ID})
	})
	var refused *fault.Refused
	if errors.As(err, &refused) {
		return errors.New("no link was made: they have a password of their own, or no longer work here")
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "The link works once, until %s:\n%s\n", expires.Format("2 January 2006, 15:04 MST"), h.settings.Base.JoinPath("welcome", token))
	return nil
}

// named is the person with a sign-in name.
func (h *house) named(ctx context.Context, email string) (*staff.User, error) {
	u, err := h.staff.ByEmail(ctx, email)
	if errors.Is(err, fault.ErrNotFound) {
		return nil, errors.New("nobody has that sign-in name")
	}
	return u, err
}

// on opens the house for a command and runs it.
func on(f config.Flags, o *outside, do func(ctx context.Context, h *house) error) error {
	s, err := understand(f, o)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	h, err := open(ctx, s, newLog(s.LogFormat, o.err))
	if err != nil {
		return err
	}
	defer func() { _ = h.close() }()
	return do(ctx, h)
}

// errUnmade says that a practice has not been made yet, or by a version before this one.
var errUnmade = errors.New("the database does not have this version's schema: chancery migrate brings it there")

// onMade is on for a command that makes no practice: where there is none, nothing is written.
func onMade(f config.Flags, o *outside, do func(ctx context.Context, h *house) error) error {
	s, err := understand(f, o)
	if err != nil {
		return err
	}
	if path, ok := strings.CutPrefix(s.Database, "sqlite:"); ok {
		if _, err := os.Stat(path); err != nil { // which opening would make
			return fmt.Errorf("%w (%w)", errUnmade, err)
		}
	}
	return on(f, o, func(ctx context.Context, h *house) error {
		behind, err := h.db.Pending(ctx)
		if err != nil {
			return err
		}
		if behind {
			return errUnmade
		}
		return do(ctx, h)
	})
}

type userUnlockCommand struct {
	config.Flags
	Email string `required:"" help:"Sign-in name."`
}

// Run ends a lock (B-20), audited as the operator.
func (c *userUnlockCommand) Run(o *outside) error {
	return on(c.Flags, o, func(ctx context.Context, h *house) error {
		u, err := h.named(ctx, c.Email)
		if err != nil {
			return err
		}
		if err := h.signin.Unlock(ctx, access.System("operator"), u.ID); err != nil {
			return err
		}
		fmt.Fprintf(o.out, "%s is not locked.\n", u.Email)
		return nil
	})
}

type userResetCommand struct {
	config.Flags
	Email    string `required:"" help:"Sign-in name."`
	Password bool   `help:"Read a temporary password from standard input instead of printing a link; it works once, for 24 hours, and must be changed."`
}

// Run gives a person a way to a new password (B-20), audited as the operator.
func (c *userResetCommand) Run(o *outside) error {
	password := ""
	if c.Password {
		var err error
		if password, err = readLine(o.in); err != nil {
			return err
		}
	}
	return on(c.Flags, o, func(ctx context.Context, h *house) error { return h.reset(ctx, c.Email, password, o.out) })
}

func (h *house) reset(ctx context.Context, email, password string, out io.Writer) error {
	u, err := h.named(ctx, email)
	if err != nil {
		return err
	}
	operator := access.System("operator")
	switch {
	case u.Status == staff.Inactive:
		return errors.New("nothing was changed: their account is deactivated")
	case u.Status == staff.Pending:
		return h.newLink(ctx, email, out) // they have not come in yet
	case password != "":
		err := h.signin.SetTemporary(ctx, operator, u, password)
		if err == nil {
			fmt.Fprintf(out, "%s signs in once with that password within 24 hours, and chooses a new one. They are signed out everywhere.\n", u.Email)
		}
		return h.inWords("nothing was changed", err)
	}
	token, expires, err := h.signin.IssueRecovery(ctx, operator, u)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "The link works once, until %s:\n%s\n", expires.Format("2 January 2006, 15:04 MST"), h.settings.Base.JoinPath("reset", token))
	return nil
}

// readLine is the first line of in, without its end.
func readLine(in io.Reader) (string, error) {
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", errors.New("no password on standard input")
	}
	return line, nil
}

// explain says a refusal in words, field by field.
func (h *house) explain(err error) error { return h.inWords("nobody was created", err) }

func (h *house) inWords(what string, err error) error {
	var bad *fault.Invalid
	if !errors.As(err, &bad) {
		return err // nil among them
	}
	l := views.In("en", time.UTC, h.db.Now())
	lines := make([]string, len(bad.Fields))
	for i, f := range bad.Fields {
		lines[i] = "\n  " + strings.ReplaceAll(f.Name, "_", "-") + ": " + l.T(f.Message)
	}
	return errors.New(what + ":" + strings.Join(lines, ""))
}
