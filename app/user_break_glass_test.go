package main

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"chancery/app/signin"
	"chancery/app/staff"
)

// B-20: when nobody can sign in any more, a command in the pod helps, and is written down as the operator's.
func TestTheOperatorBreaksTheGlass(t *testing.T) {
	each(t, func(t *testing.T, database []string) {
		const first, second, third = "Harbour-Meadow-41!", "Harbour-Violin-58?", "Lantern-Orchard-27!"
		from := signin.Origin{Network: "192.0.2.1"}
		user := func(in, verb string, more ...string) said {
			return call(t, in, append(append([]string{"user", verb, "--email=elena@firm.example"}, database...), more...)...)
		}
		user("", "create", "--super-admin", "--role=viewer", "--first-name=Elena", "--last-name=Marlow").expect(t, 2, "can't be used together")
		created := user("", "create", "--super-admin", "--first-name=Elena", "--last-name=Marlow")
		created.expect(t, 0, "Created elena@firm.example")
		user("", "reset").expect(t, 0, "/welcome/") // she has not come in yet
		h := inside(t, database)
		ctx := t.Context()
		welcome := created.out[strings.LastIndex(created.out, "/")+1 : len(created.out)-1]
		if _, err := h.signin.AcceptWelcome(ctx, welcome, first, first, from); err != nil {
			t.Fatal(err)
		}
		u, err := h.staff.ByEmail(ctx, "elena@firm.example")
		if err != nil || u.RoleID != "super-admin" {
			t.Fatal(u, err)
		}

		exec := func(sql string, args ...any) {
			t.Helper()
			if err := h.db.In(ctx).Exec(sql, args...).Error; err != nil {
				t.Fatal(err)
			}
		}
		exec(`UPDATE credentials SET failures = 20, locked_until = ?`, h.db.Now().Add(time.Hour))
		if _, err := h.signin.SignIn(ctx, u.Email, first, from); err == nil {
			t.Fatal("she is not locked")
		}
		user("", "unlock").expect(t, 0, "is not locked")
		if _, err := h.signin.SignIn(ctx, u.Email, first, from); err != nil {
			t.Error(err)
		}

		link := regexp.MustCompile(`/reset/([\w-]{43})\n`).FindStringSubmatch(user("", "reset").out)
		if link == nil {
			t.Fatal("no link")
		}
		if _, err := h.signin.AcceptRecovery(ctx, link[1], second, second, false, from); err != nil {
			t.Error(err)
		}
		exec(`UPDATE organization SET allow_typed_password = false`) // that is for the pages
		user("short\n", "reset", "--password").expect(t, 1, "nothing was changed", "temporary-password: ")
		s := user(third+"\n", "reset", "--password")
		s.expect(t, 0, "signs in once with that password")
		if strings.Contains(s.out+s.err, third) {
			t.Error("the password is said")
		}
		if o, err := h.signin.SignIn(ctx, u.Email, third, from); err != nil || !o.MustChange {
			t.Error(o, err)
		}
		call(t, "", append([]string{"user", "unlock", "--email=nobody@firm.example"}, database...)...).expect(t, 1, "nobody has that sign-in name")

		user("", "create", "--role=administrator", "--first-name=Grace", "--last-name=Mbeki", "--email=grace@firm.example").expect(t, 0, "Created grace@firm.example")
		exec(`UPDATE users SET status = ? WHERE email = 'grace@firm.example'`, staff.Inactive)
		user("", "reset", "--email=grace@firm.example").expect(t, 1, "their account is deactivated")
		var n int
		if err := h.db.In(ctx).Raw(`SELECT count(*) FROM audit WHERE actor_id = 'system:operator' AND action IN ('user.create', 'user.unlock', 'password.reset')`).Scan(&n).Error; err != nil || n != 5 {
			t.Errorf("%d lines of the operator's, %v", n, err)
		}
	})
}
