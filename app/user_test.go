package main

import (
	"regexp"
	"strings"
	"testing"

	"chancery/app/signin"
	"chancery/app/store"
)

// ASVS 6.3.2: there are no default accounts; the first administrator comes to be on the command line.
func TestAUserAddedComesInByTheLinkThatIsPrinted(t *testing.T) {
	each(t, func(t *testing.T, database []string) {
		s := call(t, "", add(database, "--email=Elena@Firm.example", "--first-name=Elena", "--last-name=Marlow", "--language=es", "--practice=Marlow Reyes")...)
		s.expect(t, 0, "Created elena@firm.example", "works once, until")
		link := regexp.MustCompile(`http://127\.0\.0\.1:8080/welcome/([A-Za-z0-9_-]{43})\n`).FindStringSubmatch(s.out)
		if link == nil {
			t.Fatalf("no link: %s", s.out)
		}
		h := inside(t, database)
		invited, err := h.signin.Welcome(t.Context(), link[1])
		if err != nil || invited.User.RoleID != "super-admin" || invited.User.Language != "es" || invited.Org.Name != "Marlow Reyes" {
			t.Errorf("the link is %+v's, %v", invited, err)
		}
	})
}

// B-13: a link that expired unseen is no dead end.
func TestANewLinkIsForWhomHasNoPasswordOfTheirOwn(t *testing.T) {
	each(t, func(t *testing.T, database []string) {
		again := func(email string) said {
			return call(t, "", append([]string{"user", "link", "--email=" + email}, database...)...)
		}
		call(t, "", add(database, "--email=elena@firm.example", "--first-name=Elena", "--last-name=Marlow")...).expect(t, 0)
		s := again("Elena@firm.example")
		s.expect(t, 0, "works once, until")
		token := s.out[strings.LastIndex(s.out, "/")+1 : len(s.out)-1]
		h := inside(t, database)
		if _, err := h.signin.AcceptWelcome(t.Context(), token, "Harbour-Meadow-41!", "Harbour-Meadow-41!", signin.Origin{Network: "192.0.2.1"}); err != nil {
			t.Fatal(err)
		}
		again("elena@firm.example").expect(t, 1, "they have a password of their own")
		again("nobody@firm.example").expect(t, 1, "nobody has that sign-in name")
	})
}

func TestAUserAddedWithAPasswordMustChangeIt(t *testing.T) {
	each(t, func(t *testing.T, database []string) {
		const password = "Harbour-Meadow-41!"
		s := call(t, password+"\n", add(database, "--email=elena@firm.example", "--first-name=Elena", "--last-name=Marlow", "--password")...)
		s.expect(t, 0, "choose a new password")
		if strings.Contains(s.out+s.err, password) || strings.Contains(s.out, "/welcome/") {
			t.Errorf("said: %s%s", s.out, s.err)
		}
		h := inside(t, database)
		if _, err := h.signin.SignIn(t.Context(), "elena@firm.example", password, signin.Origin{Network: "192.0.2.1"}); err != nil {
			t.Fatal(err)
		}
		var must bool
		if _, err := store.One(h.db.In(t.Context()).Raw("SELECT must_change FROM credentials"), &must); err != nil || !must {
			t.Errorf("the password need not be changed: %v", err)
		}
	})
}

func TestARefusedUserIsExplainedInWordsAndLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, database []string) {
		who := []string{"--email=elena@firm.example", "--first-name=Elena", "--last-name=Marlow"}
		call(t, "", add(database, "--email=no address", "--first-name=E", "--last-name=Marlow", "--role=queen", "--zone=Mars/Base", "--language=xx")...).
			expect(t, 1, "email: ", "first-name: ", "role: ", "zone: ", "language: ")
		call(t, "password\n", add(database, append(who, "--password")...)...).expect(t, 1, "password: ")
		call(t, "", add(database, append(who, "--password")...)...).expect(t, 1, "no password on standard input")
		for _, refused := range []string{"staff.", "password.", "%!", "<no value>"} {
			if s := call(t, "password\n", add(database, append(who, "--password")...)...); strings.Contains(s.err, refused) {
				t.Errorf("not in words: %s", s.err)
			}
		}
		// None of that left half a person behind.
		call(t, "", add(database, who...)...).expect(t, 0, "Created elena@firm.example")
		call(t, "", add(database, who...)...).expect(t, 1, "email: ", "Elena Marlow")
	})
}
