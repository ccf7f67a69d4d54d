package views_test

import (
	"strings"
	"testing"

	"chancery/static"
	"chancery/views"
)

// gsm are the letters of GSM 03.38's own alphabet. With any other a text has 70 of them instead of 160, and costs twice.
const gsm = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"

// S3-13: each text is one text's length in each language, with a practice and an address of usual length, and says the PIN and
// for how long.
func TestATextIsOneTextLong(t *testing.T) {
	assets, err := static.Load()
	if err != nil {
		t.Fatal(err)
	}
	set := views.Load(assets)
	for _, lang := range []string{"en", "es", "fr"} {
		for _, name := range []string{"sign-in", "verify"} {
			for minutes, unit := range map[int]string{1: "minut", 9: "minut"} {
				got := set.Text(lang, name, "Pin", "418207", "Practice", "Marlow Reyes", "Count", minutes)
				if !strings.HasPrefix(got, "418207 ") || !strings.Contains(got, "Marlow Reyes") || !strings.Contains(got, unit) {
					t.Errorf("%s %s says %q", lang, name, got)
				}
				whole := got + "\n\n@chancery.firm.example #418207"
				if i := strings.IndexFunc(whole, func(r rune) bool { return !strings.ContainsRune(gsm, r) }); i >= 0 {
					t.Errorf("%s %s: no text has %q", lang, name, whole[i:])
				}
				if n := len([]rune(whole)); n > 160 {
					t.Errorf("%s %s is %d long: %q", lang, name, n, whole)
				}
			}
		}
	}
}
