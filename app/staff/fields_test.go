package staff

import (
	"strings"
	"testing"
	"unicode/utf8"

	"chancery/app/fault"
)

// S2-7, S3-8, C-9
func TestPhonesAreStoredInInternationalForm(t *testing.T) {
	for _, c := range []struct{ field, typed, stored, fault string }{
		{"cell", "+91 9876543210", "+919876543210", ""},
		{"cell", "  +1 (416) 555-0118 ", "+14165550118", ""},
		{"cell", "0044 20 7946 0018", "+442079460018", ""},
		{"cell", "+39 06 698 12345", "+390669812345", ""}, // the zero belongs to it
		{"cell", "+52 55 1234 5678", "+525512345678", ""},
		{"cell", "", "", ""},
		{"office", "+1 416 555 0118 ext. 22", "+14165550118;ext=22", ""},
		{"office", "+1 416-555-0118 x22", "+14165550118;ext=22", ""},
		{"office", "+1 416 555 0118;ext=0022", "+14165550118;ext=0022", ""},
		{"office", "+1 416 555 0118, poste 22", "+14165550118;ext=22", ""},
		{"office", "+34 912 345 678 extensión 22", "+34912345678;ext=22", ""},
		{"cell", "+1 800 FLOWERS", "", "phone-invalid"},
		{"cell", "+1 416 555 0118 ext. 22", "", "phone-extension"},
		{"cell", "416 555 0118", "", "phone-country"},
		{"cell", "+1 416", "", "phone-invalid"},
		{"cell", "+999 123 456 789", "", "phone-invalid"},
		{"cell", "+" + strings.Repeat("1", 70), "", "phone-invalid"},
		{"cell", "+", "", "phone-invalid"},
	} {
		bad := &fault.Invalid{}
		got := phone(bad, c.field, c.typed)
		switch {
		case c.fault == "" && (bad.Err() != nil || got != c.stored):
			t.Errorf("%q is stored as %q (%v), want %q", c.typed, got, bad.Err(), c.stored)
		case c.fault != "" && (bad.Err() == nil || bad.Fields[0].Message.Key != "staff."+c.fault):
			t.Errorf("%q: %v, want %s", c.typed, bad.Err(), c.fault)
		}
	}
}

// S1-4, C-18: one way to write an address, whatever was typed.
func TestAddressesHaveOneForm(t *testing.T) {
	long := strings.Repeat("a", 64)
	for typed, stored := range map[string]string{
		" Noor@Example.COM ":         "noor@example.com",
		"o'brien+visa@example.com":   "o'brien+visa@example.com",
		"a.b-c_d/e=f@example.com":    "a.b-c_d/e=f@example.com",
		"x@sub.example.co":           "x@sub.example.co",
		"info@Müller.example":        "info@xn--mller-kva.example",
		"info@mu\u0308ller.example":  "info@xn--mller-kva.example",
		"info@xn--mller-kva.example": "info@xn--mller-kva.example",
		long + "@example.com":        long + "@example.com",
	} {
		bad := &fault.Invalid{}
		if got := email(bad, "email", typed); got != stored || bad.Err() != nil {
			t.Errorf("%q is stored as %q (%v)", typed, got, bad.Err())
		}
	}
	for _, typed := range []string{"", " ", "x", "x@", "@example.com", "x@localhost", "x@@example.com", "a b@example.com", `"a b"@example.com`,
		"x@[192.0.2.1]", "x@example..com", "x@-example.com", "x@example.com.", "a..b@example.com", ".a@example.com", "x@exa_mple.com",
		"x@example.com, y@example.com", "Noor <noor@example.com>", "noor@example.com\r\nBcc: x@y.example", "n\u043e\u043er@example.com",
		"no\u200bor@example.com", "x\x00@example.com\x00", "\xff@example.com", long + "a@example.com", strings.Repeat("a", 60) + "@" + strings.Repeat("b.", 100) + "com"} {
		bad := &fault.Invalid{}
		got := email(bad, "email", typed)
		if bad.Err() == nil && got != "x@example.com" { // a NUL that was dropped leaves a good address
			t.Errorf("%q is taken, as %q", typed, got)
		}
	}
}

