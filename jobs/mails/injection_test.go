package mails

import (
	"bytes"
	"errors"
	"mime"
	"net/mail"
	"slices"
	"strings"
	"testing"

	"chancery/app/access"
	"chancery/app/fault"
	"chancery/app/signin"
	"chancery/app/staff"
)

// attacks are names that would be headers, receivers, or encoded words that a reader's program undoes.
var attacks = map[string]string{
	"lines":         "Zoé\r\nBcc: thief@evil.example\r\nX-Evil: 1\r\n\r\nClick here",
	"a line feed":   "Zoé\nBcc: thief@evil.example",
	"a return":      "Zoé\rBcc: thief@evil.example",
	"folding":       "Zoé\r\n\tBcc: thief@evil.example\r\n Cc: thief@evil.example",
	"unicode lines": "Zoé\u2028Bcc: thief@evil.example\u2029\u0085X-Evil: 1\v\f",
	"an address":    `Zoé" <thief@evil.example>, "Evil <all@evil.example`,
	"encoded":       "=?utf-8?q?Zo=C3=A9=0D=0ABcc:_thief@evil.example?=",
	"encoded, b":    "=?UTF-8?B?Wm/DqQ0KQmNjOiB0aGllZkBldmlsLmV4YW1wbGU=?=",
	"encoded bank":  "Roy =?utf-8?q?Your_Bank?= =?utf-8?b?U2VjdXJpdHk=?=",
	"half encoded":  "Zoé =?utf-8?q?evil?=",
	"long":          strings.Repeat("Zoé Bcc: thief@evil.example ", 100),
	"a bracket":     "Zoé (comment) ; group: thief@evil.example;",
	"right to left": "Zoé\u202egro.elpmaxe@feiht",
}

// ASVS 1.2.1, 1.3.11: whatever a person or the practice is called, and however that came into the database, the bytes that the mail
// server is handed have the headers that they always have, one receiver, and a name that reads back as a name: not as what it says
// in the encoding of headers either, which readers' programs undo even where they should not.
func TestNamesAddNothingToAMail(t *testing.T) {
	for what, attack := range attacks {
		t.Run(what, func(t *testing.T) {
			each(t, func(t *testing.T, o *office) {
				c, zoe := o.administrator(), o.person("Zoe")
				for _, q := range []string{`UPDATE organization SET name = ?, tagline = ?`, `UPDATE users SET first_name = ?, last_name = ?`, `UPDATE users SET display_name = ? || ?`} {
					o.must(o.db.In(t.Context()).Exec(q, attack, attack).Error)
				}
				o.notice(zoe, "one")
				o.reset(c, zoe, signin.ByLink)
				o.must(o.signin.Forgot(t.Context(), zoe.Email, desk))
				o.reset(c, zoe, signin.ByMail)
				actor := access.System("test")
				actor.Name = attack
				_, err := o.signin.Invite(t.Context(), actor, staff.NewUser{FirstName: "Owen", LastName: "Mac", Email: "owen@firm.example", RoleID: access.RoleConsultant,
					Language: "fr", Zone: "UTC"}, signin.FirstPassword{Way: signin.FirstLink})
				o.must(err)
				o.work()
				messages := o.server.Messages()
				if len(messages) < 4 {
					t.Fatalf("%d mails arrived", len(messages))
				}
				for _, m := range messages {
					if to := strings.Trim(m.To, "<>"); to != zoe.Email && to != "owen@firm.example" && to != "grace@firm.example" || strings.Contains(m.From, "evil") {
						t.Errorf("from %s to %s", m.From, m.To)
					}
					wholesome(t, m.Data)
				}
			})
		})
	}
}

