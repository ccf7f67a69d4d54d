package static

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// ASVS 6.2.4, requirement C-3: common passwords are refused, also in the usual disguises. The list is a small one here.
func TestCommonPasswordsAreKnownInTheirDisguises(t *testing.T) {
	a := open(t, built())
	for _, p := range []string{
		"password", "PASSWORD", "Password1", "password2024!", "2024password", "!!Password!!", "P@ssw0rd", "p@$$w0rd!!", "P@55w0rd99!",
		"pässwörd1!", "ｐａｓｓｗｏｒｄ", "passwordpassword", "PasswordPassword1!", "Password1234567890!", "Password20242024!",
		"Qwertyui1!", "zzzzzzzz", "1l0v3y0u", "!loveyou7", "!1oveyou",
		"11111111", "12345678", "87654321", "Abcd1234!", "Dcba-99", "123456789012345", "121212121212121", "Abcabcabc1!", "aaaaaaaa", "Aaaaaaa1!",
	} {
		if !a.IsCommonPassword(p) {
			t.Errorf("%s passes", p)
		}
	}
	for _, p := range []string{
		"", "passwor", "correct horse battery staple", "passwordx", "xpassword", "pass-word-1!", "Lantern-Orchard-27!", "my password is long",
		"Password/8391746205/2", "abce1907!", "Tall-Kettle-3", "\x00", "a", "1!", strings.Repeat("ab", 100) + "z", "日本語のことば",
	} {
		if a.IsCommonPassword(p) {
			t.Errorf("%q is refused", p)
		}
	}
}

// The list that is built: what people think of first is refused with each usual disguise, and what they are advised to
// choose (a few words that do not belong together) is not.
func TestTheBuiltListKnowsWhatPeopleThinkOfFirst(t *testing.T) {
	a, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if missing := a.Missing(); len(missing) > 0 {
		needsBuild(t, missing)
	}
	for _, p := range []string{
		"Qwerty123!", "Dragon99!", "Welcome1!", "Summer2026!", "Winter-2026", "Toronto2026!", "L3tm31n!!", "Adm1n$2026", "B0$$123!", "Azerty123!",
		"M0td3pass3!", "Bonjour1!", "Contraseña1!", "Hola1234!", "Abogado2026!", "Immigration1!", "1Q2w3e4r!", "Passw0rd!2026", "Lawyer#12", "Canada!867",
	} {
		if !a.IsCommonPassword(p) {
			t.Errorf("%s passes", p)
		}
	}
	for _, p := range []string{
		"Lantern-Orchard-27!", "Harbour-Violin-58?", "four green kettles sing", "cuatro teteras verdes", "quatre bouilloires vertes", "Blue.Kettle.42",
		"vR7!kq2Lw9", "Kx9$mTq2", "Lake!8391-2247-5561", "correct horse battery",
	} {
		if a.IsCommonPassword(p) {
			t.Errorf("%s is refused", p)
		}
	}
}

func BenchmarkIsCommonPassword(b *testing.B) {
	a, err := Load()
	if err != nil || len(a.Missing()) > 0 {
		b.Skip("the assets are not built")
	}
	for b.Loop() {
		a.IsCommonPassword("K0ala-Trumpet!28467193")
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
