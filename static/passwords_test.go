package static

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// ASVS 6.2.4, requirement C-3: common passwords are refused, also in the usual disguises.
func TestCommonPasswordsAreKnownInTheirDisguises(t *testing.T) {
	a := open(t, built())
	for _, p := range []string{"password", "PASSWORD", "Password1", "password2024!", "P@ssw0rd", "p@$$w0rd!!", "11111111", "zzzzzzzz", "1l0v3y0u", "!loveyou7"} {
		if !a.IsCommonPassword(p) {
			t.Errorf("%s passes", p)
		}
	}
	for _, p := range []string{"", "passwor", "correct horse battery staple", "2024password", "passwordx", "12345678", "\x00", strings.Repeat("z", 200), strings.Repeat("1", 200)} {
		if a.IsCommonPassword(p) {
			t.Errorf("%q is refused", p)
		}
	}
}

func TestSearchFindsEveryLineAndNothingBetween(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 4, 7, 100, 1000} {
		var list strings.Builder
		for i := range n {
			fmt.Fprintf(&list, "word-%05d%s\n", i, strings.Repeat("x", i%50))
		}
		root := fstest.MapFS{"passwords.txt": {Data: []byte(list.String())}}
		p, err := openPasswords(root)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(list.String()) {
			word := strings.TrimSuffix(line, "\n")
			if !p.contain(word) {
				t.Fatalf("%d lines: %s is not found", n, word)
			}
			for _, other := range []string{word + "!", word[:len(word)-1], "!" + word} {
				if p.contain(other) && !strings.Contains("\n"+list.String(), "\n"+other+"\n") {
					t.Fatalf("%d lines: %s is found", n, other)
				}
			}
		}
	}
}