// What is shown cannot hide or reorder what others read (S0-11), and is the same however it was composed.
func TestNamesAreCleaned(t *testing.T) {
	for typed, want := range map[string]string{
		"  Noor \t El-\u200bHaddad\n": "Noor El-Haddad", "Lucı\u0301a": "Lucı\u0301a", "Jose\u0301": "José", "abc\u202edef": "abcdef",
		"e\u200b\u0301": "é", "می\u200cخواهم": "می\u200cخواهم", "a\x00b\xff": "ab",
	} {
		if got := line(typed); got != want {
			t.Errorf("%q becomes %q, want %q", typed, got, want)
		}
	}
	if got := text("  a\r\n\r\nb\t c \rd\n\n"); got != "a\n\nb  c\nd" {
		t.Errorf("%q", got)
	}
}

// C-1
func TestFullNamesSplitAtTheLastSpace(t *testing.T) {
	for full, want := range map[string][2]string{"Ana Maria Li": {"Ana Maria", "Li"}, "Suharto": {"Suharto", ""}, "": {"", ""}} {
		if first, last := splitName(full); first != want[0] || last != want[1] {
			t.Errorf("%q: %q, %q", full, first, last)
		}
	}
}

// No panic; what is stored is valid text, stays the same when it is typed again, and the value that a form shows comes
// back as what is stored.
func FuzzPhone(f *testing.F) {
	for _, s := range []string{"+1 416 555 0118", "+91 9876543210", "0044 20 7946 0018 x5", "+1 416 555 0118 ext. 00022", "+39 06 698 12345",
		"+54 9 11 2345-6789", "+52 1 55 1234 5678", "+800 1234 5678", "+1 800 FLOWERS", "tel:+1-416-555-0118;phone-context=+1", "+٩١٩٨٧٦٥٤٣٢١٠",
		"+290 22222", "+888 12345678901", "+1;ext=", "+44 (0) 20 7946 0018"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		for _, field := range []string{"cell", "office"} {
			bad := &fault.Invalid{}
			stored := phone(bad, field, typed)
			if !utf8.ValidString(stored) {
				t.Fatalf("%q is stored as %q", typed, stored)
			}
			if bad.Err() != nil || stored == "" {
				continue
			}
			for _, again := range []string{stored, PhoneInput(stored)} {
				bad := &fault.Invalid{}
				if got := phone(bad, field, again); got != stored || bad.Err() != nil {
					t.Fatalf("%q is stored as %q, and %q as %q (%v)", typed, stored, again, got, bad.Err())
				}
			}
		}
	})
}

// No panic; a form that stays as it is; nothing that could be two addresses, or a header.
func FuzzEmail(f *testing.F) {
	for _, s := range []string{"noor@example.com", " O'Brien+x@Müller.example", `"a b"@x.y`, "x@xn--mller-kva.example", "a@b.c\r\nBcc: d@e.f", "İ@example.com", "x@İ.com", "x@ß.de"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		bad := &fault.Invalid{}
		stored := email(bad, "email", typed)
		if !utf8.ValidString(stored) {
			t.Fatalf("%q is stored as %q", typed, stored)
		}
		if bad.Err() != nil {
			return
		}
		if strings.ToLower(stored) != stored || strings.Count(stored, "@") != 1 || strings.ContainsAny(stored, " \r\n\t,;<>\"\x00") || !ascii(stored) {
			t.Fatalf("%q is taken, as %q", typed, stored)
		}
		if got := email(&fault.Invalid{}, "email", stored); got != stored || Address(typed) != stored {
			t.Fatalf("%q is stored as %q, and that as %q", typed, stored, got)
		}
	})
}

// S2-5: a name of letters that nobody can see is no name.
func TestANameIsVisible(t *testing.T) {
	for _, blank := range []string{"\u3164\u3164", "\u2800\u2800", "\u200b\u200b", "\ufeff \u00a0"} {
		if got := line(blank); got != "" {
			t.Errorf("%q is taken for %q", blank, got)
		}
	}
}