// wholesome fails for a mail that has other headers than ours have, another receiver, or a name that becomes more when it is decoded.
func wholesome(t *testing.T, data []byte) {
	t.Helper()
	head, body, ok := bytes.Cut(data, []byte("\r\n\r\n"))
	if !ok || bytes.Contains(bytes.ReplaceAll(data, []byte("\r\n"), nil), []byte("\r")) || bytes.Contains(bytes.ReplaceAll(data, []byte("\r\n"), nil), []byte("\n")) {
		t.Error("lines do not end by CRLF alone")
	}
	var names []string
	for line := range strings.SplitSeq(string(head), "\r\n") {
		if len(line) > 998 {
			t.Errorf("a line of %d bytes", len(line))
		}
		if line[0] == ' ' || line[0] == '\t' {
			continue
		}
		name, _, _ := strings.Cut(line, ":")
		names = append(names, name)
	}
	slices.Sort(names)
	if want := []string{"Auto-Submitted", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To"}; !slices.Equal(names, want) {
		t.Errorf("headers %q", names)
	}
	parsed, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"From", "To"} {
		list, err := parsed.Header.AddressList(name)
		if err != nil || len(list) != 1 || !strings.HasSuffix(list[0].Address, "@firm.example") {
			t.Errorf("%s: %q, %v", name, parsed.Header.Get(name), err)
			continue
		}
		once(t, name, list[0].Name)
	}
	decoded, err := new(mime.WordDecoder).DecodeHeader(parsed.Header.Get("Subject"))
	if err != nil {
		t.Error(err)
	}
	once(t, "Subject", decoded)
	// What lenient programs do: decode words wherever they stand, in quotes too.
	for _, name := range []string{"From", "To", "Subject"} {
		lenient, err := new(mime.WordDecoder).DecodeHeader(strings.ReplaceAll(parsed.Header.Get(name), `"`, " "))
		if err != nil {
			t.Error(name, err)
		}
		once(t, name, lenient)
	}
	if bytes.Count(body, []byte("\r\nContent-Type: ")) != 2 {
		t.Errorf("%d parts", bytes.Count(body, []byte("\r\nContent-Type: ")))
	}
}

// once fails for a decoded text that has control characters, or would be decoded once more.
func once(t *testing.T, where, text string) {
	t.Helper()
	if strings.ContainsAny(text, "\r\n\x00\v\f\u2028\u2029\u0085\u202e") {
		t.Errorf("%s reads %q", where, text)
	}
	for _, undone := range []string{"Your Bank", "Security"} {
		if strings.Contains(text, undone) && !strings.Contains(text, "password") {
			t.Errorf("%s was decoded: %q", where, text)
		}
	}
	if again, err := new(mime.WordDecoder).DecodeHeader(text); err == nil && again != text {
		t.Errorf("%s says %q, which decodes to %q", where, text, again)
	}
}

// An address that is more than one is refused where it is typed, so that no mail is ever queued for it.
func TestAnAddressThatIsMoreIsRefused(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		c, zoe := o.administrator(), o.person("Zoe")
		for _, address := range []string{
			"zoe@firm.example\r\nBcc: thief@evil.example", "zoe@firm.example, thief@evil.example", "zoe@firm.example,thief@evil.example", "Zoe <zoe@firm.example>", "zoe@firm.example (x)",
			"\"a\r\nb\"@firm.example", "\"a b\"@firm.example", "zoe@firm.example>\r\nRCPT TO:<thief@evil.example", "zoe@firm.example\x00", "=?utf-8?q?zoe?=@firm.example\n", "zoe\u2028@firm.example", "zoe@firm.example;thief@evil.example",
		} {
			var bad *fault.Invalid
			if _, err := o.signin.ChangeEmail(t.Context(), c, zoe.ID, address, signin.Proof{}, desk); !errors.As(err, &bad) || !bad.Has("email") {
				t.Errorf("a change to %q: %v", address, err)
			}
			_, err := o.signin.Invite(t.Context(), access.System("test"), staff.NewUser{FirstName: "Owen", LastName: "Mac", Email: address, RoleID: access.RoleConsultant, Language: "en", Zone: "UTC"},
				signin.FirstPassword{Way: signin.FirstLink})
			if !errors.As(err, &bad) || !bad.Has("email") {
				t.Errorf("an invitation to %q: %v", address, err)
			}
			if err := o.signin.Forgot(t.Context(), address, desk); err != nil {
				t.Errorf("a wish for a link by %q: %v", address, err)
			}
		}
		o.unannounced()
		o.work()
		for _, m := range o.server.Messages() { // what only adds white space or a zero to an address is that address
			if strings.Trim(m.To, "<>") != zoe.Email {
				t.Errorf("a mail to %q", m.To)
			}
			wholesome(t, m.Data)
		}
	})
}
