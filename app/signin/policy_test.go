package signin

import (
	"strings"
	"testing"

	"chancery/app/fault"
	"chancery/app/staff"
)

func somebody() (*staff.Organization, *staff.User) {
	return &staff.Organization{Name: "Marlow Reyes & Co."},
		&staff.User{FirstName: "Lucía", LastName: "Ferrer", DisplayName: "Li Wu", Email: "l.ferrer-ok@mail.harbourside.example"}
}

func firstFault(policy, password string) string {
	org, u := somebody()
	s := &Signin{opt: Options{Common: func(p string) bool { return p == "Password1!" || p == "correct horse battery staple" }}}
	bad := &fault.Invalid{}
	s.policy(bad, "new", password, policy, contextWords(org, u))
	if bad.Err() == nil {
		return ""
	}
	return strings.TrimPrefix(bad.Fields[0].Message.Key, "password.")
}

// S2-18, S2-19, C-3, ASVS 6.1.2, 6.2.4, 6.2.5, 6.2.9
func TestPoliciesNameTheFirstFault(t *testing.T) {
	for _, c := range []struct{ policy, password, want string }{
		{"classic", "Abcde1!", "too-short"},
		{"classic", "Vbnde12!", ""},
		{"classic", "vbnde12!", "no-upper"},
		{"classic", "VBNDE12!", "no-lower"},
		{"classic", "Vbndexx!", "no-digit"},
		{"classic", "Vbnde12#", "no-symbol"}, // allowed, and does not count
		{"classic", "Vbnde12#?", ""},
		{"classic", "Éàñ çß 12 日本!", ""}, // any character
		{"classic", "Password1!", "common"},
		{"classic", "x-MARLOW-1!", "context"},
		{"classic", "lucia-X-1!", "context"}, // whatever the accents
		{"classic", "lucÍa-X-1!", "context"},
		{"classic", "Chancery-1!", "context"},
		{"classic", "My-LiWu-1!x", "context"}, // run together
		{"classic", "M@rl0w-Xy", "context"},   // letters as signs
		{"classic", "x-F3RR3R-9!z", "context"},
		{"classic", "l-ferrer-1!X", "context"},   // before the e-mail's @
		{"classic", "Harbourside-1!", "context"}, // after it
		{"classic", "Example-9!zz", ""},          // but not the ending
		{"classic", "Wu-and-Co-1!", ""},          // too short apart
		{"classic", "Aa1!" + strings.Repeat("é", 124), ""},
		{"classic", "Aa1!" + strings.Repeat("é", 125), "too-long"},
		{"length", "fourteen signs", "too-short"},
		{"length", "fifteen letters", ""},
		{"length", "correct horse battery staple", "common"},
		{"length", "the ferrer family house", "context"},
		{"length", strings.Repeat("b", 128), ""},
		{"length", strings.Repeat("b", 129), "too-long"},
	} {
		if got := firstFault(c.policy, c.password); got != c.want {
			t.Errorf("%s %q: %q, want %q", c.policy, c.password, got, c.want)
		}
	}
}

// ASVS 6.4.1: made at random, and good enough for either policy.
func TestTemporaryPasswordsMeetBothPolicies(t *testing.T) {
	seen := map[string]bool{}
	for range 500 {
		p := newPassword(contextWords(somebody())...)
		if len(p) != 16 || seen[p] || strings.ContainsAny(p, "0O1lI") {
			t.Errorf("%q", p)
		}
		seen[p] = true
		for _, policy := range []string{"classic", "length"} {
			if fault := firstFault(policy, p); fault != "" {
				t.Errorf("%s %q: %s", policy, p, fault)
			}
		}
	}
}

// ASVS 6.3.1: a provider's customer is one network, however many addresses they hold.
func TestNetworksAreCountedByCustomer(t *testing.T) {
	for network, want := range map[string]string{
		"198.51.100.7": "198.51.100.7", "::ffff:198.51.100.7": "198.51.100.7", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"2001:db8:1:2::%eth0": "2001:db8:1:2::/64", "fe80::1%lo": "fe80::/64", "": "", "unix": "unix",
	} {
		if got := (Origin{Network: network}).limitKey(); got != want {
			t.Errorf("%s counts as %s, want %s", network, got, want)
		}
	}
}
